"""The types of fields, each with its reader and its JSON Schema; and what the models share."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from functools import cache, wraps
from inspect import Signature
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainValidator,
    PydanticUndefinedAnnotation,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from nnc.language.firing import COMPARISONS, FIRES_MEANT, GATES, Fires, Limit, Threshold
from nnc.language.mistakes import Mistakes, validator
from nnc.language.network.direct import Indirect, Reader, reader_of
from nnc.language.ranges import Entry, Open
from nnc.language.readers import (
    one_of,
    read_column,
    read_columns,
    read_declared,
    read_labels,
    read_level,
    read_ports,
    read_size,
    read_size_of_layer,
    read_states,
    read_text,
    read_threshold,
    read_thresholds,
    read_values,
    read_wiring,
)
from nnc.language.references import LARGEST_SIZE, check_name, read_source
from nnc.language.weights import Weights, read_weights
from nnc.numbers.exact import Number

AnyNumber = int | Fraction | Decimal | str | float
"""A number as Python has it; a float only where its decimal is its exact value."""
AnyEntry = AnyNumber | Open
"""A number, or one left open: `Open()`, or `_` as a text."""
AnyWeights = (
    Mapping[str, AnyEntry | Sequence[AnyEntry] | Mapping[AnyNumber | Threshold, AnyEntry]]
    | Sequence[AnyEntry]
    | AnyEntry
)
States = tuple[Number, Number]
"""The values of silence and of firing."""
BITS: States = (0, 1)
INVERTED: States = (1, 0)
Schema = dict[str, Any]


def read_by(reader: Callable[[Any], Any], schema: Schema) -> PlainValidator:
    """Let `reader` read a field, of which the JSON Schema says `schema`."""
    return PlainValidator(
        validator(reader), json_schema_input_type=Annotated[Any, WithJsonSchema(schema)]
    )


def optional(description: str) -> Any:
    """Declare a field that may be left out: then it is None."""
    return Field(default=None, description=description)


def array_of(items: Schema, **more: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **more}


# A type that is optional wherever it stands has its None inside: its schema is then one piece.
# --------------------------------------------------------------- texts, names and sources

TEXT_SCHEMA: Schema = {"type": ["string", "number", "boolean", "null"]}
TextField = Annotated[str, read_by(read_text, TEXT_SCHEMA)]
ColumnField = Annotated[str, read_by(read_column, {**TEXT_SCHEMA, "minLength": 1})]
ColumnsField = Annotated[
    tuple[str, ...] | None,
    read_by(read_columns, array_of({**TEXT_SCHEMA, "minLength": 1}, minItems=1)),
]
LabelsField = Annotated[tuple[str, ...] | None, read_by(read_labels, array_of(TEXT_SCHEMA))]

_NAME = r"[^\s0-9()\[\].,:{}][^\s()\[\].,:{}]*"
NAME_PATTERN = rf"^{_NAME}$"
NAME_SCHEMA: Schema = {"type": ["string", "boolean", "null"], "pattern": NAME_PATTERN}
NameField = Annotated[str, read_by(check_name, NAME_SCHEMA)]
ChoiceField = Annotated[
    tuple[str, ...] | None, read_by(read_values, array_of(NAME_SCHEMA, minItems=1))
]

_DIGITS = "(0|[1-9][0-9]{0,17})"
_POSITIVE = "[1-9][0-9]{0,17}"
_PLACE = rf"({_DIGITS}|({_POSITIVE}\*)?i([+-]{_DIGITS})?)"


def _source_pattern(place: str) -> str:
    index = rf"(\({place}(:{place}(:{_POSITIVE})?)?\))?"
    return rf"^(0|1|{_NAME}{index}(\.{_NAME}{index})?)$"


def _source_schema(pattern: str, more: str) -> Schema:
    return {
        "anyOf": [
            {"type": "string", "pattern": pattern},
            {"enum": [0, 1]},
            {"type": ["boolean", "null"]},
        ],
        "description": "A source: an input, a neuron, a layer, an element `a(3)`, a slice "
        f"`a(0:4)`, `neuron.threshold`, `part.output`, or a constant 0 or 1{more}.",
    }


SOURCE_PATTERN = _source_pattern(_DIGITS)
_SOURCE_SCHEMA = _source_schema(SOURCE_PATTERN, "")
_PORT_SOURCE_SCHEMA = _source_schema(
    _source_pattern(_PLACE), "; where the part is repeated, `i` is the number of the element"
)
SourceField = Annotated[str, read_by(read_source, _SOURCE_SCHEMA)]
WiringField = Annotated[
    tuple[str, ...], read_by(read_wiring, {"anyOf": [_SOURCE_SCHEMA, array_of(_SOURCE_SCHEMA)]})
]
SourcesField = Annotated[
    tuple[str, ...],
    read_by(read_wiring, {"anyOf": [_SOURCE_SCHEMA, array_of(_SOURCE_SCHEMA, minItems=1)]}),
]
"""The same of an output, which has at least one source."""
LevelField = Annotated[
    str | tuple[str, ...] | None,
    read_by(read_level, {"anyOf": [_SOURCE_SCHEMA, array_of(_SOURCE_SCHEMA, minItems=1)]}),
]
PortsField = Annotated[
    dict[str, tuple[str, ...]],
    read_by(
        read_ports,
        {
            "type": "object",
            "propertyNames": {"pattern": NAME_PATTERN},
            "additionalProperties": {"anyOf": [_PORT_SOURCE_SCHEMA, array_of(_PORT_SOURCE_SCHEMA)]},
        },
    ),
]

# ------------------------------------------------------------------------------- numbers

NUMBER_SCHEMA: Schema = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^-?(0|[1-9][0-9]*)/[1-9][0-9]{0,17}$"},
    ],
    "description": "An exact number: an integer, a decimal such as 0.1, or a fraction such as 1/3.",
}
NUMBERS_SCHEMA = array_of(NUMBER_SCHEMA)
BLANK_SCHEMA: Schema = {"type": "string", "pattern": r"^(_|[-+0-9./eE]*\.\.[-+0-9./eE]*)$"}
ENTRY_SCHEMA: Schema = {
    "anyOf": [*NUMBER_SCHEMA["anyOf"], BLANK_SCHEMA],
    "description": "An exact number: an integer, a decimal such as 0.1, or a fraction such as 1/3; "
    "or one left open: `_`, or `0..5` for one within bounds.",
}
ENTRIES_SCHEMA = array_of(ENTRY_SCHEMA)
_NUMBER = r"-?(([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|(0|[1-9][0-9]*)/[1-9][0-9]{0,17})"
_LIMIT_SCHEMA: Schema = {
    "anyOf": [
        *ENTRY_SCHEMA["anyOf"],
        {"type": "string", "pattern": rf"^({'|'.join(COMPARISONS)}) +{_NUMBER}$"},
    ],
    "description": "A threshold: an exact number, one that states its own rule, `above 6`, or one "
    "left open, `_`.",
}
_STEPS_SCHEMA: Schema = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": rf"^((above|at_least) +)?{_NUMBER}$"},
    "additionalProperties": ENTRY_SCHEMA,
    "description": "Steps: from each cut-off on, or from `above 100` on, so many points; "
    "below the first, 0.",
}
_WEIGHTS_SCHEMA: Schema = {
    "anyOf": [
        {
            "type": "object",
            "propertyNames": {"pattern": SOURCE_PATTERN},
            "additionalProperties": {"anyOf": [ENTRY_SCHEMA, ENTRIES_SCHEMA, _STEPS_SCHEMA]},
            "description": "By name: the weight of each source.",
        },
        {**ENTRIES_SCHEMA, "description": "By place: one weight per element of `wiring`."},
        {**ENTRY_SCHEMA, "description": "One weight for every element of `wiring`."},
    ]
}
_THRESHOLDS_SCHEMA: Schema = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": NAME_PATTERN},
    "additionalProperties": _LIMIT_SCHEMA,
}
_SIZE_SCHEMA: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE}

NumberField = Annotated[Number, read_by(read_declared, NUMBER_SCHEMA)]
SizeField = Annotated[int | None, read_by(read_size, _SIZE_SCHEMA)]
SizeOfLayerField = Annotated[
    int | Open | None, read_by(read_size_of_layer, {"anyOf": [_SIZE_SCHEMA, BLANK_SCHEMA]})
]
StatesField = Annotated[
    States, read_by(read_states, array_of(NUMBER_SCHEMA, minItems=2, maxItems=2))
]
WeightsField = Annotated[Weights | None, read_by(read_weights, _WEIGHTS_SCHEMA)]
ThresholdField = Annotated[Entry, read_by(read_threshold, ENTRY_SCHEMA)]
ThresholdsField = Annotated[
    dict[str, Limit | Open] | None, read_by(read_thresholds, _THRESHOLDS_SCHEMA)
]
_RULES = {
    "above": "1 when the sum is greater than the threshold.",
    "at_least": "1 when the sum is greater than the threshold, or equal.",
    "below": "1 when the sum is less than the threshold.",
    "at_most": "1 when the sum is less than the threshold, or equal.",
    "all": "1 when all bits of `wiring` are 1 (AND); without weights and threshold.",
    "any": "1 when at least one bit of `wiring` is 1 (OR); without weights and threshold.",
}


def words_of(meanings: Mapping[str, str]) -> Schema:
    """Return the schema of one of several words, with what each means for editors."""
    return {"enum": [*meanings], "enumDescriptions": [*meanings.values()]}


ComparisonField = Annotated[
    Fires,
    read_by(
        one_of(COMPARISONS, FIRES_MEANT), words_of({rule: _RULES[rule] for rule in COMPARISONS})
    ),
]
FiresField = Annotated[
    Fires, read_by(one_of((*COMPARISONS, *GATES), FIRES_MEANT), words_of(_RULES))
]

# -------------------------------------------------------------------------------- models


_set = object.__setattr__
_BUILDING = Lock()
"""Held while a validator is built. pydantic builds a deferred one when it is first used, and up to
2.13 without a lock: a thread deletes what another has just built, and a third reads meanwhile with
the validator of the parent class, which refuses every key as unknown."""


class _LazySignature:
    """The signature of a model, which is built for it; pydantic puts its own in this place."""

    def __get__(self, instance: object, model: type["Model"]) -> Signature:
        if instance is not None:
            raise AttributeError("only the class of a model has a signature")
        with suppress(PydanticUndefinedAnnotation):
            model._build()
        if not model.__pydantic_complete__:  # it names a class that is declared later
            raise AttributeError(f"{model.__name__} has no signature yet")
        signature: Signature = vars(model)["__signature__"].__get__(None, model)
        return signature


class Model(BaseModel):
    """Frozen, and without keys that nobody knows.

    `explained` makes our error of pydantic's; `validation.built` sets it.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )
    explained: ClassVar[Callable[[type[Any], Mapping[str, Any], ValidationError], Exception]] = (
        staticmethod(lambda _model, _data, error: error)
    )

    def __init__(self, **data: Any) -> None:
        self._build()
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise type(self).explained(type(self), data, error) from None

    def __init_subclass__(cls, **options: Any) -> None:
        """Have a signature before the validator is built."""
        super().__init_subclass__(**options)
        type.__setattr__(cls, "__signature__", _LazySignature())

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # models in data skip it

    @classmethod
    def _build(cls) -> None:
        """Build the validator before pydantic does, in one thread of all; see `_BUILDING`."""
        if not cls.__pydantic_complete__:
            with _BUILDING:
                cls.model_rebuild()

    if not TYPE_CHECKING:  # for mypy it has the keywords of pydantic

        @classmethod
        @wraps(BaseModel.model_validate.__func__, assigned=())
        def model_validate(cls, obj: Any, **options: Any) -> Self:
            """Read plain values, as pydantic does."""
            cls._build()
            return super().model_validate(obj, **options)

    @classmethod
    def _read_directly(cls, data: Any) -> Self:
        """Read plain values as `model_validate`, without its validator.

        Raises Indirect, or ValueError, for what is not plainly right.
        """
        if isinstance(data, cls):
            return data
        if type(data) is not dict:
            raise Indirect
        readers = _readers_of(cls)
        values = {}
        for key, value in data.items():
            if key not in readers or value is None:
                raise Indirect
            name, read = readers[key]
            values[name] = read(value)
        fields = cls.model_fields
        if any(field.is_required() and name not in values for name, field in fields.items()):
            raise Indirect
        whole = {
            name: values[name] if name in values else field.get_default(call_default_factory=True)
            for name, field in fields.items()
        }
        return cls._of_read(whole, set(values))

    @classmethod
    def _of_read(cls, values: dict[str, Any], keys: set[str]) -> Self:
        """Make one of values of all fields, each read already; `keys` are those written.

        They are set one by one, so that no dict is made for them: it would take half of the memory.
        """
        made = cls.__new__(cls)
        for name, value in values.items():
            _set(made, name, value)
        _set(made, "__pydantic_fields_set__", keys)
        _set(made, "__pydantic_extra__", None)
        _set(made, "__pydantic_private__", None)
        return made

    def __repr__(self) -> str:
        """Return the call that builds it, without what is left out."""
        fields = type(self).model_fields
        keys = (f"{key}={value!r}" for key, value in self if not _is(value, fields[key].default))
        return f"{type(self).__name__}({', '.join(keys)})"

    __str__ = __repr__

    def __dir__(self) -> list[str]:
        """List its own names, without those that pydantic has for its earlier versions."""
        return [
            name
            for name in super().__dir__()
            if name.startswith(("_", "model_")) or not hasattr(BaseModel, name)
        ]


class Declaration(Model):
    """A mapping whose keys are judged together: none of its mistakes hides another."""

    @classmethod
    def _needs_no_look(cls, data: dict[str, Any]) -> bool:  # noqa: ARG003
        """Return whether data has a common form, in which all keys stand together.

        Of 50,000 neurons by name, reading takes a sixth less for it.
        """
        return False

    @classmethod
    def _in_full(cls, data: dict[str, Any], mistakes: Mistakes) -> dict[str, Any]:  # noqa: ARG003
        """Write short forms out; `mistakes` takes keys that are missing or exclude each other."""
        return data

    def _check_values(self, mistakes: Mistakes) -> None:
        """Look for values that do not go together, once each is read."""

    @model_validator(mode="wrap")
    @classmethod
    def _collect(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, dict) or cls._needs_no_look(data):
            return handler(data)
        mistakes = Mistakes()
        data = cls._in_full(_without_none(data), mistakes)
        try:
            declaration = handler(data)
        except ValidationError as error:
            mistakes.add_all(error)
        else:
            declaration._check_values(mistakes)
        mistakes.stop()
        return declaration

    @classmethod
    def _read_directly(cls, data: Any) -> Self:
        """Read plain values; see `Model._read_directly`."""
        if type(data) is not dict or cls._needs_no_look(data):
            return super()._read_directly(data)
        mistakes = Mistakes()
        declaration = super()._read_directly(cls._in_full(_without_none(data), mistakes))
        declaration._check_values(mistakes)
        mistakes.stop()
        return declaration


@cache
def _readers_of(model: type[Model]) -> dict[str, tuple[str, Reader]]:
    """Return the name of each field, and what reads it, by the key that a file has for it."""
    return {
        field.alias or name: (name, reader_of(field.annotation, tuple(field.metadata)))
        for name, field in model.model_fields.items()
    }


def _is(value: object, default: object) -> bool:
    return type(value) is type(default) and value == default  # arrays are no defaults


def _without_none(data: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is None: in Python it stands for what is not given; a file has none."""
    if any(value is None for value in data.values()):
        return {key: value for key, value in data.items() if value is not None}
    return data

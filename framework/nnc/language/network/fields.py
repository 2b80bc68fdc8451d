"""Form: the one reader of a field, and its JSON Schema; and the forms of all fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from nnc.language.firing import COMPARISONS, FIRES_MEANT, GATES, Threshold, show_limit
from nnc.language.ranges import Open
from nnc.language.readers import (
    MAX_AXES,
    as_is,
    expect,
    one_of,
    read_column,
    read_columns,
    read_declared,
    read_labels,
    read_level,
    read_mapping,
    read_ports,
    read_shape,
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
from nnc.numbers.exact import Number, fits_json, show_number

Schema = dict[str, Any]
Describe = Callable[[type[BaseModel]], Schema]
"""Returns the reference to the schema of a model."""


def plain(value: Any) -> Any:
    """Return a value with its numbers as a file has them: a fraction and a blank are texts."""
    if isinstance(value, (Threshold, Open)):
        return str(value)
    if isinstance(value, Fraction) or (type(value) is int and not fits_json(value)):
        return show_number(value)
    if isinstance(value, Mapping):
        return {
            key if isinstance(key, str) else show_limit(key): plain(item)
            for key, item in value.items()
        }
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True, slots=True)
class Form:
    """The values that a field takes: their reader, which raises Refused or Mistaken, and schema.

    A model reads its fields itself, so that it finds all mistakes; pydantic only stores, describes
    and writes what was read.
    """

    read: Callable[[Any], Any]
    schema: Schema | Callable[[Describe], Schema] = field(default_factory=dict)
    write: Callable[[Any], Any] = plain

    def __repr__(self) -> str:
        """Return a short text, which signatures of models show."""
        return "Form"

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Take the value as it is: the model has read it."""
        write = core_schema.wrap_serializer_function_ser_schema(
            lambda value, write_models: write_models(self.write(value))
        )
        return core_schema.any_schema(serialization=write)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        """Return the JSON Schema of the field."""
        if not callable(self.schema):
            return dict(self.schema)

        def describe(model: type[BaseModel]) -> Schema:
            model.model_rebuild()
            items = core_schema.list_schema(model.__pydantic_core_schema__)
            described: Schema = handler(items)["items"]  # inside another schema it is a reference
            return described

        return self.schema(describe)


def array_of(items: Schema, **more: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **more}


def words_of(meanings: Mapping[str, str]) -> Schema:
    """Return the schema of one of several words, with what each means for editors."""
    return {"enum": [*meanings], "enumDescriptions": [*meanings.values()]}


# Conditions say which keys of a mapping go together. They are of draft 7, which editors know, and
# refuse no file that nnc accepts.


def equals(key: str, *values: str) -> Schema:
    """Match a mapping that has the key, with one of the values."""
    return {"properties": {key: {"enum": [*values]}}, "required": [key]}


def matches(key: str, pattern: str) -> Schema:
    """Match a mapping that has the key, with a text that matches."""
    return {"properties": {key: {"type": "string", "pattern": pattern}}, "required": [key]}


def without(*keys: str) -> Schema:
    """Refuse some keys, in a form of which editors say which key it is."""
    return {"patternProperties": {f"^({'|'.join(keys)})$": False}}


def not_both(key: str, other: str) -> Schema:
    """Refuse a second key beside the first."""
    return {"if": {"required": [key]}, "then": without(other)}


def has_only(keys: Iterable[str]) -> Schema:
    """Match a mapping without other keys: one typo is then not a missing key as well."""
    return {"propertyNames": {"enum": [*keys]}}


def below(**keys: Schema) -> Schema:
    """Say more of some keys; editors would offer those of `properties` a second time."""
    return {"patternProperties": {f"^{key}$": schema for key, schema in keys.items()}}


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


# A type that is optional wherever it stands has its None inside: its schema is then one piece.
# --------------------------------------------------------------- texts, names and sources

TEXT_SCHEMA: Schema = {"type": ["string", "number", "boolean", "null"]}
TEXT = Form(read_text, TEXT_SCHEMA)
COLUMN = Form(read_column, {**TEXT_SCHEMA, "minLength": 1})
COLUMNS = Form(read_columns, array_of({**TEXT_SCHEMA, "minLength": 1}, minItems=1))
LABELS = Form(read_labels, array_of(TEXT_SCHEMA))

_NAME = r"[^\s0-9()\[\].,:{}][^\s()\[\].,:{}]*"
NAME_PATTERN = rf"^{_NAME}$"
NAME_SCHEMA: Schema = {"type": ["string", "boolean", "null"], "pattern": NAME_PATTERN}
NAME = Form(check_name, NAME_SCHEMA)


def by_name(values: Schema) -> Schema:
    """Return the schema of a mapping by name."""
    return {
        "type": "object",
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": values,
    }


CHOICE = Form(read_values, array_of(NAME_SCHEMA, minItems=1))

_DIGITS = "(0|[1-9][0-9]{0,17})"
_POSITIVE = "[1-9][0-9]{0,17}"
_PLACE = rf"({_DIGITS}|({_POSITIVE}\*)?i([+-]{_DIGITS})?)"


def _source_pattern(place: str) -> str:
    index = rf"(\({place}(:{place}(:{_POSITIVE})?|( *, *{_DIGITS})+)?\))?"
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
SOURCE = Form(read_source, _SOURCE_SCHEMA)
WIRING = Form(read_wiring, {"anyOf": [_SOURCE_SCHEMA, array_of(_SOURCE_SCHEMA)]})
SOURCES = Form(read_wiring, {"anyOf": [_SOURCE_SCHEMA, array_of(_SOURCE_SCHEMA, minItems=1)]})
"""The same of an output, which has at least one source."""
LEVEL = Form(read_level, {"anyOf": [_SOURCE_SCHEMA, array_of(_SOURCE_SCHEMA, minItems=1)]})
PORTS = Form(
    read_ports,
    {
        "type": "object",
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": {"anyOf": [_PORT_SOURCE_SCHEMA, array_of(_PORT_SOURCE_SCHEMA)]},
    },
)

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
NUMERAL = r"-?(([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|(0|[1-9][0-9]*)/[1-9][0-9]{0,17})"
_LIMIT_SCHEMA: Schema = {
    "anyOf": [
        *ENTRY_SCHEMA["anyOf"],
        {"type": "string", "pattern": rf"^({'|'.join(COMPARISONS)}) +{NUMERAL}$"},
    ],
    "description": "A threshold: an exact number, one that states its own rule, `above 6`, or one "
    "left open, `_`.",
}
_THRESHOLDS_SCHEMA: Schema = {  # a change in an overlay may add none
    "type": "object",
    "propertyNames": {"pattern": NAME_PATTERN},
    "additionalProperties": _LIMIT_SCHEMA,
}
_SIZE_SCHEMA: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE}

NUMBER = Form(read_declared, NUMBER_SCHEMA)
SIZE = Form(read_size, _SIZE_SCHEMA)
SHAPE = Form(read_shape, array_of(_SIZE_SCHEMA, minItems=1, maxItems=MAX_AXES))
SIZE_OF_LAYER = Form(read_size_of_layer, {"anyOf": [_SIZE_SCHEMA, BLANK_SCHEMA]})
STATES = Form(read_states, array_of(NUMBER_SCHEMA, minItems=2, maxItems=2))
OwnStates = Annotated[
    States | None,
    STATES,
    Field(
        default=None, description="The values when silent and when firing; by default the file's."
    ),
]
"""The states of a neuron or layer."""
THRESHOLD = Form(read_threshold, ENTRY_SCHEMA)
THRESHOLDS = Form(read_thresholds, _THRESHOLDS_SCHEMA)
_RULES = {
    "above": "1 when the sum is greater than the threshold.",
    "at_least": "1 when the sum is greater than the threshold, or equal.",
    "below": "1 when the sum is less than the threshold.",
    "at_most": "1 when the sum is less than the threshold, or equal.",
    "all": "1 when all bits of `wiring` are 1 (AND); without weights and threshold.",
    "any": "1 when at least one bit of `wiring` is 1 (OR); without weights and threshold.",
}


COMPARISON = Form(
    one_of(COMPARISONS, FIRES_MEANT), words_of({rule: _RULES[rule] for rule in COMPARISONS})
)
FIRES = Form(one_of((*COMPARISONS, *GATES), FIRES_MEANT), words_of(_RULES))


def _read_given(value: object) -> dict[str, Any]:
    """Read the values of inputs or outputs by name; what they mean, only the network knows."""
    return read_mapping(_read_key, as_is, expect(value, Mapping, "a mapping"))


def _read_key(value: object) -> str:
    return str(expect(value, str, "a name"))


VALUES = Form(
    _read_given,
    {
        "type": "object",
        "additionalProperties": {
            "anyOf": [TEXT_SCHEMA, NUMBERS_SCHEMA],
            "description": "A number, a list of numbers for a bus, or a label.",
        },
    },
)
"""The values of inputs or outputs by name."""

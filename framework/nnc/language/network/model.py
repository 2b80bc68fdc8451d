"""Model: the base of everything that a network declares, its one reader, and misspelt keys.

Models are declared with pydantic. What reads a file reads the arguments of a call in Python, too,
and collects every mistake: pydantic validates nothing a second time. Annotations are no texts here:
pydantic would compile those of the base once for every model, in a third of the time to start.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from inspect import Signature, signature
from types import NoneType
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    model_validator,
)
from pydantic_core import CoreSchema, SchemaValidator, core_schema

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, did_you_mean
from nnc.language.firing import is_gate
from nnc.language.mistakes import Mistaken, Mistakes, diagnostics_of, mistakes_in
from nnc.language.network.fields import Form, Schema, has_only
from nnc.numbers.exact import Refused, exact_number, kind_of, shorten, show_number
from nnc.records import descriptions_of

KEYS_MEANT = {
    "inputs": "wiring",
    "sources": "wiring",
    "wire": "wiring",
    "wires": "wiring",
    "bias": "threshold",
    "biases": "threshold",
    "limit": "threshold",
    "argmax": "largest",
    "activation": "fires",
    "input": "given",
    "output": "expect",
    "outputs": "expect",
    "expected": "expect",
    "unit": "description",
    "units": "description",
}
"""Words of other tools, and the keys that they are called here."""
_MAX_NUMBERS = 8  # a list of more is not written out in help
_MAX_SEARCHES = 1000  # unknown keys of a mapping that are compared with those that it takes


def word_unknown_keys(
    noun: str,
    known: Sequence[str],
    unknown: Sequence[str],
    data: Mapping[str, object],
    mistakes: Mistakes,
) -> None:
    """Add the unknown keys of a mapping; one that stands for a missing key takes its place."""
    meant: dict[str, str] = {}
    compared, takes = unknown[:_MAX_SEARCHES], f"{noun} takes {', '.join(known)}"
    for mistake in [
        candidate for candidate in mistakes.collected if candidate.missing and not candidate.path
    ]:
        names = {key: _stands_for(key, mistake.missing, data[key]) for key in compared}
        stands = {key: name for key, name in names.items() if name is not None}
        if stands:
            mistakes.silence(mistake)
            meant = stands | meant
    for i, key in enumerate(unknown):
        word = meant.get(key) or KEYS_MEANT.get(key)
        if key in ("bias", "biases") and "thresholds" in known:
            hint = _bias_help(data, key, "threshold" if "threshold" in known else "thresholds")
        elif key in meant or (word in ("largest", "fires", "description") and word in known):
            hint = f"did you mean `{word}`?"
        else:
            hint = did_you_mean(key, known, takes) if i < _MAX_SEARCHES else takes
        mistakes.add("unknown-key", f"{noun} has no key `{key}`", key, key=True, help=hint)


def _stands_for(key: str, missing: Sequence[str], value: object) -> str | None:
    """Return which of some missing keys another stands for."""
    word = KEYS_MEANT.get(key, "")
    if word == "wiring" and "weights" in missing and isinstance(value, dict):
        word = "weights"
    for name in sorted(missing, key=lambda name: -_ratio(key, name)):
        if name in (word, f"{word}s") or _ratio(key, name) > 0.6:
            return name
    return None


def _ratio(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b).ratio()


def _bias_help(declaration: Mapping[str, object], key: str, name: str) -> str:
    """Return the help that writes a bias as the threshold called `name`."""
    if is_gate(declaration.get("fires")):
        return "`all` and `any` look at bits alone: remove it"
    bias = declaration[key]
    if name in declaration or "thresholds" in declaration:
        try:
            threshold = exact_number(declaration[name]) - exact_number(bias)
        except (KeyError, Refused):
            return "a bias is subtracted from each threshold: do so, and remove it"
        text = shorten(show_number(threshold))
        return f"a bias is subtracted from the threshold: write `{name}: {text}` without it"
    is_list = isinstance(bias, (list, tuple))
    number = None if is_list and name == "threshold" else _negated(bias)
    if number is not None:
        return f"a bias is the negative threshold: write `{name}: {number}`"
    return f"a bias is the negative threshold: write `{name}` with the opposite sign"


def _negated(value: object) -> str | None:
    """Write a number, or a few of them, with the opposite sign; None for anything else."""
    if isinstance(value, (list, tuple)):
        numbers = [None if isinstance(item, (list, tuple)) else _negated(item) for item in value]
        texts = [number for number in numbers if number is not None]
        is_short = 0 < len(value) <= _MAX_NUMBERS and len(texts) == len(value)
        return f"[{', '.join(texts)}]" if is_short else None
    try:
        number = exact_number(value)
    except Refused:
        return None
    text = str(value) if isinstance(value, str) else show_number(number)
    return shorten(text.removeprefix("-") if number <= 0 else f"-{text}")


Reader = Callable[[Any], Any]
Data = dict[str, Any]
"""The plain values of a mapping, as a file or a call has them."""


class _Signature:
    """The signature of a model that is not built yet: pydantic makes it as it builds the model."""

    def __get__(self, instance: object, owner: type[BaseModel]) -> Signature:
        owner.model_rebuild()
        return signature(owner)


class Model(BaseModel):
    """A declaration of a network: frozen, with a fixed set of keys."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,  # a command that only reads files needs no validators
        validate_by_name=True,
        serialize_by_alias=True,
    )
    __signature__: ClassVar[Any] = _Signature()
    noun: ClassVar[str]
    """The name of one in messages."""
    expected: ClassVar[str] = "a mapping"
    """The words of messages where one is expected."""
    help_if_missing: ClassVar[Mapping[str, str]] = {}
    """The help where a key is missing that has to be there."""
    only_in_python: ClassVar[tuple[str, ...]] = ()
    """The fields that a file does not write."""
    only_in_files: ClassVar[tuple[str, ...]] = ()
    """The keys of a file that are read before."""
    complete: ClassVar[Schema] = {}
    """The JSON Schema of what a declaration needs beside its keys, where nothing is extended."""
    readers: ClassVar[Mapping[str, tuple[str, Reader]]]
    """The name and the reader of each field, by the key that a file has for it."""
    required: ClassVar[tuple[str, ...]]
    """The keys that have to be there."""
    _build: ClassVar[Callable[[Data], Any]]

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        """Note the readers of the fields, and prepare to build models of values that are read."""
        readers, slots = {}, {}
        for name, info in cls.model_fields.items():
            (form,) = (annotation for annotation in info.metadata if isinstance(annotation, Form))
            readers[info.alias or name] = (name, form.read)
            slot: CoreSchema = core_schema.any_schema()
            if not info.is_required():
                slot = core_schema.with_default_schema(
                    slot,
                    **(
                        {"default_factory": info.default_factory}
                        if info.default_factory is not None
                        else {"default": info.default}
                    ),
                )
            slots[name] = core_schema.model_field(slot)
        cls.readers = readers
        cls.required = tuple(
            info.alias or name for name, info in cls.model_fields.items() if info.is_required()
        )
        fields = core_schema.model_fields_schema(slots)
        cls._build = SchemaValidator(core_schema.model_schema(cls, fields)).validate_python

    @model_validator(mode="wrap")
    @classmethod
    def _read_in_python(cls, data: object, build: ModelWrapValidatorHandler[Self]) -> Self:
        """Read what Python gives. Raises InvalidNetworkError with all mistakes in it."""
        if isinstance(data, Mapping):
            keys = {name: key for key, (name, _) in cls.readers.items()}
            data = {keys.get(key, key): value for key, value in data.items()}
        try:
            return cls.read(data, build)
        except (Refused, Mistaken) as error:
            diagnostics = diagnostics_of(mistakes_in(error), data)
        raise InvalidNetworkError(map(_in_python, diagnostics))

    @classmethod
    def read(cls, data: Any, build: Callable[[Data], Self] | None = None) -> Self:
        """Read plain values. Raises Refused, or Mistaken with everything that is wrong.

        `build` makes the model of values that have been read.
        """
        if isinstance(data, cls):
            return data
        if not isinstance(data, Mapping):
            raise Refused("wrong-type", f"expected {cls.expected}, found {kind_of(data)}")
        if NoneType in set(map(type, data.values())):  # in Python None stands for an absent key
            data = {key: value for key, value in data.items() if value is not None}
        mistakes = Mistakes()
        data = cls._in_full(data, mistakes)
        readers, values = cls.readers, {}
        for key, value in data.items():
            if key in readers:
                name, read = readers[key]
                try:
                    values[name] = read(value)
                except (Refused, Mistaken) as error:
                    mistakes.take(error, (key,))
        for key in cls.required:
            if key not in data:
                mistakes.miss((key,), f"{cls.noun} has no `{key}`", cls.help_if_missing[key])
        if not data.keys() <= readers.keys():
            cls.refuse([key for key in data if key not in readers], data, mistakes)
        mistakes.stop()
        model = (build or cls._build)(values)
        model._check_values(mistakes)
        mistakes.stop()
        return model

    @classmethod
    def _in_full(cls, data: Data, mistakes: Mistakes) -> Data:  # noqa: ARG003
        """Write short forms out; `mistakes` takes keys that are missing or exclude each other."""
        return data

    def _check_values(self, mistakes: Mistakes) -> None:
        """Look for values that do not go together, once each is read."""

    @classmethod
    def refuse(cls, unknown: list[str], data: Data, mistakes: Mistakes) -> None:
        """Refuse keys that mean nothing."""
        known = [key for key in cls.readers if key not in cls.only_in_python]
        known += cls.only_in_files
        word_unknown_keys(cls.noun, known, unknown, data, mistakes)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        """Describe the mapping of a file; in one that extends another, no key is required."""
        described = handler.resolve_ref_schema(handler(schema))
        fields, meanings = described.pop("properties"), cls.meanings()
        conditions = {
            key: value
            for key, value in described.items()
            if key not in ("title", "description", "type", "additionalProperties", "required")
        }
        return {
            "description": (cls.__doc__ or "").partition("\n\n")[0],
            "type": "object",
            "additionalProperties": False,
            "properties": {
                key: _described({**fields[key], "description": meanings[name]})
                for key, (name, _) in cls.readers.items()
                if key not in cls.only_in_python
            },
            **conditions,
        }

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """Return the description of each field: the docstring below it, or that of its type."""
        own = descriptions_of(cls)
        return {name: info.description or own[name] for name, info in cls.model_fields.items()}

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        """Leave out of the text what has been left out of the model."""
        return (pair for pair in super().__repr_args__() if pair[0] in self.model_fields_set)

    def __str__(self) -> str:
        return repr(self)

    @classmethod
    def when_complete(cls) -> Schema:
        """Return the condition of a declaration that extends nothing, if all its keys are known."""
        needed = {"required": [*cls.required]} if cls.required else {}
        return {"if": has_only(cls.readers), "then": {**needed, **cls.complete}}


def _described(field: Schema) -> Schema:
    """Return the schema of a field as draft 7 has it, which reads nothing beside `$ref`."""
    field = {key: value for key, value in field.items() if key not in ("title", "default")}
    if "$ref" in field:
        field["allOf"] = [{"$ref": field.pop("$ref")}]
    return field


def _in_python(diagnostic: Diagnostic) -> Diagnostic:
    """Return a diagnostic in words that fit a network that no file has."""
    message = diagnostic.message.replace("the file has no", "the network has no")
    hint = (diagnostic.help or "").replace("the file takes", "it takes").removesuffix(", extends")
    return replace(diagnostic, message=message, help=hint or None)

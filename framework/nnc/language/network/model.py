"""Model: the base of everything that a network declares, and its one reader.

A class lists its fields; each has a `Form`, which reads it and says its JSON Schema. The same
reader takes the plain values of a file and the arguments of a call in Python.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from inspect import Parameter, Signature
from types import MappingProxyType, NoneType
from typing import Any, ClassVar, NamedTuple, Self, TypeVar, cast, dataclass_transform

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.language.mistakes import Mistaken, Mistakes, diagnostics_of, mistakes_in
from nnc.language.network.misspelt import word_unknown_keys
from nnc.numbers.exact import Refused, kind_of

Schema = dict[str, Any]
Made = TypeVar("Made")


class Form(NamedTuple):
    """The values that a field takes: their reader, which raises Refused or Mistaken, and schema."""

    read: Callable[[Any], Any]
    schema: Mapping[str, Any] = MappingProxyType({})


def required(description: str, form: Form, add: str = "") -> Any:
    """Declare a field that has to be there; `add` is the help where it is missing."""
    metadata = {"form": form, "description": description, "key": None, "add": add}
    return field(metadata=metadata)


def optional(
    description: str,
    form: Form,
    *,
    default: Any = None,
    default_factory: Callable[[], Any] | None = None,
    key: str | None = None,
) -> Any:
    """Declare a field that may be left out; a file calls it `key` where Python cannot."""
    metadata = {"form": form, "description": description, "key": key}
    if default_factory is not None:
        return field(default_factory=default_factory, metadata=metadata)
    return field(default=default, metadata=metadata)


class _Readable(type):
    """The type of models: to call one reads its arguments, as a file is read."""

    readers: Mapping[str, tuple[str, Callable[[Any], Any]]]
    """The name and the reader of each field, by the key that a file has for it."""
    required: Mapping[str, str]
    """The keys that have to be there, and the help where one is missing."""

    def __call__(cls, **data: Any) -> Any:
        """Return a model of plain values. Raises InvalidNetworkError with all mistakes in them."""
        data = {cls._key_of(name): value for name, value in data.items()}
        try:
            return cls.read(data)  # type: ignore[attr-defined]
        except (Refused, Mistaken) as error:
            diagnostics = diagnostics_of(mistakes_in(error), data)
        raise InvalidNetworkError(
            replace(
                diagnostic,
                message=diagnostic.message.replace("the file has no", "the network has no"),
                help=(diagnostic.help or "")
                .replace("the file takes", "it takes")
                .removesuffix(", extends")
                or None,
            )
            for diagnostic in diagnostics
        )

    def _key_of(cls, name: str) -> str:
        return next((key for key, (own, _) in cls.readers.items() if own == name), name)

    @property
    def __signature__(cls) -> Signature:
        """The arguments that a model takes."""
        return Signature(
            [
                Parameter(each.name, Parameter.KEYWORD_ONLY, default=_default_of(each))
                for each in fields(cls)  # type: ignore[arg-type]
                if each.metadata
            ]
        )


def _help_in_python(help: str) -> str:
    return help.replace("the file takes", "it takes").removesuffix(", extends")


def _default_of(each: Any) -> Any:
    if each.default is not MISSING:
        return each.default
    return Parameter.empty if each.default_factory is MISSING else each.default_factory()


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(required,))
def model(cls: type[Made]) -> type[Made]:
    """Make a model of a class that lists its fields."""
    made: Any = dataclass(frozen=True, slots=True, kw_only=True, repr=False)(cls)
    made.readers = {
        each.metadata["key"] or each.name: (each.name, each.metadata["form"].read)
        for each in fields(made)
        if each.metadata
    }
    made.required = {
        each.name: each.metadata["add"] for each in fields(made) if "add" in each.metadata
    }
    return cast("type[Made]", made)


class Model(metaclass=_Readable):
    """A declaration of a network: frozen, with a fixed set of keys."""

    __slots__ = ()
    noun: ClassVar[str]
    """What messages call one."""
    expected: ClassVar[str] = "a mapping"
    """What messages expect where one should stand."""
    only_in_python: ClassVar[tuple[str, ...]] = ()
    """The fields that a file does not write."""
    only_in_files: ClassVar[tuple[str, ...]] = ()
    """The keys of a file that are read before."""

    @classmethod
    def read(cls, data: Any) -> Self:
        """Read plain values. Raises Refused, or Mistaken with everything that is wrong."""
        if isinstance(data, cls):
            return data
        if not isinstance(data, Mapping):
            raise Refused("wrong-type", f"expected {cls.expected}, found {kind_of(data)}")
        if NoneType in set(map(type, data.values())):  # in Python it stands for what is left out
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
        for key, hint in cls.required.items():
            if key not in data:
                mistakes.miss((key,), f"{cls.noun} has no `{key}`", hint)
        if not data.keys() <= readers.keys():
            cls.refuse([key for key in data if key not in readers], data, mistakes)
        mistakes.stop()
        made = cls.model_construct(**values)
        made._check_values(mistakes)
        mistakes.stop()
        return made

    @classmethod
    def model_construct(cls, **values: Any) -> Self:
        """Make one of fields that have been read."""
        made: Self = type.__call__(cls, **values)
        return made

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """Return one with other values, which have been read, in some fields."""
        return self.model_construct(**{**dict(self), **update})

    @classmethod
    def _in_full(cls, data: dict[str, Any], mistakes: Mistakes) -> dict[str, Any]:  # noqa: ARG003
        """Write short forms out; `mistakes` takes keys that are missing or exclude each other."""
        return data

    def _check_values(self, mistakes: Mistakes) -> None:
        """Look for values that do not go together, once each is read."""

    @classmethod
    def refuse(cls, unknown: list[str], data: dict[str, Any], mistakes: Mistakes) -> None:
        """Refuse keys that mean nothing."""
        known = [key for key in cls.readers if key not in cls.only_in_python]
        known += cls.only_in_files
        word_unknown_keys(cls.noun, known, unknown, data, mistakes)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yield the name and the value of each field."""
        return ((each.name, getattr(self, each.name)) for each in fields(self))  # type: ignore[arg-type]

    def __repr__(self) -> str:
        """Return the call that builds it, without what is left out."""
        given = {each.name: each.default for each in fields(self) if each.repr}  # type: ignore[arg-type]
        values = [
            f"{name}={value!r}"
            for name, value in self
            if name in given and not _is(value, given[name])
        ]
        return f"{type(self).__name__}({', '.join(values)})"


def _is(value: object, default: object) -> bool:
    return type(value) is type(default) and value == default  # arrays are no defaults


def schemas_of(cls: type[Model]) -> dict[str, Schema]:
    """Return the JSON Schema of each field, by its key."""
    return {
        each.metadata["key"] or each.name: {
            **each.metadata["form"].schema,
            "description": each.metadata["description"],
        }
        for each in fields(cls)  # type: ignore[arg-type]
        if each.metadata
    }

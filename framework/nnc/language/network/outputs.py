"""Output: what a network gives, in every form a file allows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import ConfigDict, SerializerFunctionWrapHandler, model_serializer

from nnc.language.keys import KINDS
from nnc.language.mistakes import Mistakes
from nnc.language.network.fields import (
    LABELS,
    LEVEL,
    NAME_SCHEMA,
    SOURCE,
    SOURCES,
    TEXT,
    Describe,
    Form,
    Schema,
    array_of,
    by_name,
    not_both,
)
from nnc.language.network.model import Model
from nnc.language.readers import expect, read_by_name, read_name_list, read_wiring
from nnc.language.references import read_source
from nnc.numbers.exact import Refused

(_KEYS,) = KINDS["outputs"].needs.values()
_SHORT = ("sources", "is_bus")
"""The fields for which a file has short forms."""


def _read_flag(value: object) -> bool:
    return bool(expect(value, bool, "True or False"))


class Output(Model):
    """An output of a network: the bits of sources, an exact sum, a level, or the largest sum.

    In short form a source, or a list of sources (a bus), stands for itself.
    """

    sources: Annotated[tuple[str, ...] | None, SOURCES] = None
    """One source, or several laid end to end as a bus."""
    sum: Annotated[str | None, SOURCE] = None
    """The exact sum of a neuron, before the threshold."""
    level: Annotated[str | tuple[str, ...] | None, LEVEL] = None
    """The number of a neuron's ascending thresholds that fire: of all, or of those in a list."""
    largest: Annotated[tuple[str, ...] | None, SOURCES] = None
    """A layer, or a list of neurons: the place of the one with the largest sum."""
    labels: Annotated[tuple[str, ...] | None, LABELS] = None
    """A name for each level, one more than there are thresholds; or for each neuron of
    `largest`."""
    is_bus: Annotated[bool, Form(_read_flag)] = False
    """Set for several sources, or a list of one."""
    description: Annotated[str | None, TEXT] = None
    """The meaning of the output."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            sources: str | Sequence[str] | None = None,
            sum: str | None = None,
            level: str | Sequence[str] | None = None,
            largest: str | Sequence[str] | None = None,
            labels: Sequence[str] | None = None,
            is_bus: bool = False,
            description: str | None = None,
        ) -> None: ...

    noun = "an output"
    complete: ClassVar[Schema] = {
        "if": {"type": "object"},
        "then": {"anyOf": [{"required": [key]} for key in _KEYS]},
    }
    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                *(not_both("sum", key) for key in (*_KEYS[1:], "labels")),
                not_both("level", "largest"),
                {
                    "if": {"required": ["level"]},
                    "then": {"properties": {"labels": {"minItems": 2}}},
                },
            ],
        }
    )
    only_in_python = _SHORT

    @classmethod
    def _in_full(cls, data: dict[str, object], mistakes: Mistakes) -> dict[str, object]:
        _check_keys(data, mistakes)
        sources = data.get("sources")
        is_bus = isinstance(sources, (list, tuple)) and len(sources) > 1
        return {**data, "is_bus": True} if is_bus else data

    @model_serializer(mode="wrap")
    def _in_short(self, write: SerializerFunctionWrapHandler) -> object:
        """Write sources as a file does, which has no key for them."""
        if self.sources is not None:
            return [*self.sources] if self.is_bus else self.sources[0]
        return {key: value for key, value in write(self).items() if key not in _SHORT}

    def reads(self) -> tuple[str, ...]:
        """Return the sources that it looks at, as they are written."""
        alone = () if self.sum is None else (self.sum,)
        return (*(self.sources or ()), *(self.largest or ()), *alone, *self.levels())

    def levels(self) -> tuple[str, ...]:
        """Return the neuron of a level, or the thresholds that it counts, as they are written."""
        level = self.level or ()
        return (level,) if isinstance(level, str) else level


def _check_keys(data: dict[str, object], mistakes: Mistakes) -> None:
    """Check which keys of an output stand together."""
    keys = [key for key in data if key == "sources" or key in _KEYS]
    if not keys:
        is_foreign = not data.keys() <= Output.readers.keys()  # which is said of the other keys
        mistakes.miss(
            _KEYS,
            "" if is_foreign else "the output has no `sum`, `level` or `largest`",
            "write a source, {sum: neuron}, {level: neuron} or {largest: layer}",
        )
    for key in keys[1:]:
        mistakes.exclude(
            key,
            f"an output has `{keys[0]}` or `{key}`, not both",
            "keep one, and give the other a different alias",
        )
    if keys in (["sum"], ["sources"]) and "labels" in data:
        mistakes.exclude(
            "labels",
            "a `sum` takes no `labels`" if keys == ["sum"] else "a source takes no `labels`",
            "remove `labels`, or write `level` or `largest`",
        )
    for key, what in (
        ("sources", "a bus needs at least one source"),
        ("largest", "`largest` needs at least one neuron"),
    ):
        if isinstance(data.get(key), (list, tuple)) and not data[key]:
            mistakes.add("wrong-type", what, key, help="name one, or list several")


def _read_output(value: object) -> Output:
    """Read an output, or the source or list of sources that stands for one."""
    if isinstance(value, dict) and not value.keys().isdisjoint(_SHORT):
        mistakes = Mistakes()
        Output.refuse([key for key in value if key in _SHORT], value, mistakes)
        if "sources" not in value:
            mistakes.read(
                Output.read, {key: item for key, item in value.items() if key not in _SHORT}
            )
        mistakes.stop()
    if isinstance(value, (dict, Output)):
        return Output.read(value)
    if isinstance(value, (list, tuple)):
        if not value:
            raise Refused("wrong-type", "a bus needs at least one source", "list its sources")
        return Output.model_construct(sources=read_wiring(value), is_bus=True)
    return Output.model_construct(sources=(read_source(value),))


def _read_outputs(value: object) -> dict[str, Output]:
    """Read the outputs by name; `[sum]` stands for `{sum: sum}`."""
    names = read_name_list("outputs", value, "a list of names", aliases=True)
    if names is not None:
        value = {name: name for name in names}
    if isinstance(value, dict) and not value:
        raise Refused(
            "wrong-type",
            "a network has at least one output",
            "name the neurons whose bits are wanted",
        )
    return read_by_name("outputs", _read_output, value)


def _outputs_schema(ref: Describe) -> Schema:
    output = {
        "description": "A source, a list of sources (a bus), a sum, a level or the largest.",
        "if": {"type": "object"},
        "then": ref(Output),
        "else": SOURCES.schema,
    }
    description = "The name of an input, a neuron or a layer."
    names = array_of({**NAME_SCHEMA, "description": description})
    return {"anyOf": [names, by_name(output)]}


OUTPUTS = Form(_read_outputs, _outputs_schema)

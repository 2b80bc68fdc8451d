"""Output: what a network gives, in every form a file allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from nnc.exact import Refused, kind_of
from nnc.language.keys import KINDS
from nnc.language.network.fields import Declaration, SourceField, TextField, read_by
from nnc.language.network.lists import as_list, listed
from nnc.language.network.schemas import OUTPUT_SCHEMA, TEXT_SCHEMA
from nnc.language.readers import Mistakes, read_labels, read_wiring
from nnc.language.references import read_source

(_KEYS,) = KINDS["outputs"].needs.values()


class Output(Declaration):
    """What a network gives: the bits of sources, an exact sum, a level, or the largest sum.

    In short form a source, or a list of sources (a bus), stands for itself.
    """

    sources: Annotated[tuple[str, ...] | None, read_by(read_wiring, OUTPUT_SCHEMA)] = Field(
        default=None, description="One source, or several laid end to end as a bus."
    )
    sum: SourceField | None = Field(
        default=None, description="The exact sum of a neuron, before the threshold."
    )
    level: SourceField | None = Field(
        default=None, description="How many of a neuron's ascending thresholds fire."
    )
    largest: Annotated[tuple[str, ...] | None, read_by(read_wiring, OUTPUT_SCHEMA)] = Field(
        default=None,
        description="A layer, or a list of neurons: the place of the one with the largest sum.",
    )
    labels: Annotated[
        tuple[str, ...] | None, read_by(read_labels, {"type": "array", "items": TEXT_SCHEMA})
    ] = Field(
        default=None,
        description="A name for each level, one more than there are thresholds; or for each "
        "neuron of `largest`.",
    )
    is_bus: bool = False
    description: TextField | None = Field(default=None, description="What the output means.")

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            sources: str | Sequence[str] | None = None,
            sum: str | None = None,  # noqa: A002
            level: str | None = None,
            largest: str | Sequence[str] | None = None,
            labels: Sequence[str] | None = None,
            is_bus: bool = False,
            description: str | None = None,
        ) -> None: ...

    @classmethod
    def _in_full(cls, data: dict[str, Any], mistakes: Mistakes) -> dict[str, Any]:
        _check_keys(data, mistakes)
        sources = data.get("sources")
        is_bus = isinstance(sources, (list, tuple)) and len(sources) > 1
        return {**data, "is_bus": True} if is_bus else data

    def reads(self) -> tuple[str, ...]:
        """Give the sources that it looks at, as they are written."""
        alone = (one for one in (self.sum, self.level) if one is not None)
        return (*(self.sources or ()), *(self.largest or ()), *alone)


def _check_keys(data: dict[str, Any], mistakes: Mistakes) -> None:
    """Check which keys of an output stand together."""
    given = [key for key in data if key == "sources" or key in _KEYS]
    if not given:
        mistakes.add(
            "missing-key",
            "the output has no `sum`, `level` or `largest`",
            help="write a source, {sum: neuron}, {level: neuron} or {largest: layer}",
            names=_KEYS,
        )
    for key in given[1:]:
        mistakes.add(
            "exclusive-keys",
            f"an output has `{given[0]}` or `{key}`, not both",
            key,
            key=True,
            help="keep one, and give the other an alias of its own",
        )
    if given in (["sum"], ["sources"]) and "labels" in data:
        mistakes.add(
            "exclusive-keys",
            "a `sum` takes no `labels`" if given == ["sum"] else "a source takes no `labels`",
            "labels",
            key=True,
            help="leave `labels` out, or write `level` or `largest`",
        )
    for key, what in (("sources", "a bus needs at least one source"),
                      ("largest", "`largest` needs at least one neuron")):  # fmt: skip
        if isinstance(data.get(key), (list, tuple)) and not data[key]:
            mistakes.add("wrong-type", what, key, help="name one, or list several")


def one_output(value: object) -> object:
    """Write out the short forms of an output."""
    if isinstance(value, dict):
        return _output_object(value)
    if isinstance(value, Output):
        return value
    if isinstance(value, (list, tuple)):
        if not value:
            raise Refused("wrong-type", "a bus needs at least one source", "list its sources")
        return Output.model_construct(sources=read_wiring(value), is_bus=True)
    return Output.model_construct(sources=(read_source(value),))


def _output_object(value: dict[str, Any]) -> dict[str, Any]:
    """Refuse the keys that stand for the short forms."""
    unknown = [key for key in value if key in ("sources", "is_bus")]
    if not unknown:
        return value
    mistakes = Mistakes()
    mistakes.add(
        "unknown-key",
        f"unknown key `{unknown[0]}`",
        unknown[0],
        key=True,
        help="write the source, or the list of sources, itself",
    )
    if "sources" not in value:
        rest = {key: one for key, one in value.items() if key != "is_bus"}
        mistakes.read(Output.model_validate, rest)
    mistakes.stop()
    return value


def outputs_by_name(value: object) -> object:
    """Write out the list form of outputs: `[sum]` stands for `{sum: sum}`."""
    if isinstance(value, str):
        raise Refused(
            "wrong-type",
            f"expected a list or a mapping, found {kind_of(value)}",
            as_list("outputs", value),
        )
    if isinstance(value, (list, tuple)):
        value = {name: name for name in listed(value, "a list of names", aliases=True)}
    if isinstance(value, dict) and not value:
        raise Refused(
            "wrong-type",
            "a network has at least one output",
            "name the neurons whose bits are wanted",
        )
    return value

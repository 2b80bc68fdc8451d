"""Output: what a network gives, in every form a file allows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nnc.language.keys import KINDS
from nnc.language.mistakes import Mistakes
from nnc.language.network.fields import (
    Declaration,
    LabelsField,
    LevelField,
    SourceField,
    SourcesField,
    TextField,
    optional,
)
from nnc.language.readers import read_name_list, read_wiring
from nnc.language.references import read_source
from nnc.numbers.exact import Refused

(_KEYS,) = KINDS["outputs"].needs.values()


class Output(Declaration):
    """What a network gives: the bits of sources, an exact sum, a level, or the largest sum.

    In short form a source, or a list of sources (a bus), stands for itself.
    """

    sources: SourcesField | None = optional("One source, or several laid end to end as a bus.")
    sum: SourceField | None = optional("The exact sum of a neuron, before the threshold.")
    level: LevelField = optional(
        "How many of a neuron's ascending thresholds fire: of all, or of those in a list."
    )
    largest: SourcesField | None = optional(
        "A layer, or a list of neurons: the place of the one with the largest sum."
    )
    labels: LabelsField = optional(
        "A name for each level, one more than there are thresholds; or for each "
        "neuron of `largest`."
    )
    is_bus: bool = False
    description: TextField | None = optional("What the output means.")

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

    @classmethod
    def _in_full(cls, data: dict[str, Any], mistakes: Mistakes) -> dict[str, Any]:
        _check_keys(data, mistakes)
        sources = data.get("sources")
        is_bus = isinstance(sources, (list, tuple)) and len(sources) > 1
        return {**data, "is_bus": True} if is_bus else data

    def reads(self) -> tuple[str, ...]:
        """Return the sources that it looks at, as they are written."""
        alone = () if self.sum is None else (self.sum,)
        return (*(self.sources or ()), *(self.largest or ()), *alone, *self.levels())

    def levels(self) -> tuple[str, ...]:
        """Return the neuron of a level, or the thresholds that it counts, as they are written."""
        level = self.level or ()
        return (level,) if isinstance(level, str) else level


_LEFT_OUT = {key: field.default for key, field in Output.model_fields.items()}


def _check_keys(data: dict[str, Any], mistakes: Mistakes) -> None:
    """Check which keys of an output stand together."""
    keys = [key for key in data if key == "sources" or key in _KEYS]
    if not keys:
        mistakes.miss(
            _KEYS,
            "the output has no `sum`, `level` or `largest`",
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


def one_output(value: object) -> object:
    """Write out the short forms of an output.

    Raises Refused, or ValidationError with all mistakes in it.
    """
    if isinstance(value, dict):
        return _output_object(value)
    if isinstance(value, Output):
        return value
    if isinstance(value, (list, tuple)):
        if not value:
            raise Refused("wrong-type", "a bus needs at least one source", "list its sources")
        return _of_sources(read_wiring(value), is_bus=True)
    return _of_sources((read_source(value),))


def _of_sources(sources: tuple[str, ...], **more: bool) -> Output:
    return Output._of_read({**_LEFT_OUT, "sources": sources, **more}, {"sources", *more})


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
        rest = {key: item for key, item in value.items() if key != "is_bus"}
        mistakes.read(Output.model_validate, rest)
    mistakes.stop()
    return value


def outputs_by_name(value: object) -> object:
    """Write out the list form of outputs: `[sum]` stands for `{sum: sum}`.

    Raises Refused where there is none, and as `read_name_list` does.
    """
    names = read_name_list("outputs", value, "a list of names", aliases=True)
    if names is not None:
        value = {name: name for name in names}
    if isinstance(value, dict) and not value:
        raise Refused(
            "wrong-type",
            "a network has at least one output",
            "name the neurons whose bits are wanted",
        )
    return value

"""Neuron, a threshold neuron in every form a file allows; and Part, another network used as one.

Weights are of sources by name or by place; those of a number may be steps.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import ConfigDict

from nnc.diagnostics.diagnostic import closest
from nnc.language.firing import (
    COMPARISONS,
    DEFAULT_RULE,
    FIRING,
    GATES,
    Fires,
    Limit,
    Threshold,
    blank_with_rule,
    is_gate,
    meant,
    ruled,
    show_limit,
    stated,
)
from nnc.language.keys import KINDS, REFUSED_BY_GATES
from nnc.language.mistakes import Mistakes
from nnc.language.network.fields import (
    ENTRIES_SCHEMA,
    ENTRY_SCHEMA,
    FIRES,
    NUMERAL,
    PORTS,
    SIZE,
    SOURCE_PATTERN,
    TEXT,
    TEXT_SCHEMA,
    THRESHOLD,
    THRESHOLDS,
    WIRING,
    AnyEntry,
    AnyNumber,
    AnyWeights,
    Form,
    OwnStates,
    Schema,
    below,
    equals,
    not_both,
    without,
)
from nnc.language.network.model import Model
from nnc.language.ranges import Entry, Open
from nnc.language.readers import (
    expect,
    in_other_words,
    misplaced,
    read_entries,
    read_entry,
    read_limit,
    read_mapping,
    read_text,
    sources_of,
)
from nnc.language.references import read_source, uses_i
from nnc.numbers.exact import Number, Refused, read_number, shorten, show_number

Steps = dict[Limit, Entry]
Weight = Entry | tuple[Entry, ...] | Steps
Weights = dict[str, Weight] | tuple[Entry, ...] | Entry

_RANGE = re.compile(r"(-?[0-9.]*[0-9]) *(?:-|–|\.\.) *-?[0-9.]*[0-9]")  # `9-11`, as charts have it


def _read_cutoff(points: object, value: object) -> Limit:
    """Read the cut-off of a step, from which on its points count: from itself, or from above it."""
    if isinstance(value, str) and (span := _RANGE.fullmatch(value)):
        raise Refused(
            "misplaced-blank" if ".." in value else "not-a-number",
            f"expected the number at which a step begins, found `{shorten(value)}`",
            f"write `{span[1]}: {shorten(str(points))}`: "
            "a step begins at its lower end and lasts until the next",
        )
    if isinstance(value, str) and (blank := blank_with_rule(value)) is not None:
        raise misplaced(blank[1])
    limit = meant(value) if isinstance(value, str) and stated(value) is None else None
    if limit is not None and limit.rule == "at_least":
        raise in_other_words(
            str(value), f"write `{show_number(limit.number)}`: a step begins with its cut-off"
        )
    limit = ruled(limit or read_limit(value), "at_least")
    if not FIRING[limit.rule].up:
        after = show_limit(
            limit.number if limit.rule == "below" else Threshold(limit.number, "above")
        )
        raise Refused(
            "other-side",
            f"steps rise: one begins at its cut-off or above it, not `{limit}`",
            f"write the points from low to high, and `{after}: 0` where they end",
        )
    return limit.number if limit.rule == "at_least" else read_limit(value)


def _read_steps(source: str, value: Mapping[str, object]) -> Steps:
    if not value:
        raise Refused(
            "wrong-type",
            "steps need at least one cut-off",
            "write {cut-off: points, …}, for example {65: 1, 75: 2}",
        )
    if all(str(key).isidentifier() for key in value) and set(value) != {"_"}:
        word = shorten(str(next(iter(value))))
        source = f"{shorten(source)}.{word}"
        hint = f"a value of a choice is a source itself: write `{source}: …` among the weights"
        raise Refused(
            "not-a-number", f"expected numbers, at which steps begin, found `{word}`", hint
        )
    mistakes = Mistakes()
    steps: Steps = {}
    before: Limit | None = None
    for key, points in value.items():
        path = str(key)
        cutoff = mistakes.read(partial(_read_cutoff, points), key, path, key=True)
        number = mistakes.read(read_entry, points, path)
        if cutoff is None:
            continue
        if before is not None and _position(cutoff) <= _position(before):
            mistakes.add(
                "cutoffs-not-ascending",
                f"the cut-off {show_limit(cutoff)} comes after {show_limit(before)}; "
                "cut-offs ascend",
                path,
                key=True,
                help="sort the cut-offs from low to high, each once",
            )
        before = cutoff
        steps[cutoff] = number
    mistakes.stop()
    return steps


def _position(cutoff: Limit) -> tuple[Number, bool]:
    return ruled(cutoff, "at_least").position


def _read_weight(named: tuple[object, object]) -> Weight:
    """Read the weight of a source: the item of a mapping."""
    source, value = named
    if type(value) is str:
        return read_entry(value)
    if isinstance(value, Mapping):
        return _read_steps(str(source), value)
    if isinstance(value, (list, tuple)):
        return read_entries(value)
    return read_entry(value)


def read_weights(value: object) -> Weights:
    """Read weights: by name, by place, or one number for all.

    Raises Refused, or Mistaken with all mistakes in them.
    """
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, Mapping) for item in value):
            message = "expected a mapping, found a list of mappings"
            raise Refused("wrong-type", message, "remove the dashes: {a: 1, b: 2}")
        return read_entries(value)
    if not isinstance(value, Mapping):
        if isinstance(value, str) and value in ("null", "~"):
            expect(value, (), "a mapping, a list or a number")
        return read_entry(value)
    kinds = {*map(type, value), *map(type, value.values())}
    if kinds == {str}:  # as in a file, where no weight is steps or a list
        try:
            sources = sources_of(value)
            return dict(zip(sources, map(read_number, value.values()), strict=True))
        except Refused:
            pass
    return read_mapping(read_source, _read_weight, dict(zip(value, value.items(), strict=True)))


_STEPS_SCHEMA: Schema = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": rf"^((above|at_least) +)?{NUMERAL}$"},
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
_WEIGHTS = Form(read_weights, _WEIGHTS_SCHEMA)
_BY_NAME: Schema = {"properties": {"weights": {"type": "object"}}, "required": ["weights"]}


class Neuron(Model):
    """A threshold neuron: 1 when the weighted sum of its sources passes its threshold, else 0.

    S = sum of w_i * s_i over its sources; by default it fires when S > T (`fires="above"`).
    """

    weights: Annotated[Weights | None, _WEIGHTS] = None
    """The weight of each source, by name; or in the order of `wiring`."""
    wiring: Annotated[tuple[str, ...] | None, WIRING] = None
    """The sources, by place. Weights left out are all 1."""
    threshold: Annotated[Entry | None, THRESHOLD] = None
    """The limit that the sum is compared with."""
    thresholds: Annotated[dict[str, Limit | Open] | None, THRESHOLDS] = None
    """Several limits on one sum; each name is an output of the neuron. One may state its own rule:
    `above 6`."""
    fires: Annotated[Fires | None, FIRES] = None
    """When the neuron is 1; without it, the file's `fires`, else `above`."""
    states: OwnStates
    description: Annotated[str | None, TEXT] = None
    """The meaning of the neuron."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            weights: AnyWeights | None = None,
            wiring: str | Sequence[str] | None = None,
            threshold: AnyEntry | None = None,
            thresholds: Mapping[str, AnyEntry | Threshold] | None = None,
            fires: Fires | None = None,
            states: Sequence[AnyNumber] | None = None,
            description: str | None = None,
        ) -> None: ...

    noun = "a neuron"
    expected = f"a mapping with {' and '.join(KINDS['neurons'].needs)}"
    complete: ClassVar[Schema] = {
        "if": equals("fires", *GATES),
        "then": {"required": ["wiring"]},
        "else": {
            **below(thresholds={"minProperties": 1}),
            "anyOf": [{"required": ["threshold"]}, {"required": ["thresholds"]}],
            "if": _BY_NAME,
            "else": {"required": ["wiring"]},
        },
    }
    model_config = ConfigDict(
        json_schema_extra={
            "if": equals("fires", *GATES),
            "then": without(*REFUSED_BY_GATES) | {"properties": {"wiring": {"minItems": 1}}},
            "else": {
                "allOf": [
                    not_both("threshold", "thresholds"),
                    {"if": _BY_NAME, "then": without("wiring")},
                ]
            },
        }
    )

    @classmethod
    def _in_full(cls, data: dict[str, object], mistakes: Mistakes) -> dict[str, object]:
        _check_forms(data, mistakes)
        return data

    def reads(self) -> tuple[str, ...]:
        """Return the sources that it reads, as they are written."""
        return tuple(self.weights) if isinstance(self.weights, dict) else self.wiring or ()


def _check_forms(data: dict[str, object], mistakes: Mistakes) -> None:
    """Check which keys of a neuron stand together."""
    weights = data.get("weights")
    if len(data) == 2 and isinstance(weights, dict) and "threshold" in data:
        return  # as in most neurons
    unknown = [data[key] for key in data.keys() - Neuron.readers.keys()]
    if data.get("fires", DEFAULT_RULE) not in (*COMPARISONS, *GATES) or any(
        is_gate(value) for value in unknown
    ):
        return  # which keys it takes is not known
    if is_gate(data.get("fires")):
        _check_gate(data, mistakes)
        return
    if "threshold" in data and "thresholds" in data:
        mistakes.exclude(
            "thresholds", "a neuron has `threshold` or `thresholds`, not both", "keep one of them"
        )
    elif "threshold" not in data and "thresholds" not in data:
        mistakes.miss(
            ("threshold", "thresholds"),
            "the neuron has no `threshold`",
            "add `threshold: number`, or `thresholds: {name: number}`",
        )
    if "wiring" in data and isinstance(weights, dict):
        mistakes.exclude(
            "wiring",
            "weights by name and `wiring` exclude each other",
            "write weights: {a: 1, b: 2}, or wiring: [a, b] with weights: [1, 2]",
        )
    elif "weights" not in data and "wiring" not in data:
        mistakes.miss(
            ("weights", "wiring"),
            "the neuron has no `weights`",
            "add `weights: {source: number}`, or `wiring: [source]`",
        )
    elif "wiring" not in data and not isinstance(weights, dict) and _is_by_place(weights):
        mistakes.miss(
            ("wiring",),
            "weights by position need `wiring`",
            _by_name_help(weights),
        )


def _check_gate(data: dict[str, object], mistakes: Mistakes) -> None:
    """Check which keys of a neuron with `fires: all` or `any` stand together."""
    for key in REFUSED_BY_GATES:
        if key in data:
            mistakes.exclude(
                key,
                f"a neuron with `fires: {data['fires']}` takes no `{key}`",
                f"remove `{key}`",
            )
    if "wiring" not in data:
        mistakes.miss(
            ("wiring",),
            f"`fires: {data['fires']}` needs `wiring`",
            "add the list of bits it looks at: wiring: [a, b]",
        )
    elif isinstance(data["wiring"], (list, tuple)) and not data["wiring"]:
        mistakes.add(
            "wrong-type",
            f"`fires: {data['fires']}` needs at least one wire",
            "wiring",
            help="add the bits it looks at",
        )


def _by_name_help(weights: object) -> str:
    """Advise on weights without sources: show the first three of a list with names."""
    listed = weights if isinstance(weights, (list, tuple)) and weights else (1, 2)
    names = dict(zip("abc", listed, strict=False))
    more = ", …" * (len(listed) > len(names))
    pairs = ", ".join(f"{name}: {shorten(str(weight), 20)}" for name, weight in names.items())
    return f"add `wiring: [{', '.join(names)}{more}]`, or write weights: {{{pairs}{more}}}"


def _is_by_place(weights: object) -> bool:
    if isinstance(weights, (list, tuple)) and any(isinstance(weight, dict) for weight in weights):
        return False
    return weights is not None and not (isinstance(weights, str) and weights in ("null", "~"))


def _read_use(value: object) -> object:
    """Read what a part uses: a file's name, or in Python a network."""
    return value if isinstance(value, Model) else read_text(value)


class Part(Model):
    """A network used in this one: its inputs are wired here, its outputs are `name.output`.

    With `repeat` it has that many elements, `name(0)`, `name(1)`, …, in whose wiring `i` is the
    number of each. `first` and `last` say what is different for the first and the last.
    """

    use: Annotated[Any, Form(_read_use, TEXT_SCHEMA)]
    """The file of the network that is used, relative to this one."""
    wiring: Annotated[dict[str, tuple[str, ...]], PORTS]
    """The source, or sources, of each of its inputs."""
    repeat: Annotated[int | None, SIZE] = None
    """The number of instances."""
    first: Annotated[dict[str, tuple[str, ...]] | None, PORTS] = None
    """The inputs that are wired differently in the first instance."""
    last: Annotated[dict[str, tuple[str, ...]] | None, PORTS] = None
    """The inputs that are wired differently in the last instance."""
    description: Annotated[str | None, TEXT] = None
    """The purpose of the part."""

    help_if_missing: ClassVar[Mapping[str, str]] = {
        "use": "add `use: file.nn.yaml`",
        "wiring": "add `wiring: {input: source}`",
    }
    noun = "a part"
    expected = f"a mapping with {' and '.join(KINDS['parts'].needs)}"
    complete: ClassVar[Schema] = {"dependencies": {"first": ["repeat"], "last": ["repeat"]}}

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            use: object,
            wiring: Mapping[str, str | Sequence[str]],
            repeat: int | None = None,
            first: Mapping[str, str | Sequence[str]] | None = None,
            last: Mapping[str, str | Sequence[str]] | None = None,
            description: str | None = None,
        ) -> None: ...

    @classmethod
    def _in_full(cls, data: dict[str, object], mistakes: Mistakes) -> dict[str, object]:
        if "repeat" not in data and not _is_misspelt(data):
            key = next((key for key in ("first", "last") if key in data), None)
            if key is None:
                _refuse_i(data.get("wiring"), mistakes)
            else:
                mistakes.exclude(
                    key,
                    f"a part without `repeat` takes no `{key}`",
                    f"remove `{key}`, or write `repeat`",
                )
        return data

    def reads(self) -> tuple[str, ...]:
        """Return the sources that it reads, as they are written."""
        return tuple(text for ports in self._wirings for texts in ports.values() for text in texts)

    def sources_of(self, port: str) -> tuple[str, ...]:
        """Return the sources that are wired to one of its inputs, as they are written."""
        return tuple(text for ports in self._wirings for text in ports.get(port, ()))

    @property
    def _wirings(self) -> tuple[Mapping[str, Sequence[str]], ...]:
        return self.wiring, self.first or {}, self.last or {}


def _is_misspelt(data: Mapping[str, object]) -> bool:
    """Return whether a part has a key which is probably meant to be `repeat`."""
    unknown = [str(key) for key in data if key not in Part.readers]
    return closest("repeat", unknown) is not None


def _refuse_i(wiring: object, mistakes: Mistakes) -> None:
    """Say where an `i` stands first in the wiring of a part that is not repeated."""
    if not isinstance(wiring, Mapping):
        return
    for port, sources in wiring.items():
        is_list = isinstance(sources, (list, tuple))
        for i, source in enumerate(sources if is_list else [sources]):
            if isinstance(source, str) and uses_i(source):
                mistakes.add(
                    "bad-source",
                    f"`{shorten(source)}`: `i` is known only in the wiring of a repeated part",
                    "wiring",
                    str(port),
                    *([i] if is_list else []),
                    help="write the number of the element, or add `repeat`",
                )
                return

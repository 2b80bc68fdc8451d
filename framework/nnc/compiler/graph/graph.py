"""Graph, what it is made of, and Template: one network resolved, its parts as black boxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal, NamedTuple

from nnc.compiler.linking import Linked
from nnc.compiler.shared import SparseWeights
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.language.network import BITS, INVERTED, Fires, Input, States
from nnc.language.ranges import Range, format_value_set
from nnc.language.references import CONSTANTS
from nnc.numbers.exact import Number, stored_number


class Origin(NamedTuple):
    """The declaration of a neuron: its file, the path there, and the instance, as `adder(3).`.

    `file` is None for a network built in Python, `instance` empty in the network itself.
    """

    path: KeyPath
    file: str | None = None
    instance: str = ""


class NeuronNode(NamedTuple):
    """A neuron with its sources resolved.

    It fires when the sum of weights[i] * sources[i] passes each of its thresholds; its outputs are
    the signals `first`, `first + 1`, ….

    `ports` names the thresholds, or is empty. `rules` has the rule of each threshold where they
    differ: all are of the side of `fires`. `steps` are the stretches of `sources` that are the
    steps of one input, each with its points. The gates `all` and `any` are written as sums.
    """

    name: str
    origin: Origin
    fires: Fires
    sources: Sequence[int]
    weights: Sequence[Number]
    thresholds: tuple[Number, ...]
    ports: tuple[str, ...]
    first: int
    steps: tuple[tuple[int, int], ...] = ()
    states: States = BITS
    is_step: bool = False
    rules: tuple[Fires, ...] = ()

    @property
    def outputs(self) -> int:
        """The number of its signals."""
        return len(self.thresholds)

    def rule(self, i: int) -> Fires:
        """Give the rule of one threshold."""
        return self.rules[i] if self.rules else self.fires

    def signal_names(self) -> list[str]:
        """Return the name of each output: `n`, or `n.port`."""
        return [f"{self.name}.{port}" for port in self.ports] if self.ports else [self.name]


class LayerNode(NamedTuple):
    """A layer with its sources resolved: neuron i is the signal `first + i`.

    `weights` is an array of size x fan-in, SparseWeights, rows of exact numbers, or one number for
    all; `thresholds` an array, a tuple, or one number for all. Where `counted` is not 0 each neuron
    has so many thresholds, in rows, and is the integer of how many fire.
    """

    name: str
    origin: Origin
    fires: Fires
    sources: Sequence[int]
    weights: Any
    thresholds: Any
    size: int
    first: int
    states: States = BITS
    counted: int = 0

    @property
    def outputs(self) -> int:
        """The number of its signals."""
        return self.size

    def signal_names(self) -> list[str]:
        """Return the name of each neuron: `hidden(0)`, …."""
        return [f"{self.name}({i})" for i in range(self.size)]

    def row(self, i: int) -> tuple[Sequence[int], list[Number]]:
        """Return the weights of one neuron exactly, and before them the indices of its sources."""
        indices: Sequence[int] = range(len(self.sources))
        weights = self.weights
        if isinstance(weights, Number):
            return indices, [weights] * len(indices)
        if isinstance(weights, SparseWeights):
            start, stop = (int(end) for end in weights.indptr[i : i + 2])
            indices, row = weights.indices[start:stop].tolist(), weights.values[start:stop]
        else:
            row = weights[i]
        return indices, [
            stored_number(weight) for weight in (row.tolist() if hasattr(row, "tolist") else row)
        ]

    def neuron(self, i: int) -> NeuronNode:
        """Write out one neuron, its numbers exact, of a layer that does not count thresholds."""
        places, weights = self.row(i)
        sources = [self.sources[place] for place in places]
        threshold = self.thresholds
        if not isinstance(threshold, Number):
            threshold = stored_number(threshold[i])
        return NeuronNode(
            f"{self.name}({i})", self.origin, self.fires, sources, weights, (threshold,), (),
            self.first + i, states=self.states,
        )  # fmt: skip


OutputKind = Literal["bit", "bus", "number", "sum", "level", "largest"]


@dataclass(frozen=True, slots=True)
class Tap:
    """The output of one alias, by `kind`.

    A `bit`, a `bus` of values, the `number` of an input, the exact `sum` of a neuron, its `level`:
    how many of `signals` are 1, or the place of the neuron with the `largest` sum; the last two
    with `labels` by name.

    `signals` of a sum and of `largest` are the first signal of each neuron. `states` are the values
    of each bit that is given, None if all are 0 and 1; `is_integer` marks a bus that is given as
    one unsigned integer.
    """

    alias: str
    kind: OutputKind
    signals: Sequence[int]
    labels: tuple[str, ...] = ()
    states: tuple[States | None, ...] | None = None
    is_integer: bool = False
    is_bus: bool = False

    @property
    def width(self) -> int:
        """The number of its signals."""
        return len(self.signals)

    @property
    def is_bits(self) -> bool:
        """True for a bit, or a bus of bits, with the values 0 and 1."""
        return self.kind in ("bit", "bus") and self.states is None

    @property
    def is_binary(self) -> bool:
        """Return True if it is a bit, or a bus of bits, of the values 0 and 1 in either order."""
        values = (BITS, INVERTED)
        return self.is_bits or (
            self.kind in ("bit", "bus") and all(states in values for states in self.states or ())
        )

    @property
    def inverted(self) -> list[int]:
        """The elements that are 1 where they do not fire, and 0 where they do."""
        return [i for i, states in enumerate(self.states or ()) if states == INVERTED]

    def is_one_firing(self, element: int) -> bool:
        """Return True if a bit counts as 1 where it fires, and not where it is silent.

        The value 1 counts as 1; of two other states the larger does.
        """
        off, on = self.states_of(element) or BITS
        return on == 1 or (off != 1 and on > off)

    def zero_and_one(self, element: int) -> States:
        """Return the value of a bit that counts as 0, and the one that counts as 1."""
        off, on = self.states_of(element) or BITS
        return (off, on) if self.is_one_firing(element) else (on, off)

    def states_of(self, element: int) -> States | None:
        """Return the values of one bit when it is off and on; None for a number."""
        return BITS if self.states is None else self.states[element]


ValueSet = tuple[Range, ...] | tuple[str, ...]
"""The values that a condition allows: ranges of numbers, or labels."""


class Near(NamedTuple):
    """The rows near a given one: at most `changes` elements differ, none by more than `each`."""

    given: Mapping[str, Any]
    changes: int | None = None
    each: Number | None = None


class GraphClaim(NamedTuple):
    """An assumption or a property, its names resolved: `about` is what it speaks of.

    Of `never` and `always`, `values` has what each of `about` may be; `when` likewise. Of `equal`,
    `about` are pairs, one after the other; or `file` is the network to compare with. A choice is a
    bus with the values as labels. Where it is the assumption of a used network, `instance` is the
    prefix of its names here. `origin` is the file that it stands in. Of `unchanged`, `near` says
    which rows are near, in which the inputs of `varied` differ, or all. Bits that a condition
    counts are a level.
    """

    kind: Literal["assume", "properties"]
    place: int
    form: str
    name: str = ""
    about: tuple[Tap, ...] = ()
    values: tuple[ValueSet, ...] = ()
    varied: tuple[Tap, ...] = ()
    when: tuple[Tap, ...] = ()
    when_values: tuple[ValueSet, ...] = ()
    file: str | None = None
    instance: str = ""
    origin: str | None = None
    near: Near | None = None

    def words(self) -> str:
        """Write a claim about one row in short: `never {alarm: 1, bypass: 1}`."""
        if self.form in ("never", "always"):
            stated = _condition_words(self.about, self.values)
        else:
            stated = f"[{', '.join(tap.alias for tap in self.about)}]"
        when = f" when {_condition_words(self.when, self.when_values)}" if self.when else ""
        return f"{self.form} {stated}{when}"

    def moved(self, move: Callable[[Tap], Tap], **changes: Any) -> GraphClaim:
        """Return it with every tap moved."""
        about, varied, when = (
            tuple(map(move, taps)) for taps in (self.about, self.varied, self.when)
        )
        return self._replace(about=about, varied=varied, when=when, **changes)


def _condition_words(taps: Sequence[Tap], values: Sequence[ValueSet]) -> str:
    pairs = zip(taps, values, strict=True)
    return f"{{{', '.join(f'{tap.alias}: {format_values(allowed)}' for tap, allowed in pairs)}}}"


def format_values(values: ValueSet) -> str:
    """Write what a signal may be."""
    labels = [value for value in values if isinstance(value, str)]
    ranges = [value for value in values if not isinstance(value, str)]
    return "|".join(labels) if labels else format_value_set(ranges)


class SignalType(NamedTuple):
    """The values of a signal: a bit with its states, or a number with its bounds, None for none.

    `counted` is 0 but for an integer that a neuron of a layer gives: how many of so many thresholds
    fire.
    """

    kind: Literal["bit", "integer", "real"]
    least: Number | None
    greatest: Number | None
    states: States = BITS
    counted: int = 0


BIT = SignalType("bit", 0, 1)
ZERO, ONE = SignalType("bit", 0, 0), SignalType("bit", 1, 1)
"""The types of the two constants."""


def bit_type(states: States) -> SignalType:
    """Return the type of a bit with these values."""
    return BIT if states == BITS else SignalType("bit", min(states), max(states), states)


def count_type(thresholds: int) -> SignalType:
    """Return the type of an integer that says how many of some thresholds fire."""
    return SignalType("integer", 0, thresholds, counted=thresholds)


def input_type(input_: Input) -> SignalType:
    """Return the type of the elements of an input."""
    if input_.type == "choice":
        return BIT
    if input_.type == "bit":
        return bit_type(input_.state_values)
    return SignalType(input_.type, input_.min, input_.max)


@dataclass(frozen=True)
class Graph:
    """A network as a directed acyclic graph; `nodes` come after all their sources.

    Signals 0 and 1 are the constants, then come the elements of the inputs; what else has a number
    is the output of a node, or the wire into a part, which nothing reads any more. `levels[i]` is
    the length of the longest path to `nodes[i]` from the inputs, at least 1; the order is by
    level, then by place in the file. `types` has an entry for every signal.
    """

    inputs: Mapping[str, Input]
    nodes: tuple[NeuronNode | LayerNode, ...]
    levels: tuple[int, ...]
    outputs: tuple[Tap, ...]
    types: Sequence[SignalType]
    claims: tuple[GraphClaim, ...] = ()
    owed: tuple[GraphClaim, ...] = ()

    @cached_property
    def producers(self) -> list[int]:
        """For each signal the place in `nodes` of the node that makes it, -1 for others."""
        return producers_of(self.nodes, len(self.types))


def producers_of(nodes: Sequence[NeuronNode | LayerNode], signals: int) -> list[int]:
    """Map each signal to the index of the node that produces it, or to -1."""
    places = [-1] * signals
    for place, node in enumerate(nodes):
        count = node.outputs
        if count == 1:
            places[node.first] = place
        else:
            places[node.first : node.first + count] = [place] * count
    return places


def as_range(signals: Sequence[int]) -> Sequence[int]:
    """Return signals that follow each other as a range, others as a tuple."""
    if isinstance(signals, range) or not signals:
        return signals or ()
    span = range(signals[0], signals[0] + len(signals))
    is_whole = signals[-1] == span[-1] and list(signals) == list(span)
    return span if is_whole else tuple(signals)


def first_signals(inputs: Mapping[str, Input]) -> dict[str, int]:
    """Return the first signal of each input."""
    firsts = accumulate((input_.width for input_ in inputs.values()), initial=len(CONSTANTS))
    return dict(zip(inputs, firsts, strict=False))


# ------------------------------------------------------------------------------- template


class Bundle(NamedTuple):
    """The slots that a source stands for, end to end.

    `of` are the values of a choice that is meant whole; `is_bus` marks what takes an index.
    """

    slots: Sequence[int]
    is_bus: bool = True
    of: tuple[str, ...] | None = None


class Port(NamedTuple):
    """An output of a template: its slots, and its form as a source."""

    tap: Tap
    bundle: Bundle | None


class PartBody(NamedTuple):
    """A part of a template: `repeat` instances of `child`, whose slots start at `base`.

    `wires[j]` has for each instance the slot that its input slot `2 + j` stands for; `paths[j]`
    where that is written, from which instance on.
    """

    name: str
    child: Template
    base: int
    repeat: int
    is_repeated: bool
    wires: list[Sequence[int]]
    paths: list[list[tuple[int, KeyPath]]]

    def path(self, slot: int, element: int) -> KeyPath:
        """Return where one input slot of an instance is wired."""
        return [path for start, path in self.paths[slot] if start <= element][-1]

    def prefix(self, element: int) -> str:
        """Name one instance, as it stands before the names in it."""
        return f"{self.name}({element})." if self.is_repeated else f"{self.name}."


@dataclass(eq=False)
class Template:
    """A network resolved by itself.

    Slots 0 and 1 are the constants, then come the inputs, what the neurons and layers give, and
    then, for every instance of every part, its inputs and all that is in it. `types` has an entry
    for every slot. In an instance, slot s from 2 on is the slot `offset + s - 2` of its user.
    """

    linked: Linked
    inputs: dict[str, Input]
    types: list[SignalType]
    nodes: list[NeuronNode] = field(default_factory=list)
    layers: list[LayerNode] = field(default_factory=list)
    parts: list[PartBody] = field(default_factory=list)
    outputs: dict[str, Port] = field(default_factory=dict)
    claims: list[GraphClaim] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    slots_of: Callable[[str], Sequence[int]] = lambda _: ()
    """Returns the slots of a source, for messages."""

    @property
    def instances(self) -> int:
        """The number of instances in it, itself counted."""
        return 1 + sum(body.repeat * body.child.instances for body in self.parts)

    @property
    def size(self) -> int:
        """The number of slots of one instance."""
        return len(self.types) - 2

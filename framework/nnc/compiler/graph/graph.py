"""The types of a graph, and Template: one resolved network with its parts as black boxes."""

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
    """The declaration of a neuron: its file, its path there, and its instance, as `adder(3).`.

    `file` is None for a network built in Python, `instance` empty in the network itself.
    """

    path: KeyPath
    file: str | None = None
    instance: str = ""


class NeuronNode(NamedTuple):
    """A neuron with its sources resolved.

    It fires if the sum of weights[i] * sources[i] passes a threshold; its outputs, one per
    threshold, are the signals `first`, `first + 1`, ….

    `ports` names the thresholds, or is empty. `rules` has the rule of each threshold if they
    differ; all are on the same side as `fires`. `steps` are the stretches of `sources` that are
    cut-offs of one input, each with its points. The gates `all` and `any` are written as sums.
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
        """Return the rule of one threshold."""
        return self.rules[i] if self.rules else self.fires

    def signal_names(self) -> list[str]:
        """Return the names of its outputs: `n`, or `n.port`."""
        return [f"{self.name}.{port}" for port in self.ports] if self.ports else [self.name]


class LayerNode(NamedTuple):
    """A layer with its sources resolved; neuron i is the signal `first + i`.

    `weights` is an array of size x fan-in, SparseWeights, rows of exact numbers, or one number for
    all; `thresholds` is an array, a tuple, or one number for all. If `counted` is not 0, each
    neuron has that many thresholds, as rows, and is the number of them that fire.
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
        """Return the names of its neurons: `hidden(0)`, …."""
        return [f"{self.name}({i})" for i in range(self.size)]

    def row(self, i: int) -> tuple[Sequence[int], list[Number]]:
        """Return the indices of one neuron's sources, and its exact weights."""
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
        """Return one neuron with exact numbers, of a layer that does not count thresholds."""
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

    A `bit`, a `bus` of values, the `number` of an input, the exact `sum` of a neuron, its `level`
    (the number of `signals` that are 1), or the index of the neuron with the `largest` sum; the
    last two may have `labels`.

    For `sum` and `largest`, `signals` are the first signal of each neuron. `states` are the values
    of each bit, or None if all are 0 and 1; `is_integer` marks a bus whose value is one unsigned
    integer.
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
        """Return True for a bit or bus of bits with the values 0 and 1 in either order."""
        values = (BITS, INVERTED)
        return self.is_bits or (
            self.kind in ("bit", "bus") and all(states in values for states in self.states or ())
        )

    @property
    def inverted(self) -> list[int]:
        """The elements that are 0 if they fire and 1 if they do not."""
        return [i for i, states in enumerate(self.states or ()) if states == INVERTED]

    def is_one_firing(self, element: int) -> bool:
        """Return True if a bit counts as 1 when it fires, not when it is silent.

        The value 1 counts as 1; of two other states the larger one does.
        """
        off, on = self.states_of(element) or BITS
        return on == 1 or (off != 1 and on > off)

    def zero_and_one(self, element: int) -> States:
        """Return the values of a bit that count as 0 and as 1."""
        off, on = self.states_of(element) or BITS
        return (off, on) if self.is_one_firing(element) else (on, off)

    def states_of(self, element: int) -> States | None:
        """Return the values of one bit when off and on, or None for a number."""
        return BITS if self.states is None else self.states[element]


ValueSet = tuple[Range, ...] | tuple[str, ...]
"""The values that a condition allows: ranges of numbers, or labels."""


class Near(NamedTuple):
    """The rows near a given one: at most `changes` elements differ, none by more than `each`."""

    given: Mapping[str, Any]
    changes: int | None = None
    each: Number | None = None


class GraphClaim(NamedTuple):
    """An assumption or property with its names resolved; `about` has its operands.

    For `never` and `always`, `values` are the values of each operand; `when_values` likewise for
    `when`. For `equal`, `about` has pairs, one after the other, or `file` is the network to compare
    with. A choice is a bus labelled with its values; counted bits are a level. `instance` is the
    prefix of the used network whose assumption it is, and `origin` the file it is written in. For
    `unchanged`, `near` defines which rows are near, in which the inputs `varied`, or all, differ.
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
        """Return a claim about one row as text: `never {alarm: 1, bypass: 1}`."""
        if self.form in ("never", "always"):
            stated = _condition_words(self.about, self.values)
        else:
            stated = f"[{', '.join(tap.alias for tap in self.about)}]"
        when = f" when {_condition_words(self.when, self.when_values)}" if self.when else ""
        return f"{self.form} {stated}{when}"

    def moved(self, move: Callable[[Tap], Tap], **changes: Any) -> GraphClaim:
        """Return the claim with `move` applied to every tap."""
        about, varied, when = (
            tuple(map(move, taps)) for taps in (self.about, self.varied, self.when)
        )
        return self._replace(about=about, varied=varied, when=when, **changes)


def _condition_words(taps: Sequence[Tap], values: Sequence[ValueSet]) -> str:
    pairs = zip(taps, values, strict=True)
    return f"{{{', '.join(f'{tap.alias}: {format_values(allowed)}' for tap, allowed in pairs)}}}"


def format_values(values: ValueSet) -> str:
    """Return the allowed values of a signal as text."""
    labels = [value for value in values if isinstance(value, str)]
    ranges = [value for value in values if not isinstance(value, str)]
    return "|".join(labels) if labels else format_value_set(ranges)


class SignalType(NamedTuple):
    """The values of a signal: a bit with its states, or a number with its bounds, if any.

    `counted` is the number of thresholds for a layer neuron that counts how many fire, else 0.
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
    """Return the type of an integer that counts how many of some thresholds fire."""
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

    Signals 0 and 1 are the constants, followed by the elements of the inputs. Other signals are
    outputs of nodes, or wires into parts, which nothing reads any more. `levels[i]` is the length
    of the longest path from the inputs to `nodes[i]`, at least 1; nodes are ordered by level, then
    by position in the file. `types` has an entry for every signal.
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
        """The index in `nodes` of the node that produces each signal, or -1."""
        return producers_of(self.nodes, len(self.types))


def producers_of(nodes: Sequence[NeuronNode | LayerNode], signals: int) -> list[int]:
    """Return the index of the node that produces each signal, or -1."""
    places = [-1] * signals
    for place, node in enumerate(nodes):
        count = node.outputs
        if count == 1:
            places[node.first] = place
        else:
            places[node.first : node.first + count] = [place] * count
    return places


def as_range(signals: Sequence[int]) -> Sequence[int]:
    """Return consecutive signals as a range, others as a tuple."""
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
    """The slots of a source, concatenated.

    `of` has the values of a choice that is read as a whole; `is_bus` is True if it takes an index.
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

    `wires[j]` has the source of input slot `2 + j` in each instance, and `paths[j]` the paths of
    its wiring, each with the first instance it applies to.
    """

    name: str
    child: Template
    base: int
    repeat: int
    is_repeated: bool
    wires: list[Sequence[int]]
    paths: list[list[tuple[int, KeyPath]]]

    def path(self, slot: int, element: int) -> KeyPath:
        """Return the path of the wiring of one input slot of an instance."""
        return [path for start, path in self.paths[slot] if start <= element][-1]

    def prefix(self, element: int) -> str:
        """Return the prefix of the names in one instance."""
        return f"{self.name}({element})." if self.is_repeated else f"{self.name}."


@dataclass(eq=False)
class Template:
    """A network resolved by itself.

    Slots 0 and 1 are the constants, followed by the inputs, the neurons and layers, and then, for
    every instance of every part, its inputs and contents. `types` has an entry for every slot. Slot
    s >= 2 of an instance is the slot `offset + s - 2` of the template that contains it.
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
        """The number of instances in it, including itself."""
        return 1 + sum(body.repeat * body.child.instances for body in self.parts)

    @property
    def size(self) -> int:
        """The number of slots of one instance."""
        return len(self.types) - 2

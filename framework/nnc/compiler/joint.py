"""Build one graph of copies of networks over common inputs, with neurons that watch them.

A claim about one row becomes a neuron that fires if it is violated; all assumptions become a plan.

A *literal* is a bit of the graph with a negation: `2 * signal + turned`; signals 0 and 1 are the
constants. Watching neurons are ordinary neurons, so whatever proves two plans equal can also prove
a claim: that a bit is always 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from nnc.compiler.graph import (
    Graph,
    GraphClaim,
    LayerNode,
    NeuronNode,
    SignalType,
    Tap,
    ValueSet,
    first_signals,
    input_type,
)
from nnc.compiler.graph.graph import ONE, ZERO, Origin, bit_type
from nnc.compiler.plan import Plan, build_plan, once_for_plan
from nnc.language.network import Fires, Input, States
from nnc.language.ranges import Range
from nnc.numbers.exact import Number, simplest

FALSE, TRUE = 0, 2
VIOLATED = "violated"
"""The alias of the bit that should always be 0."""


def negated(literal: int) -> int:
    """Return the negation of a literal."""
    return {FALSE: TRUE, TRUE: FALSE}.get(literal, literal ^ 1)


class Sum(NamedTuple):
    """A linear expression: a constant plus the values of signals times factors."""

    terms: Mapping[int, Number]
    constant: Number = 0

    def minus(self, other: Sum) -> Sum:
        """Return the difference of two expressions."""
        terms = dict(self.terms)
        for signal, factor in other.terms.items():
            terms[signal] = terms.get(signal, 0) - factor
        left = {signal: factor for signal, factor in terms.items() if factor}
        return Sum(left, self.constant - other.constant)


@dataclass(frozen=True)
class Copy:
    """One copy of a network, with the signal in the joint graph of each of its slots."""

    graph: Graph
    slots: Sequence[int]

    def signals(self, tap: Tap) -> list[int]:
        """Return the signals of an output in the joint graph."""
        return [self.slots[slot] for slot in tap.signals]


class Joint:
    """A graph over some inputs, to which copies of networks and watching neurons are added."""

    def __init__(self, inputs: Mapping[str, Input]) -> None:
        self.inputs = dict(inputs)
        self.types: list[SignalType] = [ZERO, ONE]
        for input_ in inputs.values():
            self.types += [input_type(input_)] * input_.width
        self.first = first_signals(self.inputs)
        self.nodes: list[NeuronNode | LayerNode] = []
        self._held: dict[tuple[States, int], int] = {}

    # ------------------------------------------------------------------------------ copies

    def element(self, name: str, place: int = 0) -> int:
        """Return the signal of one element of an input."""
        return self.first[name] + place

    def held(self, states: States, state: int) -> int:
        """Return a constant bit with these states that is always off (0) or on (1)."""
        if states == (0, 1):
            return state
        if (states, state) not in self._held:
            self._held[states, state] = self._add((), (), 1 - state, states=states)
        return self._held[states, state]

    def states_held(self) -> dict[int, int]:
        """Return the constant bits that were added, with their states."""
        return {signal: state for (_, state), signal in self._held.items()}

    def copy(self, graph: Graph, inputs: Sequence[int]) -> Copy:
        """Add a copy of a network whose input elements are these signals."""
        slots = [0, 1, *inputs]
        shift = len(self.types) - len(slots)
        slots += range(len(self.types), len(self.types) + len(graph.types) - len(slots))
        self.types += graph.types[2 + len(inputs) :]
        for node in graph.nodes:
            sources = [slots[source] for source in node.sources]
            self.nodes.append(node._replace(sources=sources, first=node.first + shift))
        return Copy(graph, slots)

    def whole(self, graph: Graph) -> Copy:
        """Add a copy of a network, wired to the inputs of the joint graph by name."""
        return self.copy(graph, self.wired(graph))

    def wired(self, graph: Graph) -> list[int]:
        """Return the signals of a network's input elements, matched by name."""
        return [
            self.element(name, place)
            for name, input_ in graph.inputs.items()
            for place in range(input_.width)
        ]

    # ------------------------------------------------------------------------------ neurons

    def _add(
        self,
        sources: Sequence[int],
        weights: Sequence[Number],
        threshold: Number,
        fires: Fires = "at_least",
        states: States = (0, 1),
    ) -> int:
        first = len(self.types)
        name = f"watch {len(self.nodes)}"
        origin = Origin(())
        self.nodes.append(
            NeuronNode(
                name, origin, fires, sources, weights, (threshold,), (), first, states=states
            )
        )
        self.types.append(bit_type(states))
        return first

    def bits(self, weights: Iterable[tuple[int, Number]]) -> Sum:
        """Return the sum of the weights of the bits that are on."""
        terms: dict[int, Number] = {}
        constant: Number = 0
        for signal, weight in weights:
            if signal < 2:
                constant += weight * signal
                continue
            off, on = self.types[signal].states
            factor = simplest(Fraction(weight) / (on - off))
            terms[signal] = terms.get(signal, 0) + factor
            constant -= off * factor
        return Sum(terms, constant)

    def compared(self, number: Sum, fires: Fires, limit: Number) -> int:
        """Return the literal of "the number passes the limit"."""
        terms = {signal: factor for signal, factor in number.terms.items() if factor}
        threshold = simplest(Fraction(limit - number.constant))
        if not terms:
            fits = {
                "above": threshold < 0,
                "at_least": threshold <= 0,
                "below": threshold > 0,
                "at_most": threshold >= 0,
            }
            return TRUE if fits[fires] else FALSE
        return 2 * self._add(list(terms), list(terms.values()), threshold, fires)

    def all_of(self, literals: Iterable[int]) -> int:
        """Return the AND of some literals."""
        chosen = dict.fromkeys(literal for literal in literals if literal != TRUE)
        if FALSE in chosen or any(literal ^ 1 in chosen for literal in chosen):
            return FALSE
        if len(chosen) < 2:
            return next(iter(chosen), TRUE)
        weights = [(literal >> 1, -1 if literal & 1 else 1) for literal in chosen]
        return self.compared(self.bits(weights), "at_least", sum(w > 0 for _, w in weights))

    def any_of(self, literals: Iterable[int]) -> int:
        """Return the OR of some literals."""
        return negated(self.all_of(map(negated, literals)))

    # ------------------------------------------------------------------------------ outputs

    def numbers(self, copy: Copy, tap: Tap) -> list[Sum]:
        """Return the numbers of an output; for the index of the largest sum, the sums."""
        if tap.kind in ("sum", "largest"):
            return [self.total(copy, slot) for slot in tap.signals]
        signals = copy.signals(tap)
        if tap.kind == "level":
            return [self.bits((signal, 1) for signal in signals)]
        if tap.is_integer:
            return [self.bits((signal, 1 << place) for place, signal in enumerate(signals))]
        return list(map(self.value, signals))

    def number(self, copy: Copy, tap: Tap) -> Sum:
        """Return an output as a number: a bit, a sum, a level, or the integer of a bus."""
        return self.numbers(copy, tap)[0]

    def value(self, signal: int) -> Sum:
        """Return the value of one signal; for a bit, its state."""
        return Sum({}, signal) if signal < 2 else Sum({signal: 1})

    def total(self, copy: Copy, slot: int) -> Sum:
        """Return the exact sum of the neuron that produces a slot of a copy."""
        graph = copy.graph
        node = graph.nodes[graph.producers[slot]]
        sources: Sequence[int] = node.sources
        weights: Sequence[Number]
        if isinstance(node, LayerNode):
            places, weights = node.row(slot - node.first)
            sources = [node.sources[place] for place in places]
        else:
            weights = node.weights
        terms: dict[int, Number] = {}
        constant: Number = 0
        for source, weight in zip(sources, weights, strict=True):
            signal = copy.slots[source]
            if signal < 2:
                constant += weight * signal
            else:
                terms[signal] = terms.get(signal, 0) + weight
        return Sum(terms, constant)

    def is_place(self, copy: Copy, tap: Tap, place: int) -> int:
        """Return the literal of "the output has the index `place`"."""
        if tap.kind == "bus":  # a choice
            return self.on(copy.signals(tap)[place])
        sums = self.numbers(copy, tap)
        if tap.kind == "level":
            return self._is_within(sums[0], Range(place, place))
        beats = (
            self.compared(sums[place].minus(other), "above" if i < place else "at_least", 0)
            for i, other in enumerate(sums)
            if i != place
        )
        return self.all_of(beats)

    def on(self, signal: int) -> int:
        """Return the literal of a bit."""
        return 2 * signal

    def is_among(self, copy: Copy, tap: Tap, values: ValueSet) -> int:
        """Return the literal of "the output has one of these values"."""
        ranges = [span for span in values if isinstance(span, Range)]
        if tap.labels or tap.kind == "largest":
            chosen = [label in values for label in tap.labels] or [
                any(place in span for span in ranges) for place in range(tap.width)
            ]
            return self.any_of(
                self.is_place(copy, tap, place)
                for place, is_chosen in enumerate(chosen)
                if is_chosen
            )
        if tap.kind == "bit":
            (signal,) = copy.signals(tap)
            off, on = (any(state in span for span in ranges) for state in tap.states_of(0) or ())
            literal = self.on(signal)
            return TRUE if off and on else literal if on else negated(literal) if off else FALSE
        number = self.number(copy, tap)
        return self.any_of(self._is_within(number, span) for span in ranges)

    def _is_within(self, number: Sum, span: Range) -> int:
        ends = []
        if span.least is not None:
            ends.append(self.compared(number, "at_least", span.least))
        if span.greatest is not None:
            ends.append(self.compared(number, "at_most", span.greatest))
        return self.all_of(ends)

    def differ(self, first: tuple[Copy, Tap], second: tuple[Copy, Tap]) -> int:
        """Return the literal of "the two outputs differ"."""
        (copy, tap), (other_copy, other) = first, second
        values: list[ValueSet] = [(label,) for label in tap.labels]
        if not values and other.kind == "largest" and tap.kind != "largest":
            (copy, tap), (other_copy, other) = second, first  # only indices can all be enumerated
        if not values and tap.kind == "largest":
            values = [(Range(place, place),) for place in range(tap.width)]
        if values:
            return self.any_of(
                self.all_of(
                    [
                        self.is_place(copy, tap, place),
                        negated(self.is_among(other_copy, other, value)),
                    ]
                )
                for place, value in enumerate(values)
            )
        pairs = zip(self.numbers(copy, tap), self.numbers(other_copy, other), strict=True)
        literals = []
        for number, another in pairs:
            difference = number.minus(another)
            literals += [self.compared(difference, rule, 0) for rule in _APART]
        return self.any_of(literals)

    # -------------------------------------------------------------------------------- plans

    def plan(self, outputs: Sequence[Tap], name: str = "") -> Plan:
        """Return a plan of some outputs and all that they depend on."""
        types = self.types
        makers = {
            node.first + i: place
            for place, node in enumerate(self.nodes)
            for i in range(node.outputs)
        }
        wanted: set[int] = set()
        todo = [makers[s] for tap in outputs for s in tap.signals if s in makers]
        while todo:
            place = todo.pop()
            if place not in wanted:
                wanted.add(place)
                todo += {makers[s] for s in self.nodes[place].sources if s in makers}
        levels: dict[int, int] = {}
        for place in sorted(wanted):  # a node comes after its sources
            below = (levels[makers[s]] for s in self.nodes[place].sources if s in makers)
            levels[place] = 1 + max(below, default=0)
        order = sorted(levels, key=levels.__getitem__)
        nodes = tuple(self.nodes[place] for place in order)
        graph = Graph(
            self.inputs, nodes, tuple(levels[place] for place in order), tuple(outputs), types
        )
        return build_plan(graph, name)

    def bit_of(self, literal: int) -> int:
        """Return a signal with the values 0 and 1 that equals a literal."""
        if not literal & 1 and self.types[literal >> 1].states == (0, 1):
            return literal >> 1
        weight, limit = (-1, 0) if literal & 1 else (1, 1)
        return self.compared(self.bits([(literal >> 1, weight)]), "at_least", limit) >> 1

    def watched(self, literal: int) -> tuple[Plan, Plan]:
        """Return a plan whose only output is the literal, and one in which it is always 0."""
        signals = [self.bit_of(literal)]
        never = Joint(self.inputs)
        return (
            self.plan([Tap(VIOLATED, "bit", signals)]),
            never.plan([Tap(VIOLATED, "bit", [0])]),
        )


_APART: tuple[Fires, Fires] = ("above", "below")


def assumed_by(graph: Graph) -> list[GraphClaim]:
    """Return the assumptions of a network."""
    return [claim for claim in graph.claims if claim.kind == "assume"]


def broken(joint: Joint, copy: Copy, claim: GraphClaim) -> int:
    """Return the literal of "the claim about one row is violated"."""
    when = [
        joint.is_among(copy, tap, values)
        for tap, values in zip(claim.when, claim.when_values, strict=True)
    ]
    if claim.form in ("never", "always"):
        pairs = zip(claim.about, claim.values, strict=True)
        together = joint.all_of([joint.is_among(copy, tap, values) for tap, values in pairs])
        return joint.all_of([*when, together if claim.form == "never" else negated(together)])
    if claim.form == "equal":
        pairs_ = zip(claim.about[::2], claim.about[1::2], strict=True)
        apart = [joint.differ((copy, tap), (copy, other)) for tap, other in pairs_]
        return joint.all_of([*when, joint.any_of(apart)])
    count = joint.bits((signal, 1) for tap in claim.about for signal in copy.signals(tap))
    too_many = joint.compared(count, "at_least", 2)
    too_few = joint.compared(count, "at_most", 0)
    wrong = {"at_most_one": [too_many], "at_least_one": [too_few]}
    return joint.all_of([*when, joint.any_of(wrong.get(claim.form, [too_many, too_few]))])


@once_for_plan
def assumption_plan(plan: Plan) -> Plan | None:
    """Return a plan with an output per assumption that is 1 if it is violated, or None.

    It has the same inputs, and its outputs are `0`, `1`, … by the index of the assumptions.
    """
    claims = [claim for claim in plan.claims if claim.kind == "assume"]
    if not claims:
        return None
    joint = Joint(plan.inputs)
    copy = joint.whole(Graph(plan.inputs, (), (), (), tuple(joint.types)))
    taps = [
        Tap(str(place), "bit", [joint.bit_of(broken(joint, copy, claim))])
        for place, claim in enumerate(claims)
    ]
    return joint.plan(taps)

"""Two plans in one graph, where neurons of the same form are one node.

Every threshold of a neuron is brought to a normal form: sources merged, constants folded, zero
weights dropped, negative weights put on turned sources, and weights replaced by what identifies the
function (see `threshold`). So splitting, renaming, reordering and rescaling vanish, and buffers and
inverters are literals of their source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import ceil, floor, gcd, lcm

from nnc.compiler.graph import SparseWeights
from nnc.compiler.netlist import Affine, Netlist
from nnc.compiler.plan import LayerStep, Plan, PlanNeuron
from nnc.language.network import FIRING, Fires, Input
from nnc.numbers.exact import Number, simplest, stored_number
from nnc.proofs.plans.budget import MAX_FORMED, Budget
from nnc.proofs.plans.domain import Axis, Domain, Interval, exact_values
from nnc.proofs.plans.nodes import (
    FALSE,
    TRUE,
    Cut,
    Gate,
    Leaf,
    Linear,
    Mixed,
    NodeGraph,
    PlanReading,
    ScaledNode,
    ThresholdForm,
    counting_work,
    key_of,
    threshold_form,
    tightened,
)

_INTEGER = frozenset([int])
_LONG = 3600  # seconds, of a graph without a budget

Merge = Callable[[int], int]
"""Takes a literal just made; returns the literal to use instead."""


class Shared(NodeGraph):
    """The graph that plans are added to, one after the other."""

    def __init__(self, domain: Domain, budget: Budget | None = None) -> None:
        super().__init__(domain)
        self._budget = budget or Budget(_LONG)
        self._is_counted: dict[tuple[tuple[int, ...], int], bool] = {}
        """True for functions whose identifying numbers were counted, False for those too large."""
        self._form_of: dict[tuple[tuple[int, ...], int], ThresholdForm] = {}
        self._has_numbers = False

    def add(self, plan: Plan, side: str, merge: Merge | None = None) -> PlanReading:
        """Add a plan; `side` distinguishes inputs of which no value suits both plans."""
        reading = PlanReading([FALSE, TRUE], {})
        for name, input_ in plan.inputs.items():
            for element in range(input_.width):
                reading.append(self._input(name, input_, element, side))
        for stretch in plan.schedule:
            if isinstance(stretch, LayerStep):
                made: Iterable[int] = self._layer(stretch, reading)
            else:
                steps = plan.steps[stretch.start : stretch.stop]
                made = (literal for step in steps for literal in self._neuron(step, reading))
            for literal in made:
                reading.literals.append(merge(literal) if merge else literal)
        return reading

    # ------------------------------------------------------------------------------ inputs

    def _input(self, name: str, input_: Input, element: int, side: str) -> int | ScaledNode:
        """Return what one element of an input is: a literal, or a number."""
        is_number = input_.type not in ("bit", "choice")
        axis = self.domain.axis_of(name, element)
        if axis is None and name in self.domain.apart:
            # no row is valid in both: `side` keeps their values from being taken for the same
            node = self._node(("apart", side, name, element), Leaf(None, name, is_number))
            self._has_numbers |= is_number
            return ScaledNode(node, 1, 0) if is_number else 2 * node
        if axis is None:
            return FALSE  # beyond the narrower of two buses
        if input_.of is not None:
            return self._is_value(axis, input_.of[element])
        if self.domain.axes[axis].element is None:
            return self._bit_of_bus(axis, element)
        return self._number(axis) if is_number else self._bit(axis, input_)

    def _bit(self, axis: int, input_: Input) -> int:
        """Return the literal of a bit, whichever of its states comes first in its axis."""
        values = self.domain.axes[axis].values
        assert isinstance(values, tuple)
        is_first_on = values[0] == input_.state_values[1]
        if len(values) == 1:
            return TRUE if is_first_on else FALSE
        return 2 * self._node(("bit", axis), Leaf(axis, self.domain.axes[axis].input)) + is_first_on

    def _is_value(self, axis: int, label: str) -> int:
        """Return the literal that says whether a choice has a value."""
        name, values = self.domain.axes[axis].input, self.domain.axes[axis].values
        assert isinstance(values, tuple)
        if label not in values:
            return FALSE
        if len(values) == 1:
            return TRUE
        # of two values one node stands for both: being the second is not being the first
        turned = len(values) == 2 and label == values[1]
        part = str(values[0]) if turned else label
        return 2 * self._node(("is", axis, part), Leaf(axis, name, part=part)) + turned

    def _bit_of_bus(self, axis: int, element: int) -> int:
        """Return the literal of one bit of a bus whose unsigned integer is limited."""
        name, values = self.domain.axes[axis].input, self.domain.axes[axis].values
        assert not isinstance(values, Interval)
        if isinstance(values, range):
            # a bit is constant in a range where the bits above it and itself are
            low, high = values.start >> element, (values.stop - 1) >> element
            if low == high:
                return low & 1
        else:
            bits = {int(value) >> element & 1 for value in exact_values(values)}
            if len(bits) == 1:
                return bits.pop()
        return 2 * self._node(("element", axis, element), Leaf(axis, name, part=element))

    def _number(self, axis: int) -> ScaledNode:
        """Return the number that an axis is; one of two values is a bit, which is known better."""
        name, values = self.domain.axes[axis].input, self.domain.axes[axis].values
        if isinstance(values, Interval):
            if values.least is not None and values.least == values.greatest:
                return ScaledNode(None, 0, values.least)
        else:
            exact = exact_values(values)
            if len(exact) == 1:
                return ScaledNode(None, 0, exact[0])
            if len(exact) == 2:
                node = self._node(("bit", axis), Leaf(axis, name))
                return ScaledNode(node, simplest(Fraction(exact[1] - exact[0])), exact[0])
        self._has_numbers = True
        return ScaledNode(self._node(("number", axis), Leaf(axis, name, is_number=True)), 1, 0)

    # ----------------------------------------------------------------------------- neurons

    def _neuron(self, step: PlanNeuron, reading: PlanReading) -> list[int]:
        """Return the literal of each threshold of a neuron."""
        terms, constant = self._terms(step.sources, step.weights, reading)
        return [self._compared(terms, step.fires, limit - constant) for limit in step.thresholds]

    def _layer(self, layer: LayerStep, reading: PlanReading) -> Iterable[int]:
        """Yield the literal of each signal of a layer."""
        limits = layer.limits.tolist()
        if layer.synapses > MAX_FORMED:
            yield from self._large(layer, reading, limits)
            return
        for i, limit in enumerate(limits):
            sources, weights = layer.row(i)
            terms, constant = self._terms(sources, weights, reading)
            yield self._compared(terms, layer.fires, stored_number(limit) - constant)

    def _large(
        self, layer: LayerStep, reading: PlanReading, limits: Sequence[object]
    ) -> Iterable[int]:
        """Yield the literals of the neurons of a large layer: one for rows stored alike."""
        read = tuple(reading.numbers.get(s, reading.literals[s]) for s in map(int, layer.sources))
        reads = {source >> 1 if isinstance(source, int) else source.node or 0 for source in read}
        # a node that stands for all that the layer reads, so that each neuron reads one node
        wires = self._node(("wires", read), Mixed(tuple(reads)))
        weights = layer.weights
        for i, limit in enumerate(limits):
            neuron = i // layer.width
            if isinstance(weights, SparseWeights):
                synapses = slice(int(weights.indptr[neuron]), int(weights.indptr[neuron + 1]))
                stored = weights.indices[synapses].tobytes() + weights.values[synapses].tobytes()
            else:
                stored = weights[neuron].tobytes()
            counts = layer.counts.tobytes()
            key = ("row", wires, counts, layer.fires, layer.dtype, stored, limit)
            yield 2 * self._node(key, Mixed((wires,)))

    def number(self, netlist: Netlist, value: Affine, reading: PlanReading) -> Linear:
        """Return a value of an output: a number of bits, inputs and sums of neurons."""
        weighed: list[tuple[int, Number]] = []
        for net, factor in value.terms:
            read = [(net, 1)] if net > 0 else netlist.cell(net).terms
            weighed += [(source, weight * factor) for source, weight in read]
        terms, constant = self._terms(
            [source for source, _ in weighed], [weight for _, weight in weighed], reading
        )
        whole = Fraction(constant + value.constant) / value.unit
        return linear(whole, terms, Fraction(1, value.unit))

    def passes(self, total: Linear, fires: Fires, limit: Number) -> int:
        """Return the literal that says whether a sum passes a limit."""
        return self._compared(dict(total.terms), fires, limit - total.constant)

    def _terms(
        self, sources: Sequence[int], weights: Sequence[Number], reading: PlanReading
    ) -> tuple[dict[int, Number], Number]:
        """Add weighted signals; return the weight of each node, other than 0, and the constant."""
        terms: dict[int, Number] = {}
        constant: Number = 0
        literals = reading.literals
        for source, weight in zip(sources, weights, strict=True):
            literal = literals[source]
            if literal < 0:
                node, factor, fixed = reading.numbers[source]
                constant += weight * fixed
                if node is None:
                    continue
                weight *= factor
            else:
                node = literal >> 1
                if literal & 1:  # w * (1 - x) is w - w * x
                    constant += weight
                    weight = -weight
            if node:  # node 0 is always 0
                terms[node] = terms.get(node, 0) + weight
        return {node: weight for node, weight in terms.items() if weight}, constant

    # ------------------------------------------------------------------------- normal form

    def _compared(self, terms: dict[int, Number], fires: Fires, limit: Number) -> int:
        """Return the literal that says whether a sum passes a limit."""
        rule = FIRING[fires]
        strict, turned = rule.is_past, not rule.up
        if self._has_numbers and any(self._is_number(node) for node in terms):
            return self._with_numbers(terms, limit, strict) ^ turned
        if not _INTEGER.issuperset(map(type, terms.values())):
            scale = lcm(*(weight.denominator for weight in terms.values()))
            terms = {node: int(weight * scale) for node, weight in terms.items()}
            limit = limit * scale
        threshold = _first_integer(limit, strict=strict)
        return self.gate([(2 * node, int(w)) for node, w in terms.items()], threshold) ^ turned

    def _is_number(self, node: int) -> bool:
        leaf = self.nodes[node]
        return isinstance(leaf, Leaf) and leaf.is_number

    def gate(self, terms: Sequence[tuple[int, int]], threshold: int) -> int:
        """Return the literal of a threshold function of literals, each of another node."""
        positive = []
        for literal, weight in terms:
            if weight < 0:  # -w * x is w * (1 - x) - w
                literal, weight = literal ^ 1, -weight
                threshold += weight
            positive.append((weight, literal))
        positive.sort()
        weights = tuple([weight for weight, _ in positive])
        form = self._form_of.get((weights, threshold))
        if form is None:
            form = threshold_form(*self._weighed(weights, threshold))
            self._form_of[weights, threshold] = form
        if form.level is None:
            return TRUE if form.always else FALSE
        if len(form.places) == 1:  # a function of one bit that is not constant is that bit
            return positive[form.places[0]][1]
        own, turned = key_of(form, [literal for _, literal in positive])
        key = ("gate", own)
        node = self._node_of.get(key)
        if node is None:  # only now: most gates of a second network are there already
            if turned:
                threshold = sum(weights) - threshold + 1
                positive = [(weight, literal ^ 1) for weight, literal in positive]
            gate = Gate(tuple([literal for _, literal in positive]), weights, threshold)
            node = self._node_of[key] = len(self.nodes)
            self.nodes.append(gate)
        return 2 * node + turned

    def _weighed(
        self, weights: tuple[int, ...], threshold: int
    ) -> tuple[tuple[int, ...], int, bool]:
        """Reduce weights, and decide whether there is work left to count their identifying numbers.

        The decision is kept: else the same neuron of two networks could have two forms.
        """
        if not 0 < threshold <= sum(weights):
            return weights, threshold, False
        key = tightened(weights, threshold)
        is_counted = self._is_counted.get(key)
        if is_counted is None:
            is_counted = self._is_counted[key] = self._budget.takes(counting_work(*key))
        return (*key, is_counted)

    def _with_numbers(self, terms: dict[int, Number], limit: Number, strict: bool) -> int:
        """Return the literal that says whether a sum with numbers passes a limit."""
        nodes = sorted(terms)
        first = next(node for node in nodes if self._is_number(node))
        turned = terms[first] < 0
        if turned:  # S > T is not -S >= -T, so that the first number counts upward
            terms = {node: -weight for node, weight in terms.items()}
            limit, strict = -limit, not strict
        if len(nodes) == 1:
            return self._cut(first, simplest(Fraction(limit) / terms[first]), strict) ^ turned
        scale = Fraction(lcm(*(weight.denominator for weight in terms.values())))
        scale /= gcd(*(int(weight * scale) for weight in terms.values()))
        limit = limit * scale
        if all(self._is_integral(node) for node in nodes):
            limit, strict = _first_integer(limit, strict=strict), False
        factors = tuple((node, int(terms[node] * scale)) for node in nodes)
        constant = _decided(*self._ends(factors), limit, strict=strict)
        if constant is not None:
            return constant ^ turned
        limit = simplest(Fraction(limit))
        mixed = Mixed(tuple(nodes), tuple(factor for _, factor in factors), limit, strict)
        return 2 * self._node(("mixed", factors, limit, strict), mixed) + turned

    def _ends(self, factors: Sequence[tuple[int, int]]) -> tuple[Number | None, Number | None]:
        """Return the least and the greatest value of a sum; None where there is no bound."""
        least: Number | None = 0
        greatest: Number | None = 0
        for node, factor in factors:
            low, high = self._bounds(node)
            if factor < 0:
                low, high = high, low
            least = None if least is None or low is None else least + factor * low
            greatest = None if greatest is None or high is None else greatest + factor * high
        return least, greatest

    def _axis(self, node: int) -> Axis | None:
        """Return the axis of a number; None for a bit, and for a number that is apart."""
        leaf = self.nodes[node]
        if not isinstance(leaf, Leaf) or not leaf.is_number or leaf.axis is None:
            return None
        return self.domain.axes[leaf.axis]

    def _bounds(self, node: int) -> tuple[Number | None, Number | None]:
        """Return the least and the greatest value of a node."""
        axis = self._axis(node)
        if axis is None:
            return (None, None) if self._is_number(node) else (0, 1)
        return axis.ends

    def _is_integral(self, node: int) -> bool:
        """Return whether a node has no value but integers."""
        axis = self._axis(node)
        return not self._is_number(node) if axis is None else axis.is_integral

    def _cut(self, node: int, value: Number, strict: bool) -> int:
        """Return the literal that says whether one number passes a value."""
        leaf = self.nodes[node]
        assert isinstance(leaf, Leaf)
        if leaf.axis is None:
            return 2 * self._node(("apart", node, value, strict), Mixed((node,)))
        if self._is_integral(node):
            value, strict = _first_integer(value, strict=strict), False
        constant = _decided(*self._bounds(node), value, strict=strict)
        if constant is not None:
            return constant
        return 2 * self._node(("cut", leaf.axis, value, strict), Cut(leaf.axis, value, strict))


def _first_integer(limit: Number, *, strict: bool) -> int:
    """Return the least integer that reaches a limit or, if strict, is above it."""
    return floor(limit) + 1 if strict else ceil(limit)


def _decided(
    least: Number | None, greatest: Number | None, limit: Number, *, strict: bool
) -> int | None:
    """Return whether numbers between two ends pass a limit; None where only some do."""
    if least is not None and (least > limit or (least == limit and not strict)):
        return TRUE
    if greatest is not None and (greatest < limit or (greatest == limit and strict)):
        return FALSE
    return None


def linear(constant: Number, terms: dict[int, Number], factor: Number) -> Linear:
    """Return a sum with all its weights multiplied; the constant is not."""
    scaled = sorted((node, simplest(Fraction(weight * factor))) for node, weight in terms.items())
    return Linear(
        simplest(Fraction(constant)), tuple(term for term in scaled if term[0] and term[1])
    )

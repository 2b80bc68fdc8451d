"""Two plans in one graph, where what is the same by its form is one node.

A *literal* is a node and whether it is turned: `2 * node + turned`; node 0 is always 0. Every
threshold of a neuron is brought to a normal form: sources merged, constants folded, zero weights
dropped, negative weights put on turned sources, and weights replaced by what identifies the
function (see `threshold`). So splitting, renaming, reordering and rescaling vanish, and buffers and
inverters are literals of their source.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

from nnc.compiler.graph import SparseWeights
from nnc.compiler.plan import LayerStep, Plan, PlanNeuron
from nnc.exact import Number, simplest, stored_number
from nnc.language.network import FIRING, Fires
from nnc.proving.domain import Axis, Domain, Interval, exact_values
from nnc.proving.threshold import rule_of

FALSE, TRUE = 0, 1
_MOST_SYNAPSES = 1 << 18
"""Of a layer whose neurons are brought to normal form; larger ones are compared as stored."""


class Gate(NamedTuple):
    """A node that is 1 where the weights of its literals that are 1 add up to the threshold."""

    literals: tuple[int, ...]
    weights: tuple[int, ...]
    threshold: int


class Cut(NamedTuple):
    """A node that is 1 where a number has reached a value, or, if strict, is above it."""

    axis: int
    value: Number
    strict: bool


class Leaf(NamedTuple):
    """A node that is an element of an input: a bit, or a number; `axis` is None for one apart.

    `part` is the value of a choice, or the place of a bit in an integer, where it is 1 for these.
    """

    axis: int | None
    name: str
    is_number: bool = False
    part: str | int | None = None


class Mixed(NamedTuple):
    """A node that adds numbers to each other or to bits, or a neuron of a large layer."""

    reads: tuple[int, ...]


Node = Gate | Cut | Leaf | Mixed


class Linear(NamedTuple):
    """A number as a sum: `constant` and nodes with their factors, in order."""

    constant: Number
    terms: tuple[tuple[int, Number], ...]


class _Signal(NamedTuple):
    """What a number of a plan is: factor * node + constant; the node is None for a constant."""

    node: int | None
    factor: Number
    constant: Number


class Reading(NamedTuple):
    """What the signals of one plan are in the graph: literals, -1 for numbers, which follow."""

    literals: list[int]
    numbers: dict[int, _Signal]


Merge = Callable[[int, int], int]
"""Takes a literal just made and the signal it was made for; gives the literal to use instead."""


class Shared:
    """The graph that plans are added to, one after the other."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.nodes: list[Node] = [Gate((), (), 1)]
        self._places: dict[Hashable, int] = {}

    def add(self, plan: Plan, side: str, merge: Merge | None = None) -> Reading:
        """Add a plan; `side` tells apart what only one of them has."""
        reading = Reading([FALSE, TRUE], {})
        for name, one in plan.inputs.items():
            for element in range(one.width):
                self._input(plan, name, element, side, reading)
        for stretch in plan.schedule:
            if isinstance(stretch, LayerStep):
                made = self._layer(stretch, reading)
            else:
                steps = plan.steps[stretch.start : stretch.stop]
                made = (literal for step in steps for literal in self._neuron(step, reading))
            for literal in made:
                signal = len(reading.literals)
                reading.literals.append(merge(literal, signal) if merge else literal)
        return reading

    def support(self, nodes: Iterable[int]) -> tuple[set[int], set[str]]:
        """Give the axes that nodes depend on, and the inputs that are apart."""
        axes: set[int] = set()
        apart: set[str] = set()
        for node in self.cone(nodes):
            found = self.nodes[node]
            if isinstance(found, Cut):
                axes.add(found.axis)
            elif isinstance(found, Leaf):
                if found.axis is None:
                    apart.add(found.name)
                else:
                    axes.add(found.axis)
        return axes, apart

    def cone(self, nodes: Iterable[int]) -> set[int]:
        """Give the nodes that some depend on, and these themselves."""
        seen = set(nodes)
        todo = list(seen)
        while todo:
            for read in self.reads(todo.pop()):
                if read not in seen:
                    seen.add(read)
                    todo.append(read)
        return seen

    def is_on(self, node: int, value: Number | str) -> bool:
        """Tell whether a cut, or a leaf that is a bit, is 1 where its axis has a value."""
        found = self.nodes[node]
        if isinstance(found, Cut):
            (number_,) = exact_values([value])
            return number_ > found.value or (number_ == found.value and not found.strict)
        assert isinstance(found, Leaf)
        assert found.axis is not None
        if isinstance(found.part, int):
            return bool(int(value) >> found.part & 1)
        values = self.domain.axes[found.axis].values
        assert isinstance(values, tuple)
        return value == (values[1] if found.part is None else found.part)

    def reads(self, node: int) -> Iterable[int]:
        """Give the nodes that one reads; leaves read none."""
        found = self.nodes[node]
        if isinstance(found, Gate):
            return [literal >> 1 for literal in found.literals]
        return found.reads if isinstance(found, Mixed) else ()

    def _node(self, key: Hashable, node: Node) -> int:
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self.nodes)
            self.nodes.append(node)
        return place

    # ------------------------------------------------------------------------------ inputs

    def _input(self, plan: Plan, name: str, element: int, side: str, reading: Reading) -> None:
        """Add one element of an input: a literal, or a number."""
        one = plan.inputs[name]
        is_number = one.type not in ("bit", "choice")
        place = self.domain.axis_of(name, element)
        if place is None and name in self.domain.apart:
            leaf = Leaf(None, name, is_number)
            node = self._node(("apart", side, name, element), leaf)
            self._append(reading, node, is_number)
        elif place is None:  # beyond the narrower of two buses
            reading.literals.append(FALSE)
        elif one.of is not None:
            reading.literals.append(self._is_value(place, one.of[element]))
        elif self.domain.axes[place].element is None:
            reading.literals.append(self._element(place, element))
        elif is_number:
            signal = len(reading.literals)
            reading.numbers[signal] = self._number(place)
            reading.literals.append(-1)
        else:
            values = self.domain.axes[place].values
            assert isinstance(values, tuple)
            on = one.state_values[1]
            literal = 2 * self._node(("bit", place), Leaf(place, name))
            if len(values) == 1:
                literal = TRUE if values[0] == on else FALSE
            reading.literals.append(literal ^ (len(values) == 2 and values[0] == on))

    @staticmethod
    def _append(reading: Reading, node: int, is_number: bool) -> None:
        if is_number:
            reading.numbers[len(reading.literals)] = _Signal(node, 1, 0)
        reading.literals.append(-1 if is_number else 2 * node)

    def _is_value(self, place: int, label: str) -> int:
        """Give the literal that says whether a choice has a value."""
        axis = self.domain.axes[place]
        assert isinstance(axis.values, tuple)
        if label not in axis.values:
            return FALSE
        if len(axis.values) == 1:
            return TRUE
        turned = len(axis.values) == 2 and label == axis.values[1]
        told = str(axis.values[0]) if turned else label
        return 2 * self._node(("is", place, told), Leaf(place, axis.input, part=told)) + turned

    def _element(self, place: int, element: int) -> int:
        """Give one bit of a bus whose unsigned integer is limited."""
        axis = self.domain.axes[place]
        values = axis.values
        assert not isinstance(values, Interval)
        if isinstance(values, range):
            low, high = values.start >> element, (values.stop - 1) >> element
            if low == high:
                return low & 1
        else:
            bits = {int(value) >> element & 1 for value in exact_values(values)}
            if len(bits) == 1:
                return bits.pop()
        return 2 * self._node(("element", place, element), Leaf(place, axis.input, part=element))

    def _number(self, place: int) -> _Signal:
        """Give the number that an axis is."""
        axis = self.domain.axes[place]
        values = axis.values
        if isinstance(values, Interval):
            if values.least is not None and values.least == values.greatest:
                return _Signal(None, 0, values.least)
            return _Signal(
                self._node(("number", place), Leaf(place, axis.input, is_number=True)), 1, 0
            )
        exact = exact_values(values)
        if len(exact) == 1:
            return _Signal(None, 0, exact[0])
        if len(exact) == 2:
            node = self._node(("bit", place), Leaf(place, axis.input))
            return _Signal(node, simplest(Fraction(exact[1] - exact[0])), exact[0])
        return _Signal(self._node(("number", place), Leaf(place, axis.input, is_number=True)), 1, 0)

    # ----------------------------------------------------------------------------- neurons

    def _neuron(self, step: PlanNeuron, reading: Reading) -> list[int]:
        """Give the literal of each threshold of a neuron."""
        terms, constant = self._terms(step.sources, step.weights, reading)
        return [self._compared(terms, step.fires, limit - constant) for limit in step.thresholds]

    def _layer(self, layer: LayerStep, reading: Reading) -> Iterable[int]:
        """Give the literal of each neuron of a layer."""
        limits = layer.limits.tolist()
        if layer.synapses > _MOST_SYNAPSES:
            yield from self._large(layer, reading, limits)
            return
        for i, limit in enumerate(limits):
            sources, weights = layer.row(i)
            terms, constant = self._terms(sources, weights, reading)
            yield self._compared(terms, layer.fires, stored_number(limit) - constant)

    def _large(self, layer: LayerStep, reading: Reading, limits: Sequence[object]) -> Iterable[int]:
        """Give the literals of the neurons of a large layer, the same where rows are as stored."""
        read = tuple(reading.numbers.get(s, reading.literals[s]) for s in map(int, layer.sources))
        reads = {one >> 1 if isinstance(one, int) else one.node or 0 for one in read}
        wires = self._node(("wires", read), Mixed(tuple(reads)))
        weights = layer.weights
        for i, limit in enumerate(limits):
            if isinstance(weights, SparseWeights):
                own = slice(int(weights.indptr[i]), int(weights.indptr[i + 1]))
                stored = weights.indices[own].tobytes() + weights.values[own].tobytes()
            else:
                stored = weights[i].tobytes()
            key = ("row", wires, layer.fires, layer.dtype, stored, limit)
            yield 2 * self._node(key, Mixed((wires,)))

    def linear(self, plan: Plan, signal: int, reading: Reading) -> Linear:
        """Give the exact sum of the neuron that makes a signal."""
        layer = plan.layer_of(signal)
        if layer is not None:
            place = signal - layer.first
            sources, weights = layer.row(place)
            terms, constant = self._terms(sources, weights, reading)
            factor = Fraction(layer.factor) / layer.scale(place)
            return linear(constant * factor + layer.offset(place), terms, factor)
        step = plan.maker[signal]
        terms, constant = self._terms(step.sources, step.weights, reading)
        return linear(Fraction(constant + step.offset) / step.scale, terms, Fraction(1, step.scale))

    def value(self, signal: int, states: tuple[Number, Number] | None, reading: Reading) -> Linear:
        """Give what a signal is worth: a bit its state, a number itself."""
        if states is None:
            own = reading.numbers[signal]
            terms = {} if own.node is None else {own.node: own.factor}
            return linear(own.constant, terms, 1)
        off, on = states
        literal = reading.literals[signal]
        if literal & 1:
            off, on = on, off
        return linear(off, {literal >> 1: simplest(Fraction(on - off))}, 1)

    def level(self, signals: Sequence[int], reading: Reading) -> Linear:
        """Give how many of some bits are 1."""
        terms, constant = self._terms(signals, [1] * len(signals), reading)
        return linear(constant, terms, 1)

    def _terms(
        self, sources: Sequence[int], weights: Sequence[Number], reading: Reading
    ) -> tuple[dict[int, Number], Number]:
        """Add weighted signals: give each node's weight, none of them 0, and what is constant."""
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
                if literal & 1:
                    constant += weight
                    weight = -weight
            if node:
                terms[node] = terms.get(node, 0) + weight
        return {node: weight for node, weight in terms.items() if weight}, constant

    # ------------------------------------------------------------------------- normal form

    def _compared(self, terms: dict[int, Number], fires: Fires, limit: Number) -> int:
        """Give the literal that says whether a sum passes a limit."""
        strict, turned = FIRING[fires].is_past, not FIRING[fires].up
        if any(self._is_number(node) for node in terms):
            return self._with_numbers(terms, limit, strict) ^ turned
        if not all(type(weight) is int for weight in terms.values()):
            scale = lcm(*(weight.denominator for weight in terms.values()))
            terms = {node: int(weight * scale) for node, weight in terms.items()}
            limit = limit * scale
        whole = floor(limit) + 1 if strict else ceil(limit)
        return self.gate([(2 * node, int(w)) for node, w in terms.items()], whole) ^ turned

    def _is_number(self, node: int) -> bool:
        found = self.nodes[node]
        return isinstance(found, Leaf) and found.is_number

    def gate(self, terms: Sequence[tuple[int, int]], threshold: int) -> int:
        """Give the literal of a threshold function of literals, each of another node."""
        positive = []
        for literal, weight in terms:
            if weight < 0:
                literal, weight = literal ^ 1, -weight
                threshold += weight
            positive.append((weight, literal))
        positive.sort()
        weights = tuple(weight for weight, _ in positive)
        rule = rule_of(weights, threshold)
        if rule.level is None:
            return TRUE if rule.always else FALSE
        if len(rule.places) == 1:
            return positive[rule.places[0]][1]
        literals = [positive[place][1] for place in rule.places]
        shares = sorted(zip(literals, rule.shares, strict=True))
        turned = shares[0][0] & 1
        if turned:  # of a function and its dual, that which reads its first node as it is
            shares = [(literal ^ 1, share) for literal, share in shares]
        key = ("gate", rule.dual if turned else rule.level, tuple(shares))
        place = self._places.get(key)
        if place is None:
            if turned:
                threshold = sum(weights) - threshold + 1
                positive = [(weight, literal ^ 1) for weight, literal in positive]
            gate = Gate(tuple(literal for _, literal in positive), weights, threshold)
            place = self._node(key, gate)
        return 2 * place + turned

    def _with_numbers(self, terms: dict[int, Number], limit: Number, strict: bool) -> int:
        """Give the literal that says whether a sum with numbers passes a limit."""
        nodes = sorted(terms)
        first = next(node for node in nodes if self._is_number(node))
        turned = terms[first] < 0
        if turned:  # not -S > -T
            terms = {node: -weight for node, weight in terms.items()}
            limit, strict = -limit, not strict
        if len(nodes) == 1:
            return self._cut(first, simplest(Fraction(limit) / terms[first]), strict) ^ turned
        scale = Fraction(lcm(*(weight.denominator for weight in terms.values())))
        scale /= gcd(*(int(weight * scale) for weight in terms.values()))
        limit = limit * scale
        if all(self._is_integral(node) for node in nodes):
            limit, strict = (floor(limit) + 1 if strict else ceil(limit)), False
        factors = tuple((node, int(terms[node] * scale)) for node in nodes)
        least, greatest = self._ends(factors)
        if least is not None and (least > limit or (least == limit and not strict)):
            return TRUE ^ turned
        if greatest is not None and (greatest < limit or (greatest == limit and strict)):
            return FALSE ^ turned
        key = ("mixed", factors, simplest(Fraction(limit)), strict)
        return 2 * self._node(key, Mixed(tuple(nodes))) + turned

    def _ends(self, factors: Sequence[tuple[int, int]]) -> tuple[Number | None, Number | None]:
        """Bound a sum."""
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
        found = self.nodes[node]
        if not isinstance(found, Leaf) or not found.is_number or found.axis is None:
            return None
        return self.domain.axes[found.axis]

    def _bounds(self, node: int) -> tuple[Number | None, Number | None]:
        """Give the least and the greatest value of a node."""
        axis = self._axis(node)
        if axis is None:
            return (None, None) if self._is_number(node) else (0, 1)
        return ends_of(axis)

    def _is_integral(self, node: int) -> bool:
        axis = self._axis(node)
        if axis is None:
            return not self._is_number(node)
        if isinstance(axis.values, Interval):
            return axis.values.is_integer
        return all(isinstance(value, int) for value in axis.values)

    def _cut(self, node: int, value: Number, strict: bool) -> int:
        """Give the literal that says whether one number passes a value."""
        leaf = self.nodes[node]
        assert isinstance(leaf, Leaf)
        if leaf.axis is None:
            return 2 * self._node(("apart", node, value, strict), Mixed((node,)))
        if self._is_integral(node):
            value, strict = (floor(value) + 1 if strict else ceil(value)), False
        least, greatest = self._bounds(node)
        if least is not None and (least > value or (least == value and not strict)):
            return TRUE
        if greatest is not None and (greatest < value or (greatest == value and strict)):
            return FALSE
        return 2 * self._node(("cut", leaf.axis, value, strict), Cut(leaf.axis, value, strict))


def ends_of(axis: Axis) -> tuple[Number | None, Number | None]:
    """Give the least and the greatest number of an axis."""
    values = axis.values
    if isinstance(values, Interval):
        return values.least, values.greatest
    exact = exact_values(values)
    return min(exact), max(exact)


def linear(constant: Number, terms: dict[int, Number], factor: Number) -> Linear:
    """Give a sum with all its weights multiplied; the constant is not."""
    scaled = sorted((node, simplest(Fraction(weight * factor))) for node, weight in terms.items())
    return Linear(simplest(Fraction(constant)), tuple(one for one in scaled if one[0] and one[1]))

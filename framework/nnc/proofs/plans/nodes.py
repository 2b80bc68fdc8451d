"""The nodes of a graph of two plans, and numbers, plans and supports in terms of them.

A *literal* is a node and whether it is turned: `2 * node + turned`; node 0 is always 0.

A threshold function of bits has a canonical form, that of Chow (On the characterization of
threshold functions, 1961): it is determined by how often it is 1, and how often each of its inputs
decides. Weights of any scale that give the same function give the same numbers. They are counted
with polynomials: the coefficient of X^s in the product of (1 + X^w) is in how many ways weights add
up to s.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence, Set
from functools import cached_property, lru_cache
from math import gcd
from typing import NamedTuple

from nnc.numbers.exact import Number
from nnc.proofs.plans.domain import CutOff, Domain, exact_values

_MAX_BITS = 1 << 17  # of polynomials; larger functions are identified by their weights


_WORK_PER_FUNCTION = 10_000_000
_WORK_PER_BIT = 50  # of a polynomial that is added
_MAX_WORK = 1 << 62


class ThresholdForm(NamedTuple):
    """A threshold function: which of its inputs it depends on, and what identifies it.

    `places` are the inputs that count, `shares` how much each of them does. `level` and `dual`
    are what distinguishes functions of equal shares, for this one and for its dual: not f of all
    inputs turned. Both are None and `places` empty for a constant, `always` says which.
    """

    places: tuple[int, ...]
    shares: tuple[int, ...]
    level: tuple[int, int] | None = None
    dual: tuple[int, int] | None = None
    always: bool = False


@lru_cache(1 << 16)
def threshold_form(
    weights: tuple[int, ...], threshold: int, is_counted: bool = True
) -> ThresholdForm:
    """Bring `sum of weights[i] * bit[i] >= threshold` into canonical form; weights are positive.

    Where it is not counted, the form is that of the weights.
    """
    if threshold <= 0:
        return ThresholdForm((), (), always=True)
    if threshold > sum(weights):
        return ThresholdForm((), ())
    weights, threshold = tightened(weights, threshold)
    # an input decides where the others add up to at least threshold - w, and to less than the
    # threshold; one that never does is not a part of the function, and each count is then twice
    # as large for it as without it
    count, total = len(weights), sum(weights)
    everyone = tuple(range(count))
    if not is_counted or counting_work(weights, threshold) > _MAX_WORK:
        return ThresholdForm(everyone, weights, (-1, threshold), (-1, total - threshold + 1))
    polynomial = _Polynomial(weights)
    swings = {w: polynomial.without(w, threshold - w, threshold) for w in set(weights)}
    places = tuple(i for i in everyone if swings[weights[i]])
    unneeded = count - len(places)
    ones = polynomial.tail(threshold) >> unneeded
    shares = tuple(swings[weights[i]] >> unneeded for i in places)
    return ThresholdForm(places, shares, (0, ones), (0, (1 << len(places)) - ones))


def key_of(form: ThresholdForm, literals: Sequence[int]) -> tuple[Hashable, int]:
    """Return a key that a function shares with its complement, and 1 for the complement.

    `literals` has the literal of each input of the form. Not f(x) is the dual of f at the opposite
    of x, so that one key stands for both: that of the one that reads its first node as it is.
    """
    read = (literals[place] for place in form.places)
    shares = sorted(zip(read, form.shares, strict=True))
    turned = shares[0][0] & 1
    return (
        form.dual if turned else form.level,
        tuple((literal ^ turned, share) for literal, share in shares),
    ), turned


def counting_work(weights: tuple[int, ...], threshold: int) -> int:
    """Return the units of work to count what identifies a function; too many where none does."""
    count, total, kinds = len(weights), sum(weights), len(set(weights))
    bits = (count + 1) * (total + 1)
    if bits > _MAX_BITS or kinds * total > _MAX_BITS:
        return _MAX_WORK + 1
    return _WORK_PER_FUNCTION + bits * (count + kinds * threshold.bit_length()) * _WORK_PER_BIT


@lru_cache(1 << 16)
def tightened(weights: tuple[int, ...], threshold: int) -> tuple[tuple[int, ...], int]:
    """Divide weights by their common divisor, and reduce those that decide like smaller ones."""
    while True:
        before = weights, threshold
        common = gcd(*weights)
        if common > 1:
            weights = tuple(w // common for w in weights)
            threshold = -(-threshold // common)
        weights = tuple(min(w, threshold) for w in weights)
        total = sum(weights)
        silent = total - threshold + 1  # so much missing, and it cannot fire
        weights = tuple(min(w, silent) for w in weights)
        threshold -= total - sum(weights)
        if (weights, threshold) == before:
            return before


class _Polynomial:
    """The product of (1 + X^w), its coefficients in fields of one integer."""

    def __init__(self, weights: Sequence[int]) -> None:
        self._field = len(weights) + 1
        self._size = sum(weights) + 1
        product = 1
        for w in weights:
            product += product << (w * self._field)
        self._product = product

    def tail(self, start: int) -> int:
        """Add up the coefficients from X^start on."""
        return self._sum(self._product >> (start * self._field))

    def without(self, weight: int, start: int, stop: int) -> int:
        """Add up coefficients, from X^start to before X^stop, of the product but for one factor.

        1 / (1 + X^w) is (1 - X^w)(1 + X^2w)(1 + X^4w)…, up to the highest power there is.
        """
        quotient = self._product - (self._product << (weight * self._field))
        power = 2 * weight
        mask = (1 << (self._size * self._field)) - 1
        while power < self._size:
            quotient = (quotient + (quotient << (power * self._field))) & mask
            power *= 2
        fields = (quotient & mask) >> (start * self._field)
        return self._sum(fields & ((1 << ((stop - start) * self._field)) - 1))

    def _sum(self, fields: int) -> int:
        """Add up the fields, as digits are by casting out nines: there are under 2^field in all."""
        return fields % ((1 << self._field) - 1)


FALSE, TRUE = 0, 1


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
    """A node that adds numbers to each other or to bits, or a neuron of a large layer.

    One with `factors` is 1 where the nodes that it reads, each times its factor, add up to the
    limit or, if strict, to more.
    """

    reads: tuple[int, ...]
    factors: tuple[int, ...] = ()
    limit: Number = 0
    strict: bool = False


SharedNode = Gate | Cut | Leaf | Mixed


class Linear(NamedTuple):
    """A number as a sum: `constant` and nodes with their factors, in order."""

    constant: Number
    terms: tuple[tuple[int, Number], ...]


class ScaledNode(NamedTuple):
    """A number of a plan: factor * node + constant; the node is None for a constant."""

    node: int | None
    factor: Number
    constant: Number


class PlanReading(NamedTuple):
    """The signals of one plan in the graph: a literal each, -1 for those in `numbers`."""

    literals: list[int]
    numbers: dict[int, ScaledNode]

    def append(self, value: int | ScaledNode) -> None:
        """Add the next signal: a literal, or a number."""
        if isinstance(value, ScaledNode):
            self.numbers[len(self.literals)] = value
        self.literals.append(-1 if isinstance(value, ScaledNode) else value)


class Support(NamedTuple):
    """The axes that nodes depend on, and the inputs that are apart.

    Of the axes that are numbers, those in `added` are added up, so that each value counts;
    `cut_offs` has where others are compared with constants.
    """

    axes: set[int]
    apart: set[str]
    added: set[int]
    cut_offs: dict[int, set[CutOff]]


def merged(supports: Iterable[Support]) -> Support:
    """Return the union of supports."""
    whole = Support(set(), set(), set(), {})
    for support in {id(support): support for support in supports}.values():
        whole.axes.update(support.axes)
        whole.apart.update(support.apart)
        whole.added.update(support.added)
        for axis, cut_offs in support.cut_offs.items():
            whole.cut_offs.setdefault(axis, set()).update(cut_offs)
    return whole


class NodeGraph:
    """Nodes of one domain, each after those that it reads."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.nodes: list[SharedNode] = [Gate((), (), 1)]
        self._node_of: dict[Hashable, int] = {}
        """The node of each form that is there: what has the same key is the same function."""

    def support(self, nodes: Iterable[int]) -> Support:
        """Return the support of nodes."""
        return self.support_of_ends(node for node in self.cone(nodes) if self.is_end(node))

    def support_of_ends(self, ends: Iterable[int]) -> Support:
        """Return the support of nodes that read these leaves and cuts."""
        support = Support(set(), set(), set(), {})
        for node in ends:
            definition = self.nodes[node]
            if isinstance(definition, Cut):  # which does not read the number: that it is cut is all
                support.axes.add(definition.axis)
                cut_offs = support.cut_offs.setdefault(definition.axis, set())
                cut_offs.add(CutOff(definition.value, definition.strict))
            elif isinstance(definition, Leaf) and definition.axis is None:
                support.apart.add(definition.name)
            elif isinstance(definition, Leaf) and definition.axis is not None:
                support.axes.add(definition.axis)
                if definition.is_number:
                    support.added.add(definition.axis)
        return support

    def is_end(self, node: int) -> bool:
        """Return whether a node is a leaf or a cut."""
        return not isinstance(self.nodes[node], (Gate, Mixed))

    def cone(self, nodes: Iterable[int]) -> set[int]:
        """Return the nodes that some depend on, and these themselves."""
        seen = set(nodes)
        todo = list(seen)
        while todo:
            for read in self.reads(todo.pop()):
                if read not in seen:
                    seen.add(read)
                    todo.append(read)
        return seen

    def is_on(self, node: int, value: Number | str) -> bool:
        """Return whether a cut, or a leaf that is a bit, is 1 where its axis has a value."""
        definition = self.nodes[node]
        if isinstance(definition, Cut):
            (number_,) = exact_values([value])
            return number_ > definition.value or (
                number_ == definition.value and not definition.strict
            )
        assert isinstance(definition, Leaf)
        assert definition.axis is not None
        if isinstance(definition.part, int):
            return bool(int(value) >> definition.part & 1)
        values = self.domain.axes[definition.axis].values
        assert isinstance(values, tuple)
        return value == (values[1] if definition.part is None else definition.part)

    def reads(self, node: int) -> Iterable[int]:
        """Return the nodes that one reads; leaves read none."""
        definition = self.nodes[node]
        if isinstance(definition, Gate):
            return [literal >> 1 for literal in definition.literals]
        return definition.reads if isinstance(definition, Mixed) else ()

    def _node(self, key: Hashable, node: SharedNode) -> int:
        """Return the node of this key, which is made where there is none."""
        number = self._node_of.get(key)
        if number is None:
            number = self._node_of[key] = len(self.nodes)
            self.nodes.append(node)
        return number


_MAX_MASKS = 1 << 33  # bits of all masks together


class Supports:
    """The supports of some groups of nodes of one graph."""

    def __init__(self, shared: NodeGraph, groups: Sequence[Set[int]]) -> None:
        self._shared, self._groups = shared, groups
        self._known: dict[int, Support] = {}

    def of(self, index: int) -> Support:
        """Return what the group at a place depends on: the same object for the same support."""
        masks = self._masks
        if masks is None:
            if index not in self._known:
                self._known[index] = self._shared.support(self._groups[index])
            return self._known[index]
        mask = 0
        for node in self._groups[index]:
            mask |= masks[node]
        if mask not in self._known:
            digits = bin(mask)[:1:-1]
            ends = [end for end, digit in zip(self._ends, digits, strict=False) if digit == "1"]
            self._known[mask] = self._shared.support_of_ends(ends)
        return self._known[mask]

    @cached_property
    def _order(self) -> list[int]:
        return sorted(self._shared.cone(node for nodes in self._groups for node in nodes))

    @cached_property
    def _ends(self) -> list[int]:
        return [node for node in self._order if self._shared.is_end(node)]

    @cached_property
    def _masks(self) -> dict[int, int] | None:
        """For each node bit i: it depends on the end i. None where these would be too large."""
        if len(self._order) * len(self._ends) > _MAX_MASKS:
            return None
        masks = {node: 1 << i for i, node in enumerate(self._ends)}
        for node in self._order:  # each node is after those that it reads
            mask = masks.get(node, 0)
            for read in self._shared.reads(node):
                mask |= masks[read]
            masks[node] = mask
        return masks

"""The nodes of a graph of two plans, and numbers, plans and supports in terms of them.

A *literal* is a node and whether it is turned: `2 * node + turned`; node 0 is always 0.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence, Set
from functools import cached_property
from typing import NamedTuple

from nnc.numbers.exact import Number
from nnc.proofs.plans.domain import CutOff, Domain, exact_values

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

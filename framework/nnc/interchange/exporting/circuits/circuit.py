"""Logic -> a graph of ANDs, of which AIGER and BLIF are written.

A neuron is a decision diagram over its weighted bits, in which equal intervals of thresholds are
one vertex, or an adder tree and a comparison where the diagram would be larger.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from nnc.compiler.netlist import Affine, Argmax, Net
from nnc.interchange.exporting.circuits.ports import Inlet, Outlet, Ports
from nnc.interchange.exporting.logic import Logic, Rank, bit_of, is_inverted
from nnc.numbers.exact import Refused
from nnc.solvers.and_graph import FALSE, TRUE, AndGraph, Diagram

_MAX_VERTICES = 4_000
_MAX_DIGITS = 1 << 19
"""Digits of all weights: each is some 7 ANDs in an adder."""

Terms = list[tuple[int, int]]
"""Literals with their weights."""


class Circuit(NamedTuple):
    """A graph of ANDs: the name of each leaf in their order, and each output with its literal."""

    graph: AndGraph
    inputs: list[str]
    outputs: list[tuple[str, int]]

    def ands(self) -> list[int]:
        """Return the nodes that the outputs need, leaves left out, sources first."""
        cone = self.graph.cone(literal >> 1 for _, literal in self.outputs)
        return [node for node in cone if node and not self.graph.is_leaf(node)]


def circuit_of(logic: Logic, ports: Ports, form: str) -> Circuit:
    """Return the circuit of a plan. Raises Refused where it would be too large."""
    digits = sum(
        abs(factor).bit_count() * _width(ports, net)
        for cell in logic.cells
        for net, factor in cell.terms
    )
    if digits > _MAX_DIGITS:
        raise Refused(
            "not-exportable",
            f"weights of {digits:,} digits are too many for the gates of {form}: at most "
            f"{_MAX_DIGITS:,}",
            "export to Verilog, and let a tool make gates of it",
        )
    return _Builder(logic, ports).built()


def _width(ports: Ports, net: int) -> int:
    least, greatest = ports.bounds.get(net, (0, 1))
    return (greatest - least).bit_length()


class _Builder:
    def __init__(self, logic: Logic, ports: Ports) -> None:
        self._logic, self._ports = logic, ports
        self._graph = AndGraph()
        self._terms: dict[int, Terms] = {0: [], 1: [(TRUE, 1)]}
        """Each net as a sum of bits."""

    def built(self) -> Circuit:
        inputs = [wire for inlet in self._ports.inlets for wire in inlet.port.wires]
        leaves = iter([self._graph.leaf() for _ in inputs])  # the first nodes of the graph
        for inlet in self._ports.inlets:
            self._take(inlet, [next(leaves) for _ in range(inlet.port.width)])
        for cell in self._logic.cells:
            read = cell.terms if cell.operand is None else [(cell.operand, 1)]
            terms, constant = self._sum(read)
            for net, test in zip(cell.nets, cell.tests, strict=True):
                threshold = int(test.limit) - constant
                literal = (
                    self._reached(terms, threshold)
                    if test.is_rising
                    else self._reached(terms, threshold + 1) ^ 1
                )
                self._terms[net] = [(literal, 1)]
        outputs = [
            named
            for outlet in self._ports.outlets
            for named in zip(outlet.port.wires, self._bits_of(outlet), strict=True)
        ]
        return Circuit(self._graph, inputs, outputs)

    def _take(self, inlet: Inlet, bits: list[int]) -> None:
        """Express the nets of an input by the bits of its port."""
        if inlet.input.of is not None:
            for place, net in enumerate(inlet.nets):
                own = [bit ^ 1 ^ (place >> i & 1) for i, bit in enumerate(bits)]
                self._terms[net] = [(self._all(own), 1)]
        elif inlet.input.type == "integer":
            terms = [(bit, 1 << place) for place, bit in enumerate(bits)]
            if inlet.port.is_signed:
                terms[-1] = (bits[-1], -terms[-1][1])
            self._terms[inlet.nets[0]] = terms
        else:
            for net, bit in zip(inlet.nets, bits, strict=True):
                self._terms[net] = [(bit ^ self._logic.is_inverted(net), 1)]

    def _bits_of(self, outlet: Outlet) -> list[int]:
        """Return the literals of the port of an output."""
        value, width = outlet.values[0], outlet.port.width
        if isinstance(value, Argmax):
            return self._first_largest(value, width)
        if isinstance(value, Affine) and value.is_sum:
            terms, constant = self._ranked(self._logic.rank(value))
            return self._added(terms, constant, width)
        if isinstance(value, Affine) and self._logic.is_level(value, outlet.output):
            return self._added([(self._terms[net][0][0], 1) for net, _ in value.terms], 0, width)
        return [
            literal ^ (not self._logic.is_number(each) and is_inverted(each))
            for each in outlet.values
            if isinstance(each, Affine)
            for literal, _ in self._terms[bit_of(each)] or [(FALSE, 1)]
        ]

    def _first_largest(self, largest: Argmax, width: int) -> list[int]:
        """Return the place of the first of the largest sums, in binary."""
        sums = list(map(self._ranked, self._logic.ranks(largest)))
        least = min(constant for _, constant in sums)
        size = max(constant - least + sum(w for _, w in terms) for terms, constant in sums)
        numbers = [self._added(terms, c - least, size.bit_length()) for terms, c in sums]
        best, place = numbers[0], [FALSE] * width
        for i, number in enumerate(numbers[1:], 1):
            is_more = self._more(number, best)
            own = [i >> k & 1 for k in range(len(place))]
            best = [self._graph.chosen(is_more, *pair) for pair in zip(number, best, strict=True)]
            place = [self._graph.chosen(is_more, *pair) for pair in zip(own, place, strict=True)]
        return place

    # ---------------------------------------------------------------------------------- sums

    def _ranked(self, rank: Rank) -> tuple[Terms, int]:
        """Return a number that follows from the sum of a cell, as `_sum` does."""
        cell, factor, offset = rank
        terms, constant = self._sum((net, factor * weight) for net, weight in cell.terms)
        return terms, constant + offset

    def _sum(self, factors: Iterable[tuple[Net, int]]) -> tuple[Terms, int]:
        """Return a sum of nets as literals with weights above 0, and a constant."""
        weights: dict[int, int] = {}
        constant = 0
        for net, factor in factors:
            for literal, own in self._terms[net]:
                value = factor * own
                if literal & 1:  # w (1 - x) is w - w x
                    constant, value = constant + value, -value
                weights[literal >> 1] = weights.get(literal >> 1, 0) + value
        weights.pop(0, None)
        terms = []
        for node, weight in weights.items():
            if weight > 0:
                terms.append((2 * node, weight))
            elif weight:  # -w x is w (1 - x) - w
                constant += weight
                terms.append((2 * node + 1, -weight))
        return terms, constant

    def _reached(self, terms: Terms, threshold: int) -> int:
        """Return the literal that is 1 where a sum of bits reaches a threshold."""
        digits = sum(weight.bit_count() for _, weight in terms)
        diagram = Diagram(terms, min(_MAX_VERTICES, 64 + 4 * digits))
        literal = diagram.literal(threshold, self._graph)
        if literal is not None:
            return literal
        width = sum(weight for _, weight in terms).bit_length()
        reached = TRUE  # compared from the lowest bit on
        for place, own in enumerate(self._added(terms, 0, width)):
            join = self._graph.both if threshold >> place & 1 else self._graph.either
            reached = join(own, reached)
        return reached

    def _added(self, terms: Iterable[tuple[int, int]], constant: int, width: int) -> list[int]:
        """Return the lowest bits of a sum, by an adder tree in carry-save form."""
        columns: list[deque[int]] = [deque() for _ in range(width + 1)]
        for literal, weight in [*terms, (TRUE, constant % (1 << width))]:
            for place in range(width):
                if weight >> place & 1:
                    columns[place].append(literal)
        bits = []
        for column, above in pairwise(columns):
            while len(column) > 1:
                first, second = column.popleft(), column.popleft()
                third = column.popleft() if column else FALSE
                digit, carry = self._full_adder(first, second, third)
                column.append(digit)
                above.append(carry)
            bits.append(column[0] if column else FALSE)
        return bits

    def _full_adder(self, first: int, second: int, third: int) -> tuple[int, int]:
        """Return the sum of three bits as a digit and a carry."""
        graph = self._graph
        both = graph.both(first, second)
        unlike = graph.both(both ^ 1, graph.either(first, second))
        more = graph.both(unlike, third)
        digit = graph.both(more ^ 1, graph.either(unlike, third))
        return digit, graph.either(both, more)

    def _more(self, first: Sequence[int], second: Sequence[int]) -> int:
        """Return the literal that is 1 where one binary number is more than another."""
        graph, more = self._graph, FALSE
        for own, other in zip(first, second, strict=True):  # from the lowest bit on
            is_above, is_below = graph.both(own, other ^ 1), graph.both(own ^ 1, other)
            more = graph.either(is_above, graph.both(is_below ^ 1, more))
        return more

    def _all(self, literals: Iterable[int]) -> int:
        whole = TRUE
        for literal in literals:
            whole = self._graph.both(whole, literal)
        return whole

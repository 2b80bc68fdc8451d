"""Gates -> a graph of ANDs, of which AIGER and BLIF are written.

A neuron is a decision diagram over its weighted bits, in which equal intervals of thresholds are
one vertex, or an adder tree and a comparison where the diagram would be larger.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from nnc.interchange.exporting.circuits.ports import Inlet, Outlet, Ports
from nnc.interchange.exporting.gates import UP, Gates
from nnc.numbers.exact import Refused
from nnc.solvers.and_graph import FALSE, TRUE, AndGraph
from nnc.solvers.diagrams import Diagram

_MOST_VERTICES = 4_000
_MOST_DIGITS = 1 << 19
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


def circuit_of(gates: Gates, ports: Ports, form: str) -> Circuit:
    """Return the circuit of a plan. Raises Refused where it would be too large."""
    digits = sum(abs(w).bit_count() * _width(ports, s) for gate in gates.gates
                 for s, w in zip(gate.sources, gate.weights, strict=True))  # fmt: skip
    if digits > _MOST_DIGITS:
        raise Refused(
            "not-exportable",
            f"weights of {digits:,} digits are too many for the gates of {form}: at most "
            f"{_MOST_DIGITS:,}",
            "export to Verilog, and let a tool make gates of it",
        )
    return _Builder(gates, ports).built()


def _width(ports: Ports, signal: int) -> int:
    least, greatest = ports.bounds.get(signal, (0, 1))
    return (greatest - least).bit_length()


class _Builder:
    def __init__(self, gates: Gates, ports: Ports) -> None:
        self._gates, self._ports = gates, ports
        self._graph = AndGraph()
        self._terms: dict[int, Terms] = {0: [], 1: [(TRUE, 1)]}
        """Each signal as a sum of bits."""

    def built(self) -> Circuit:
        inputs = [wire for inlet in self._ports.inlets for wire in inlet.port.wires]
        leaves = iter([self._graph.leaf() for _ in inputs])  # the first nodes of the graph
        for inlet in self._ports.inlets:
            self._take(inlet, [next(leaves) for _ in range(inlet.port.width)])
        for gate in self._gates.gates:
            weights = (1,) if gate.is_cutoff else gate.weights  # which compares the number itself
            terms, constant = self._sum(gate.sources, weights)
            for signal, (op, limit) in zip(gate.signals, gate.tests, strict=True):
                threshold = int(limit) - constant
                literal = (
                    self._reached(terms, threshold)
                    if op == UP
                    else self._reached(terms, threshold + 1) ^ 1
                )
                self._terms[signal] = [(literal, 1)]
        outputs = [
            named
            for outlet in self._ports.outlets
            for named in zip(outlet.port.wires, self._bits_of(outlet), strict=True)
        ]
        return Circuit(self._graph, inputs, outputs)

    def _take(self, inlet: Inlet, bits: list[int]) -> None:
        """Say what the signals of an input are, of the bits of its port."""
        if inlet.input.of is not None:
            for place, signal in enumerate(inlet.signals):
                own = [bit ^ 1 ^ (place >> i & 1) for i, bit in enumerate(bits)]
                self._terms[signal] = [(self._all(own), 1)]
        elif inlet.input.type == "integer":
            terms = [(bit, 1 << place) for place, bit in enumerate(bits)]
            if inlet.port.is_signed:
                terms[-1] = (bits[-1], -terms[-1][1])
            self._terms[inlet.signals[0]] = terms
        else:
            for signal, bit in zip(inlet.signals, bits, strict=True):
                self._terms[signal] = [(bit ^ self._gates.is_inverted(signal), 1)]

    def _bits_of(self, outlet: Outlet) -> list[int]:
        """Return the literals of the port of an output."""
        tap, width = outlet.tap, outlet.port.width
        if tap.kind == "sum":
            factor, offset, _ = self._gates.maker[outlet.signals[0]].value
            terms, constant = self._total(outlet.signals[0], factor)
            return self._added(terms, constant + offset, width)
        if tap.kind == "level":
            bits = [self._terms[signal][0][0] for signal in outlet.signals]
            return self._added([(bit, 1) for bit in bits], 0, width)
        if tap.kind == "largest":
            return self._first_largest(outlet)
        return [
            literal ^ self._gates.is_inverted(signal)
            for signal in outlet.signals
            for literal, _ in self._literals(signal)
        ]

    def _literals(self, signal: int) -> Terms:
        """Return the bits of a signal, for an output: a constant has one, too."""
        return self._terms[signal] or [(FALSE, 1)]

    def _first_largest(self, outlet: Outlet) -> list[int]:
        """Return the place of the first of the largest sums, in binary."""
        ranks = self._gates.ranks(outlet.tap)
        assert ranks is not None
        sums = []
        for signal, (factor, offset) in zip(outlet.signals, ranks, strict=True):
            terms, constant = self._total(signal, factor)
            sums.append((terms, constant + offset))
        least = min(constant for _, constant in sums)
        size = max(constant - least + sum(w for _, w in terms) for terms, constant in sums)
        numbers = [self._added(terms, c - least, size.bit_length()) for terms, c in sums]
        best, place = numbers[0], [FALSE] * outlet.port.width
        for i, number in enumerate(numbers[1:], 1):
            is_more = self._more(number, best)
            own = [i >> k & 1 for k in range(len(place))]
            best = [self._graph.chosen(is_more, *pair) for pair in zip(number, best, strict=True)]
            place = [self._graph.chosen(is_more, *pair) for pair in zip(own, place, strict=True)]
        return place

    # ---------------------------------------------------------------------------------- sums

    def _total(self, signal: int, factor: int) -> tuple[Terms, int]:
        """Return the total of a gate times a factor, as `_sum` does."""
        gate = self._gates.maker[signal]
        return self._sum(gate.sources, [factor * weight for weight in gate.weights])

    def _sum(self, signals: Sequence[int], factors: Sequence[int]) -> tuple[Terms, int]:
        """Return a weighted sum as literals with weights above 0, and a constant."""
        weights: dict[int, int] = {}
        constant = 0
        for signal, factor in zip(signals, factors, strict=True):
            for literal, own in self._terms[signal]:
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
        diagram = Diagram(terms, min(_MOST_VERTICES, 64 + 4 * digits))
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

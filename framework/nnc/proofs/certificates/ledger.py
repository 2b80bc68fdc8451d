"""The variables that a certificate has defined so far, and which of them it has shown to be equal.

A *variable* is a bit that depends on the inputs alone, by its definition. Variable 1 is always 1; a
literal is a variable, or with the sign turned its opposite. Of variables that were shown to be
equal, the earliest represents all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

from nnc.numbers.exact import Number, simplest
from nnc.proofs.certificates.arithmetic import Diagram, diagram, is_same, reached, reduced
from nnc.proofs.certificates.circuit import (
    TRUE,
    Bit,
    Cell,
    Circuit,
    Label,
    Linear,
    NumberInput,
    Weight,
    turned,
)
from nnc.proofs.certificates.refusal import RefusedError, Work, need

Key = tuple[object, ...]


class And(NamedTuple):
    """A variable that is 1 if two literals are."""

    first: int
    second: int


class Gate(NamedTuple):
    """A variable that is 1 if a weighted sum of variables reaches a threshold."""

    terms: tuple[tuple[int, int], ...]
    threshold: int


class Leaf(NamedTuple):
    """A variable of inputs: a bit, a value of a choice, or a comparison of a sum of numbers.

    `key` is the same for the same function.
    """

    key: Key


Definition = And | Gate | Leaf


class Form(NamedTuple):
    """A number: a constant plus variables and numeric inputs times their factors."""

    constant: Number
    bits: tuple[tuple[int, Number], ...]
    numbers: tuple[tuple[int, Number], ...]


class Ledger:
    """Variables with their definitions; every step that adds to it is sound by itself."""

    def __init__(self, circuit: Circuit, work: Work) -> None:
        self.circuit, self.work = circuit, work
        self.definitions: list[Definition] = [Leaf(("none",)), Leaf(("true",))]
        self._same: list[int] = [0, TRUE]
        self.literals: dict[int, int] = {TRUE: TRUE}
        """The literal of each known bit of the circuit, by its signal."""
        self._leaves: dict[Key, int] = {}
        self._ands: dict[tuple[int, int], int] = {}
        self._readers: dict[int, list[int]] = {}

    # --------------------------------------------------------------------------- variables

    def define(self, definition: Definition) -> int:
        """Add a variable; return it."""
        self.work.spend(5)
        self.definitions.append(definition)
        variable = len(self.definitions) - 1
        self._same.append(variable)
        if isinstance(definition, Leaf):
            need(definition.key not in self._leaves, "a leaf is defined twice")
            self._leaves[definition.key] = variable
        return variable

    def find(self, literal: int) -> int:
        """Return the representative of all literals equal to this one."""
        same = self._same
        variable = literal if literal > 0 else -literal
        need(0 < variable < len(same), "a literal is not defined")
        root = same[variable]
        while True:
            above = same[root] if root > 0 else -same[-root]
            if above == root:
                break
            root = above
        same[variable] = root
        return root if literal > 0 else -root

    def merge(self, first: int, second: int) -> None:
        """Merge two literals that are shown to be equal."""
        first, second = self.find(first), self.find(second)
        need(first != -second, "two literals are said to be the same, and to be opposites")
        if abs(first) < abs(second):
            first, second = second, first
        if first > 0:
            self._same[first] = second
        else:
            self._same[-first] = -second
        for variable in self._readers.pop(abs(first), ()):
            self._index(variable)

    def both(self, first: int, second: int) -> int:
        """Return the literal of an AND that is defined or trivial."""
        first, second = self.find(first), self.find(second)
        if first in (TRUE, second):
            return second
        if second == TRUE:
            return first
        if -TRUE in (first, second) or first == -second:
            return -TRUE
        literal = self._ands.get((first, second) if first < second else (second, first))
        if literal is None:
            raise RefusedError("a neuron is made of an AND that is not defined")
        return self.find(literal)

    def add_and(self, first: int, second: int) -> int:
        """Define the AND of two literals."""
        first, second = self.find(first), self.find(second)
        variable = self.define(And(first, second))
        self._index(variable)
        return variable

    def _index(self, variable: int) -> None:
        """Index an AND by the literals that now represent its sources."""
        definition = self.definitions[variable]
        assert isinstance(definition, And)
        first, second = self.find(definition.first), self.find(definition.second)
        self._ands.setdefault((first, second) if first < second else (second, first), variable)
        for source in (abs(first), abs(second)):
            self._readers.setdefault(source, []).append(variable)
            self.work.spend(2)

    # ----------------------------------------------------------------------------- reading

    def leaf_of(self, signal: int) -> Leaf:
        """Return the variable of a bit of an input. Raises RefusedError for another signal."""
        kind = self.circuit.signals[signal]
        if isinstance(kind, Bit):
            return Leaf(("bit", signal))
        if isinstance(kind, Label):
            return Leaf(("label", kind.input, kind.label))
        raise RefusedError("a leaf is not a bit of an input")

    def add_leaf(self, signal: int) -> int:
        """Define the variable of a bit of an input."""
        self.literals[signal] = variable = self.define(self.leaf_of(signal))
        return variable

    def literal(self, signal: int) -> int:
        """Return the literal of a bit of the circuit. Raises RefusedError where it is not known."""
        literal = self.literals.get(abs(signal))
        if literal is None:
            name = self.circuit.names.get(abs(signal))
            kind = self.circuit.signals[abs(signal)]
            own = name[1] if name else getattr(kind, "name", "a signal")
            raise RefusedError(f"`{own[:80]}` is read before it is known")
        return self.find(literal if signal > 0 else -literal)

    def form(self, number: Linear) -> Form:
        """Return a number of the circuit in terms of variables."""
        constant = number.constant
        literals: list[tuple[int, Number]] = []
        numbers: dict[int, Number] = {}
        for signal, weight in number.terms:
            kind = self.circuit.signals[signal]
            if not isinstance(kind, NumberInput):
                literals.append((self.literal(signal), weight))
                continue
            two_valued = self._two_valued(signal, kind)
            if two_valued is None:
                numbers[signal] = numbers.get(signal, 0) + weight
            else:
                literal, low = two_valued
                literals.append((literal, weight))
                constant += weight * low
        bits, constant = self.weighed(literals, constant)
        kept = tuple((signal, weight) for signal, weight in sorted(numbers.items()) if weight)
        return Form(constant, tuple(bits.items()), kept)

    def _two_valued(self, signal: int, kind: NumberInput) -> tuple[int, Number] | None:
        """Return the variable of an integer of two values, and the lower one."""
        if kind.interval.size != 2 or kind.interval.least is None:
            return None
        literal = self._leaves.get(("cut", signal, kind.interval.greatest, False))
        if literal is None or literal < 0:
            return None
        return literal, kind.interval.least

    def function(self, cell: Cell) -> tuple[Definition | int, bool]:
        """Return the definition or literal of a cell, and whether it is negated."""
        form = self.form(Linear(0, cell.terms))
        limit = cell.limit - form.constant
        if not form.numbers:
            return self._gate(form.bits, limit, strict=cell.strict), cell.turned
        return self._compared(form, limit, strict=cell.strict, turned=cell.turned)

    def function_of(self, signal: int, limit: Number, *, strict: bool) -> Leaf:
        """Return the leaf that is 1 if a number passes a limit.

        Raises RefusedError if it is constant for all values of the number.
        """
        form = Form(0, (), ((signal, 1),))
        leaf, _ = self._compared(form, limit, strict=strict, turned=False)
        if not isinstance(leaf, Leaf):
            raise RefusedError("a number always passes the limit, or never")
        return leaf

    def _gate(
        self, bits: Sequence[tuple[int, Number]], limit: Number, *, strict: bool
    ) -> Definition | int:
        scale = lcm(*(weight.denominator for _, weight in bits))
        limit = limit * scale
        threshold = floor(limit) + 1 if strict else ceil(limit)
        weights, threshold = reduced([int(weight * scale) for _, weight in bits], threshold)
        if threshold <= sum(weight for weight in weights if weight < 0):
            return TRUE
        if threshold > sum(weight for weight in weights if weight > 0):
            return -TRUE
        if len(bits) == 1:
            return bits[0][0] if weights[0] > 0 else -bits[0][0]
        return Gate(tuple(zip((v for v, _ in bits), weights, strict=True)), threshold)

    def _compared(
        self, form: Form, limit: Number, *, strict: bool, turned: bool
    ) -> tuple[Definition | int, bool]:
        """Return the normal form of a sum of numbers that is compared."""
        factors = [*form.numbers, *((-variable, w) for variable, w in sorted(form.bits))]
        if factors[0][1] < 0:  # S > T is not -S >= -T
            factors = [(key, -weight) for key, weight in factors]
            limit, strict, turned = -limit, not strict, not turned
        scale = Fraction(lcm(*(weight.denominator for _, weight in factors)))
        scale /= gcd(*(int(weight * scale) for _, weight in factors))
        limit = simplest(Fraction(limit) * scale)
        factors = [(key, int(weight * scale)) for key, weight in factors]
        intervals = [self._interval(key) for key, _ in factors]
        if all(is_integer for is_integer, _, _ in intervals):
            limit, strict = floor(limit) + 1 if strict else ceil(limit), False
        low = high = Fraction(0)
        is_low = is_high = True
        for (_, weight), (_, least, most) in zip(factors, intervals, strict=True):
            ends = (least, most) if weight > 0 else (most, least)
            is_low, is_high = is_low and ends[0] is not None, is_high and ends[1] is not None
            low += weight * (ends[0] or 0)
            high += weight * (ends[1] or 0)
        if is_low and (low > limit or (low == limit and not strict)):
            return TRUE, turned
        if is_high and (high < limit or (high == limit and strict)):
            return -TRUE, turned
        if len(factors) == 1:
            return Leaf(("cut", factors[0][0], limit, strict)), turned
        return Leaf(("sum", tuple(factors), limit, strict)), turned

    def _interval(self, key: int) -> tuple[bool, Number | None, Number | None]:
        """Return whether a term has only integers, and its lowest and highest value."""
        if key < 0:
            return True, 0, 1
        kind = self.circuit.signals[key]
        assert isinstance(kind, NumberInput)
        return kind.interval.is_integer, kind.interval.least, kind.interval.greatest

    # ------------------------------------------------------------------------------- cells

    def add_cell(self, signal: int) -> None:
        """Define a variable by a cell; a variable with the same definition becomes equal to it."""
        cell = self.circuit.signals[signal]
        assert isinstance(cell, Cell)
        function, turned = self.function(cell)
        if isinstance(function, Gate):
            gate = (
                Gate(tuple((v, -w) for v, w in function.terms), 1 - function.threshold)
                if turned
                else function
            )
            self.literals[signal] = self.define(gate)
            return
        assert not isinstance(function, And)
        known = function if isinstance(function, int) else self._leaves.get(function.key)
        if isinstance(function, Leaf) and known is None:
            variable = self.define(Leaf(("neuron", signal)))
            self._leaves[function.key] = -variable if turned else variable
        else:
            assert known is not None
            variable = self.define(Gate(((TRUE, 1),), 1))
            self._same[variable] = self.find(-known if turned else known)
            self.definitions[variable] = Gate(((abs(known), 1),), 1)
            if (known < 0) != turned:
                self.definitions[variable] = Gate(((abs(known), -1),), 0)
        self.literals[signal] = variable

    def set_cell(self, signal: int, literal: int) -> None:
        """Set the literal of a cell. Raises RefusedError unless both are one function."""
        cell = self.circuit.signals[signal]
        assert isinstance(cell, Cell)
        function, turned = self.function(cell)
        wanted = -literal if turned else literal
        if isinstance(function, int):
            need(self.find(function) == self.find(wanted), "the neuron is another literal")
        elif isinstance(function, Leaf):
            known = self._leaves.get(function.key)
            is_same = known is not None and self.find(known) == self.find(wanted)
            need(is_same, "the neuron compares other numbers")
        else:
            assert isinstance(function, Gate)
            need(self.is_gate(function, wanted), "the neuron is not that function")
        self.literals[signal] = literal

    def gate_at(self, literal: int) -> Gate:
        """Return the weighted sum and threshold of a literal, in terms of representatives."""
        need(0 < abs(literal) < len(self.definitions), "a literal is not defined")
        definition = self.definitions[abs(literal)]
        if isinstance(definition, Gate):
            weights, constant = self.weighed(definition.terms, 0)
            gate = Gate(tuple(weights.items()), definition.threshold - constant)
        else:
            gate = Gate(((self.find(abs(literal)), 1),), 1)
            if gate.terms[0][0] < 0:
                gate = Gate(((-gate.terms[0][0], -1),), 0)
        if literal < 0:
            return Gate(tuple((v, -w) for v, w in gate.terms), 1 - gate.threshold)
        return gate

    def weighed(
        self, terms: Iterable[tuple[int, Weight]], constant: Weight
    ) -> tuple[dict[int, Weight], Weight]:
        """Return the weights of the variables that represent literals, and a constant."""
        weights: dict[int, Weight] = {}
        for literal, weight in terms:
            root = self.find(literal)
            if root < 0:
                root, weight, rest = turned(root, weight)
                constant += rest
            if root == TRUE:
                constant += weight
            else:
                weights[root] = weights.get(root, 0) + weight
        return {root: weight for root, weight in weights.items() if weight}, constant

    def is_gate(self, gate: Gate, literal: int) -> bool:
        """Return whether a gate is the function by which a literal is defined."""
        other = self.gate_at(literal)
        if dict(gate.terms) == dict(other.terms) and gate.threshold == other.threshold:
            self.work.spend(5)
            return True
        ours, theirs = dict(gate.terms), dict(other.terms)
        order = sorted(ours.keys() | theirs.keys(), key=lambda v: (-abs(theirs.get(v, 0)), v))
        diagrams = [
            diagram(*reduced([own.get(v, 0) for v in order], limit), self.work)
            for own, limit in ((ours, gate.threshold), (theirs, other.threshold))
        ]
        return is_same(*diagrams)

    def drawn(self, literal: int, order: Sequence[int] = ()) -> int:
        """Return the literal of the ANDs of a gate's diagram.

        Its sources are decided in the given order, or by decreasing weight, then the earliest
        first.
        """
        gate = self.gate_at(literal)
        threshold, terms = gate.threshold, []
        for source, weight in gate.terms:
            if weight < 0:
                source, weight, rest = turned(source, weight)
                threshold -= rest
            terms.append((source, weight))
        roots = [self.find(source) for source in order]
        places = {abs(root): index for index, root in enumerate(roots)}
        is_complete = not order or all(abs(source) in places for source, _ in terms)
        need(is_complete, "the order of a diagram leaves out a source")
        terms.sort(key=lambda term: (places.get(abs(term[0]), 0), -term[1], abs(term[0])))
        own = diagram(tuple(weight for _, weight in terms), threshold, self.work)
        sources = [
            (roots[places[abs(source)]] if order else abs(source), source) for source, _ in terms
        ]
        return self._literal_of(own, sources)

    def _literal_of(self, drawn: Diagram, sources: Sequence[tuple[int, int]]) -> int:
        """Return the literal of a diagram: `off or source and on`.

        Where a source is the complement of the listed one, both branches are exchanged.
        """
        literals = [-TRUE, TRUE]
        for index, off, on in drawn.vertices:
            (plain, source), low, high = sources[index], literals[off], literals[on]
            if source != plain:
                low, high = -high, -low
            value = -self.both(-low, -self.both(plain, high))
            literals.append(value if source == plain else -value)
        return literals[drawn.root]

    # ----------------------------------------------------------------------------- windows

    def window(self, cut: Sequence[int], inside: Iterable[int]) -> tuple[dict[int, int], int]:
        """Return the columns of definitions for all values of a cut, and the mask of all rows."""
        need(len(cut) <= 16, "a cut has over 16 variables")
        rows = 1 << len(cut)
        all_rows = (1 << rows) - 1
        columns = {TRUE: all_rows}
        for index, variable in enumerate(cut):
            need(variable > 0, "a variable was expected")
            root = abs(self.find(variable))
            need(root not in columns, "a cut has a variable twice")
            period = 2 << index
            pattern = ((1 << (period >> 1)) - 1) << (period >> 1)
            columns[root] = pattern * (all_rows // ((1 << period) - 1))
        for variable in inside:
            need(0 < variable < len(self.definitions), "a literal is not defined")
            definition = self.definitions[variable]
            if isinstance(definition, And):
                column = self.column(definition.first, columns, all_rows)
                column &= self.column(definition.second, columns, all_rows)
                self.work.spend(2 + rows // 64)
            elif isinstance(definition, Gate):
                terms = [(self.column(v, columns, all_rows), w) for v, w in definition.terms]
                bits = sum(1 + weight.bit_length() for _, weight in definition.terms)
                self.work.spend(2 + bits * (2 + rows // 256))
                column = reached(terms, definition.threshold, all_rows)
            else:
                raise RefusedError("a leaf is calculated")
            root = self.find(variable)
            columns.setdefault(abs(root), column if root > 0 else column ^ all_rows)
        return columns, all_rows

    def column(self, literal: int, columns: Mapping[int, int], all_rows: int) -> int:
        """Return the column of a literal of a window."""
        root = self.find(literal)
        column = columns.get(abs(root))
        if column is None:
            raise RefusedError("a variable is neither in the cut nor calculated before")
        return column if root > 0 else column ^ all_rows

    def need_zero(
        self, terms: Sequence[tuple[int, int]], constant: int, rows: int, all_rows: int
    ) -> None:
        """Raise RefusedError unless weighted columns and a constant sum to 0 in the given rows."""
        bits = sum(1 + weight.bit_length() for _, weight in terms)
        self.work.spend(2 * bits * (2 + all_rows.bit_length() // 256))
        passed = reached(terms, -constant, all_rows) & ~reached(terms, 1 - constant, all_rows)
        need(passed & rows == rows, "an identity does not hold for values of the cut")

    def possible(self, columns: Mapping[int, int], cut: Iterable[int], all_rows: int) -> int:
        """Return the rows of a window whose values of leaves are possible together."""
        rows = all_rows
        for clause in self.conditions(cut):
            satisfied = 0
            for literal in clause:
                satisfied |= self.column(literal, columns, all_rows)
            rows &= satisfied
        return rows

    def conditions(self, variables: Iterable[int]) -> list[tuple[int, ...]]:
        """Return clauses that always hold among the leaves of one choice, or of one number."""
        groups: dict[object, list[tuple[int, Key]]] = {}
        for variable in dict.fromkeys(variables):
            definition = self.definitions[variable]
            if isinstance(definition, Leaf) and definition.key[0] in ("label", "cut"):
                groups.setdefault(definition.key[:2], []).append((variable, definition.key))
        clauses: list[tuple[int, ...]] = []
        for leaves in groups.values():
            if leaves[0][1][0] == "cut":
                leaves.sort(key=_height)
                clauses += [(low, -high) for (low, _), (high, _) in pairwise(leaves)]
                continue
            clauses += [(-a, -b) for (a, _), (b, _) in combinations(leaves, 2)]
            if len(leaves) == self._allowed(leaves[0][1]):
                clauses.append(tuple(variable for variable, _ in leaves))
        return clauses

    def _allowed(self, key: Key) -> int:
        """Return how many values a choice may have."""
        return next(
            len(signal.allowed)
            for signal in self.circuit.signals
            if isinstance(signal, Label) and signal.input == key[1]
        )


def _height(leaf: tuple[int, Key]) -> tuple[Number, bool]:
    """Return the cut-off of a number's leaf, by its key."""
    _, _, limit, strict = leaf[1]
    assert isinstance(limit, Number)
    return limit, bool(strict)

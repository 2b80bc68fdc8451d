"""The steps of a certificate as they are found; equal neurons share a variable.

The checker's ledger keeps the definitions; it checks nothing here.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from nnc.numbers.exact import Number
from nnc.proofs.certificates import records
from nnc.proofs.certificates.circuit import Bit, Cell, Circuit, Label, NumberInput
from nnc.proofs.certificates.ledger import Gate, Leaf, Ledger
from nnc.proofs.certificates.records import Step
from nnc.proofs.certificates.refusal import RefusedError, Work
from nnc.proofs.plans.budget import LOOK, Budget
from nnc.proofs.plans.nodes import counting_work, key_of, threshold_form, tightened
from nnc.solvers.weighted import positive

_NEURON = 40 * LOOK  # units of work for a neuron that is recorded


class Recording:
    """Steps, and their ledger: the literal of each recorded signal."""

    def __init__(self, circuit: Circuit, budget: Budget) -> None:
        self.circuit, self.budget = circuit, budget
        self.steps: list[Step] = []
        self.ledger = Ledger(circuit, Work(1 << 62))
        self.identities = 0
        self._gates: dict[Hashable, int] = {}
        self._leaves: dict[Leaf, int] = {}
        self.fresh: list[int] = []
        """The variables that are gates of the network, in order."""

    def add(self, step: Step) -> None:
        """Add a step."""
        self.steps.append(step)

    # -------------------------------------------------------------------------- the circuit

    def read(self, signal: int) -> int | None:
        """Record a signal after its sources; return its variable if it is new."""
        if signal in self.ledger.literals:
            return None
        kind = self.circuit.signals[signal]
        if isinstance(kind, (Bit, Label)):
            self.add(["input", kind.name])
            return self.ledger.add_leaf(signal)
        if isinstance(kind, NumberInput):
            return self._read_number(signal, kind)
        assert isinstance(kind, Cell)
        return self._read_cell(signal, kind)

    def _read_number(self, signal: int, kind: NumberInput) -> int | None:
        """Record an integer of two values as a bit."""
        if kind.interval.size != 2 or kind.interval.greatest is None:
            return None
        return self._cut(self.ledger.function_of(signal, kind.interval.greatest, strict=False))

    def _read_cell(self, signal: int, cell: Cell) -> int | None:
        self.budget.spend(_NEURON)
        function, turned = self.ledger.function(cell)
        names = self.circuit.names[signal]
        fresh = None
        if isinstance(function, Gate):
            key, opposite = self._key(function)
            known = self._gates.get(key)
            if known is None:
                variable = self._neuron(signal)
                self._gates[key] = -variable if opposite != turned else variable
                return variable
            literal = -known if opposite else known
        elif isinstance(function, Leaf):
            if function not in self._leaves:
                if function.key[0] != "cut":
                    variable = self._neuron(signal)
                    self._leaves[function] = -variable if turned else variable
                    return variable
                fresh = self._cut(function)
            literal = self._leaves[function]
        else:
            assert isinstance(function, int)
            literal = function
        literal = -literal if turned else literal
        self.add(["is", *names, literal])
        self.ledger.literals[signal] = literal
        return fresh

    def _neuron(self, signal: int) -> int:
        """Record a neuron as a variable of its own."""
        self.add(["neuron", *self.circuit.names[signal]])
        self.ledger.add_cell(signal)
        return self.ledger.literals[signal]

    def _cut(self, leaf: Leaf) -> int:
        """Record the comparison of a number with a limit."""
        _, number, limit, strict = leaf.key
        assert isinstance(number, int)
        assert isinstance(limit, Number)
        kind = self.circuit.signals[number]
        assert isinstance(kind, NumberInput)
        step = "above" if strict else "reaches"
        self.add([step, kind.name, records.as_written(limit)])
        self._leaves[leaf] = variable = self.ledger.define(leaf)
        return variable

    def _key(self, gate: Gate) -> tuple[Hashable, int]:
        """Return a key that a function shares with its complement, and 1 for the complement."""
        literals, threshold = positive(dict(gate.terms), gate.threshold)
        ordered = sorted((weight, literal) for literal, weight in literals)
        small = tightened(tuple(weight for weight, _ in ordered), threshold)
        form = threshold_form(*small, self.budget.takes(counting_work(*small)))
        return key_of(form, [literal for _, literal in ordered])

    def is_same_in(
        self, first: int, second: int, cut: Sequence[int], inside: Sequence[int]
    ) -> bool:
        """Return whether two literals are equal for all values of a cut."""
        try:
            columns, all_rows = self.ledger.window(self._roots(cut), inside)
            rows = self.ledger.possible(columns, self._roots(cut), all_rows)
            own, other = (self.ledger.column(each, columns, all_rows) for each in (first, second))
        except RefusedError:
            return False
        return not (own ^ other) & rows

    def _roots(self, cut: Sequence[int]) -> list[int]:
        find = self.ledger.find
        return [root for root in dict.fromkeys(abs(find(each)) for each in cut) if root > 1]

    def same_by_window(
        self, first: int, second: int, cut: Sequence[int], inside: Sequence[int]
    ) -> None:
        """State that two literals are equal for all values of a cut."""
        window = [self._roots(cut), list(dict.fromkeys(inside))]
        self.add(["same", first, second, "window", *window])
        self.ledger.merge(first, second)

    def same_by_diagram(self, variable: int, literal: int, order: Sequence[int]) -> None:
        """State that a gate equals the literal of its diagram, whose sources are in this order."""
        if self.ledger.find(variable) != self.ledger.find(literal):
            self.add(["same", variable, literal, "diagram", list(order)])
            self.ledger.merge(variable, literal)

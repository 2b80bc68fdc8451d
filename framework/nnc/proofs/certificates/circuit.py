"""Plans -> Circuit: copies of networks over common inputs, each threshold a comparison of its own.

A *literal* of the circuit is a signal, or, negated, its complement; signal 1 is always 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeVar

from nnc.compiler.netlist import Affine, Comparison, Netlist
from nnc.compiler.plan import Plan
from nnc.language.network import Input
from nnc.numbers.exact import Number, simplest
from nnc.proofs.certificates.domain import Field, Interval
from nnc.proofs.certificates.refusal import RefusedError, need

TRUE = 1
Weight = TypeVar("Weight", int, Number)
_MAX_LAYER = 1 << 18  # weights of a layer


class Bit(NamedTuple):
    """A bit of an input that may be 0 or 1."""

    name: str


class Label(NamedTuple):
    """A bit that is 1 if a choice has one particular value."""

    name: str
    input: str
    label: str
    allowed: tuple[str, ...]


class NumberInput(NamedTuple):
    """A number of an input."""

    name: str
    interval: Interval


class Cell(NamedTuple):
    """A bit that is 1 if a sum of signals passes a limit, or, if `turned`, if it does not.

    A sum passes if it reaches the limit or, if strict, exceeds it. A bit counts 0 or 1.
    """

    terms: tuple[tuple[int, Number], ...]
    limit: Number
    strict: bool
    turned: bool


class Linear(NamedTuple):
    """A number: a constant, and signals times their factors."""

    constant: Number
    terms: tuple[tuple[int, Number], ...]

    def minus(self, other: Linear) -> Linear:
        """Return the difference of two numbers."""
        terms = dict(self.terms)
        for signal, factor in other.terms:
            terms[signal] = terms.get(signal, 0) - factor
        return Linear(self.constant - other.constant, tuple(terms.items()))


def turned(literal: int, weight: Weight) -> tuple[int, Weight, Weight]:
    """Rewrite the weight of a literal for its complement, and a constant: w x = w - w (1 - x)."""
    return -literal, -weight, weight


Signal = Bit | Label | NumberInput | Cell | None


class Copy(NamedTuple):
    """A copy of a plan; `literals` has the literal, or the number, of each of its signals."""

    plan: Plan
    netlist: Netlist
    literals: list[int]


class Circuit:
    """Signals in topological order.

    `names` has the copy and the name of each cell, as `(0, "carry")`.
    """

    def __init__(self) -> None:
        self.signals: list[Signal] = [None, None]
        self.names: dict[int, tuple[int, str]] = {}
        self.elements: dict[tuple[str, int, int], int] = {}
        """The literal, or the signal of a number, of each input, element and row."""
        self.values: dict[int, Number] = {}
        """The value of each number that has only one."""
        self._watching = 0

    # ------------------------------------------------------------------------------- inputs

    def add_field(self, name: str, field: Field, row: int = 0, only: int | None = None) -> None:
        """Add an input, or one element of it; those of a second row are called `name'`."""
        names = field.input.element_names(name)
        for element, own in enumerate(names):
            if only is None or element == only:
                key = (name, element, row)
                self.elements[key] = self._element(field, name, own + "'" * row, element, row)

    def _element(self, field: Field, name: str, text: str, element: int, row: int) -> int:
        input_, fixed = field.input, field.fixed[element]
        if input_.of is not None:
            label = input_.of[element]
            if label not in field.allowed:
                return -TRUE
            if len(field.allowed) == 1:
                return TRUE
            if len(field.allowed) == 2 and label == field.allowed[1]:
                other = input_.of.index(field.allowed[0])
                if (name, other, row) in self.elements:
                    return -self.elements[name, other, row]
            return self.append(Label(text, name + "'" * row, label, field.allowed))
        if field.interval is None:
            if fixed is not None:
                return TRUE if fixed else -TRUE
            return self.append(Bit(text))
        signal = self.append(NumberInput(text, field.interval))
        if fixed is not None:
            self.values[signal] = fixed
        return signal

    def append(self, signal: Signal) -> int:
        """Add a signal after all others; return it."""
        self.signals.append(signal)
        return len(self.signals) - 1

    def is_number(self, signal: int) -> bool:
        """Return whether a signal is a number and not a bit."""
        return isinstance(self.signals[abs(signal)], NumberInput)

    def wires(self, inputs: dict[str, Input], row: int = 0) -> list[int]:
        """Return the literal of each input element of a network, by its name."""
        return [
            self.elements.get((name, element, row), self.elements.get((name, element, 0), 0))
            for name, input_ in inputs.items()
            for element in range(input_.width)
        ]

    # ------------------------------------------------------------------------------- copies

    def add(self, plan: Plan, wires: Sequence[int], copy: int) -> Copy:
        """Add the neurons of a plan, over these inputs."""
        added = Copy(plan, Netlist(plan), [-TRUE, TRUE, *wires])
        need(all(added.literals), "an input has no value")
        for layer in plan.layers:
            is_small = layer.synapses * layer.width <= _MAX_LAYER
            need(is_small, f"layer `{layer.name}` has too many weights")
        for cell in added.netlist.cells():
            need(cell.first == len(added.literals), "the plan is not in order")
            terms = cell.terms if cell.operand is None else ((cell.operand, 1),)
            number = self.bits((added.literals[net], factor) for net, factor in terms)
            for net, test in zip(cell.nets, cell.tests, strict=True):
                literal = self._tested(number, test)
                added.literals.append(literal)
                self.names[literal] = (copy, plan.name_of(net))
        return added

    def _tested(self, number: Linear, test: Comparison) -> int:
        """Add a cell that compares a number; constants are moved to the limit."""
        limit = test.limit - number.constant
        return self.append(Cell(number.terms, limit, test.op in (">", "<="), not test.is_rising))

    # ------------------------------------------------------------------------------ numbers

    def bits(self, weights: Iterable[tuple[int, Number]], constant: Number = 0) -> Linear:
        """Return a sum of weights of literals and numbers."""
        terms: dict[int, Number] = {}
        for literal, weight in weights:
            if literal < 0:
                literal, weight, rest = turned(literal, weight)
                constant += rest
            if literal == TRUE:
                constant += weight
            elif literal in self.values:
                constant += weight * self.values[literal]
            else:
                terms[literal] = terms.get(literal, 0) + weight
        return Linear(constant, tuple((s, w) for s, w in terms.items() if w))

    def number(self, copy: Copy, value: Affine) -> Linear:
        """Return a number of a copy: of bits, of inputs, and of sums of neurons."""
        terms: list[tuple[int, Number]] = []
        for net, factor in value.terms:
            scale = Fraction(factor, value.unit)
            read = [(net, 1)] if net > 0 else copy.netlist.cell(net).terms
            terms += [(copy.literals[each], simplest(weight * scale)) for each, weight in read]
        return self.bits(terms, simplest(Fraction(value.constant, value.unit)))

    # -------------------------------------------------------------------------------- watch

    def compared(self, number: Linear, op: str, limit: Number) -> int:
        """Add a neuron `watch 0`, `watch 1`, … that compares a number; return its literal."""
        test = Comparison(op, limit)
        if not number.terms:
            return TRUE if test.passes(number.constant) else -TRUE
        literal = self._tested(number, test)
        self.names[literal] = (-1, f"watch {self._watching}")
        self._watching += 1
        return literal

    def all_of(self, literals: Iterable[int]) -> int:
        """Return the literal that is 1 if all of the given ones are."""
        chosen = dict.fromkeys(literal for literal in literals if literal != TRUE)
        if -TRUE in chosen or any(-literal in chosen for literal in chosen):
            return -TRUE
        if len(chosen) < 2:
            return next(iter(chosen), TRUE)
        return self.compared(self.bits((each, 1) for each in chosen), ">=", len(chosen))

    def any_of(self, literals: Iterable[int]) -> int:
        """Return the literal that is 1 if any of the given ones is."""
        return -self.all_of(-literal for literal in literals)

    def cone(self, signals: Iterable[int]) -> list[int]:
        """Return signals and everything that they depend on, in order."""
        seen = {abs(signal) for signal in signals}
        todo = list(seen)
        while todo:
            signal = self.signals[todo.pop()]
            for source, _ in signal.terms if isinstance(signal, Cell) else ():
                if source not in seen:
                    seen.add(source)
                    todo.append(source)
        return sorted(seen)

    def signal_of(self, copy: int, name: str) -> int:
        """Return the cell of this name. Raises RefusedError where there is none."""
        signal = self._signal_of.get((copy, name))
        if signal is None:
            raise RefusedError(f"there is no neuron `{name[:80]}`")
        return signal

    @property
    def _signal_of(self) -> dict[tuple[int, str], int]:
        if len(self._index) != len(self.names):
            self._index = {name: signal for signal, name in self.names.items()}
        return self._index

    _index: dict[tuple[int, str], int] = {}  # noqa: RUF012

"""Plans -> Circuit: copies of networks over common inputs, each threshold a comparison of its own.

A *literal* of the circuit is a signal, or with the sign turned its opposite; signal 1 is always 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeVar

from nnc.compiler.plan import LayerStep, Plan, all_steps
from nnc.language.network import FIRING, Fires, Input
from nnc.numbers.exact import Number, simplest, stored_number
from nnc.proofs.certificates.domain import Field, Interval
from nnc.proofs.certificates.refusal import RefusedError, need

TRUE = 1
Weight = TypeVar("Weight", int, Number)
_MAX_LAYER = 1 << 18
"""Synapses of a layer that is looked at."""


class Bit(NamedTuple):
    """A bit of an input that may be 0 or 1."""

    name: str


class Label(NamedTuple):
    """Whether a choice has a value, of several that it may have."""

    name: str
    input: str
    label: str
    allowed: tuple[str, ...]


class NumberInput(NamedTuple):
    """A number of an input."""

    name: str
    interval: Interval


class Cell(NamedTuple):
    """A bit that says whether a sum of signals passes a limit; `turned` where it says the opposite.

    A sum passes where it reaches the limit or, if strict, is above it. A bit counts 0 or 1.
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
    """Return a weight of a literal as one of its opposite, and a constant: w x is w - w (1 - x)."""
    return -literal, -weight, weight


Signal = Bit | Label | NumberInput | Cell | None


class Copy(NamedTuple):
    """One copy of a plan: of each of its signals the literal in the circuit, or its signal."""

    plan: Plan
    literals: list[int]


class Circuit:
    """Signals in an order in which each comes after those that it reads.

    `names` has the copy and the name of each cell, as `(0, "carry")`.
    """

    def __init__(self) -> None:
        self.signals: list[Signal] = [None, None]
        self.names: dict[int, tuple[int, str]] = {}
        self.elements: dict[tuple[str, int, int], int] = {}
        """By input, element and row the literal, or the signal of a number."""
        self.values: dict[int, Number] = {}
        """Of numbers that have one value."""
        self._watching = 0

    # ------------------------------------------------------------------------------- inputs

    def add_field(self, name: str, field: Field, row: int = 0, only: int | None = None) -> None:
        """Add an input, or one element of it; those of a second row are called `name'`."""
        names = field.input.element_names(name)
        for element, own in enumerate(names):
            if only is None or element == only:
                key = (name, element, row)
                self.elements[key] = self._element(field, name, own + "'" * row, element, row)

    def _element(self, field: Field, name: str, own: str, element: int, row: int) -> int:
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
            return self._add(Label(own, name + "'" * row, label, field.allowed))
        if field.interval is None:
            if fixed is not None:
                return TRUE if fixed else -TRUE
            return self._add(Bit(own))
        signal = self._add(NumberInput(own, field.interval))
        if fixed is not None:
            self.values[signal] = fixed
        return signal

    def _add(self, signal: Signal) -> int:
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
        own = Copy(plan, [-TRUE, TRUE, *wires])
        need(all(own.literals), "an input has no value")
        for step in all_steps(plan):
            need(step.first == len(own.literals), "the plan is not in order")
            if isinstance(step, LayerStep):
                is_small = step.synapses * step.width <= _MAX_LAYER
                need(is_small, f"layer `{step.name}` has too many weights")
                for i in range(step.outputs):
                    sources, weights = step.row(i)
                    self._cell(own, sources, weights, step.fires, stored_number(step.limits[i]))
            else:
                for limit in step.thresholds:
                    self._cell(own, step.sources, step.weights, step.fires, limit)
            for signal in range(step.first, len(own.literals)):
                self.names[own.literals[signal]] = (copy, plan.name_of(signal))
        return own

    def _cell(
        self,
        copy: Copy,
        sources: Iterable[int],
        weights: Iterable[Number],
        fires: Fires,
        limit: Number,
    ) -> None:
        terms = [(copy.literals[s], w) for s, w in zip(sources, weights, strict=True)]
        copy.literals.append(self._compared(terms, fires, limit))

    def _compared(self, terms: Iterable[tuple[int, Number]], fires: Fires, limit: Number) -> int:
        """Add a cell over literals; what is turned or constant goes to the limit."""
        number = self.bits(terms)
        rule = FIRING[fires]
        limit -= number.constant
        return self._add(Cell(number.terms, limit, rule.up == rule.strict, not rule.up))

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

    def total(self, copy: Copy, signal: int) -> Linear:
        """Return the exact sum of the neuron that makes a signal of a plan."""
        layer = copy.plan.layer_of(signal)
        if layer is not None:
            place = signal - layer.first
            sources, weights = layer.row(place)
            factor = Fraction(layer.factor) / layer.scale(place)
            offset: Number = layer.offset(place)
        else:
            step = copy.plan.maker[signal]
            sources, weights = list(step.sources), list(step.weights)
            factor, offset = Fraction(1, step.scale), Fraction(step.offset, step.scale)
        terms = [
            (copy.literals[s], simplest(w * factor)) for s, w in zip(sources, weights, strict=True)
        ]
        return self.bits(terms, simplest(Fraction(offset)))

    # -------------------------------------------------------------------------------- watch

    def compared(self, number: Linear, fires: Fires, limit: Number) -> int:
        """Add a neuron `watch 0`, `watch 1`, … that compares a number; return its literal."""
        if not number.terms:
            fires_ = FIRING[fires].compare(number.constant, limit)
            return TRUE if fires_ else -TRUE
        literal = self._compared(number.terms, fires, limit - number.constant)
        self.names[literal] = (-1, f"watch {self._watching}")
        self._watching += 1
        return literal

    def all_of(self, literals: Iterable[int]) -> int:
        """Return the literal that is 1 where all of some are."""
        chosen = dict.fromkeys(literal for literal in literals if literal != TRUE)
        if -TRUE in chosen or any(-literal in chosen for literal in chosen):
            return -TRUE
        if len(chosen) < 2:
            return next(iter(chosen), TRUE)
        return self.compared(self.bits((each, 1) for each in chosen), "at_least", len(chosen))

    def any_of(self, literals: Iterable[int]) -> int:
        """Return the literal that is 1 where one of some is."""
        return -self.all_of(-literal for literal in literals)

    def cone(self, signals: Iterable[int]) -> list[int]:
        """Return signals and all that they depend on, in order."""
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

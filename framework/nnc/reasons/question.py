"""One row of a plan, and the conditions in the graph for an output to have a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.joint import assumption_plan
from nnc.compiler.netlist import Affine, Argmax, Netlist
from nnc.compiler.plan import Plan
from nnc.numbers.exact import Number, simplest
from nnc.proofs.plans import (
    FALSE,
    TRUE,
    Budget,
    Interval,
    Linear,
    Shared,
    build_domain,
    linear,
)
from nnc.run.engines import evaluate_row
from nnc.run.trace import FollowedRow, PlainValue, output_trace

Change = Mapping[int, Number | str]
"""The axes that another row changes, with their values there."""
Ways = tuple[tuple[int, ...], ...]
"""Literals of the graph: of one of the tuples all hold."""
_SECONDS = 5


class Goal(NamedTuple):
    """Rows in which an output has a value or, if `is_other`, has another one."""

    tap: Tap
    value: PlainValue
    is_other: bool

    def is_met_by(self, value: PlainValue) -> bool:
        """Return whether a value of the output meets the goal."""
        return (value == self.value) != self.is_other


class Question:
    """A plan, its graph, and one row of it: the value of every axis.

    `values` are the constants and the elements of the inputs, bits as 0 or 1.
    """

    def __init__(self, plan: Plan, values: Sequence[Number]) -> None:
        self.plan, self.values = plan, tuple(values[: plan.first_made])
        self._netlist = Netlist(plan)
        self.domain = build_domain(plan.inputs, plan.inputs, {})
        self.shared = Shared(self.domain, Budget(_SECONDS))
        self.reading = self.shared.add(plan, "")
        self.assumed = assumption_plan(plan)
        self.allowed = self._allowed()
        self.row = tuple(self.value_in(self.values, axis) for axis in range(len(self.domain.axes)))

    def _allowed(self) -> tuple[int, ...]:
        """Return the conditions that hold in every row allowed by the network's assumptions."""
        if self.assumed is None:
            return ()
        reading = self.shared.add(self.assumed, "")
        broken = (int(tap.signals[0]) for tap in self.assumed.outputs)
        literals = (reading.literals[signal] ^ 1 for signal in broken)
        return tuple(literal for literal in literals if literal != TRUE)

    def is_allowed(self, change: Change) -> bool:
        """Return whether a row with other values breaks no assumption."""
        if self.assumed is None:
            return True
        values, _ = evaluate_row(self.assumed, self.changed(change))
        return not any(values[tap.signals[0]] for tap in self.assumed.outputs)

    def value_in(self, values: Sequence[Number], place: int) -> Number | str:
        """Return the value of an axis in a row of constants and elements of inputs."""
        axis = self.domain.axes[place]
        input_, first = self.plan.inputs[axis.input], self.plan.first_of[axis.input]
        if input_.of is not None:
            own = values[first : first + input_.width]
            return input_.of[own.index(1)]
        assert axis.element is not None
        value = values[first + axis.element]
        return input_.state_values[int(value)] if input_.type == "bit" else value

    def name_of(self, place: int) -> str:
        """Name an axis as the command line does: `age`, `pixels(3)`."""
        axis = self.domain.axes[place]
        is_bus = self.plan.inputs[axis.input].is_bus
        return f"{axis.input}({axis.element})" if is_bus else axis.input

    def changed(self, change: Change) -> list[Number]:
        """Return the elements of the inputs in a row with other values."""
        values = list(self.values)
        for place, value in change.items():
            axis = self.domain.axes[place]
            input_, first = self.plan.inputs[axis.input], self.plan.first_of[axis.input]
            if input_.of is not None:
                values[first : first + input_.width] = [int(value == each) for each in input_.of]
                continue
            assert axis.element is not None
            assert not isinstance(value, str)
            is_bit = input_.type == "bit"
            values[first + axis.element] = input_.state_values.index(value) if is_bit else value
        return values

    def value_of(self, tap: Tap, change: Change) -> PlainValue:
        """Return the value of an output in a row with other values, by the exact evaluator."""
        return output_trace(FollowedRow(self.plan, self.changed(change)), tap).value

    def is_integral(self, place: int) -> bool:
        """Return whether an axis has only integer values."""
        return self.domain.axes[place].is_integral

    def ends(self, place: int) -> tuple[Number | None, Number | None]:
        """Return the smallest and the largest value of a number; None if there is no bound."""
        values = self.domain.axes[place].values
        assert isinstance(values, Interval)
        return values.least, values.greatest

    # -------------------------------------------------------------------------------- values

    def ways(self, tap: Tap, value: PlainValue) -> Ways:
        """Return the conditions for an output to have a value; none if it never has it."""
        port = self._netlist.port(tap)
        first = port.values[0]
        if isinstance(first, Argmax):
            ways = [self._largest(first, place) for place in places_of(tap, value)]
        elif tap.labels:
            ways = [self._is(port.number, place) for place in places_of(tap, value)]
        else:
            pairs = zip(port.numbers, elements_of(tap, value), strict=True)
            ways = [[literal for number, own in pairs for literal in self._is(number, own)]]
        kept = [way for way in ways if {FALSE, *(each ^ 1 for each in way)}.isdisjoint(way)]
        return tuple(tuple(dict.fromkeys(each for each in way if each != TRUE)) for way in kept)

    def _largest(self, value: Argmax, place: int) -> list[int]:
        """Return the condition that a sum is above those before it, not below those after."""
        sums = [self.shared.number(self._netlist, each, self.reading) for each in value.of]
        return [
            self.shared.passes(
                _difference(sums[place], other), "above" if i < place else "at_least", 0
            )
            for i, other in enumerate(sums)
            if i != place
        ]

    def _is(self, number: Affine, value: Number) -> list[int]:
        """Return the literals that are 1 if a number has a value."""
        net = number.net
        if net is not None and net > 0 and not self._netlist.is_number(net):
            states = number.at(0), number.at(1)
            literal = self.reading.literals[net] ^ (value == states[0])
            return [literal if value in states else FALSE]
        total = self.shared.number(self._netlist, number, self.reading)
        return [
            self.shared.passes(total, "at_least", value),
            self.shared.passes(total, "at_most", value),
        ]


def places_of(tap: Tap, value: PlainValue) -> list[int]:
    """Return the positions of labels, or of sums, for a value of an output."""
    if tap.labels:
        return [place for place, label in enumerate(tap.labels) if label == value]
    return [value] if isinstance(value, int) and 0 <= value < tap.width else []


def elements_of(tap: Tap, value: PlainValue) -> list[Number]:
    """Return the values of an output's elements; a bus of bits is given as an integer."""
    assert not isinstance(value, str)
    if isinstance(value, list):
        return value
    if tap.is_bus and tap.is_integer:
        assert isinstance(value, int)
        return [value >> place & 1 for place in range(tap.width)]
    return [value]


def _difference(first: Linear, second: Linear) -> Linear:
    terms = dict(first.terms)
    for node, factor in second.terms:
        terms[node] = terms.get(node, 0) - factor
    return linear(simplest(Fraction(first.constant - second.constant)), terms, 1)

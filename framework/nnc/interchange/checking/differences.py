"""Compare two answers for one row, and find the neuron that explains a difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.netlist import Affine, Argmax, Cell, Netlist
from nnc.interchange.checking.rows import Row, signals_of
from nnc.numbers.exact import Number, shorten, show_number
from nnc.rows.options import Floats
from nnc.run.trace import FollowedRow

_MAX_ELEMENTS = 32  # of a bus in a message
_MAX_DIGITS = 24  # of a number in a message
_DOUBLE = Fraction(1, 1 << 53)  # the unit roundoff of doubles


class Margin(NamedTuple):
    """The distance of a sum from a threshold; `neuron` is a name, or `neuron.threshold`."""

    neuron: str
    sum: Number
    threshold: Number
    margin: Number


@dataclass(frozen=True)
class Difference:
    """A row for which a file and its network have different answers.

    `row` has a value for each input, as `nnc.evaluate` takes it. `expected` is what the network
    gives for the `output`, and `actual` what the file does, None where it refuses the row.
    `nearest` is the neuron on the way to the output that is nearest to a threshold, in all rows
    that differ; None where no neuron is on the way.
    """

    row: Row = field(repr=False)
    output: str
    expected: Any
    actual: Any
    nearest: Margin | None

    def about(self, tool: str) -> str:
        """Describe the difference in one line."""
        values = " ".join(f"{name}={_text(value)}" for name, value in self.row.items())
        actual = "refuses the row" if self.actual is None else f"gives {_text(self.actual)}"
        text = (
            f"`{self.output}` is {_text(self.expected)}, and {tool} {actual}, where "
            f"{shorten(values, 300) or 'there is no input'}"
        )
        if self.nearest is None:
            return text
        neuron, _, threshold, margin = self.nearest
        near = f"{_digits(margin)} from" if margin else "on"
        return f"{text}: neuron `{neuron}` is {near} its threshold {_digits(threshold)}"


def _text(value: Any) -> str:
    """Write a value as the command line takes it; a double as its shortest decimal."""
    if isinstance(value, list):
        elements = ",".join(map(_text, value[:_MAX_ELEMENTS]))
        return f"[{elements}{',…' if value[_MAX_ELEMENTS:] else ''}]"
    if isinstance(value, Fraction):
        text = show_number(value)
        is_long = len(text) > _MAX_DIGITS and value == Fraction(float(value))
        return repr(float(value)) if is_long else text
    return str(value)


def _digits(value: Number) -> str:
    """Write a number, a long one by its first digits."""
    text = show_number(value)
    return text if len(text) <= _MAX_DIGITS else f"{float(value):.3g}"


class Differing(NamedTuple):
    """A row for which the `expected` and the `actual` value of an output differ."""

    row: Row
    tap: Tap
    expected: Any
    actual: Any


def agree(expected: Any, actual: Any, *, has_doubles: bool) -> bool:
    """Return whether two values of an output are the same.

    Where the language has doubles, a sum that is no integer is the nearest double.
    """
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(
                agree(one, other, has_doubles=has_doubles)
                for one, other in zip(expected, actual, strict=True)
            )
        )
    if expected == actual:
        return True
    if not has_doubles or actual is None or isinstance(expected, str) or isinstance(actual, str):
        return False
    try:
        return Fraction(actual) == Fraction(float(expected))
    except OverflowError:
        return False


class Judge:
    """Finds the neurons of a plan that explain differences, by their margins in each row."""

    def __init__(self, netlist: Netlist, floats: Floats) -> None:
        self._netlist, self._floats = netlist, floats

    def explain(self, differing: Sequence[Differing]) -> Difference:
        """Return one of some differences, with the neuron nearest to a threshold in all of them."""
        runs = [self._run(each) for each in differing]
        first = differing[0].tap
        same = [k for k, each in enumerate(differing) if each.tap.alias == first.alias]
        distances = [
            (sum(_distance(runs[k], cell, place) for k in same), -cell.level, cell.first + place)
            for cell in self._netlist.cells(first.signals)
            for place in range(len(cell.tests))
        ]
        if not distances:
            return Difference(*differing[0][:1], first.alias, *differing[0][2:], None)
        net = min(distances)[2]
        cell = self._netlist.cell(net)
        nearest = min(same, key=lambda k: _distance(runs[k], cell, net - cell.first))
        row, _, expected, actual = differing[nearest]
        limit = runs[nearest].limit(net)
        margin = Margin(limit.name, runs[nearest].sum(net), limit.threshold, limit.margin)
        return Difference(row, first.alias, expected, actual, margin)

    def is_near_tie(self, differing: Differing) -> bool:
        """Check if rounding can explain a difference: |margin| <= B on the way.

        B = (2n + 16) u sum |w x|, for a sum of n products in doubles, whose unit roundoff is u.
        """
        if differing.actual is None:
            return False
        run = self._run(differing)
        for cell in self._netlist.cells(differing.tap.signals):
            if cell.is_real and cell.operand is None:
                total = sum(run.values[net] * factor for net, factor in cell.terms)
                bound = _bound(run, cell)
                if any(abs(Fraction(total) - test.limit) <= bound for test in cell.tests):
                    return True
        values = self._netlist.port(differing.tap).values
        if isinstance(values[0], Argmax):
            return self._is_tie(run, values[0])
        return differing.tap.kind == "sum" and self._is_rounded(run, differing)

    def _run(self, differing: Differing) -> FollowedRow:
        plan = self._netlist.plan
        return FollowedRow(plan, signals_of(differing.row, plan, self._floats))

    def _number(self, run: FollowedRow, number: Affine) -> tuple[Fraction, Fraction]:
        """Return the value of a sum, and how far rounding may have moved it."""
        total, bound = Fraction(number.constant), Fraction(0)
        for net, factor in number.terms:
            cell = self._netlist.cell(net)
            products = (run.values[source] * weight for source, weight in cell.terms)
            total += factor * sum(products)
            bound += abs(factor) * _bound(run, cell)
        return total / number.unit, bound / number.unit

    def _is_tie(self, run: FollowedRow, value: Argmax) -> bool:
        """Check if the largest sum and another one are within rounding."""
        sums = [self._number(run, number) for number in value.of]
        best, best_bound = max(sums, key=lambda pair: pair[0])
        near = [total for total, bound in sums if best - total <= bound + best_bound]
        return len(near) > 1

    def _is_rounded(self, run: FollowedRow, differing: Differing) -> bool:
        """Check if the sums of an output differ by no more than their rounding."""
        numbers = self._netlist.port(differing.tap).numbers
        pair = (differing.expected, differing.actual)
        wanted, actual = (each if isinstance(each, list) else [each] for each in pair)
        return all(
            other is not None and abs(Fraction(own) - other) <= self._number(run, number)[1]
            for number, own, other in zip(numbers, wanted, actual, strict=True)
        )


def _bound(run: FollowedRow, cell: Cell) -> Fraction:
    """Return how far rounding may have moved the sum of a cell."""
    size = sum(abs(Fraction(run.values[net]) * factor) for net, factor in cell.terms)
    size += abs(
        Fraction(cell.exact.constant, max((abs(f) for _, f in cell.exact.terms), default=1))
    )
    return (2 * len(cell.terms) + 16) * _DOUBLE * size


def _distance(run: FollowedRow, cell: Cell, place: int) -> Fraction:
    """Return how near a cell is to a limit, relative to the size of its sum."""
    limit = Fraction(cell.tests[place].limit)
    if cell.operand is not None:
        return abs(run.values[cell.operand] - limit) / max(abs(limit), Fraction(1))
    total = sum(run.values[net] * factor for net, factor in cell.terms)
    return abs(total - limit) / (sum(abs(factor) for _, factor in cell.terms) or 1)

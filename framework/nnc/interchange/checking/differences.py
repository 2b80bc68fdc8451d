"""Compare two answers for one row, and find the differences that rounding explains."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from nnc.compiler.netlist import Affine, Argmax, Cell, Netlist
from nnc.interchange.checking.rows import Row, listed, signals_of
from nnc.numbers.exact import shorten, show_number
from nnc.rows.options import Floats
from nnc.run.trace import FollowedRow

_MAX_CHARACTERS = 300  # of the values in a message
_MAX_DIGITS = 24  # of a number in a message
DOUBLES = Fraction(1, 1 << 53)  # their unit roundoff


@dataclass(frozen=True)
class Difference:
    """A row for which a file and its network have different answers.

    `row` has a value for each input, as `nnc.evaluate` takes it. `expected` is what the network
    gives for the `output`, and `actual` what the file does, None where it refuses the row.
    """

    row: Row = field(repr=False)
    output: str
    expected: Any
    actual: Any

    def about(self, tool: str) -> str:
        """Describe the difference in one line."""
        values = " ".join(f"{name}={_text(value)}" for name, value in self.row.items())
        actual = "refuses the row" if self.actual is None else f"gives {_text(self.actual)}"
        where = shorten(values, _MAX_CHARACTERS) or "there is no input"
        return f"`{self.output}` is {_text(self.expected)}, and {tool} {actual}, where {where}"


def _text(value: Any) -> str:
    """Write a value as the command line takes it; a double as its shortest decimal."""
    if isinstance(value, list):
        return shorten(f"[{','.join(map(_text, value))}]", _MAX_CHARACTERS)
    if isinstance(value, Fraction):
        text = show_number(value)
        is_long = len(text) > _MAX_DIGITS and value == Fraction(float(value))
        return repr(float(value)) if is_long else text
    return str(value)


def agree(expected: Any, actual: Any, *, has_doubles: bool) -> bool:
    """Return whether two values of an output are the same.

    Where the language has doubles, a sum that is no integer is the nearest double.
    """
    if expected == actual or not has_doubles:
        return bool(expected == actual)
    ones, others = listed(expected), listed(actual)
    try:
        return len(ones) == len(others) and all(
            first == other or (not isinstance(first, str) and Fraction(float(first)) == other)
            for first, other in zip(ones, others, strict=True)
        )
    except (OverflowError, TypeError):  # beyond all doubles, or a row that is refused
        return False


def is_rounded(
    difference: Difference, netlist: Netlist, floats: Floats, roundoff: Fraction = DOUBLES
) -> bool:
    """Check if rounding can explain a difference: |margin| <= B on the way.

    B = (2n + 16) u sum |w x|, for a sum of n products of floats whose unit roundoff is u.
    """
    if difference.actual is None or difference.expected is None:
        return False
    plan = netlist.plan
    tap = next(tap for tap in plan.outputs if tap.alias == difference.output)
    run = FollowedRow(plan, signals_of(difference.row, plan, floats))
    for cell in netlist.cells(tap.signals):
        if cell.is_real and cell.operand is None:
            total, bound = _total(run, cell, roundoff)
            if any(abs(total - test.limit) <= bound for test in cell.tests):
                return True
    port = netlist.port(tap)
    if isinstance(port.values[0], Argmax):
        sums = [_number(run, netlist, number, roundoff) for number in port.values[0].of]
        best, best_bound = max(sums)
        return sum(best - total <= bound + best_bound for total, bound in sums) > 1
    values = zip(port.numbers, listed(difference.expected), listed(difference.actual), strict=True)
    return tap.kind == "sum" and all(
        other is not None and abs(wanted - other) <= _number(run, netlist, number, roundoff)[1]
        for number, wanted, other in values
    )


def _number(
    run: FollowedRow, netlist: Netlist, number: Affine, roundoff: Fraction
) -> tuple[Fraction, Fraction]:
    """Return the value of a sum, and how far rounding may have moved it."""
    total, bound = Fraction(number.constant), Fraction(0)
    for net, factor in number.terms:
        own, rounding = _total(run, netlist.cell(net), roundoff)
        total, bound = total + factor * own, bound + abs(factor) * rounding
    return total / number.unit, bound / number.unit


def _total(run: FollowedRow, cell: Cell, roundoff: Fraction) -> tuple[Fraction, Fraction]:
    """Return the sum of a cell, and how far rounding may have moved it."""
    products = [Fraction(run.values[net] * factor) for net, factor in cell.terms]
    largest = max((abs(factor) for _, factor in cell.exact.terms), default=1)
    size = sum(map(abs, products)) + abs(Fraction(cell.exact.constant, largest))
    return sum(products, Fraction(0)), (2 * len(products) + 16) * roundoff * size

"""The default of a real input -> the double that stands for it where real numbers are doubles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from nnc.compiler.netlist import Comparison, Net
from nnc.interchange.exporting.logic import Logic
from nnc.numbers.exact import Number, Refused, show_number


def defaults_in_doubles(logic: Logic, name: str) -> list[Number | float] | None:
    """Return the default of each element of an input, a real one as a double; None without any.

    It is the nearest double that every cut-off and bound decides as it decides the exact number.
    Raises Refused where there is none.
    """
    input_ = logic.plan.inputs[name]
    values = input_.default_values()
    if values is None or input_.type != "real":
        return None if values is None else list(values)
    first = logic.plan.first_of[name]
    return [_double(logic, name, first + place, value) for place, value in enumerate(values)]


def _double(logic: Logic, name: str, net: Net, value: Number) -> float:
    exact = Fraction(value)
    tests = list(_tests(logic, name, net))
    wanted = [test.passes(exact) for test in tests]
    for double in _beside(exact):
        meant = Fraction(double if logic.floats == "binary" else repr(double))
        if [test.passes(meant) for test in tests] == wanted:
            return double
    raise Refused(
        "not-exportable",
        f"the default {show_number(value)} of `{name}` is no double, and no double beside it is"
        " decided alike by every cut-off and bound",
        "give it a default that is a double, as 1/4, or export to Python",
    )


def _beside(exact: Fraction) -> Iterator[float]:
    """Yield the nearest double and its neighbours, the nearer first."""
    try:
        near = float(exact)
    except OverflowError:
        return
    doubles = [near, math.nextafter(near, -math.inf), math.nextafter(near, math.inf)]
    finite = [double for double in doubles if math.isfinite(double)]
    yield from sorted(finite, key=lambda double: abs(Fraction(double) - exact))


def _tests(logic: Logic, name: str, net: Net) -> Iterator[Comparison]:
    """Yield what the number is compared with: cut-offs, and the bounds of its input."""
    for cell in logic.cells:
        if cell.operand == net:
            yield from cell.tests
    input_ = logic.plan.inputs[name]
    for op, limit in ((">=", input_.min), ("<=", input_.max)):
        if limit is not None:
            yield Comparison(op, limit)

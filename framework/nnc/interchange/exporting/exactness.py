"""The exactness of a network in another language, its defaults there, or why there is no file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from nnc.compiler.netlist import Affine, Argmax, Cell, Comparison, Net, Port, Value
from nnc.interchange.exporting.logic import Logic, numbers_of
from nnc.numbers.exact import LARGEST_WHOLE, Number, Refused, show_number


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


class Exactness(NamedTuple):
    """The exactness of a file: `kind` in one word, `words` in a sentence."""

    kind: str
    words: str


EXACT = Exactness("exact", "exact on every row")
DOUBLES = Exactness("doubles", "exact on rows whose real numbers are doubles")
DECIMALS = Exactness(
    "doubles", "exact on rows whose real numbers are doubles, each read as its shortest decimal"
)
NEAR_TIES = Exactness(
    "near ties",
    "sums of real numbers are added up as doubles: rows within rounding of a threshold may differ",
)


def exactness_in(logic: Logic, largest: int, form: str) -> Exactness:
    """Return the exactness where integers go to `largest`, and real numbers are doubles.

    Raises Refused, with the neuron, where a sum may be larger.
    """
    for cell in logic.cells:
        if not cell.is_real:
            _check(cell, logic, largest, form)
    for block in logic.blocks:
        if block.size > largest:
            raise _too_large(block.name, block.size, form)
    for port in logic.outputs:
        for value in port.values:
            _check_sums(value, port, logic, largest, form)
    if any(
        cell.is_real and (cell.operand is None or cell.first in logic.summed)
        for cell in logic.cells
    ):
        return NEAR_TIES
    sums = (value for port in logic.outputs for value in numbers_of(port) if value.is_sum)
    fractions = any(value.unit > LARGEST_WHOLE for value in sums)
    of_doubles = DOUBLES if logic.floats == "binary" else DECIMALS
    has_reals = any(input_.type == "real" for input_ in logic.plan.inputs.values())
    return NEAR_TIES if fractions else of_doubles if has_reals else EXACT


def _check(cell: Cell, logic: Logic, largest: int, form: str) -> None:
    limits = [abs(int(test.limit)) for test in cell.tests]
    is_added = cell.operand is None or cell.first in logic.summed
    if not is_added:
        if max(limits) > largest:
            raise _too_large(cell.name, max(limits), form)
        return
    if None in logic.netlist.bounds(cell):
        names = {logic.elements[net].name for net, _ in cell.terms if net in logic.elements}
        unbounded = sorted(name for name in names if _is_unbounded(logic, name))
        raise Refused(
            "not-exportable",
            f"the sum of `{cell.name}` has no bound, so {form} could not hold it",
            f"give {' and '.join(f'`{name}`' for name in unbounded)} a `min` and a `max`",
        )
    size = max(size_of(cell, logic), *limits)
    if size > largest:
        raise _too_large(cell.name, size, form)


def _check_sums(value: Value, port: Port, logic: Logic, largest: int, form: str) -> None:
    """Refuse sums that an output gives, or compares, and that may be too large."""
    if isinstance(value, Argmax):
        ranks = logic.ranks(value)
    else:
        ranks = [logic.rank(value)] if isinstance(value, Affine) and value.is_sum else []
    if any(rank.cell.is_real for rank in ranks):
        return
    for cell, factor, offset in ranks:
        # the quotient of two doubles is rounded once: it is the double nearest to the sum
        unit = value.unit if isinstance(value, Affine) else 1
        size = size_of(cell, logic) * abs(factor) + abs(offset)
        if unit > 1 and size > min(largest, LARGEST_WHOLE):
            raise _too_fine(port.name, unit, size, form)
        if size > largest:
            raise _too_large(cell.name, size, form)


def size_of(cell: Cell, logic: Logic) -> int:
    """Return how large any part of the sum of a cell may be."""
    sizes = logic.sizes
    return sum([abs(factor) * sizes.get(net, 1) for net, factor in cell.terms])


def _is_unbounded(logic: Logic, name: str) -> bool:
    input_ = logic.plan.inputs[name]
    return input_.type == "integer" and (input_.min is None or input_.max is None)


def _too_fine(output: str, unit: int, size: int, form: str) -> Refused:
    return Refused(
        "not-exportable",
        f"the output `{output}` is a sum of fractions, up to {size:,} in units of 1/{unit:,}: "
        f"{form} gives the nearest double only up to 2^53 of them",
        "write its weights with fewer decimals, or export to Python, which gives a Fraction",
    )


def _too_large(name: str, size: int, form: str) -> Refused:
    return Refused(
        "not-exportable",
        f"the sum of `{name}` may be {size:,}, which is too large for {form}",
        "export to Python, which has integers of any size",
    )

"""All rows: those that are tried are enough, also of numbers without bounds."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest

from nnc.language.network import Input
from nnc.proofs.certificates.circuit import Circuit
from nnc.proofs.certificates.domain import Field, Interval
from nnc.proofs.certificates.refusal import RefusedError, Work
from nnc.proofs.certificates.rows import tried
from nnc.proofs.certificates.statement import Goal

OPERATORS = (">", ">=", "<", "<=")


def drawn(rng: Random, kind: str) -> tuple[Circuit, int, list[list[Fraction]]]:
    """Draw what is compared with what, and a literal; and values among which all orders are."""
    circuit = Circuit()
    grids = []
    for name in "xyz":
        low = rng.choice([None, rng.randint(-2, 1)])
        high = rng.choice([None, rng.randint(2, 4)])
        input_ = Input(type=kind)
        interval = Interval(kind == "integer").within(low, high)
        circuit.add_field(name, Field(input_, interval, (None,)))
        step = 1 if kind == "integer" else Fraction(1, 4)
        grid = [Fraction(-7) + i * step for i in range(int(14 / step) + 1)]
        grids.append([v for v in grid if (low is None or v >= low) and (high is None or v <= high)])
    numbers = [circuit.elements[name, 0, 0] for name in "xyz"]
    bits = []
    for _ in range(rng.randint(1, 3)):
        own = circuit.bits([(rng.choice(numbers), rng.choice([1, -2]))])
        bits.append(circuit.compared(own, rng.choice(OPERATORS), rng.randint(-3, 4)))
    for _ in range(rng.randint(0, 3)):
        pair = rng.sample(numbers, 2)
        own = circuit.bits([(pair[0], 1), (pair[1], -1)])
        bits.append(circuit.compared(own, rng.choice(OPERATORS), 0))
    chosen = [literal * rng.choice([1, -1]) for literal in bits]
    return circuit, circuit.all_of(chosen), grids


def is_on(circuit: Circuit, literal: int, values: dict[int, Fraction]) -> bool:
    """Calculate a literal for numbers, cell by cell."""
    known = {1: Fraction(1), **values}
    for signal in circuit.cone([literal]):
        cell = circuit.signals[signal]
        if signal not in known:
            total = sum((w * known[s] for s, w in cell.terms), Fraction(0))  # type: ignore[union-attr]
            limit, strict = cell.limit, cell.strict  # type: ignore[union-attr]
            on = total > limit if strict else total >= limit
            known[signal] = Fraction(on != cell.turned)  # type: ignore[union-attr]
    return bool(known[abs(literal)]) == (literal > 0)


@pytest.mark.parametrize("kind", ["integer", "real"])
def test_it_fails_where_a_row_breaks_it(kind: str, chunk: int) -> None:
    """Three numbers without bounds, or with some, compared with constants and each other."""
    rng = Random(f"rows {kind} {chunk}")
    for _ in range(3):
        circuit, wrong, grids = drawn(rng, kind)
        signals = [circuit.elements[name, 0, 0] for name in "xyz"]
        rows = (dict(zip(signals, row, strict=True)) for row in product(*map(_few, grids)))
        is_broken = any(is_on(circuit, wrong, row) for row in rows)
        assert holds(circuit, wrong) <= (not is_broken)


def holds(circuit: Circuit, wrong: int) -> bool:
    """Whether no row is found that breaks it."""
    try:
        tried(circuit, Goal("", wrong=wrong), Work())
    except RefusedError:
        return False
    return True


def _few(grid: list[Fraction]) -> list[Fraction]:
    return grid[:: max(1, len(grid) // 9)]


def test_a_row_that_needs_three_orders_is_found() -> None:
    """Whether x < y < z < 1 can be is not seen from two values of each range."""
    circuit = Circuit()
    for name in "xyz":
        interval = Interval(is_integer=False).within(0, 1)
        circuit.add_field(name, Field(Input(type="real"), interval, (None,)))
    x, y, z = (circuit.elements[name, 0, 0] for name in "xyz")
    bits = [circuit.compared(circuit.bits([(x, 1), (y, -1)]), "<", 0),
            circuit.compared(circuit.bits([(y, 1), (z, -1)]), "<", 0),
            circuit.compared(circuit.bits([(x, 1)]), ">", 0),
            circuit.compared(circuit.bits([(z, 1)]), "<", 1)]  # fmt: skip
    assert not holds(circuit, circuit.all_of(bits))


def test_sums_have_all_their_values() -> None:
    circuit = Circuit()
    for name in "xy":
        interval = Interval(is_integer=True).within(0, 9)
        circuit.add_field(name, Field(Input(type="integer"), interval, (None,)))
    x, y = (circuit.elements[name, 0, 0] for name in "xy")
    total = circuit.bits([(x, 3), (y, 5)])
    assert holds(circuit, circuit.compared(total, ">", 72))
    assert not holds(circuit, circuit.compared(total, ">=", 72))
    assert tried(circuit, Goal("", wrong=circuit.compared(total, ">", 72)), Work()) == 100

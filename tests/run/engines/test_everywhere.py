"""Every way to calculate beside the oracle: numbers at the edges of types, plans from files."""

from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest

import nnc
from nnc.rows.columns import Batch, Column, Labels
from tests.support import oracle
from tests.support.edges import POWERS, edges, near, number
from tests.support.everywhere import (
    COUNTS,
    batch_of,
    judged,
    reloaded,
    repeated,
    surfaces,
    values_of,
)
from tests.support.oracle import Oracle
from tests.support.strategies import EVERY, example

CELLS = 10_000
"""So many values of outputs are compared with the oracle in a chunk; there are a hundred chunks."""


def judged_edges(rng: Random, *, states: bool, numbers: bool) -> int:
    """Compare networks until enough values are; give how many."""
    cells = 0
    while cells < CELLS:
        one = edges(rng, states=states, numbers=numbers)
        plan = nnc.compile(nnc.loads(one.text))
        exact = Oracle(oracle.loads(one.text))
        try:
            cells += judged(exact, plan, batch_of(one.rows, plan.inputs), one.rows)
        except Exception as error:
            raise AssertionError(f"{error}\n{one.text}{one.rows}") from error
    return cells


@pytest.mark.seconds(120)
def test_thresholds_near_powers_of_two(chunk: int) -> None:
    """Bits of 0 and 1, with weights and thresholds at the edges of types."""
    assert judged_edges(Random(f"thresholds {chunk}"), states=False, numbers=False) >= CELLS


@pytest.mark.seconds(120)
def test_states_offsets_and_denominators_near_powers_of_two(chunk: int) -> None:
    """Bits of any states, and numbers, at the edges of types."""
    rng = Random(f"states {chunk}")
    assert judged_edges(rng, states=True, numbers=bool(chunk % 2)) >= CELLS


@pytest.mark.seconds(120)
def test_reloaded_plans(chunk: int, tmp_path: Path) -> None:
    """Networks of everything, as they are built and as they come back from a compiled file."""
    rng = Random(f"reloaded {chunk}")
    cells = networks = 0
    while cells < CELLS:
        one = example(rng, 12, EVERY)
        folder = tmp_path / str(networks)
        path = one.put(folder)
        plan = nnc.compile(nnc.load(path, root=folder))
        rows = [dict(row) for row in one.rows]
        exact = Oracle(oracle.load(path), folder)
        try:
            cells += judged(exact, plan, batch_of(rows, plan.inputs), rows)
        except Exception as error:
            raise AssertionError(f"{error}\n{one.text}{one.files}{rows}") from error
        networks += 1


# --------------------------------------------------------------------------- what is tried


def test_numbers_lie_near_every_edge() -> None:
    rng = Random(1)
    found = {near(rng) for _ in range(4000)}
    assert found == {s * (2**k + d) for k in POWERS for d in range(-2, 3) for s in (1, -1)}
    fractions = {number(rng).denominator for _ in range(4000)}
    assert {2**7 - 2, 2**53 + 1, 2**31 + 2} <= fractions


def test_a_plan_comes_back_the_same_from_a_file() -> None:
    plan = nnc.compile(nnc.loads("nnc: 1\nfires: above\ninputs: {a: bit(3)}\n"
                                 "layers: {h: {wiring: [a(2), a(0)], weights: [[1, 2]], "
                                 "thresholds: 1}}\noutputs: [h]\n"))  # fmt: skip
    again = reloaded(plan)
    assert again == plan
    assert isinstance(plan.layers[0].sources, tuple)
    assert isinstance(again.layers[0].sources, np.ndarray)


def test_rows_are_repeated() -> None:
    batch = Batch((Column(np.array([1, 2, 3]), 10), Labels(np.array([0, 1, 0]), ("x", "y"))), 3)
    many = repeated(batch, 7)
    assert many.count == 7
    number_, label = many.columns
    assert number_.values() == [Fraction(k, 10) for k in (1, 2, 3, 1, 2, 3, 1)]
    assert label.values() == ["x", "y", "x", "x", "y", "x", "x"]
    assert values_of(number_, 3, 7) == number_.values()[:3]
    assert repeated(batch, 0).count == 0
    with pytest.raises(AssertionError):
        values_of(number_, 2, 7)


def test_every_surface_is_tried_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.support import everywhere

    plan = nnc.compile(nnc.loads("nnc: 1\ninputs: [a]\noutputs: [a]\n"))
    again = reloaded(plan)
    monkeypatch.setattr(everywhere, "is_full", True)
    found = list(surfaces(plan, again))
    assert {one.count for one in found} == set(COUNTS)
    assert {one.plan is plan for one in found if one.count == COUNTS[2]} == {True, False}
    monkeypatch.setattr(everywhere, "is_full", False)
    some = [one for _ in range(6500) for one in surfaces(plan, again)]
    assert len(some) == 500
    assert {(one.count, one.way) for one in found} <= {(one.count, one.way) for one in some}

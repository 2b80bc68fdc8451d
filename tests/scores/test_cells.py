"""The cells of columns, and the bounds of every choice, row by row; what the kernels refuse."""

import math
from collections.abc import Sequence
from itertools import combinations, product
from random import Random

import numpy as np
import pytest

from nnc.scores import cells as counting
from nnc.scores.cells import Cells
from tests.support import scores

NATIVE = counting.kernels


def drawn(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    random = Random(f"cells {rows}")
    bits = [[random.random() < 0.4 for _ in range(columns)] for _ in range(rows)]
    ones = [random.random() < 0.5 for _ in range(rows)]
    return np.array(bits, np.uint8), np.array(ones, np.int64)


@pytest.mark.parametrize("rows", [5, 64, 130])
def test_cells_are_counted_as_they_are(rows: int) -> None:
    bits, ones = drawn(rows, 6)
    fixed = np.arange(rows) % 3 - 1
    cells = Cells(bits, ones, 3, fixed=fixed)
    for support in [(), (2,), (0, 3), (1, 4, 5)]:
        shapes, counts, groups = cells.of(support)
        known = {}
        for shape, count, group in zip(shapes.tolist(), counts.tolist(), groups, strict=True):
            known[(*shape, int(cells.values[group]))] = count
        expected: dict[tuple[int, ...], list[int]] = {}
        for row in range(rows):
            key = (*bits[row, list(support)].tolist(), int(fixed[row]))
            expected.setdefault(key, [0, 0])[1 - int(ones[row])] += 1
        assert known == expected


def bounds_of(cells: Cells, size: int, cutoff: float = 1e9) -> dict[tuple[int, ...], float]:
    """Return the bounds of the choices of some size that are not above a cutoff."""
    bounds: dict[tuple[int, ...], float] = {}
    total = 0
    for count, left in cells.bounded(size, lambda: cutoff):
        total += count
        pairs = zip(left.supports.tolist(), left.bounds.tolist(), strict=True)
        bounds.update({tuple(support): bound for support, bound in pairs})
    assert total == math.comb(cells.width, size)
    return bounds


def counted(
    bits: np.ndarray, ones: np.ndarray, support: Sequence[int], fixed: np.ndarray
) -> list[tuple[int, int]]:
    """Count the zeros and ones of each cell, row by row."""
    counts: dict[tuple[int, ...], list[int]] = {}
    for line, total, one in zip(bits[:, list(support)].tolist(), fixed, ones.tolist(), strict=True):
        counts.setdefault((*line, int(total)), [0, 0])[one] += 1
    return [(zeros, hits) for zeros, hits in counts.values()]


def least_cost(cells: list[tuple[int, int]]) -> float:
    """Judge each cell as is cheapest, where a missed 1 costs 3."""
    return sum(min(zeros, 3 * hits) for zeros, hits in cells)


def least_wrong_pairs(cells: list[tuple[int, int]]) -> float:
    """Return twice the pairs in the wrong order at least, of each two cells by themselves."""
    return sum(
        min(zeros * other_hits, hits * other_zeros)
        for zeros, hits in cells
        for other_zeros, other_hits in cells
    )


@pytest.mark.parametrize("has_fixed", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_least_value_of_every_choice(size: int, has_fixed: bool) -> None:
    """Bounds by cells are exact for functions of the cells."""
    bits, ones = drawn(90, 11)
    fixed = np.arange(90) % (3 if has_fixed else 1)
    objective = counting.Objective(counting.COST, (3.0, 1.0))
    cells = Cells(bits, ones, size, objective=objective, fixed=fixed)
    bounds = bounds_of(cells, size)
    assert len(bounds) == math.comb(11, size)
    for support, bound in bounds.items():
        expected = least_cost(counted(bits, ones, support, fixed))
        assert bound == pytest.approx(expected, rel=1e-9, abs=1e-6)
        assert bound <= expected + 1e-9


@pytest.mark.parametrize("has_fixed", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_fewest_wrong_pairs_of_every_choice(size: int, has_fixed: bool) -> None:
    """No points have fewer wrong pairs than the bound, and no two cells by themselves more."""
    bits, ones = drawn(30, 7)
    fixed = np.arange(30) % (3 if has_fixed else 1)
    cells = Cells(bits, ones, size, objective=counting.Objective(counting.AUC), fixed=fixed)
    bounds = bounds_of(cells, size)
    assert len(bounds) == math.comb(7, size)
    for support, bound in bounds.items():
        totals = [
            (fixed + bits[:, support].astype(int) @ np.array(points)).tolist()
            for points in product(range(-2, 3), repeat=size)
        ]
        fewest = min(scores.wrong_pairs(line, ones.tolist()) for line in totals)
        assert least_wrong_pairs(counted(bits, ones, support, fixed)) <= bound <= fewest


@pytest.mark.parametrize("has_fixed", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_least_loss_of_every_choice(size: int, has_fixed: bool) -> None:
    """No choice with a smaller loss than a cutoff is excluded, and all with a larger one are."""
    bits, ones = drawn(90, 11)
    fixed = np.arange(90) % 3 if has_fixed else None
    cells = Cells(bits, ones, size, fixed=fixed)
    supports = list(combinations(range(11), size))
    losses = [
        scores.real_loss(
            bits[:, support] if fixed is None else np.c_[bits[:, support], fixed], ones
        )
        for support in supports
    ]
    assert cells.losses(np.array(supports)) == pytest.approx(losses, rel=1e-9)
    cutoff = sorted(losses)[len(losses) // 2] + 1e-5
    bounds = bounds_of(cells, size, cutoff)
    known = dict(zip(supports, losses, strict=True))
    assert set(bounds) == {support for support, loss in known.items() if loss <= cutoff}
    assert all(bound <= known[support] + 1e-9 for support, bound in bounds.items())


def test_what_the_kernels_refuse() -> None:
    bits, ones = drawn(40, 8)
    cells = Cells(bits, ones, 3)
    problem = cells._problem
    supports, bounds, logs = np.empty((9, 3), np.uint16), np.empty(9), cells._logs
    with pytest.raises(ValueError, match="no such block"):
        NATIVE.bound(problem, 7, 1.0, logs, supports, bounds)
    with pytest.raises(ValueError, match="elements"):
        NATIVE.bound(problem, 0, 1.0, logs[:3], supports, bounds)
    with pytest.raises(ValueError, match="elements"):
        NATIVE.bound(problem, 0, 1.0, logs, supports[:2], bounds)
    with pytest.raises(TypeError, match="format"):
        NATIVE.bound(problem, 0, 1.0, logs, supports.astype(np.int64), bounds)
    with pytest.raises(ValueError, match="too many or too few"):
        NATIVE.fill((*problem[:1], 6, *problem[2:]), 0)
    with pytest.raises(TypeError, match="one for each size"):
        NATIVE.fill((*problem[:5], (), *problem[6:]), 0)
    with pytest.raises(ValueError, match="do not ascend"):
        NATIVE.logistic(problem, 2, np.array([[3, 1]]), np.empty(1))
    with pytest.raises(ValueError, match="do not ascend"):
        NATIVE.logistic(problem, 2, np.array([[3, 8]]), np.empty(1))
    x, two, one = np.zeros((2, 6), np.int64), np.zeros(2), np.zeros(2, np.int64)
    points = np.ones((6, 1), np.int64), np.ones(6, np.int64), 60.0, False
    nothing = np.empty(0, np.int64), np.empty(0, np.int64)
    cards = np.empty((1, 6), np.int64), np.empty(1), np.empty(1)
    with pytest.raises(ValueError, match="too many cells"):
        NATIVE.points((x, one, two, two, two), points, (0, 1.0, 1.0, 1.0), nothing, *cards)

"""The cells of columns: counted row by row, in both kernels; and what the kernels refuse."""

from itertools import combinations
from random import Random

import numpy as np
import pytest

from nnc.solving.scorecards import cells as counting
from nnc.solving.scorecards import fallback
from nnc.solving.scorecards.cells import Cells

NATIVE = counting.kernels
BOTH = [NATIVE, fallback] if NATIVE is not fallback else [fallback]


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


@pytest.mark.parametrize("kernels", BOTH, ids=["native", "numpy"][-len(BOTH) :])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_least_cost_of_every_choice(
    kernels: object, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bounds of costs are exact for functions of the cells: each cell judged as is cheapest."""
    monkeypatch.setattr(counting, "kernels", kernels)
    bits, ones = drawn(90, 11)
    cells = Cells(bits, ones, size, goal=counting.COST, costs=(3.0, 1.0))
    bounds = {}
    total = 0
    for count, left in cells.bounded(size, lambda: 1e9):
        total += count
        pairs = zip(left.supports.tolist(), left.bounds.tolist(), strict=True)
        bounds.update({tuple(support): bound for support, bound in pairs})
    assert total == len(bounds) == len(list(combinations(range(11), size)))
    for support, bound in bounds.items():
        counted: dict[tuple[int, ...], list[int]] = {}
        for line, one in zip(bits[:, list(support)].tolist(), ones.tolist(), strict=True):
            counted.setdefault(tuple(line), [0, 0])[one] += 1
        assert bound == sum(min(zeros, 3 * hits) for zeros, hits in counted.values())


@pytest.mark.skipif(NATIVE is fallback, reason="the kernels were not built")
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

"""Forests as data: an oracle that walks their trees as a library does, and rows on cut-offs."""

from fractions import Fraction
from random import Random

import numpy as np
from numpy.typing import NDArray

from nnc.interchange.importing.models.trees import Forest, Tree

Rows = NDArray[np.float64]


def leaf_of(forest: Forest, tree: Tree, row: NDArray[np.float64]) -> int:
    """Walk from the root, comparing numbers as NumPy has them."""
    node = 0
    as_stored = np.float32 if forest.split.type == "float32" else np.float64
    while tree.left[node] >= 0:
        value = as_stored(row[tree.feature[node]])
        # a float32 is compared with a float64 as the same number in float64
        passes = float(value) - float(tree.threshold[node])
        goes_left = passes < 0 or (passes == 0 and forest.split.is_left)
        node = tree.left[node] if goes_left else tree.right[node]
    return node


def sums_of(forest: Forest, row: NDArray[np.float64]) -> list[Fraction]:
    """Add up what the leaves of a row give, exactly."""
    sums = [Fraction(number) for number in forest.base]
    for tree in forest.trees:
        for k, number in enumerate(tree.value[leaf_of(forest, tree, row)], tree.first):
            sums[k] += number
    return sums


def laid_rows(forest: Forest, rows: Rows, count: int, random: Random) -> Rows:
    """Return rows most of whose numbers lie on a threshold, beside it, or between two floats."""
    thresholds: dict[int, list[float]] = {}
    for tree in forest.trees:
        for feature, threshold, left in zip(tree.feature, tree.threshold, tree.left, strict=True):
            if left >= 0:
                thresholds.setdefault(feature, []).append(threshold)
    laid = np.array([rows[random.randrange(len(rows))] for _ in range(count)], np.float64)
    for row in laid:
        for feature, known in thresholds.items():
            if random.random() < 0.7:
                row[feature] = random.choice(_beside(random.choice(known)))
    return laid


def _beside(threshold: float) -> list[float]:
    single = np.float32(threshold)
    low, high = (float(np.nextafter(single, np.float32(end))) for end in (-np.inf, np.inf))
    middles = [(low + float(single)) / 2, (float(single) + high) / 2]
    near = [threshold, float(single), low, high, *middles]
    beyond = [
        float(np.nextafter(x, end)) for x in (threshold, *middles) for end in (-np.inf, np.inf)
    ]
    return [*near, *beyond, round(threshold, 2)]

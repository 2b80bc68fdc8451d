"""Three arrays are a sparse matrix, or it is said what is wrong with which of them."""

from random import Random
from typing import Any

import numpy as np
import pytest

from nnc.compiler.shared import wrong_sparse


def wrong(
    indptr: Any, indices: Any, values: Any = None, size: int = 2, fan_in: int = 4
) -> tuple[str, str, str] | None:
    arrays = [np.asarray(one) for one in (indptr, indices)]
    given = np.ones(arrays[1].shape) if values is None else np.asarray(values)
    return wrong_sparse(*arrays, given, size, fan_in)


@pytest.mark.parametrize(
    ("indptr", "indices", "size"),
    [
        ([0, 2, 3], [0, 3, 1], 2), ([0, 2, 3], [3, 0, 1], 2), ([0, 0, 0], np.zeros(0, int), 2),
        ([0, 0, 1], [3], 2), ([0, 1, 1], [3], 2), ([0, 1, 2], [2, 2], 2), ([0, 4], [3, 1, 0, 2], 1),
        ([0, 1, 1, 1, 2], [0, 0], 4), (np.array([0, 2, 3], np.uint8),
                                       np.array([0, 3, 1], np.uint16), 2),
        (np.array([0, 2, 3], ">i4"), np.array([0, 3, 1], ">u8"), 2),
    ],
)  # fmt: skip
def test_sound_ones(indptr: Any, indices: Any, size: int) -> None:
    assert wrong(indptr, indices, size=size) is None


@pytest.mark.parametrize(
    ("arrays", "which", "message"),
    [
        (([0, 2], [0, 1]), "indptr", "`indptr` has 2 entries, not 3"),
        (([0, 1, 2, 2], [0, 1]), "indptr", "`indptr` has 4 entries, not 3"),
        (([], np.zeros(0, int)), "indptr", ""),
        (([0, 1, 2], [0, 1], [1, 2, 3]), "values", "`values` has 3 entries, `indices` 2"),
        (([1, 1, 2], [0, 1]), "indptr", "starts with 1, not 0"),
        (([0, 1, 1], [0, 1]), "indptr", "ends with 1, but 2 entries are stored"),
        (([0, 1, 3], [0, 1]), "indptr", "ends with 3, but 2"),
        (([0, 3, 2], [0, 1]), "indptr", "falls from 3 to 2 at [2]"),
        (([0, -1, 2], [0, 1]), "indptr", "falls from 0 to -1 at [1]"),
        (([0, 1, 2], [0, 4]), "indices", "has 4 at [1], but there are 4 wires"),
        (([0, 1, 2], [-1, 0]), "indices", "has -1 at [0]"),
        (([0, 2, 2], [1, 1]), "indices", "neuron 0 reads wire 1 twice, again at [1]"),
        (([0, 1, 4], [1, 2, 0, 2]), "indices", "neuron 1 reads wire 2 twice, again at [3]"),
        (([0, 0, 3], [3, 1, 3]), "indices", "neuron 1 reads wire 3 twice, again at [2]"),
        (([0.0, 1.0, 2.0], [0, 1]), "indptr", "holds float64, not integers"),
        (([0, 1, 2], [0.0, 1.0]), "indices", "holds float64, not integers"),
        (([False, True, True], [0]), "indptr", "holds bool"),
        (([[0, 1, 2]], [0, 1]), "indptr", "has 2 dimensions, not one"),
        (([0, 1, 2], [[0, 1]]), "indices", "has 2 dimensions"),
        (([0, 1, 2], [0, 1], [[1.0, 2.0]]), "values", "has 2 dimensions"),
        ((np.array([0, 2**63, 2], np.uint64), [0, 1]), "indptr", "falls from"),
        (([0, 1, 2], np.array([0, 2**64 - 1], np.uint64)), "indices", f"has {2**64 - 1} at [1]"),
    ],
)  # fmt: skip
def test_what_is_wrong(arrays: Any, which: str, message: str) -> None:
    found = wrong(
        *(np.asarray(one, int) if isinstance(one, list) and not one else one for one in arrays)
    )
    assert found is not None
    assert found[0] == which
    assert message in found[1]
    assert found[2]


def test_no_wires() -> None:
    assert wrong([0, 0, 0], np.zeros(0, int), fan_in=0) is None
    found = wrong([0, 0, 1], [0], fan_in=0)
    assert found is not None
    assert found[0] == "indices"


def test_random_matrices() -> None:
    """Sound exactly where each row has distinct places within the wiring."""
    rng = Random(3)
    sound = 0
    for _ in range(1500):
        size, fan_in = rng.randint(1, 5), rng.randint(1, 5)
        rows = [[rng.randrange(fan_in + (rng.random() < 0.05)) for _ in range(rng.randint(0, 3))]
                for _ in range(size)]  # fmt: skip
        if rng.random() < 0.5:
            rows = [sorted(set(row)) for row in rows]
        indices = np.array([place for row in rows for place in row], rng.choice(("i4", "u2", "i8")))
        indptr = np.cumsum([0, *map(len, rows)])
        expected = all(len(set(row)) == len(row) and max(row, default=0) < fan_in for row in rows)
        assert (wrong(indptr, indices, size=size, fan_in=fan_in) is None) == expected, rows
        sound += expected
    assert 200 < sound < 1300

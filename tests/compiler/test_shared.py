"""Windows and the weights that places share, beside a plain loop."""

from itertools import product
from random import Random

import numpy as np
import pytest

from nnc import InvalidNetworkError
from nnc.compiler.shared import MOST_WRITTEN_OUT, SharedWeights, Window


def drawn(random: Random) -> Window | None:
    """Draw a window; None where its kernel does not fit."""

    def pair(least: int, most: int) -> tuple[int, int]:
        return random.randint(least, most), random.randint(least, most)

    channels = random.choice([1, 2, 4])
    window = Window(
        (*pair(1, 6), channels), pair(1, 4), pair(1, 3), pair(0, 4), random.choice([1, channels]), 4
    )
    return window if min(window.places) > 0 else None


def pixels(window: Window) -> list[list[int]]:
    """Write out the pixel under each tap at each position; -1 outside."""
    (rows, columns, _), (down, right), (above, left) = window.shape, window.stride, window.padding
    found = []
    for i, j in product(*map(range, window.places)):
        seen = []
        for k, m in product(*map(range, window.kernel)):
            row, column = i * down + k - above, j * right + m - left
            is_inside = 0 <= row < rows and 0 <= column < columns
            seen.append(row * columns + column if is_inside else -1)
        found.append(seen)
    return found


@pytest.mark.parametrize("seed", range(50))
def test_windows_are_what_a_loop_finds(seed: int) -> None:
    random = Random(seed)
    window = drawn(random)
    if window is None:
        return
    wanted = pixels(window)
    assert window.pixels(np.arange(window.positions)).tolist() == wanted
    masks, own = window.classes()
    assert [masks[one].tolist() for one in own] == [[p >= 0 for p in seen] for seen in wanted]
    inside = sum(p >= 0 for seen in wanted for p in seen)
    assert window.synapses == inside * window.depth * window.features
    kernel = np.array([random.randint(-9, 9) for _ in range(4 * window.taps * window.depth)])
    weights = SharedWeights(kernel.reshape(4, -1), window)
    assert len(weights.values) == window.synapses
    for i in range(window.size):
        places, row = weights.row(i)
        start, stop = weights.indptr[i : i + 2]
        assert places.tolist() == weights.indices[start:stop].tolist()
        assert row.tolist() == weights.values[start:stop].tolist()


def test_large_convolutions_are_not_written_out() -> None:
    window = Window((1000, 1000, 1), (3, 3), (1, 1), (1, 1), 1, 8)
    weights = SharedWeights(np.ones((8, 9), np.int8), window)
    assert window.synapses > MOST_WRITTEN_OUT
    with pytest.raises(InvalidNetworkError, match="has to be written out"):
        _ = weights.indptr

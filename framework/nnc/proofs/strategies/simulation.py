"""Random and corner inputs: they find most differences at once, and prove nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.proofs.plans.blocks import Block, differing, first_row
from nnc.proofs.plans.budget import CODED
from nnc.proofs.plans.domain import CutOff, Interval, Tried, Values, cells, exact_values, size_of
from nnc.proofs.plans.pair import Pair

# evenly drawn rows; as many uneven ones and about as many corners are tried, too
_ROWS = 1 << 10
_MANY_ROWS = 1 << 14
_MIN_ROWS = 64
_MAX_VALUES = 64  # of a number that is more than compared
_SEED = 5


def run(pair: Pair) -> None:
    """Try some inputs; a row in which an output differs becomes its witness."""
    _try(pair, _ROWS, is_first=True)


def run_more(pair: Pair) -> None:
    """Try many inputs."""
    _try(pair, _MANY_ROWS, is_first=False)


def _try(pair: Pair, most: int, *, is_first: bool) -> None:
    values = values_of(pair)
    parts = [part for output in pair.open for part in output.open]
    cost = pair.cost(parts)
    # of what the step may do a quarter for each kind of rows
    row = cost.row + 2 * CODED * len(values) + 1
    rows = max((pair.budget.left - cost.once) // 4, cost.once) // row  # at most twice the least
    codes = _codes([len(tried) for tried in values.values()], max(_MIN_ROWS, min(most, rows)))
    blocks = (block_of(pair, values, each) for each in codes)
    search(pair, blocks, "a random or corner input", is_first=is_first)


def search(pair: Pair, blocks: Iterable[Block], how: str, *, is_first: bool = False) -> None:
    """Try rows on open outputs that have no witness, as long as the budget lasts.

    If it `is_first`, the first rows are tried whatever they take.
    """
    open_ = [
        output
        for output in pair.open
        if output.witness is None and not any(part.apart for part in output.open)
    ]
    for count, block in enumerate(blocks if open_ else ()):
        parts = [part for output in open_ for part in output.open]
        work = pair.work(parts, block.count, len(block.values))
        if not pair.budget.takes(work):
            if count or not is_first:
                return
            pair.budget.spend(work)
        differences = differing(pair, block, [output.open for output in open_])
        for output, words in zip(list(open_), differences, strict=True):
            if words.any():
                output.witness = block.row(first_row(words))
                output.how = how
                open_.remove(output)
        for output in open_:
            output.tried = (output.tried or 0) + block.count
        if not open_:
            return


def block_of(pair: Pair, values: Mapping[int, Tried], codes: Array) -> Block:
    """Return rows from the places of their values."""
    place_of = {axis: index for index, axis in enumerate(values)}
    return Block(pair.domain, len(codes), values, lambda axis: codes[:, place_of[axis]])


def values_of(pair: Pair) -> dict[int, Tried]:
    """Return the values to draw from, for each axis that an open part depends on."""
    parts = [part for output in pair.open for part in output.open]
    support = pair.shared.support(node for part in parts for node in part.nodes)
    return {
        axis: drawn_from(pair.domain.axes[axis].values, support.cut_offs.get(axis, set()))
        for axis in sorted(support.axes)
    }


def drawn_from(values: Values, cut_offs: set[CutOff]) -> Tried:
    """Return some values of an axis: all of few, else both ends, cells and some between."""
    if not isinstance(values, Interval):
        size = size_of(values)
        assert size is not None
        if size < 1 << 62:
            return values
        # more than NumPy draws from: 64 of them, at equal distances
        first, last = exact_values((values[0], values[-1]))
        return [first + (last - first) * k // 63 for k in range(64)]
    size = size_of(values)
    if size is not None and size <= _MAX_VALUES and not cut_offs:
        assert values.least is not None
        assert values.greatest is not None
        return [int(values.least) + k for k in range(size)]
    # a value for each cell, those around 0 or what is nearest to it, and some over the whole range;
    # a range without end is taken to end at 16
    chosen = set(cells(values, cut_offs))
    near = values.nearest
    ends = [
        -16 if values.least is None else values.least,
        16 if values.greatest is None else values.greatest,
    ]
    steps = [ends[0] + (ends[1] - ends[0]) * k // 16 for k in range(17)]
    more = [near, *ends, *(near + k for k in range(-4, 5)), *steps]
    return sorted(chosen | {value for value in more if value in values})


# ------------------------------------------------------------------------------------ rows


def _codes(sizes: list[int], count: int) -> Iterator[Array]:
    """Yield the places of values, rows x axes: random ones, then corners, then uneven ones."""
    rng = np.random.default_rng(_SEED)
    most = np.array(sizes, np.int64) - 1
    yield rng.integers(0, most + 1, (count, len(sizes)))
    yield _corners(most, count)
    # a sum of many inputs is near its middle for even ones: so each row has a density of its own
    density = rng.integers(1, 16, (count, 1)) / 16
    chosen = rng.random((count, len(sizes))) < density
    yield np.where(chosen, rng.integers(0, most + 1, (count, len(sizes))), 0)
    yield np.where(chosen, most, 0)


def _corners(most: Array, count: int) -> Array:
    """Return rows where all axes but one or two, or from one on, have their first or last value.

    Where there are too many axes, `count` of each kind are taken at equal distances.
    """
    size = len(most)
    chosen = np.unique(np.linspace(0, max(0, size - 1), min(size, count)).astype(np.int64))
    single = np.zeros((len(chosen), size), bool)
    single[np.arange(len(chosen)), chosen] = True
    before = np.arange(size)[None, :] < chosen[:, None]
    kinds = [np.zeros((1, size), bool), single, before]
    if size * size <= 2 * count:
        first, second = np.triu_indices(size, 1)
        pairs = np.zeros((len(first), size), bool)
        pairs[np.arange(len(first)), first] = pairs[np.arange(len(first)), second] = True
        kinds.append(pairs)
    all_of_them = np.concatenate(kinds)
    return np.concatenate([np.where(all_of_them, most, 0), np.where(all_of_them, 0, most)])

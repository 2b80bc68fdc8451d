"""Near rows that break a claim: a tree of moves, cut where bounds of sums rule every row out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor
from typing import NamedTuple

from nnc.compiler.netlist import Netlist
from nnc.compiler.plan import Plan
from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.proofs.plans.budget import Budget
from nnc.proofs.properties.near import Neighbourhood

_MAX_ENTRIES = 1 << 23  # of an array
_AT_ONCE = 1 << 16  # rows
_WORD = 64
_MAX_STEPS = 8  # different numbers that moves add to a sum
_MANY = 1 << 12  # rows whose bounds are looked at at once, as long as they rule some out
_SLOTS = 1 << 22  # of the table of known words
_HASH = 0x9E3779B97F4A7C15  # Fibonacci hashing: Knuth, TAOCP vol. 3, section 6.4
_FEW_ENTRIES = 1 << 11  # of a row in all matrices
_ENTRY = 600  # units of work for an entry of a matrix in a row
_ROW = 50_000  # for a row of which only the word is looked at
_LARGEST = 1 << 50  # sums of which floats hold four, and all integers below
_LARGEST_SINGLE = 1 << 20  # as floats of 32 bits
_TOO_LARGE = 1 << 60


class SpentError(Exception):
    """The budget ended before every row was looked at."""


class _Block(NamedTuple):
    """Cells that read those before them: a line for each of these, a column for each of theirs."""

    rising: Array
    """The weights above 0."""
    falling: Array
    constants: Array


class Cells(NamedTuple):
    """Cells, each 1 where its sum is 0 or more: those that read inputs, then blocks of others."""

    given: Array
    """The sums of inputs in the given row."""
    steps: Array
    """A line for each move: what it adds to these sums."""
    blocks: list[_Block]

    @property
    def entries(self) -> int:
        """The entries of a row in all matrices."""
        return len(self.given) + sum(block.rising.size for block in self.blocks)

    def bits(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Return the least and the greatest bits where the sums of inputs lie between."""
        least, most = [(low >= 0).astype(low.dtype)], [(high >= 0).astype(low.dtype)]
        for rising, falling, constants in self.blocks:
            before, after = np.hstack(least), np.hstack(most)
            for sums, bits in (
                (before @ rising + after @ falling, least),
                (after @ rising + before @ falling, most),
            ):
                bits.append((sums + constants >= 0).astype(low.dtype))
        return np.hstack(least), np.hstack(most)

    def without(self, is_kept: Array, ones: Array) -> Cells:
        """Return the cells that are kept, where those of the others that are 1 are `ones`."""
        first = len(self.given)
        kept = is_kept[:first]
        blocks = []
        for rising, falling, constants in self.blocks:
            before, own = is_kept[: len(rising)], is_kept[len(rising) :][: len(constants)]
            added = ones[: len(rising)] @ (rising + falling) + constants
            blocks.append(_Block(rising[before][:, own], falling[before][:, own], added[own]))
        return Cells(self.given[kept], self.steps[:, kept], blocks)


class _Test(NamedTuple):
    """A bit of a cell, which is 1 where a sum of integers is at least a limit, or is not."""

    net: int
    terms: Sequence[tuple[int, int]]
    limit: int
    is_rising: bool


def _layers(plan: Plan) -> list[list[_Test]] | None:
    """Return what reads inputs alone, then groups that do not read themselves, up to the output.

    None where something reads inputs and cells.
    """
    root = plan.outputs[0].signals[0]
    layers: list[list[_Test]] = [[]]
    for cell in Netlist(plan).cells([root]):
        terms = cell.terms if cell.operand is None else ((cell.operand, 1),)
        if len({net < plan.first_made for net, _ in terms}) != 1:
            return None
        is_first = terms[0][0] < plan.first_made
        is_next = len(layers) == 1 or any(net >= layers[-1][0].net for net, _ in terms)
        if is_next and not is_first:
            layers.append([])
        for net, (op, limit) in zip(cell.nets, cell.tests, strict=True):
            if net <= root:
                lowest = ceil(limit) if op in (">=", "<") else floor(limit) + 1
                test = _Test(net, terms, lowest, op in (">=", ">"))
                layers[0 if is_first else -1].append(test)
    return layers if layers[0] else None


def _matrix(tests: Sequence[_Test], line: Mapping[int, int]) -> tuple[Array, Array]:
    """Return the weights and the constants of bits, each turned to be 1 where a sum is not below 0.

    A number too large to be used is replaced by one that is too large as well.
    """
    matrix, constants = np.zeros((len(line), len(tests))), np.zeros(len(tests))
    for column, (_, terms, limit, is_rising) in enumerate(tests):
        for net, factor in terms:
            weight = factor if is_rising else -factor
            matrix[line[net], column] = max(-_TOO_LARGE, min(_TOO_LARGE, weight))
        constants[column] = max(-_TOO_LARGE, min(_TOO_LARGE, -limit if is_rising else limit - 1))
    return matrix, constants


def cells_of(near: Neighbourhood, plan: Plan) -> Cells | None:
    """Return the cells of a plan; None where there are too many, or sums are too large or none."""
    layers = _layers(plan)
    moves = np.arange(len(near.moves or ()))[:, None]
    if layers is None or set(near.scales) != {1}:
        return None
    if len(layers[0]) * max(len(moves), len(near.row)) > _MAX_ENTRIES:
        return None
    weights, constants = _matrix(layers[0], {p + 2: p for p in range(len(near.row))})
    given = near.given.astype(np.float64)
    parts = np.split(moves, range(near.at_once, len(moves), near.at_once))
    sizes, steps = abs(given), [np.zeros((0, len(constants)))]
    for part in parts:
        rows = near.moved(part).astype(np.float64)
        sizes = np.maximum(sizes, abs(rows).max(axis=0, initial=0))
        steps.append((rows - given) @ weights)
    bounds = [sizes @ abs(weights)]
    line = {test.net: index for index, test in enumerate(layers[0])}
    blocks = []
    for layer in layers[1:]:
        if len(line) * len(layer) > _MAX_ENTRIES:
            return None
        matrix, added = _matrix(layer, line)
        bounds.append(abs(matrix).sum(axis=0))
        blocks.append((matrix, added))
        line |= {test.net: len(line) + index for index, test in enumerate(layer)}
    most = max(float(bound.max()) for bound in bounds)
    if most >= _LARGEST:
        return None
    kind, size = (np.float32, _LARGEST_SINGLE) if most < _LARGEST_SINGLE else (np.float64, _LARGEST)

    def clipped(numbers: Array) -> Array:
        """Return limits, where those that no sum comes near to are less far."""
        return np.clip(numbers, -2 * size, 2 * size).astype(kind)

    return Cells(
        (given @ weights).astype(kind) + clipped(constants),
        np.concatenate(steps).astype(kind),
        [
            _Block(np.maximum(m, 0).astype(kind), np.minimum(m, 0).astype(kind), clipped(added))
            for m, added in blocks
        ],
    )


def broken_below(
    near: Neighbourhood, cells: Cells, changes: int, budget: Budget, *, is_sure: bool
) -> Iterator[Array]:
    """Yield moves that break the claim: lines of so many, where fewer moves do not break it.

    Raises SpentError where the budget ends, unless the search is sure to be short.
    """
    elements = [move.element for move in near.moves or ()]
    owners = np.unique(elements, return_inverse=True)[1]
    firsts = np.searchsorted(owners, np.arange(len(set(elements)) + 1))
    low, high = _ends(cells, firsts)
    budget.spend((cells.entries + low.size) * _ENTRY)
    least, most = cells.bits(
        (cells.given + np.sort(low, axis=0)[:changes].sum(axis=0))[None],
        (cells.given - np.sort(-high, axis=0)[:changes].sum(axis=0))[None],
    )
    if not most[0, -1]:
        return
    is_kept = (least != most)[0]
    is_kept[-1] = True
    small = cells.without(is_kept, least[0] * ~is_kept)
    if changes * len(low) * len(small.given) > _MAX_ENTRIES:
        raise SpentError
    tree = _Tree(small, owners, firsts, changes, budget, is_sure=is_sure)
    yield from tree.below(np.zeros((1, 0), np.int64), changes)


def _ends(cells: Cells, firsts: Array) -> tuple[Array, Array]:
    """Return the most that a move of each element takes from each sum, and adds to it."""
    low = np.minimum.reduceat(cells.steps, firsts[:-1], axis=0)
    high = np.maximum.reduceat(cells.steps, firsts[:-1], axis=0)
    return np.minimum(low, 0), np.maximum(high, 0)


class _Tree:
    """Near rows: below each are those with one move more, of an element after its last.

    Where bounds of the sums rule out that a row below breaks the claim, none is looked at; else one
    is for each word of the bits that read inputs.
    """

    def __init__(
        self, cells: Cells, owners: Array, firsts: Array, changes: int, budget: Budget,
        *, is_sure: bool,
    ) -> None:  # fmt: skip
        self._cells, self._budget, self._is_sure = cells, budget, is_sure
        self._starts = np.append(0, firsts[owners + 1])  # of the moves after each, and after none
        low, high = _ends(cells, firsts)
        best = np.zeros((changes, 2, low.shape[1]), low.dtype)
        self._reach = np.zeros((len(low) + 1, *best.shape), low.dtype)
        """The amounts by which sums fall and rise with 1, 2, ... moves of elements from one on."""
        for element in reversed(range(len(low))):
            ends = np.stack([low[element], -high[element]])[None]
            best = np.sort(np.concatenate([best, ends]), axis=0)[:changes]
            self._reach[element] = np.cumsum(best, axis=0)
        self._element = np.append(0, owners + 1)
        values = [np.unique(column) for column in cells.steps.T]
        count = max(map(len, values), default=0)
        self._words: list[tuple[Array, Array]] | None = None
        if len(values) <= _WORD and count <= _MAX_STEPS:
            padded = np.array([np.pad(own, (0, count - len(own)), "edge") for own in values])
            self._words = [(own, _words(cells.steps - own)) for own in padded.T]
            self._known = np.full(_SLOTS, _words(cells.given[None])[0])
        self._ruled_out = [(0, 0)] * (changes + 1)
        """The numbers of rows looked at and ruled out, by the changes left."""

    def below(self, chosen: Array, left: int) -> Iterator[Array]:
        """Yield moves that break the claim: so many more than those of each line."""
        sums = self._sums(chosen)
        last = chosen[:, -1] + 1 if chosen.shape[1] else np.zeros(1, np.int64)
        is_open = np.ones(len(chosen), bool)
        for cut in range(0, len(chosen), _MANY):
            seen, out = self._ruled_out[left]
            if seen and out <= seen >> 3:
                break
            now = slice(cut, cut + _MANY)
            low, high = self._reach[self._element[last[now]], left - 1].swapaxes(0, 1)
            is_open[now] = self._may_break(sums[now] + low, sums[now] - high)
            rest = is_open[now]
            self._ruled_out[left] = seen + len(rest), out + len(rest) - int(rest.sum())
        chosen, sums, last = chosen[is_open], sums[is_open], last[is_open]
        starts, count = self._starts[last], len(self._cells.steps)
        if left > 1 or self._words is None:
            for lines in _parts(count - starts):
                sizes = count - starts[lines]
                moves = np.arange(sizes.sum()) + np.repeat(count - np.cumsum(sizes), sizes)
                after = np.column_stack([chosen[np.repeat(lines, sizes)], moves])
                yield from self._broken(after) if left == 1 else self.below(after, left - 1)
            return
        parents = [_words(sums + own) for own, _ in self._words]
        for start in np.unique(starts).tolist():
            alike = np.flatnonzero(starts == start)
            for part in _parts(np.full(len(alike), count - start)):
                lines = alike[part]
                words = np.zeros((len(lines), count - start), np.uint64)
                for parent, (_, of_moves) in zip(parents, self._words, strict=True):
                    words |= parent[lines, None] & of_moves[start:]
                of, moves = np.divmod(self._fresh(words.reshape(-1)), max(1, count - start))
                yield from self._broken(np.column_stack([chosen[lines[of]], start + moves]))

    def _broken(self, chosen: Array) -> Iterator[Array]:
        """Yield the moves that break the claim; all of them where others evaluate them sooner."""
        if self._cells.entries <= _FEW_ENTRIES:
            sums = self._sums(chosen)
            chosen = chosen[self._may_break(sums, sums)]
        if len(chosen):
            yield chosen

    def _sums(self, chosen: Array) -> Array:
        sums: Array = self._cells.given + self._cells.steps[chosen].sum(axis=1)
        return sums

    def _spend(self, units: int) -> None:
        self._budget.spend(units)
        if not self._is_sure and not self._budget.left:
            raise SpentError

    def _may_break(self, low: Array, high: Array) -> Array:
        """Return for each row whether the claim may be broken where sums lie between."""
        self._spend(len(low) * (self._cells.entries * _ENTRY + _ROW))
        may: Array = self._cells.bits(low, high)[1][:, -1] > 0
        return may

    def _fresh(self, words: Array) -> Array:
        """Return the places of words that were not looked at before."""
        self._spend(len(words) * _ROW)
        shift = np.uint64(_WORD - (_SLOTS - 1).bit_length())
        slots = words * np.uint64(_HASH) >> shift
        places = np.flatnonzero(self._known[slots] != words)
        words, lines = np.unique(words[places], return_index=True)
        places = places[lines]
        self._known[slots[places]] = words
        return places


def _parts(sizes: Array) -> Iterator[Array]:
    """Yield the places of sizes that add up to as many rows as are looked at at once, or one."""
    ends, start = np.cumsum(sizes), 0
    while start < len(sizes):
        most = ends[start] - sizes[start] + _AT_ONCE
        stop = max(start + 1, int(np.searchsorted(ends, most, side="right")))
        yield np.arange(start, stop)
        start = stop


def _words(sums: Array) -> Array:
    """Return the bits of rows as words."""
    packed = np.zeros((len(sums), _WORD // 8), np.uint8)
    bits = np.packbits(sums >= 0, axis=1)
    packed[:, : bits.shape[1]] = bits
    words: Array = packed.view(np.uint64)[:, 0]
    return words

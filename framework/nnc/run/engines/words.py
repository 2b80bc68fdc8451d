"""Run programs on packed rows in NumPy, if there are no native kernels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nnc.numbers.integers import Array, clipped
from nnc.run.engines.program import FUNCTIONS, SUM, Neurons, Program, reached

_TILE = 2048  # words: a slot of 16 KiB
_ROWS = 1 << 15  # rows packed at a time
_POPULATION = np.array([byte.bit_count() for byte in range(256)], np.uint8)
_BY_CODE = dict(FUNCTIONS.values())
_FILLED = 8  # a level is a matrix if at least one weight in this many is not 0
_MAX_32 = 1 << 24  # float32 adds integers below this exactly


def run(program: Program, bank: Array, load_rows: Array, store_rows: Array) -> None:
    """Run a program for all words of a bank, signals x words.

    The lines `load_rows` are loaded first; the lines `store_rows` are written at the end.
    """
    ops = _split(program.ops.tolist())
    for start in range(0, bank.shape[1], _TILE):
        words = bank[:, start : start + _TILE]
        slots: list[Any] = [None] * program.slots
        slots[0] = np.zeros(words.shape[1], np.uint64)
        slots[1] = ~slots[0]
        for row, slot in zip(load_rows.tolist(), program.load_slots.tolist(), strict=True):
            slots[slot] = words[row]
        for op in ops:
            if op[0] == SUM:
                _sum(op, slots)
            else:
                _function(op, slots)
        for row, slot in zip(store_rows.tolist(), program.store_slots.tolist(), strict=True):
            words[row] = slots[slot]


class Level(NamedTuple):
    """The neurons of one level as a matrix whose dtype represents all totals exactly.

    Limit i applies to the total of neuron `owners[i]`; if `turned[i]`, it fires below the limit.
    """

    sources: Array
    weights: Array
    owners: Array
    limits: Array
    turned: Array
    made: Array


class Matrices:
    """A program of wide neurons as matrix products, which are faster for few rows."""

    def __init__(self, neurons: Neurons, program: Program) -> None:
        made, loaded = neurons.made(), program.loaded
        # sources that the program omits are read from line 0; their results are not used
        lines = np.zeros(1 + max(neurons.sources.max(initial=1), made.max(initial=1)), np.intp)
        lines[1] = 1
        lines[loaded] = 2 + np.arange(len(loaded))
        lines[made] = 2 + len(loaded) + np.arange(len(made))
        self._height, self._stored = 2 + len(loaded) + len(made), lines[program.stored]
        self._levels = [
            _level(neurons.chosen(np.flatnonzero(neurons.levels == number)), lines)
            for number in np.unique(neurons.levels)
        ]

    def run(self, bank: Array, load_rows: Array, store_rows: Array) -> None:
        """Run the program; see `run`."""
        bits = np.zeros((self._height, 64 * bank.shape[1]), np.uint8)
        bits[1] = 1
        loaded = np.unpackbits(bank[load_rows].view(np.uint8), axis=1, bitorder="little")
        bits[2 : 2 + len(loaded)] = loaded
        for level in self._levels:
            totals = level.weights @ bits[level.sources].astype(level.weights.dtype)
            bits[level.made] = (totals[level.owners] >= level.limits) != level.turned
        packed = np.packbits(bits[self._stored], axis=1, bitorder="little")
        bank[store_rows] = packed.view(np.uint64)


def are_wide(neurons: Neurons) -> bool:
    """Return True if the matrices of all levels would have few zeros."""
    cells = 0
    for number in np.unique(neurons.levels):
        own = neurons.chosen(np.flatnonzero(neurons.levels == number))
        cells += len(own.first) * len(np.unique(own.sources))
        if cells > _FILLED * len(neurons.sources):
            return False
    return True


def _level(neurons: Neurons, lines: Array) -> Level:
    sources, columns = np.unique(lines[neurons.sources], return_inverse=True)
    weights = np.zeros((len(neurons.first), len(sources)), np.int64)
    rows = np.repeat(np.arange(len(weights)), np.diff(neurons.indptr))
    np.add.at(weights, (rows, columns), neurons.weights)
    owners = np.repeat(np.arange(len(weights)), np.diff(neurons.limit_ptr))
    limits, turned = reached(neurons.fires[owners], neurons.limits)
    kind: type[np.floating[Any]] = np.float64  # sums have at most MAX_PLANES bits
    if np.abs(weights).sum(axis=1).max(initial=0) < _MAX_32:
        kind, limits = np.float32, clipped(limits, _MAX_32)
    return Level(
        sources,
        weights.astype(kind),
        owners,
        limits.astype(kind)[:, None],
        turned[:, None],
        lines[neurons.made()],
    )


def _split(flat: list[int]) -> list[list[int]]:
    """Return the list of single operations."""
    ops, at = [], 0
    while at < len(flat):
        length = flat[at + 1] if flat[at] == SUM else 7
        ops.append(flat[at : at + length])
        at += length
    return ops


def _function(op: list[int], slots: list[Any]) -> None:
    code, to, turned, *sources = op
    bits = [
        ~slots[slot] if turned >> place & 1 else slots[slot] for place, slot in enumerate(sources)
    ]
    result = _BY_CODE[code](*bits)
    slots[to] = ~result if turned >> 4 else result


def _sum(op: list[int], slots: list[Any]) -> None:
    """Evaluate a sum in carry-save form: three bits of a plane become one bit and one carry."""
    planes: list[list[Array]] = [[] for _ in range(op[2] + 1)]
    at = 5
    for _ in range(op[3]):
        place, turned, count = op[at : at + 3]
        for slot in op[at + 3 : at + 3 + count]:
            planes[place].append(~slots[slot] if turned else slots[slot])
        at += 3 + count
    total = []  # the bits of the sum, one per plane; carries go up, so planes are in order
    for place in range(op[2]):
        bits = planes[place]
        while len(bits) > 2:
            a, b, c = bits.pop(), bits.pop(), bits.pop()
            both = a ^ b
            bits.append(both ^ c)
            planes[place + 1].append((a & b) | (both & c))
        if len(bits) == 2:
            planes[place + 1].append(bits[0] & bits[1])
            bits = [bits[0] ^ bits[1]]
        total.append(bits[0] if bits else slots[0])
    # total >= limit, from the lowest bit up: a 1 in the limit needs a 1, a 0 is exceeded by a 1
    ones = slots[1]
    for _ in range(op[4]):
        to, turned, low, high = op[at : at + 4]
        limit = (low & 0xFFFFFFFF) | high << 32
        reached = ones
        for place, plane in enumerate(total):
            reached = reached & plane if limit >> place & 1 else reached | plane
        slots[to] = ~reached if turned else reached
        at += 4


# ------------------------------------------------------------------------------ rows packed


def count_ones(words: Array) -> Array:
    """Count the ones of each line of packed bits, as int64."""
    bytes_ = np.ascontiguousarray(words).view(np.uint8)
    counts: Array = _POPULATION[bytes_].sum(axis=1, dtype=np.int64)
    return counts


def pack_rows(bits: Array, out: Array) -> None:
    """Pack bits, rows x width, into `out`, width x words."""
    rows, width = bits.shape
    for start in range(0, rows, _ROWS):
        tile = bits[start : start + _ROWS]
        words = -(-len(tile) // 64)
        packed = np.packbits(tile, axis=1, bitorder="little")
        lines = np.zeros((words * 64, -(-width // 64) * 8), np.uint8)
        lines[: len(tile), : packed.shape[1]] = packed
        for column, line in enumerate(lines.view(np.uint64).T):
            own = out[64 * column : 64 * column + 64, start // 64 : start // 64 + words]
            own[:] = _transposed(line.reshape(words, 64)).T[: len(own)]


def unpack_rows(words: Array, rows: int) -> Array:
    """Return packed bits, width x words, as rows x width."""
    width, count = words.shape
    lines = np.zeros((count * 64, -(-width // 64)), np.uint64)
    for column in range(lines.shape[1]):
        own = words[64 * column : 64 * column + 64]
        square = np.zeros((count, 64), np.uint64)
        square[:, : len(own)] = own.T
        lines[:, column] = _transposed(square).reshape(-1)
    bytes_ = lines[:rows].view(np.uint8)
    return np.unpackbits(bytes_, axis=1, bitorder="little", count=width)


def _transposed(squares: Array) -> Array:
    """Transpose squares of 64 x 64 bits (Warren, Hacker's Delight, 2nd ed., section 7-3)."""
    squares = np.ascontiguousarray(squares)
    mask, half = np.uint64(0x00000000FFFFFFFF), 32
    while half:
        pairs = squares.reshape(-1, 32 // half, 2, half)
        low, high = pairs[:, :, 0], pairs[:, :, 1]
        shift = np.uint64(half)
        changed = ((low >> shift) ^ high) & mask
        high ^= changed
        low ^= changed << shift
        half >>= 1
        mask ^= mask << np.uint64(half)
    return squares

"""Programs on packed rows in NumPy, where the native kernels are missing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.run.engines.program import FUNCTIONS, SUM, Program

Array = NDArray[Any]
_TILE = 2048  # words: a slot of 16 KiB
_ROWS = 1 << 15  # that are packed in one go
_POPULATION = np.array([byte.bit_count() for byte in range(256)], np.uint8)
_BY_CODE = dict(FUNCTIONS.values())


def run(program: Program, bank: Array, load_rows: Array, store_rows: Array) -> None:
    """Run a program for all words of a bank, which is signals x words.

    The lines `load_rows` of it are loaded first, the lines `store_rows` are written at the end.
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


def _split(flat: list[int]) -> list[list[int]]:
    """Return the operations one by one."""
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
    """Add bits in carry-save form: of three bits of a plane, one stays and one is carried."""
    planes: list[list[Array]] = [[] for _ in range(op[2] + 1)]
    at = 5
    for _ in range(op[3]):
        place, turned, count = op[at : at + 3]
        for slot in op[at + 3 : at + 3 + count]:
            planes[place].append(~slots[slot] if turned else slots[slot])
        at += 3 + count
    total = []  # the bits of the sum, one a plane: carries go up, so planes are done in order
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
    # total >= limit, from the lowest bit up: a 1 of the limit asks for a 1, a 0 is beaten by one
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

"""Kernels on arrays that end where memory does: `python guarded.py KIND` dies of a read beyond."""

import ctypes
import mmap
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.run.engines.native import kernels

PAGE = mmap.PAGESIZE
SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 35, 36, 63, 64, 65, 67)


class Guarded:
    """Memory before a page that nobody may touch."""

    def __init__(self, pages: int) -> None:
        self._memory = mmap.mmap(-1, (pages + 1) * PAGE)
        self._end = pages * PAGE
        whole = np.frombuffer(self._memory, np.uint8)
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        guard = ctypes.c_void_p(whole.ctypes.data + self._end)
        assert protect(guard, ctypes.c_size_t(PAGE), 0) == 0

    def put(self, array: NDArray[Any]) -> NDArray[Any]:
        """Give a copy that ends just before the page."""
        start = self._end - array.nbytes
        copy: NDArray[Any] = np.ndarray(array.shape, array.dtype, self._memory, start)
        copy[...] = array
        return copy


def layer(kind: int, size: int, fan_in: int, guarded: list[Guarded]) -> None:
    """Evaluate one layer, for many rows and for few, and compare with NumPy."""
    rng = np.random.default_rng(size * 1000 + fan_in)
    largest = 128 if (size + fan_in) % 2 else 50
    weights = rng.integers(-largest, largest, (size, fan_in)).astype(np.int8)
    words = rng.integers(0, 1 << 64, (fan_in, 1), np.uint64)
    limits = rng.integers(-100, 100, size).astype(np.int32)
    arrays = (weights, words, limits, np.zeros((size, 1), np.uint64))
    given, bits, bounds, out = (one.put(a) for one, a in zip(guarded, arrays, strict=False))
    rows = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").astype(int)
    right = weights.astype(int) @ rows >= limits[:, None]
    turned = is_split = False
    kernels.dense(kind, given, largest, bits, bounds, out, turned, 0, 1)
    compare(out, right)
    kernels.few(kind, given, is_split, bits, bounds, out, turned, 64)
    compare(out, right)
    planes = guarded[4].put(np.zeros((fan_in, -(-size // 512), 8, 8), np.uint64))
    kernels.split(given, planes)
    kernels.few(kind, planes, not is_split, bits, bounds, out, turned, 64)
    compare(out, right)


def compare(out: NDArray[Any], right: NDArray[Any]) -> None:
    """Compare packed bits with bits."""
    assert (np.unpackbits(out.view(np.uint8), axis=1, bitorder="little") == right).all()


def packing(kind: int, rows: int, width: int, guarded: list[Guarded]) -> None:
    """Pack and unpack rows."""
    bits = np.random.default_rng(rows).integers(0, 2, (rows, width)).astype(np.uint8)
    given = guarded[0].put(bits)
    packed = guarded[1].put(np.zeros((width, -(-rows // 64)), np.uint64))
    kernels.pack(kind, given, packed, 0, packed.shape[1])
    again = guarded[2].put(np.zeros_like(bits))
    kernels.unpack(kind, again, packed, 0, packed.shape[1])
    assert (again == bits).all()


def program(kind: int, words: int, guarded: list[Guarded], *, is_machine: bool) -> None:
    """Run a program of one function, a AND b."""
    arrays = [[4, 4, 0, 2, 3, 0, 0], [2, 3], [4]]
    numbers = [one.put(np.array(a, np.int32)) for one, a in zip(guarded, arrays, strict=False)]
    checked = kernels.check(*numbers, 5)
    if is_machine:
        kernels.emit(kind, checked)
    bank = guarded[3].put(np.random.default_rng(words).integers(0, 1 << 64, (3, words), np.uint64))
    for first, second, to in ((0, 2, 1), (1, 0, 2)):  # what is last is read, and is written
        loads = guarded[0].put(np.array([first, second], np.int32))
        stores = guarded[1].put(np.int32([to]))
        kernels.run(kind, checked, bank, loads, stores, 0, words, 0)
        assert (bank[to] == (bank[first] & bank[second])).all()


def tallying(words: int, limbs: int, guarded: list[Guarded]) -> None:
    """Add up three bits and the opposite of one, each of weight 1."""
    bank = guarded[0].put(np.random.default_rng(words).integers(0, 1 << 64, (3, words), np.uint64))
    sources = guarded[1].put(np.array([0, 1, 2, -1], np.int32))
    weights = np.zeros((4, limbs), np.uint64)
    weights[:, 0] = 1
    starts = guarded[3].put(np.array([0, 4]))
    out = guarded[4].put(np.zeros((1, limbs, words * 64), np.uint64))
    kernels.tally(bank, sources, guarded[2].put(weights), starts, out, 0, words)
    bits = np.unpackbits(bank.view(np.uint8), axis=1, bitorder="little")
    assert (out[0, 0] == bits[1:].sum(0) + 1).all()
    assert not out[0, 1:].any()


def pictures(kind: int, sizes: tuple[int, int, int], mode: int, guarded: list[Guarded]) -> None:
    """Add up all of a picture for five features of weight 1, of bytes or of bits."""
    rows, columns, channels = sizes
    given = np.random.default_rng(columns).integers(0, 2, (1, *sizes)).astype(np.uint8)
    taps = np.ones((rows, columns, channels), np.uint8)
    if mode:
        taps = np.packbits(taps, axis=2, bitorder="little")
        taps = np.pad(taps, [(0, 0), (0, 0), (0, -taps.shape[2] % 4)])
    lines = taps.reshape(rows, -1)
    words = np.pad(lines, [(0, 0), (0, -lines.shape[1] % 4)]).view(np.int32).reshape(1, -1, 1)
    numbers = [-1, *sizes, rows, columns, 1, 1, 5, 0, 0, 0, mode, 0, 0, 0]
    arrays = [
        np.array(numbers, np.int32), words.repeat(16, axis=2), np.full((1, 16), 3, np.int32),
        np.zeros(1, np.int32), np.zeros((1, 4), np.uint8), np.zeros((1, 16), np.int32),
    ]  # fmt: skip
    stage = [one.put(array) for one, array in zip(guarded, arrays, strict=False)]
    kernels.windows(kind, guarded[6].put(given.reshape(1, -1)), (tuple(stage),), 0, 1)
    assert (stage[5][0, :5] == given.sum(dtype=int)).all()
    assert stage[4].tolist() == [[31 * bool(given.sum(dtype=int) >= 3), 0, 0, 0]]


def main(kind: int) -> None:
    """Go through all shapes."""
    guarded = [Guarded(12) for _ in range(4)] + [Guarded(100)]
    for size in SIZES:
        for fan_in in range(1, 71):
            layer(kind, size, fan_in, guarded)
    for fan_in in (1, 2, 3):
        for size in range(4093, 4101):
            layer(kind, size, fan_in, [*guarded[:2], Guarded(12), Guarded(12), Guarded(600)])
    for rows in (1, 63, 64, 65, 130):
        for width in (1, 7, 8, 9, 63, 64, 65, 130):
            packing(kind, rows, width, guarded)
    for words in (1, 3, 4, 5, 8, 31, 32, 33, 70, 512, 1024, 1030):
        program(kind, words, guarded, is_machine=False)
        program(kind, words, guarded, is_machine=True)
    more = [*guarded[:4], Guarded(1), Guarded(1), Guarded(1)]
    for columns in (1, 2, 3, 4, 5, 7, 8):
        for channels in (1, 2, 3, 4, 31, 32, 33):
            pictures(kind, (2, columns, channels), 0, more)
            pictures(kind, (2, columns, channels), 1, more)
    for words in (1, 7, 8, 9, 17):
        for limbs in (1, 2):
            tallying(words, limbs, guarded)


if __name__ == "__main__":
    main(int(sys.argv[1]))

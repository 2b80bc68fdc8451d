"""The native kernels (`kernels.c`), where they were built and this processor can run them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.engines.program import Program

kernels: Any
try:
    from nnc.engines import _kernels as kernels
except ImportError:  # no compiler where nnc was installed
    kernels = None

Array = NDArray[Any]
KINDS = ("plain", "AVX2", "AVX-512", "AMX")
_MOST_FAN_IN = 1 << 20
_FEW_ROWS = 4


KIND: int | None = kernels.best() if kernels is not None else None
"""The best kind of kernel that this processor can run; None without kernels."""


def run(
    program: Program, bank: Array, load_rows: Array, store_rows: Array, threads: int, start: int = 0
) -> None:
    """Run a program for all words of a bank; see `nnc.engines.words.run`.

    A load row below 0 is bit -row - 1 of the number of each row, counted from 64 * `start`.
    """
    assert KIND is not None
    rows = (load_rows.astype(np.int32), store_rows.astype(np.int32))

    def part(first: int, last: int) -> None:
        kernels.run(
            KIND,
            program.ops,
            bank,
            rows[0],
            program.load_slots,
            rows[1],
            program.store_slots,
            program.slots,
            first,
            last,
            start,
        )

    in_parts(part, bank.shape[1], threads, least=32)


def can_multiply(weights: Array) -> bool:
    """Tell whether there is a kernel for a dense layer with these weights."""
    return (
        KIND is not None
        and KIND > 0
        and weights.dtype == np.int8
        and weights.flags.c_contiguous
        and 0 < weights.shape[1] <= _MOST_FAN_IN
    )


class Product:
    """A dense layer of int8 weights, for packed rows: fires where total >= limit, or is turned.

    For few rows it adds up row by row. Who does so often gets the weights split into planes of
    bits, which is less to read: a copy of about five eighths of their size for weights -8 to 8.
    """

    def __init__(self, weights: Array, limits: Array, *, turned: bool) -> None:
        self.weights, self.limits, self.turned = weights, limits, turned
        self._calls = 0
        self._planes: Array | None = None
        most = max(int(weights.max(initial=0)), -int(weights.min(initial=0)) - 1)
        self._plane_count = most.bit_length() + 1

    def run(self, bits: Array, out: Array, rows: int, threads: int) -> None:
        """Evaluate for packed `bits`, fan-in x words, into `out`, size x words."""
        if rows <= _FEW_ROWS:
            self._few(bits, out, rows)
            return

        def part(first: int, last: int) -> None:
            kernels.dense(KIND, self.weights, bits, self.limits, out, self.turned, first, last)

        in_parts(part, bits.shape[1], threads, least=2)

    def _few(self, bits: Array, out: Array, rows: int) -> None:
        self._calls += rows
        if self._planes is None and self._calls > _FEW_ROWS:
            words = -(-self.weights.shape[1] // 512) * 8
            split = np.empty((len(self.weights), self._plane_count, words), np.uint64)
            kernels.split(self.weights, split, len(self.weights), self._plane_count)
            self._planes = split  # whole before another thread sees it
        planes = self._planes
        weights, count = (self.weights, 0) if planes is None else (planes, self._plane_count)
        kernels.few(KIND, weights, count, bits, self.limits, out, self.turned, rows)


def in_parts(part: Callable[[int, int], None], words: int, threads: int, *, least: int) -> None:
    """Call `part(first, last)` for all words, in as many threads as are worth it."""
    count = max(1, min(threads, words // least))
    if count == 1:
        part(0, words)
        return
    size = -(-words // count // least) * least
    ends = range(0, words, size)
    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(part, first, min(first + size, words)) for first in ends]:
            done.result()


# ------------------------------------------------------------------------------ rows packed


def pack_rows(bits: Array, out: Array, threads: int) -> None:
    """Pack bits, rows x width, into `out`, width x words."""
    rows = np.ascontiguousarray(bits)

    def part(first: int, last: int) -> None:
        kernels.pack(KIND, rows, out, len(rows), first, last)

    in_parts(part, out.shape[1], threads, least=64)


def unpack_rows(words: Array, rows: int, threads: int) -> Array:
    """Give packed bits, width x words, as rows x width."""
    out = np.empty((rows, len(words)), np.uint8)
    words = np.ascontiguousarray(words)

    def part(first: int, last: int) -> None:
        kernels.unpack(KIND, out, words, rows, first, last)

    in_parts(part, words.shape[1], threads, least=64)
    return out

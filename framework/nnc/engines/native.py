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


def run(program: Program, bank: Array, load_rows: Array, store_rows: Array, threads: int) -> None:
    """Run a program for all words of a bank; see `nnc.engines.words.run`."""
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


def multiply(
    weights: Array, bits: Array, limits: Array, out: Array, *, turned: bool, rows: int, threads: int
) -> None:
    """Evaluate a dense layer: `out` gets where the total of int8 weights and bits is >= the limit.

    `bits` is fan-in x words and `out` size x words, both packed; `turned` turns the result.
    """
    assert KIND is not None
    if rows <= _FEW_ROWS:
        bytes_ = np.unpackbits(bits[:, :1].view(np.uint8), axis=1, bitorder="little", count=rows)
        totals = np.empty(len(weights), np.int32)
        fired = np.empty((len(weights), rows), bool)
        for row in range(rows):
            kernels.totals(KIND, weights, np.ascontiguousarray(bytes_[:, row]), totals)
            fired[:, row] = (totals >= limits) ^ turned
        out[:] = packed(fired.view(np.uint8))
        return

    def part(first: int, last: int) -> None:
        kernels.dense(KIND, weights, bits, limits, out, turned, first, last)

    in_parts(part, bits.shape[1], threads, least=4)


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


def packed(bits: Array) -> Array:
    """Pack bits, signals x rows, into words: signals x words."""
    rows = bits.shape[1]
    words = np.zeros((bits.shape[0], -(-rows // 64) * 8), np.uint8)
    words[:, : -(-rows // 8)] = np.packbits(bits, axis=1, bitorder="little")
    return words.view(np.uint64)


def pack_rows(bits: Array, out: Array, threads: int) -> None:
    """Pack bits, rows x width, into `out`, width x words."""
    if kernels is None:
        out[:] = packed(np.ascontiguousarray(bits.T))
        return
    rows = np.ascontiguousarray(bits)

    def part(first: int, last: int) -> None:
        kernels.pack(rows, out, len(rows), first, last)

    in_parts(part, out.shape[1], threads, least=64)


def unpack_rows(words: Array, rows: int, threads: int) -> Array:
    """Give packed bits, width x words, as rows x width."""
    if kernels is None:
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little", count=rows)
        return np.ascontiguousarray(bits.T)
    out = np.empty((rows, len(words)), np.uint8)
    words = np.ascontiguousarray(words)

    def part(first: int, last: int) -> None:
        kernels.unpack(out, words, rows, first, last)

    in_parts(part, words.shape[1], threads, least=64)
    return out

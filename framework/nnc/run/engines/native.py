"""The native kernels, where they were built and this processor can run them."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from nnc.numbers.integers import Array
from nnc.run.engines.program import Program

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

kernels: Any
try:
    from nnc.run.engines import _kernels as kernels
except ImportError:  # no compiler where nnc was installed
    kernels = None
KINDS = ("plain", "AVX2", "AVX-512", "AMX")
PLAIN, _, AVX512, AMX = range(len(KINDS))
_FEW_ROWS = 4  # as many are faster one by one than laid out for 64
_SPLIT_ROWS = 12  # as many where the weights are split
_FEW_CALLS = 4  # for few rows, before the weights are split


def agrees(kind: int, dense: Callable[..., None]) -> bool:
    """Return True if products of one kind are those of the plain kernel, for layers of many shapes.

    They have more neurons than a block, and fan-ins below, at and above the width of a tile.
    """
    rng = np.random.default_rng(1)
    for size, fan_in in ((32, 64), (33, 1), (70, 31), (67, 130)):
        weights = rng.integers(-128, 128, (size, fan_in)).astype(np.int8)
        bits = rng.integers(0, 1 << 64, (fan_in, 3), np.uint64)
        limits = rng.integers(-300, 300, size).astype(np.int32)
        expected, actual = np.empty((2, size, 3), np.uint64)
        turned = bool(size % 2)
        dense(PLAIN, weights, 128, bits, limits, expected, turned, 0, 3)
        dense(kind, weights, 128, bits, limits, actual, turned, 0, 3)
        if not np.array_equal(expected, actual):
            return False
    return True


def chosen_kind(best: int, dense: Callable[..., None]) -> int:
    """Return the best kind to calculate with: AMX, which few have tested, if it passes a test."""
    return AVX512 if best == AMX and not agrees(best, dense) else best


KIND: int | None = None if kernels is None else chosen_kind(kernels.best(), kernels.dense)
"""The best kind of kernel that this processor can run; None without kernels."""
is_missed = False  # set where kernels would have been used; `nnc` reports it once
USES_MACHINE_CODE = os.environ.get("NNC_MACHINE_CODE") != "0"  # for hardened systems
MANY_WORDS = 1024  # evaluated before a program becomes code, which takes about as long

_VECTOR = 8  # words that are evaluated at once: fewer take as long; they fill a line of the cache
_MANY = 512  # words, from which on aligned lines repay their making
_PAGE = 512  # words


def makes_machine_code() -> bool:
    """Return True if programs become code: where the processor and the system allow it."""
    if KIND is None or not USES_MACHINE_CODE:
        return False
    copy_of_a_row = np.array([9, 3, 0, 2, 2, 2, 2], np.int32)
    load, store = np.array([2], np.int32), np.array([3], np.int32)
    return bool(kernels.emit(KIND, kernels.check(copy_of_a_row, load, store, 4)))


class CheckedProgram:
    """A program that the kernels have checked: its operations only go where they may.

    Who evaluates many rows gets machine code of it (`machine.c`), where the system allows that.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._checked: Any = None
        self._words = 0
        self._emitted_kind: int | None = None

    def __reduce__(self) -> tuple[type[CheckedProgram], tuple[Program]]:
        return CheckedProgram, (self.program,)  # what the kernels keep cannot be copied

    def checked(self) -> Any:
        """Return what the kernels run; checked once."""
        if self._checked is None:
            program = self.program
            self._checked = kernels.check(
                program.ops, program.load_slots, program.store_slots, program.slots
            )
        return self._checked

    def run(
        self, bank: Array, load_rows: Array, store_rows: Array, threads: int, start: int = 0
    ) -> None:
        """Run it for all words of a bank; see `nnc.run.engines.words.run`.

        A load row below 0 is bit -row - 1 of the number of each row, counted from 64 * `start`.
        """
        loads, stores = load_rows.astype(np.int32), store_rows.astype(np.int32)
        checked = self.checked()
        self._words += max(bank.shape[1], _VECTOR)
        if USES_MACHINE_CODE and self._words >= MANY_WORDS and self._emitted_kind != KIND:
            kernels.emit(KIND, checked)
            self._emitted_kind = KIND

        def part(first: int, last: int) -> None:
            kernels.run(KIND, checked, bank, loads, stores, first, last, start)

        in_parts(part, bank.shape[1], threads, least=32)


def narrowed(weights: Array) -> Array | None:
    """Return the weights of a dense layer as the kernels multiply them; None if they cannot.

    Without vectors NumPy is faster. See `as_int8`.
    """
    return as_int8(weights) if KIND else None


def as_int8(weights: Array) -> Array | None:
    """Return integer weights, size x fan-in, as int8; None if the kernels cannot take them.

    That is a copy where they are stored in another type, such as NumPy's int64.
    """
    if weights.dtype.kind not in "iu":
        return None
    if not 0 < weights.shape[1] <= kernels.MOST_FAN_IN:
        return None
    if weights.min(initial=0) < -128 or weights.max(initial=0) > 127:
        return None
    return np.ascontiguousarray(weights, np.int8)


class Product:
    """A dense layer of int8 weights, for packed rows: fires where total >= limit, or is turned.

    For few rows it adds up row by row. Who does so often gets the weights split into planes of
    bits by source, of which a row reads those of its ones: a copy of about five eighths of their
    size for weights -8 to 8.
    """

    def __init__(self, weights: Array, limits: Array, *, turned: bool) -> None:
        self.weights, self.limits, self.turned = weights, limits, turned
        self._calls = 0
        self._planes: Array | None = None
        highest, lowest = int(weights.max(initial=0)), int(weights.min(initial=0))
        self._largest = max(highest, -lowest)
        # and the sign, in two's complement
        self._plane_count = max(highest, -lowest - 1).bit_length() + 1

    def run(self, bits: Array, out: Array, rows: int, threads: int) -> None:
        """Evaluate for packed `bits`, fan-in x words, into `out`, size x words."""
        if rows <= _SPLIT_ROWS:
            self._calls += 1
            planes = self.planes() if self._calls > _FEW_CALLS else self._planes
            if planes is not None or rows <= _FEW_ROWS:
                self._few(bits, out, rows, planes)
                return

        def part(first: int, last: int) -> None:
            kernels.dense(
                KIND, self.weights, self._largest, bits, self.limits, out, self.turned, first, last
            )

        in_parts(part, -(-rows // 64), threads, least=2)

    def planes(self) -> Array:
        """Return the weights split into planes, fan-in x blocks x planes x 8 words; split once."""
        if self._planes is None:
            size, fan_in = self.weights.shape
            split = aligned((fan_in, -(-size // 512), self._plane_count, 8))
            kernels.split(self.weights, split)
            self._planes = split  # whole before another thread sees it
        return self._planes

    def _few(self, bits: Array, out: Array, rows: int, planes: Array | None) -> None:
        is_split, weights = (False, self.weights) if planes is None else (True, planes)
        kernels.few(KIND, weights, is_split, bits, self.limits, out, self.turned, rows)


def aligned(shape: tuple[int, ...]) -> Array:
    """Return an empty array of words that begins where a line of the cache does."""
    size = math.prod(shape)
    memory = np.empty(size + _VECTOR, np.uint64)
    start = -memory.__array_interface__["data"][0] // memory.itemsize % _VECTOR
    return memory[start : start + size].reshape(shape)


def in_parts(part: Callable[[int, int], None], words: int, threads: int, *, least: int) -> None:
    """Call `part(first, last)` for all words, in as many threads as are worth it.

    What no thread has begun the caller does: they may be busy, and none starts while Python ends.
    """
    count = max(1, min(threads, words // least))
    if count == 1:
        part(0, words)
        return
    size = -(-words // count // least) * least
    others = {at: Future[None]() for at in range(size, words, size)}
    kept = [part]  # not by those that wait for a thread still once all is done

    def begin(at: int) -> None:
        if not others[at].set_running_or_notify_cancel():
            return
        try:
            kept[0](at, min(at + size, words))
        except BaseException as error:  # noqa: BLE001 - the caller raises it
            others[at].set_exception(error)
        else:
            others[at].set_result(None)

    try:
        try:
            for at in others:
                _pool().submit(begin, at)
        except RuntimeError:  # also then a part waits, maybe for ever
            _pool.cache_clear()
        part(0, size)
        for at, other in others.items():
            if other.cancel():
                part(at, min(at + size, words))
    finally:
        begun = [other for other in others.values() if not other.cancel()]
        wait(begun)  # they write into arrays of the caller
        kept.clear()
    for other in begun:
        other.result()


@cache
def _pool() -> ThreadPoolExecutor:
    """Return threads that stay: Python may wait for ever for one to start where memory is short.

    They are the same for all parts, one for each core at most. Raises RuntimeError while Python
    ends.
    """
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(os.cpu_count() or 1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of the threads


# ------------------------------------------------------------------------------ rows packed


def new_bank(height: int, words: int) -> Array:
    """Return unwritten lines of at least `words` words; each starts where a line of a cache does.

    A vector of a line that starts anywhere is in two lines of the cache. Lines a multiple of 4 KiB
    apart push each other out of it, so that none are made so long.
    """
    if words < _MANY:
        return np.empty((height, words), np.uint64)
    words += -words % _VECTOR
    words += _VECTOR * (words % _PAGE == 0)
    return aligned((height, words))


def pack_rows(bits: Array, out: Array, threads: int) -> None:
    """Pack bits, rows x width, into `out`, width x words; there may be more of these."""
    rows = np.ascontiguousarray(bits)

    def part(first: int, last: int) -> None:
        kernels.pack(KIND, rows, out, first, last)

    in_parts(part, -(-len(rows) // 64), threads, least=64)


def scatter_rows(starts: Array, places: Array, out: Array, threads: int) -> None:
    """Pack rows whose ones are given by their places, into `out`, width x words.

    Those of row i are places[starts[i]:starts[i + 1]], int32; `starts` are int64.
    """

    def part(first: int, last: int) -> None:
        kernels.scatter(starts, places, out, first, last)

    in_parts(part, -(-(len(starts) - 1) // 64), threads, least=64)


def add_sparse(
    rows: tuple[Any, ...], cut: tuple[Array, int, bool], out: Array, threads: int
) -> bool:
    """Write which sums of compressed rows reach a limit, or, turned, are below it.

    `rows` are whether places are int64, their starts, the places, what is stored there as bytes,
    and what 1 is among these; `cut` has the weights. Return whether all rows are ones that rise.
    """
    are_right: list[bool] = []

    def part(first: int, last: int) -> None:
        are_right.append(kernels.sparse(KIND, *rows, *cut, out, first, last))

    in_parts(part, -(-len(out) // 64), threads, least=64)
    return all(are_right)


def count_ones(words: Array) -> Array:
    """Count the ones of each line of packed bits, as int64."""
    counts = np.empty(len(words), np.int64)
    kernels.ones(KIND, np.ascontiguousarray(words), counts)
    return counts


def unpack_rows(words: Array, out: Array, threads: int) -> None:
    """Unpack bits, width x words, of which there may be more, into `out`, rows x width of uint8."""
    words = np.ascontiguousarray(words)

    def part(first: int, last: int) -> None:
        kernels.unpack(KIND, out, words, first, last)

    in_parts(part, -(-len(out) // 64), threads, least=64)

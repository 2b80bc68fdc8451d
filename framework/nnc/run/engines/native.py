"""Run the native kernels, if they were built and this processor supports them."""

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
except ImportError:  # nnc was installed without a compiler
    kernels = None
KINDS = ("plain", "AVX2", "AVX-512", "AMX")
PLAIN, _, AVX512, AMX = range(len(KINDS))
_FEW_ROWS = 4  # up to this many are faster one by one
_SPLIT_ROWS = 12  # the same, if the weights are split
_FEW_CALLS = 4  # calls with few rows before the weights are split


def agrees(kind: int, dense: Callable[..., None]) -> bool:
    """Return True if one kind of kernel gives the same products as the plain kernel in tests.

    The tested layers have more neurons than a block, and fan-ins below, at and above a tile.
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
    """Return the best kind of kernel; AMX, which is little tested, only if it passes a test."""
    return AVX512 if best == AMX and not agrees(best, dense) else best


KIND: int | None = None if kernels is None else chosen_kind(kernels.best(), kernels.dense)
"""The best kind of kernel that this processor supports; None without kernels."""
is_missed = False  # set when kernels would have been used; `nnc` reports it once
USES_MACHINE_CODE = os.environ.get("NNC_MACHINE_CODE") != "0"  # for hardened systems
MANY_WORDS = 1024  # words evaluated before a program is compiled, which takes as long

_VECTOR = 8  # words evaluated at once, one cache line; fewer take as long
_MANY = 512  # words; from here on, aligned lines are worth their cost
_PAGE = 512  # words


def makes_machine_code() -> bool:
    """Return True if the processor and the system allow compiling programs to machine code."""
    if KIND is None or not USES_MACHINE_CODE:
        return False
    copy_of_a_row = np.array([9, 3, 0, 2, 2, 2, 2], np.int32)
    load, store = np.array([2], np.int32), np.array([3], np.int32)
    return bool(kernels.emit(KIND, kernels.check(copy_of_a_row, load, store, 4)))


class CheckedProgram:
    """A program that the kernels have checked to access only valid slots.

    After enough rows it is compiled to machine code (`machine.c`), if the system allows that.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._checked: Any = None
        self._words = 0
        self._emitted_kind: int | None = None

    def __reduce__(self) -> tuple[type[CheckedProgram], tuple[Program]]:
        return CheckedProgram, (self.program,)  # the kernels' data cannot be copied

    def checked(self) -> Any:
        """Return the kernels' form of the program, checked on first use."""
        if self._checked is None:
            program = self.program
            self._checked = kernels.check(
                program.ops, program.load_slots, program.store_slots, program.slots
            )
        return self._checked

    def run(
        self, bank: Array, load_rows: Array, store_rows: Array, threads: int, start: int = 0
    ) -> None:
        """Run the program for all words of a bank; see `nnc.run.engines.words.run`.

        A negative load row means bit -row - 1 of the row's number, counted from 64 * `start`.
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
    """Return the weights of a dense layer for the kernels, or None if they do not apply.

    Without vector instructions NumPy is faster. See `as_int8`.
    """
    return as_int8(weights) if KIND else None


def as_int8(weights: Array) -> Array | None:
    """Return integer weights, size x fan-in, as int8, or None if the kernels cannot use them.

    The result is a copy if they are stored in another type.
    """
    if weights.dtype.kind not in "iu":
        return None
    if not 0 < weights.shape[1] <= kernels.MOST_FAN_IN:
        return None
    if weights.min(initial=0) < -128 or weights.max(initial=0) > 127:
        return None
    return np.ascontiguousarray(weights, np.int8)


class Product:
    """A dense layer of int8 weights for packed rows; fires if total >= limit, or `turned`, if not.

    Few rows are added up one by one. After several such calls the weights are split into bit planes
    by source, of which a row reads only those of its ones; this copy takes about five eighths of
    the weights' size for weights from -8 to 8.
    """

    def __init__(self, weights: Array, limits: Array, *, turned: bool) -> None:
        self.weights, self.limits, self.turned = weights, limits, turned
        self._calls = 0
        self._planes: Array | None = None
        highest, lowest = int(weights.max(initial=0)), int(weights.min(initial=0))
        self._largest = max(highest, -lowest)
        # including the sign, in two's complement
        self._plane_count = max(highest, -lowest - 1).bit_length() + 1

    def run(self, bits: Array, out: Array, rows: int, threads: int) -> None:
        """Evaluate packed `bits`, fan-in x words, and write the result to `out`, size x words."""
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
        """Return the weights split into planes, fan-in x blocks x planes x 8 words; cached."""
        if self._planes is None:
            size, fan_in = self.weights.shape
            split = aligned((fan_in, -(-size // 512), self._plane_count, 8))
            kernels.split(self.weights, split)
            self._planes = split  # complete before another thread sees it
        return self._planes

    def _few(self, bits: Array, out: Array, rows: int, planes: Array | None) -> None:
        is_split, weights = (False, self.weights) if planes is None else (True, planes)
        kernels.few(KIND, weights, is_split, bits, self.limits, out, self.turned, rows)


def aligned(shape: tuple[int, ...]) -> Array:
    """Return an uninitialized array of words, aligned to a cache line."""
    size = math.prod(shape)
    memory = np.empty(size + _VECTOR, np.uint64)
    start = -memory.__array_interface__["data"][0] // memory.itemsize % _VECTOR
    return memory[start : start + size].reshape(shape)


def in_parts(part: Callable[[int, int], None], words: int, threads: int, *, least: int) -> None:
    """Call `part(first, last)` for all words, in as many threads as are worthwhile.

    The caller does what no thread has begun, because threads may be busy and none start while
    Python is shutting down.
    """
    count = max(1, min(threads, words // least))
    if count == 1:
        part(0, words)
        return
    size = -(-words // count // least) * least
    others = {at: Future[None]() for at in range(size, words, size)}
    kept = [part]  # so that futures that never ran do not keep it alive

    def begin(at: int) -> None:
        if not others[at].set_running_or_notify_cancel():
            return
        try:
            kept[0](at, min(at + size, words))
        except BaseException as error:  # noqa: BLE001 - raised in the caller
            others[at].set_exception(error)
        else:
            others[at].set_result(None)

    try:
        try:
            for at in others:
                _pool().submit(begin, at)
        except RuntimeError:  # even then a part may be waiting, perhaps forever
            _pool.cache_clear()
        part(0, size)
        for at, other in others.items():
            if other.cancel():
                part(at, min(at + size, words))
    finally:
        begun = [other for other in others.values() if not other.cancel()]
        wait(begun)  # they write to the caller's arrays
        kept.clear()
    for other in begun:
        other.result()


@cache
def _pool() -> ThreadPoolExecutor:
    """Return the permanent thread pool; starting a thread may block forever if memory is short.

    It is shared, with at most one thread per core. Raises RuntimeError while Python is shutting
    down.
    """
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(os.cpu_count() or 1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked child has no threads


# ------------------------------------------------------------------------------ rows packed


def new_bank(height: int, words: int) -> Array:
    """Return uninitialized lines of at least `words` words, each aligned to a cache line.

    An unaligned vector spans two cache lines. Lines a multiple of 4 KiB apart evict each other, so
    such lengths are avoided.
    """
    if words < _MANY:
        return np.empty((height, words), np.uint64)
    words += -words % _VECTOR
    words += _VECTOR * (words % _PAGE == 0)
    return aligned((height, words))


def pack_rows(bits: Array, out: Array, threads: int) -> None:
    """Pack bits, rows x width, into `out`, width x words, which may have more words."""
    rows = np.ascontiguousarray(bits)

    def part(first: int, last: int) -> None:
        kernels.pack(KIND, rows, out, first, last)

    in_parts(part, -(-len(rows) // 64), threads, least=64)


def scatter_rows(starts: Array, places: Array, out: Array, threads: int) -> None:
    """Pack rows that are given by the indices of their ones into `out`, width x words.

    Row i has ones at places[starts[i]:starts[i + 1]] (int32); `starts` are int64.
    """

    def part(first: int, last: int) -> None:
        kernels.scatter(starts, places, out, first, last)

    in_parts(part, -(-(len(starts) - 1) // 64), threads, least=64)


def add_sparse(
    rows: tuple[Any, ...], cut: tuple[Array, int, bool], out: Array, threads: int
) -> bool:
    """Write which sums of compressed sparse rows reach a limit or, if turned, do not.

    `rows` are: whether indices are int64, the row starts, the indices, the stored bytes, and the
    byte that means 1; `cut` has the weights. Return True if all rows have only ones in ascending
    order.
    """
    are_right: list[bool] = []

    def part(first: int, last: int) -> None:
        are_right.append(kernels.sparse(KIND, *rows, *cut, out, first, last))

    in_parts(part, -(-len(out) // 64), threads, least=64)
    return all(are_right)


def count_ones(words: Array) -> Array:
    """Return the number of ones in each line of packed bits, as int64."""
    counts = np.empty(len(words), np.int64)
    kernels.ones(KIND, np.ascontiguousarray(words), counts)
    return counts


def unpack_rows(words: Array, out: Array, threads: int) -> None:
    """Unpack bits, width x words (possibly more words), into `out`, rows x width, uint8."""
    words = np.ascontiguousarray(words)

    def part(first: int, last: int) -> None:
        kernels.unpack(KIND, out, words, first, last)

    in_parts(part, -(-len(out) // 64), threads, least=64)

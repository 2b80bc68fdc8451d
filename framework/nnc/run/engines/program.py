"""Translate neurons into a program on packed rows, with as few word operations as possible.

A neuron of up to four bits is one of 27 threshold functions of its bits in the order of their
weights, with bits of negative weights negated. Any other neuron is a sum: each weight is written in
signed binary digits (Reitwiesner 1960), the bits of each power of two are added in carry-save form,
and the bits of the total are compared with the thresholds. A slot holds one signal for some rows at
a time; it is reused once nothing reads that signal any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from nnc.language.network import FIRING
from nnc.numbers.integers import Array

SUM = 100  # the code of a sum in a program; lower codes are those of FUNCTIONS
MAX_PLANES = 44  # the maximum number of bits of a sum, given by the kernels
MAX_FUNCTION_INPUTS = 4
_ROUNDS = 8  # passes that remove all unread neurons at once

FUNCTIONS: dict[int, tuple[int, Callable[..., Any]]] = {
    0x0000: (0, lambda a, *_: a & ~a),
    0x8000: (1, lambda a, b, c, d: a & b & c & d),
    0x8080: (2, lambda a, b, c, *_: a & b & c),
    0x8880: (3, lambda a, b, c, d: a & b & (c | d)),
    0x8888: (4, lambda a, b, *_: a & b),
    0xA880: (5, lambda a, b, c, d: a & ((b & (c | d)) | (c & d))),
    0xA888: (6, lambda a, b, c, d: a & (b | (c & d))),
    0xA8A8: (7, lambda a, b, c, *_: a & (b | c)),
    0xAAA8: (8, lambda a, b, c, d: a & (b | c | d)),
    0xAAAA: (9, lambda a, *_: a | a),
    0xE880: (10, lambda a, b, c, d: (a & b & (c | d)) | (c & d & (a | b))),
    0xE888: (11, lambda a, b, c, d: (a & b) | (c & d & (a | b))),
    0xE8A8: (12, lambda a, b, c, d: (a & (b | c)) | (b & c & d)),
    0xE8E8: (13, lambda a, b, c, *_: (a & (b | c)) | (b & c)),
    0xEAA8: (14, lambda a, b, c, d: (a & (b | c | d)) | (b & c & d)),
    0xEAAA: (15, lambda a, b, c, d: a | (b & c & d)),
    0xEAE8: (16, lambda a, b, c, d: (a & (b | c | d)) | (b & c)),
    0xEAEA: (17, lambda a, b, c, *_: a | (b & c)),
    0xEEE8: (18, lambda a, b, c, d: ((a | b) & (c | d)) | (a & b)),
    0xEEEA: (19, lambda a, b, c, d: a | (b & (c | d))),
    0xEEEE: (20, lambda a, b, *_: a | b),
    0xFEE8: (21, lambda a, b, c, d: ((a | b) & (c | d)) | (a & b) | (c & d)),
    0xFEEA: (22, lambda a, b, c, d: a | (b & (c | d)) | (c & d)),
    0xFEEE: (23, lambda a, b, c, d: a | b | (c & d)),
    0xFEFE: (24, lambda a, b, c, *_: a | b | c),
    0xFFFE: (25, lambda a, b, c, d: a | b | c | d),
    0xFFFF: (26, lambda a, *_: a | ~a),
}
"""The threshold functions by truth table: bit i is the value if a, b, c and d are the bits of i,
lowest first, with their code in a program as in `FUNCTIONS` of program.h. The weights of a, b, c
and d are nonnegative and not increasing, so there are no other functions.
"""
_CODES = np.full(1 << 16, -1, np.int32)
_CODES[list(FUNCTIONS)] = [code for code, _ in FUNCTIONS.values()]


class Program(NamedTuple):
    """Operations on slots, as one int32 array; signals are loaded into and stored from slots.

    A function is [code, to, turned, a, b, c, d]: bits 0 to 3 of `turned` negate the sources, bit 4
    the result. A sum is [SUM, length, planes, groups, limits], followed by its groups, each [plane,
    turned, count, sources…], and its limits, each [to, turned, low, high], reached if total >=
    limit.
    """

    ops: Array
    slots: int
    loaded: Array
    load_slots: Array
    stored: Array
    store_slots: Array


class Neurons(NamedTuple):
    """Neurons that read only bits, as compressed rows in an order of evaluation.

    `sources` are signals, `fires` indices into FIRING. Neuron i has the thresholds
    limits[limit_ptr[i]:limit_ptr[i + 1]], one for each of its signals from first[i] on. `limits`
    are int64 with at most MAX_PLANES bits, and so are sums of absolute weights, so nothing
    overflows.
    """

    levels: Array
    fires: Array
    indptr: Array
    sources: Array
    weights: Array
    limit_ptr: Array
    limits: Array
    first: Array

    def made(self) -> Array:
        """Return the signals of all neurons."""
        counts = np.diff(self.limit_ptr)
        starts = np.repeat(self.first - self.limit_ptr[:-1], counts)
        signals: Array = starts + np.arange(len(starts))
        return signals

    def chosen(self, which: Array) -> Neurons:
        """Return some of the neurons."""
        at, sources = _pick(self.indptr, which)
        limit_at, limits = _pick(self.limit_ptr, which)
        return Neurons(
            self.levels[which],
            self.fires[which],
            at,
            self.sources[sources],
            self.weights[sources],
            limit_at,
            self.limits[limits],
            self.first[which],
        )


def joined(blocks: Sequence[Neurons]) -> Neurons:
    """Concatenate blocks of neurons."""
    if len(blocks) == 1:
        return blocks[0]
    columns: list[Array] = []
    for name, parts in zip(Neurons._fields, zip(*blocks, strict=True), strict=True):
        if name not in ("indptr", "limit_ptr"):
            columns.append(np.concatenate(parts))
            continue
        # pointers continue from the end of the previous block
        ends = np.cumsum([0, *(part[-1] for part in parts)])
        shifted = [part[1:] + end for part, end in zip(parts, ends[:-1], strict=True)]
        columns.append(np.concatenate([[0], *shifted]))
    return Neurons(*columns)


def _pick(pointers: Array, which: Array) -> tuple[Array, Array]:
    """Return the pointers of some compressed rows and the indices of their entries."""
    starts, counts = pointers[:-1][which], np.diff(pointers)[which]
    new = np.concatenate([[0], np.cumsum(counts)])
    # each picked entry keeps its offset from the start of its row
    places = np.arange(new[-1]) + np.repeat(starts - new[:-1], counts)
    return new, places


def needed(neurons: Neurons, signals: int, wanted: Iterable[int]) -> tuple[Array, Array]:
    """Return the neurons that wanted signals depend on, and which signals these need.

    Neurons that nothing reads are removed, and then those that only they read. Usually there are
    none; for long chains, one pass from the last neuron to the first suffices, because each comes
    after those that it reads.
    """
    is_wanted = np.zeros(signals, bool)
    is_wanted[list(wanted)] = True
    which = np.arange(len(neurons.first))
    left = neurons
    for _ in range(_ROUNDS):
        is_needed = is_wanted.copy()
        is_needed[left.sources] = True
        is_read = (
            np.logical_or.reduceat(is_needed[left.made()], left.limit_ptr[:-1])
            if len(which)
            else np.zeros(0, bool)
        )
        if is_read.all():
            return which, is_needed
        which = which[is_read]
        left = neurons.chosen(which)
    places, is_needed = _needed_one_by_one(left, is_wanted)
    return which[places], is_needed


def _needed_one_by_one(neurons: Neurons, is_wanted: Array) -> tuple[Array, Array]:
    """Return the result of `needed` in one backward pass."""
    is_needed = bytearray(is_wanted.tobytes())
    sources, at = neurons.sources.tolist(), neurons.indptr.tolist()
    first, limit_at = neurons.first.tolist(), neurons.limit_ptr.tolist()
    which = []
    for i in range(len(first) - 1, -1, -1):
        start = first[i]
        if 1 in is_needed[start : start + limit_at[i + 1] - limit_at[i]]:
            which.append(i)
            for source in sources[at[i] : at[i + 1]]:
                is_needed[source] = 1
    return np.array(which[::-1], np.int64), np.frombuffer(is_needed, bool)


def build_program(neurons: Neurons, signals: int, wanted: Sequence[int]) -> Program:
    """Build the program that computes the `wanted` signals; it loads all others.

    Within a level, operations with the same code are adjacent, which helps branch prediction.
    """
    which, is_needed = needed(neurons, signals, wanted)
    chosen = neurons if len(which) == len(neurons.first) else neurons.chosen(which)
    counts = np.diff(chosen.indptr)
    is_few = (counts <= MAX_FUNCTION_INPUTS) & (np.diff(chosen.limit_ptr) == 1)
    functions = chosen if is_few.all() else chosen.chosen(np.flatnonzero(is_few))
    sums = chosen.chosen(np.flatnonzero(~is_few))
    rows = _functions(functions)
    codes = np.concatenate([rows[:, 0], np.full(len(sums.first), SUM)])
    order = np.lexsort((codes, np.concatenate([functions.levels, sums.levels])))
    ops = _in_order(rows, _sums(sums), order)
    is_loaded = is_needed.copy()
    is_loaded[neurons.made()] = is_loaded[:2] = False
    return _with_slots(ops, signals, np.flatnonzero(is_loaded), wanted)


class _Ops(NamedTuple):
    """Concatenated operations whose sources and targets are still signals.

    `reads` are the positions of sources and `writes` those of targets, in order; `readers` and
    `writers` are the numbers of their operations.
    """

    flat: Array
    length: int
    reads: Array
    readers: Array
    writes: Array
    writers: Array


def _in_order(rows: Array, sums: Sequence[list[int]], order: Array) -> _Ops:
    """Arrange operations by `order`, which numbers the rows of functions, then the sums."""
    turns = np.empty_like(order)
    turns[order] = np.arange(len(order))
    lengths = np.concatenate([np.full(len(rows), 7), [len(op) for op in sums]]).astype(np.int64)
    starts = np.cumsum(lengths[order]) - lengths[order]
    flat = np.empty(int(lengths.sum()), np.int64)
    sequence = np.argsort(turns[: len(rows)])
    own_turns = turns[: len(rows)][sequence]
    own = starts[own_turns, None]
    flat[own + np.arange(7)] = rows[sequence]
    reads, readers = (own + np.arange(3, 7)).ravel(), np.repeat(own_turns, 4)
    writes, writers = own[:, 0] + 1, own_turns
    if not sums:
        return _Ops(flat, len(order), reads, readers, writes, writers)
    of_sums = turns[len(rows) :]
    values = [value for op in sums for value in op]
    # positions in an operation move with its start
    flat[_moved([range(len(op)) for op in sums], starts[of_sums])] = values
    sources, targets = [_sources(op) for op in sums], [_targets(op) for op in sums]
    of_reads = np.repeat(of_sums, [len(places) for places in sources])
    of_writes = np.repeat(of_sums, [len(places) for places in targets])
    reads = np.concatenate([reads, _moved(sources, starts[of_sums])])
    writes = np.concatenate([writes, _moved(targets, starts[of_sums])])
    reading, writing = np.argsort(reads), np.argsort(writes)
    return _Ops(
        flat,
        len(order),
        reads[reading],
        np.concatenate([readers, of_reads])[reading],
        writes[writing],
        np.concatenate([writers, of_writes])[writing],
    )


def _moved(places: Sequence[Sequence[int]], starts: Array) -> Array:
    """Return positions in operations, offset by the start of each operation."""
    inside = np.fromiter((place for each in places for place in each), np.int64)
    moved: Array = inside + np.repeat(starts, [len(each) for each in places])
    return moved


# ------------------------------------------------------------------------------ functions


def _functions(level: Neurons) -> Array:
    """Return the operations, one per row, of neurons with at most four sources and one threshold.

    All are computed at once: weights are made positive by negating bits, the neuron is evaluated
    for the 16 values of four bits, and the resulting truth table identifies the function.
    """
    count = len(level.first)
    weights = np.zeros((count, MAX_FUNCTION_INPUTS), np.int64)
    sources = np.zeros((count, MAX_FUNCTION_INPUTS), np.int64)
    rows = np.repeat(np.arange(count), np.diff(level.indptr))
    columns = np.arange(len(rows)) - np.repeat(level.indptr[:-1], np.diff(level.indptr))
    weights[rows, columns] = level.weights
    sources[rows, columns] = level.sources
    limits, turned = reached(level.fires, level.limits)
    order = np.argsort(-np.abs(weights), axis=1, kind="stable")
    weights = np.take_along_axis(weights, order, 1)
    sources = np.take_along_axis(sources, order, 1)
    is_negative = weights < 0
    # w x = w + |w| (1 - x) for w < 0, so w moves to the limit
    limits = limits - np.where(is_negative, weights, 0).sum(1)
    sizes = np.abs(weights)
    tables = np.zeros(count, np.int64)
    a, b, c, d = sizes.T
    missing = (limits, limits - c, limits - d, limits - c - d)
    for row in range(1 << MAX_FUNCTION_INPUTS):
        total = (0, a, b, a + b)[row & 3]
        tables |= (total >= missing[row >> 2]).astype(np.int64) << row
    turns = (is_negative << np.arange(MAX_FUNCTION_INPUTS)).sum(1)
    turns |= turned << MAX_FUNCTION_INPUTS
    return np.column_stack([_CODES[tables], level.first, turns, sources])


_IS_PAST = np.array([rule.is_past for rule in FIRING.values()])
_TURNED = np.array([not rule.up for rule in FIRING.values()])


def reached(fires: Any, limits: Any) -> tuple[Any, Any]:
    """Return comparisons as total >= limit, and whether they are negated."""
    return limits + _IS_PAST[fires], _TURNED[fires]


# ----------------------------------------------------------------------------------- sums


@lru_cache(maxsize=4096)
def digits(weight: int) -> tuple[tuple[int, bool], ...]:
    """Return the signed binary digits of an integer, no two of them adjacent.

    Each digit is its power of two and whether it is negative.
    """
    signed, place = [], 0
    while weight:
        if weight & 1:
            digit = 2 - (weight & 3)  # 1, or -1 if the next bit is 1 too; then the next digit is 0
            signed.append((place, digit < 0))
            weight -= digit
        weight >>= 1
        place += 1
    return tuple(signed)


def _sums(level: Neurons) -> list[list[int]]:
    """Return the operations of neurons as sums."""
    sources, weights = level.sources.tolist(), level.weights.tolist()
    at, limit_at = level.indptr.tolist(), level.limit_ptr.tolist()
    limits, firsts = level.limits.tolist(), level.first.tolist()
    fires = level.fires.tolist()
    return [
        _sum(
            fires[i],
            sources[at[i] : at[i + 1]],
            weights[at[i] : at[i + 1]],
            limits[limit_at[i] : limit_at[i + 1]],
            first,
        )
        for i, first in enumerate(firsts)
    ]


def _sum(
    fires: int, sources: list[int], weights: list[int], limits: list[int], first: int
) -> list[int]:
    """Return the operation of one neuron as a sum; see `Program`.

    A negative digit adds the negated bit, because -x = (1 - x) - 1, and the limits are raised by
    what this adds to the total, which is never negative.
    """
    groups: dict[tuple[int, bool], list[int]] = {}
    largest = added = 0
    for source, weight in zip(sources, weights, strict=True):
        for place, is_negative in digits(weight):
            groups.setdefault((place, is_negative), []).append(source)
            largest += 1 << place
            added += is_negative << place
    # kernels add eight bits of a plane at a time, which carries into three more planes
    planes = max([largest.bit_length() + 1, *(place + 4 for place, _ in groups)])
    op = [SUM, 0, planes, len(groups), len(limits)]
    for (place, is_negative), members in sorted(groups.items()):
        op += [place, int(is_negative), len(members), *members]
    for i, threshold in enumerate(limits):
        limit, turned = reached(fires, threshold)
        limit = max(0, min(largest + 1, limit + added))  # 0 is always reached, largest + 1 never
        op += [first + i, int(turned), _int32(limit & 0xFFFFFFFF), limit >> 32]
    op[1] = len(op)
    return op


def _int32(value: int) -> int:
    return value - (1 << 32) if value >= 1 << 31 else value


def planes_of(largest: int) -> int:
    """Return the maximum number of bits of a sum; `largest` is the sum of |weights|."""
    return (3 * largest).bit_length() + 4


# ---------------------------------------------------------------------------------- slots


def _with_slots(ops: _Ops, signals: int, loaded: Array, wanted: Sequence[int]) -> Program:
    """Replace signals by slots; a slot is free after the last operation that reads it.

    Fewer slots stay in faster caches. Slots 0 and 1 hold the constants 0 and 1.
    """
    last_read = np.full(signals, -1)
    np.maximum.at(last_read, ops.flat[ops.reads], ops.readers)
    last_read[list(wanted)] = ops.length  # slots that are stored at the end are never freed
    slot_of = [0] * signals
    slot_of[1] = 1
    count = 2
    for signal in loaded.tolist():
        slot_of[signal] = count
        count += 1
    free: list[int] = []
    for signal in _events(ops, last_read):
        if signal > 0:
            free.append(slot_of[signal])
        elif free:
            slot_of[-signal] = free.pop()
        else:
            slot_of[-signal], count = count, count + 1
    slots = np.array(slot_of, np.int32)
    flat = ops.flat.astype(np.int32)
    for places in (ops.reads, ops.writes):
        flat[places] = slots[ops.flat[places]]
    stored = np.array(wanted, np.int64)
    return Program(flat, count, loaded, slots[loaded], stored, slots[stored])


def _events(ops: _Ops, last_read: Array) -> list[int]:
    """Return, in order, the signals whose slots become free and (negated) those that need one.

    An operation first frees what it reads for the last time, then creates its signals, and then
    frees those that nothing reads.
    """
    freed = np.flatnonzero((last_read >= 0) & (last_read < ops.length))
    freed = freed[freed > 1]
    made = ops.flat[ops.writes]
    is_unread = last_read[made] < 0
    turns = np.concatenate(
        [3 * last_read[freed], 3 * ops.writers + 1, 3 * ops.writers[is_unread] + 2]
    )
    events = np.concatenate([freed, -made, made[is_unread]])
    sequence: list[int] = events[np.argsort(turns, kind="stable")].tolist()
    return sequence


def _sources(op: list[int]) -> list[int]:
    """Return the positions of the sources in a sum operation."""
    places: list[int] = []
    at = 5
    for _ in range(op[3]):
        places += range(at + 3, at + 3 + op[at + 2])
        at += 3 + op[at + 2]
    return places


def _targets(op: list[int]) -> range:
    """Return the positions of the target signals in a sum operation."""
    return range(op[1] - 4 * op[4], op[1], 4)

"""Sum bits in native kernels: of packed rows (`tallies.c`) and of sparse rows (`sparse.c`).

Sums of packed rows are exact for weights of any length: a negative weight is added where its bit is
0 and subtracted once from every sum. Sparse rows are supported if all sums fit int64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnc.compiler.plan import DTYPES, Plan, PlanNeuron
from nnc.language.network import FIRING
from nnc.numbers.exact import UNIT_ROUNDOFF
from nnc.numbers.integers import Array, int64_or_objects, scaled
from nnc.rows.columns import Column
from nnc.run.engines import native
from nnc.run.engines.numbers import nearest_float
from nnc.run.engines.sums import BoundedColumn

_WORD = 64
_SHORT = 62  # bits that fit int64 even after adding an offset of the same size
_FEW = 4  # the maximum number of thresholds for sparse rows: each reads all ones
_PLACES = (np.dtype(np.int32), np.dtype(np.int64))


class Tallies:
    """Compute the sums of neurons that read only bits from the lines of a bank."""

    def __init__(self, steps: Sequence[PlanNeuron], line_of: Array) -> None:
        by_size: dict[int, list[PlanNeuron]] = {}
        for step in steps:
            bits = sum(map(abs, step.weights)).bit_length()
            # 63 or 64 bits fit one word, but not int64
            limbs = 1 if bits <= _SHORT else max(2, -(-bits // _WORD))
            by_size.setdefault(limbs, []).append(step)
        self._parts = [_Part(own, limbs, line_of) for limbs, own in by_size.items()]

    def sums(self, bank: Array, count: int, threads: int) -> dict[int, Column]:
        """Return the sums of `count` rows by first signal of each neuron."""
        sums: dict[int, Column] = {}
        for part in self._parts:
            sums |= part.sums(bank, count, threads)
        return sums


class _Part:
    """The sums whose integers have the same number of words."""

    def __init__(self, steps: Sequence[PlanNeuron], limbs: int, line_of: Array) -> None:
        self._steps, self._limbs = steps, limbs
        fan_ins = [len(step.sources) for step in steps]
        self._starts = np.concatenate([[0], np.cumsum(fan_ins)]).astype(np.int64)
        weights = [weight for step in steps for weight in step.weights]
        lines = line_of[[source for step in steps for source in step.sources]]
        is_below = np.array([weight < 0 for weight in weights], bool)
        self._sources = np.where(is_below, -1 - lines, lines).astype(np.int32)
        data = b"".join(abs(weight).to_bytes(8 * limbs, "little") for weight in weights)
        self._weights = np.frombuffer(data, "<u8").astype(np.uint64).reshape(len(weights), limbs)
        self._offsets = [step.offset + sum(w for w in step.weights if w < 0) for step in steps]

    def sums(self, bank: Array, count: int, threads: int) -> dict[int, Column]:
        """Return the sums of `count` rows by first signal of each neuron."""
        words = bank.shape[1]
        totals = np.empty((len(self._steps), self._limbs, words * 64), np.uint64)

        def part(first: int, last: int) -> None:
            native.kernels.tally(
                bank, self._sources, self._weights, self._starts, totals, first, last
            )

        native.in_parts(part, words, threads, least=32)
        sums: dict[int, Column] = {}
        for step, own, offset in zip(self._steps, totals, self._offsets, strict=True):
            if self._limbs == 1:
                small = own[0, :count].view(np.int64)
                sums[step.first] = Column(scaled(small, 1, offset), step.scale)
            else:
                sums[step.first] = _long(own[:, :count], offset, step.scale)
        return sums


def _long(limbs: Array, offset: int, scale: int) -> BoundedColumn:
    """Return totals of several words, lowest first, as a column."""
    near: Array = np.zeros(limbs.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        for i, limb in enumerate(limbs):
            near = near + limb.astype(np.float64) * nearest_float(1 << _WORD * i)
        # every limb, the offset and every addition is rounded once
        size = near + abs(nearest_float(offset))
        bound = size * (4 * (len(limbs) + 2) * UNIT_ROUNDOFF)
        near = near + nearest_float(offset)

    def exactly(rows: Array | None) -> Column:
        asked = limbs if rows is None else limbs[:, rows]
        total = asked[-1].astype(object)
        for limb in asked[-2::-1]:
            total = (total << _WORD) + limb
        return Column(int64_or_objects([n + offset for n in total.tolist()]), scale)

    return BoundedColumn(near, bound, scale, exactly)


class SparseTallies:
    """A plan with few thresholds that reads one bus of bits, for sparse rows."""

    def __init__(self, plan: Plan) -> None:
        [self.name] = plan.inputs
        self._width = plan.inputs[self.name].width
        self._taps = [(tap.alias, tap.is_bus, list(tap.signals)) for tap in plan.outputs]
        self._cuts: dict[int, tuple[Array, int, bool]] = {}
        for step in plan.steps:
            weights = np.zeros(self._width, np.int64)
            np.add.at(weights, np.array(step.sources, np.int64) - 2, step.weights)
            rule = FIRING[step.fires]
            for signal, limit in enumerate(step.thresholds, step.first):
                self._cuts[signal] = weights, limit + int(rule.is_past), not rule.up

    def run(self, rows: Any, threads: int) -> dict[str, Array] | None:
        """Return the outputs for a SciPy array, or None if it is not sorted, compressed ones."""
        given = None if native.KIND is None else _compressed(rows, self._width)
        if given is None:
            return None
        outputs: dict[str, Array] = {}
        for alias, is_bus, signals in self._taps:
            bits = np.empty((len(signals), rows.shape[0]), np.uint8)
            for signal, out in zip(signals, bits, strict=True):
                if not native.add_sparse(given, self._cuts[signal], out, threads):
                    return None
            outputs[alias] = np.ascontiguousarray(bits.T) if is_bus else bits[0]
        return outputs


def _compressed(rows: Any, width: int) -> tuple[Any, ...] | None:
    """Return the arguments of the kernel for a SciPy array; None if its entries may not be ones."""
    arrays: list[Any] = [getattr(rows, name, None) for name in ("indptr", "indices", "data")]
    starts, places, ones = arrays
    if (
        any(type(array) is not np.ndarray or array.ndim != 1 for array in arrays)
        or not all(array.flags.c_contiguous and array.flags.aligned for array in arrays)
        or starts.dtype != places.dtype
        or places.dtype not in _PLACES
        or ones.dtype.kind not in "bui"
        or (len(starts), len(ones)) != (rows.shape[0] + 1, len(places))
        or rows.shape[1] != width
        or starts[0] != 0
    ):
        return None
    size = ones.dtype.itemsize
    own = ones.view(np.uint8).reshape(len(ones), size)
    one = np.ones(8 // size, ones.dtype).view(np.uint64)
    return places.dtype.itemsize == 8, starts, places, own, one


def sparse_of(plan: Plan) -> SparseTallies | None:
    """Return an evaluator of sparse rows, or None if the plan is not a few neurons on one bus.

    Plans with assumptions are excluded, because they need more than outputs.
    """
    inputs, made = list(plan.inputs.values()), range(plan.first_made, plan.signals)
    is_fit = (
        len(inputs) == 1
        and inputs[0].is_integer_bus
        and not plan.layers
        and len(made) <= _FEW
        and sum(tap.width for tap in plan.outputs) <= _FEW
        and not any(claim.kind == "assume" for claim in plan.claims)
        and all(tap.is_bits and set(tap.signals) <= set(made) for tap in plan.outputs)
        and all(_is_short(step, made.start) for step in plan.steps)
    )
    return SparseTallies(plan) if is_fit else None


def _is_short(step: PlanNeuron, end: int) -> bool:
    """Return True if a neuron reads only the bits before `end`, and its sums fit int64."""
    return (
        all(2 <= source < end for source in step.sources)
        and step.held().dtype in DTYPES[:4]
        and all(abs(limit) < 1 << _SHORT for limit in step.thresholds)
    )

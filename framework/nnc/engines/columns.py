"""A whole column at a time, in NumPy: exact by construction.

Where every source is a bit, the plan has chosen an integer type that holds every partial sum.
Integers and scaled decimals are added in int64 while the batch's own largest values fit. Binary
floats are added in float64 beside a bound on the rounding error (Higham, Accuracy and Stability of
Numerical Algorithms, 2nd ed., section 4.2); only rows within the bound are redone exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.columns import Batch, Column
from nnc.engines import layers
from nnc.engines.layers import COMPARE, COMPARE_EXACTLY
from nnc.engines.signals import Signals, Wanted, element_columns
from nnc.exact import Number, simplest
from nnc.plan import Group, LayerStep, Plan, Step

_MOST_BYTES = 1 << 28
_ROUNDING = 2.0**-53
_LEAST_FLOAT = 2.0**-1074

Array = NDArray[Any]


def run(plan: Plan, batch: Batch, wanted: Wanted) -> Signals:
    """Evaluate level by level, some rows at a time so that the signals stay in memory."""
    rows = max(64, min(1 << 16, _MOST_BYTES // max(plan.signals, 1)))
    parts = [
        _run(plan, batch.cut(start, start + rows), wanted) for start in range(0, batch.count, rows)
    ]
    if len(parts) == 1:
        return parts[0]
    bits = {
        signal: np.concatenate([part.bits[signal] for part in parts] or [np.zeros(0, np.uint8)])
        for signal in wanted.signals
    }
    return Signals(bits, {place: _joined([p.sums[place] for p in parts]) for place in wanted.sums})


def _joined(columns: Sequence[Column]) -> Column:
    """Put columns below each other, over one denominator."""
    if not columns:
        return Column(np.zeros(0, np.int64))
    if len({column.denominator for column in columns}) == 1:
        kinds = {column.numerators.dtype for column in columns}
        if len(kinds) == 1:
            return Column(np.concatenate([c.numerators for c in columns]), columns[0].denominator)
    return Column(_objects([value for column in columns for value in column.values()]))


def _run(plan: Plan, batch: Batch, wanted: Wanted) -> Signals:
    given = element_columns(plan.inputs, batch.columns)
    bits = np.zeros((plan.signals, batch.count), np.uint8)
    bits[1] = 1
    numbers: dict[int, Column] = {}
    signal = 2
    for one in plan.inputs.values():
        for column in given[signal - 2 : signal - 2 + one.width]:
            if one.type in ("bit", "choice"):
                bits[signal] = column.numerators
            else:
                numbers[signal] = column
            signal += 1
    sums: dict[int, Column] = {}
    for one_step in plan.schedule:
        if isinstance(one_step, LayerStep):
            _layer(one_step, bits, numbers, wanted, sums)
        else:
            for group in plan.groups[one_step.start]:
                if isinstance(group, Step):
                    _neuron(group, bits, numbers, wanted, sums)
                else:
                    _group(group, bits, wanted, sums)
    return Signals({signal: bits[signal] for signal in wanted.signals}, sums)


def _layer(
    layer: LayerStep,
    bits: Array,
    numbers: dict[int, Column],
    wanted: Wanted,
    sums: dict[int, Column],
) -> None:
    """Evaluate a layer: its signals are written into `bits`."""
    sources = layer.sources
    if layer.arithmetic == "numbers":
        columns = [_column(int(s), bits, numbers) for s in sources]
        values = layers.values_of(columns, bits.shape[1])
    elif isinstance(sources, range):
        values = layers.Values(bits[sources.start : sources.stop])
    else:
        values = layers.Values(bits[np.asarray(sources, np.int64)])
    bits[layer.first : layer.first + layer.size] = layers.fire(layer, values)
    asked = sorted(s - layer.first for s in wanted.sums if 0 <= s - layer.first < layer.size)
    for i, column in zip(asked, layers.sums(layer, values, asked), strict=True):
        sums[layer.first + i] = column


def _column(signal: int, bits: Array, numbers: dict[int, Column]) -> Column:
    return numbers.get(signal) or Column(bits[signal])


def _neuron(
    step: Step, bits: Array, numbers: dict[int, Column], wanted: Wanted, sums: dict[int, Column]
) -> None:
    """Evaluate one neuron by itself: its signals are written into `bits`."""
    wants_sum = step.first in wanted.sums
    total: Column | None
    if step.dtype == "exact":
        columns = [_column(source, bits, numbers) for source in step.sources]
        fired, total = _add_numbers(step, columns, bits.shape[1], wants_sum=wants_sum)
    else:
        added = _add_bits(step, bits)
        fired = [COMPARE[step.fires](added, threshold) for threshold in step.thresholds]
        if wants_sum:
            wide = added if step.dtype == "object" else added.astype(np.int64)
            total = Column(wide + step.offset, step.scale)
    for i, one_fired in enumerate(fired):
        bits[step.first + i] = one_fired
    if wants_sum:
        assert total is not None
        sums[step.first] = total


def _add_bits(step: Step, bits: Array) -> Array:
    """Add the weighted bits in the type that the plan has chosen."""
    dtype = np.dtype(step.dtype)
    total = np.zeros(bits.shape[1], dtype)
    if dtype.kind == "O":
        for source, weight in zip(step.sources, step.weights, strict=True):
            total += bits[source].astype(object) * weight
        return total
    product = np.empty(bits.shape[1], dtype)
    for source, weight in zip(step.sources, step.weights, strict=True):
        bit = bits[source].view(np.int8)
        if weight == 1:
            np.add(total, bit, out=total)
        elif weight == -1:
            np.subtract(total, bit, out=total)
        else:
            np.multiply(bit, dtype.type(weight), out=product)
            np.add(total, product, out=total)
    return total


def _group(group: Group, bits: Array, wanted: Wanted, sums: dict[int, Column]) -> None:
    """Evaluate neurons of one level that read bits only, in one integer type, all together."""
    count = bits.shape[1]
    totals = np.zeros((len(group.steps), count), group.dtype)
    for having, sources, weights in group.synapses:
        product = bits[sources].astype(group.dtype)
        product *= weights[:, None]
        totals[:having] += product
    for places, limits, signals in group.limits:
        bits[signals] = COMPARE[group.fires](totals[places], limits[:, None])
    for i in group.asked(wanted.sums):
        step = group.steps[i]
        sums[step.first] = Column(totals[i].astype(np.int64) + step.offset, step.scale)


def _add_numbers(
    step: Step, columns: Sequence[Column], count: int, *, wants_sum: bool
) -> tuple[list[Array], Column | None]:
    """Add weighted numbers; give what fires for each threshold and, if wanted, the exact sums."""
    common = lcm(*(column.denominator for column in columns))
    factors = [w * (common // c.denominator) for w, c in zip(step.weights, columns, strict=True)]
    counting = [i for i, column in enumerate(columns) if factors[i] and column.numerators.any()]
    columns, factors = [columns[i] for i in counting], [factors[i] for i in counting]
    largest = sum(abs(f) * _largest(c.numerators) for f, c in zip(factors, columns, strict=True))
    limits = [threshold * common for threshold in step.thresholds]
    offset = step.offset * common
    if largest + abs(offset) < 1 << 62:
        total = np.zeros(count, np.int64)
        for factor, column in zip(factors, columns, strict=True):
            total += column.numerators.astype(np.int64) * factor
        fired = [COMPARE[step.fires](total, _clamped(limit)) for limit in limits]
        return fired, Column(total + offset, step.scale * common) if wants_sum else None
    if wants_sum or any(column.numerators.dtype == object for column in columns):
        exact = [_exact_sum(factors, columns, row) for row in range(count)]
        compare = COMPARE_EXACTLY[step.fires]
        fired = [np.array([compare(s, limit) for s in exact], bool) for limit in limits]
        per = step.scale * common
        scaled = [simplest(Fraction(s + offset, per)) for s in exact] if wants_sum else []
        return fired, Column(_objects(scaled)) if wants_sum else None
    return _compare_floats(step, factors, columns, limits, count), None


def _largest(numerators: Array) -> float | int:
    """Give the largest absolute value of integers; beyond every limit for anything else."""
    if numerators.dtype.kind not in "ui":
        return 1 << 64
    return max(int(numerators.max()), -int(numerators.min()), 0) if len(numerators) else 0


def _clamped(limit: int) -> int:
    """Bring a limit into the range of int64; sums are below 2**62, so no comparison changes."""
    return max(-(1 << 62), min(1 << 62, limit))


def _compare_floats(
    step: Step, factors: Sequence[int], columns: Sequence[Column], limits: Sequence[int], count: int
) -> list[Array]:
    """Compare float64 sums where rounding cannot matter, and exact ones elsewhere.

    In the sum of n products each of factor and value is rounded once, each product once, and
    each addition once: the error is below (n + 3) u sum |f x| (1 + tiny), and u = 2**-53.
    """
    total, size = np.zeros(count), np.zeros(count)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for factor, column in zip(factors, columns, strict=True):
            product = column.numerators.astype(np.float64) * _float(factor)
            total += product
            size += np.abs(product)
        bound = size * (2 * (len(factors) + 8) * _ROUNDING) + len(factors) * _LEAST_FLOAT * 2
        fired = []
        for limit in limits:
            near = _float(limit)
            slack = bound + abs(near) * 4 * _ROUNDING
            difference = total - near
            one = COMPARE[step.fires](difference, 0.0)
            unsure = ~(np.abs(difference) > slack)  # also where anything overflowed
            for row in np.flatnonzero(unsure).tolist():
                one[row] = COMPARE_EXACTLY[step.fires](_exact_sum(factors, columns, row), limit)
            fired.append(one)
    return fired


def _float(value: int) -> float:
    """Round to a float; beyond its range to infinity, so that every row is redone exactly."""
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _exact_sum(factors: Sequence[int], columns: Sequence[Column], row: int) -> Number:
    """Add up one row exactly, in units of 1/(scale * common)."""
    total: Number = 0
    for factor, column in zip(factors, columns, strict=True):
        value = column.numerators[row]
        if isinstance(value, Fraction):
            total += factor * value
        elif isinstance(value, (float, np.floating)):
            total += factor * Fraction(float(value))
        else:
            total += factor * int(value)
    return total


def _objects(values: Sequence[Number]) -> Array:
    array = np.empty(len(values), object)
    array[:] = values
    return array

"""Neurons that read numbers: added up exactly, a whole column at a time.

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

from nnc.compiler.plan import PlanNeuron
from nnc.exact import Number, simplest
from nnc.integers import SAFE_SIZE, clipped, objects, scaled, weighted_sum
from nnc.language.network import FIRING
from nnc.rows.columns import Column

_ROUNDING = 2.0**-53
_LEAST_FLOAT = 2.0**-1074

Array = NDArray[Any]


def add_numbers(
    step: PlanNeuron, columns: Sequence[Column], count: int, *, wants_sum: bool
) -> tuple[list[Array], Column | None]:
    """Add weighted numbers; give what fires for each threshold and, if wanted, the exact sums."""
    common = lcm(*(column.denominator for column in columns))
    factors = [w * (common // c.denominator) for w, c in zip(step.weights, columns, strict=True)]
    counting = [i for i, column in enumerate(columns) if factors[i] and column.numerators.any()]
    columns, factors = [columns[i] for i in counting], [factors[i] for i in counting]
    limits = [threshold * common for threshold in step.thresholds]
    offset = step.offset * common
    compare = FIRING[step.fires].compare
    total = weighted_sum([column.numerators for column in columns], factors, count, offset)
    if total is not None:
        fired = [compare(total, limit) for limit in clipped(limits, SAFE_SIZE)]
        return fired, Column(scaled(total, 1, offset), step.scale * common) if wants_sum else None
    if wants_sum or any(column.numerators.dtype == object for column in columns):
        exact = [_exact_sum(factors, columns, row) for row in range(count)]
        fired = [np.array([compare(s, limit) for s in exact], bool) for limit in limits]
        per = step.scale * common
        sums = [simplest(Fraction(s + offset, per)) for s in exact] if wants_sum else []
        return fired, Column(objects(sums)) if wants_sum else None
    return _compare_floats(step, factors, columns, limits, count), None


def _compare_floats(
    step: PlanNeuron,
    factors: Sequence[int],
    columns: Sequence[Column],
    limits: Sequence[int],
    count: int,
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
        compare, fired = FIRING[step.fires].compare, []
        for limit in limits:
            near = _float(limit)
            slack = bound + abs(near) * 4 * _ROUNDING
            difference = total - near
            one = compare(difference, 0.0)
            unsure = ~(np.abs(difference) > slack)  # also where anything overflowed
            for row in np.flatnonzero(unsure).tolist():
                one[row] = compare(_exact_sum(factors, columns, row), limit)
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

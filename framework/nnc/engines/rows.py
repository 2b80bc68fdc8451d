"""One row at a time, in Python's integers: the engine for few rows, and for looking inside."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnc.columns import Batch, Column
from nnc.engines.signals import Signals, Wanted
from nnc.exact import Number
from nnc.plan import Plan

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}


def run(plan: Plan, batch: Batch, wanted: Wanted) -> Signals:
    """Evaluate row by row."""
    bits = {signal: np.zeros(batch.count, np.uint8) for signal in wanted.signals}
    sums: dict[int, list[Number]] = {place: [] for place in wanted.sums}
    for row, inputs in enumerate(input_values(batch)):
        values, totals = evaluate_row(plan, inputs)
        for signal, column in bits.items():
            column[row] = values[signal]
        for place, column_of_sums in sums.items():
            column_of_sums.append(totals[place])
    columns = {
        place: Column(_array(totals), plan.steps[place].scale) for place, totals in sums.items()
    }
    return Signals(bits, columns)


def input_values(batch: Batch) -> Iterator[tuple[Number, ...]]:
    """Give the exact values of the inputs, row by row."""
    columns = [column.values() for column in batch.columns]
    return zip(*columns, strict=True) if columns else iter([()] * batch.count)


def evaluate_row(plan: Plan, inputs: tuple[Number, ...]) -> tuple[list[Number], list[Number]]:
    """Give every signal, and every step's sum in units of 1/scale, for one row."""
    values: list[Number] = [0, 1, *inputs]
    values += [0] * (len(plan.signals) - len(values))
    totals: list[Number] = []
    for step in plan.steps:
        total: Number = 0
        for source, weight in zip(step.sources, step.weights, strict=True):
            value = values[source]
            if value:
                total += weight * value
        totals.append(total)
        compare = COMPARE[step.fires]
        signal = step.first
        for threshold in step.thresholds:
            values[signal] = 1 if compare(total, threshold) else 0
            signal += 1
    return values, totals


def _array(totals: list[Number]) -> np.ndarray[Any, Any]:
    if all(type(total) is int and -(2**63) <= total < 2**63 for total in totals):
        return np.array(totals, np.int64)
    array = np.empty(len(totals), object)
    array[:] = totals
    return array

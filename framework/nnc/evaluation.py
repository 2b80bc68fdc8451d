"""Plan + rows -> outputs: picks an engine and gives the outputs by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.columns import Batch, Column, Labels, Results
from nnc.engines import ENGINES, engine_for
from nnc.engines.signals import Signals, Wanted
from nnc.graph import Tap
from nnc.plan import Plan


def evaluate_batch(plan: Plan, batch: Batch, *, bits: bool = False) -> Results:
    """Evaluate a plan for every row of a batch.

    Gives a column for each output, in the order of the file. A bus is one unsigned integer, its
    element 0 the lowest bit; with `bits` it is a column `alias(i)` for each element.
    """
    signals = run(plan, batch)
    results: Results = {}
    for tap in plan.outputs:
        if tap.kind == "sum":
            results[tap.alias] = signals.sums[tap.node]
        elif tap.kind == "level":
            level: NDArray[Any] = np.zeros(batch.count, np.int64)
            for signal in tap.signals:
                level += signals.bits[signal]
            results[tap.alias] = Labels(level, tap.labels) if tap.labels else Column(level)
        elif tap.kind == "number":
            results[tap.alias] = batch.columns[tap.signals[0] - 2]
        elif tap.kind == "bit":
            results[tap.alias] = Column(signals.bits[tap.signals[0]])
        elif bits:
            for i, signal in enumerate(tap.signals):
                results[f"{tap.alias}({i})"] = Column(signals.bits[signal])
        else:
            results[tap.alias] = Column(bus_integers([signals.bits[s] for s in tap.signals]))
    return results


def output_names(plan: Plan, *, bits: bool = False) -> list[str]:
    """Give the names of the output columns."""
    return [
        name
        for tap in plan.outputs
        for name in (
            [f"{tap.alias}({i})" for i in range(len(tap.signals))]
            if bits and tap.kind == "bus"
            else [tap.alias]
        )
    ]


def run(plan: Plan, batch: Batch) -> Signals:
    """Evaluate a plan with the engine that suits the number of rows."""
    bits = ("bit", "bus", "level")
    wanted = Wanted(
        frozenset(signal for tap in plan.outputs if tap.kind in bits for signal in tap.signals),
        frozenset(tap.node for tap in plan.outputs if tap.kind == "sum"),
    )
    return ENGINES[engine_for(batch.count)](plan, batch, wanted)


def bus_integers(bits: list[NDArray[Any]]) -> NDArray[Any]:
    """Read bits as unsigned integers, the first the lowest; Python integers from 64 bits on."""
    if len(bits) > 63:
        packed = np.packbits(np.stack(bits, axis=1), axis=1, bitorder="little")
        wide = np.empty(len(packed), object)
        wide[:] = [int.from_bytes(row.tobytes(), "little") for row in packed]
        return wide
    total = np.zeros(len(bits[0]) if bits else 0, np.int64)
    for i, bit in enumerate(bits):
        total += bit.astype(total.dtype) * (1 << i)
    return total


def as_array(tap: Tap, results: Results) -> NDArray[Any]:
    """Give an output as an array: rows, or for a bus rows x size."""
    if tap.kind == "bus":
        columns = [results[f"{tap.alias}({i})"] for i in range(len(tap.signals))]
        return np.stack([c.numerators for c in columns if isinstance(c, Column)], axis=1)
    column = results[tap.alias]
    if isinstance(column, Labels):
        return np.array(column.values(), dtype=object)
    if column.denominator == 1 and column.numerators.dtype.kind in "ui":
        return column.numerators
    values = column.values()
    is_int64 = all(isinstance(one, int) and -(1 << 63) <= one < 1 << 63 for one in values)
    array: NDArray[Any] = np.empty(len(values), np.int64 if is_int64 else object)
    array[:] = values
    return array

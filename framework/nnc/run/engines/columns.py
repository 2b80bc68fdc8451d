"""A whole column at a time, in NumPy: exact by construction.

Where every source is a bit, sums are added in an integer type that holds every partial one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.plan import Group, LayerStep, Plan, PlanNeuron
from nnc.language.network import FIRING
from nnc.numbers.integers import scaled
from nnc.rows.columns import Batch, Column
from nnc.run.engines import layers
from nnc.run.engines.engine import PlainSignals, Signals, Wanted, element_columns
from nnc.run.engines.numbers import add_numbers
from nnc.run.engines.products import counted, counted_columns, values_of
from nnc.run.engines.sums import sums_of

_MAX_BYTES = 1 << 28  # of signals, a byte for each row

Array = NDArray[Any]


def run(plan: Plan, batch: Batch, wanted: Wanted) -> Signals:
    """Evaluate level by level, some rows at a time so that the signals stay in memory."""
    rows = max(64, min(1 << 16, _MAX_BYTES // max(plan.signals, 1)))
    parts = [
        _run(plan, batch.cut(start, start + rows), wanted) for start in range(0, batch.count, rows)
    ]
    if len(parts) == 1:
        return parts[0]
    bits = {
        signal: np.concatenate([part.bits[signal] for part in parts] or [np.zeros(0, np.uint8)])
        for signal in wanted.signals
    }
    sums = {first: Column.joined([part.sums[first] for part in parts]) for first in wanted.sums}
    return PlainSignals(bits, sums)


def _run(plan: Plan, batch: Batch, wanted: Wanted) -> PlainSignals:
    elements = element_columns(plan.inputs, batch.columns)
    bits = np.zeros((plan.signals, batch.count), np.uint8)
    bits[1] = 1
    numbers: dict[int, Column] = {}
    signal = 2
    for input_ in plan.inputs.values():
        for column in elements[signal - 2 : signal - 2 + input_.width]:
            if input_.type in ("bit", "choice"):
                bits[signal] = column.numerators
            else:
                numbers[signal] = column
            signal += 1
    sums: dict[int, Column] = {}
    for entry in plan.schedule:
        if isinstance(entry, LayerStep):
            _layer(entry, bits, numbers, wanted, sums)
        else:
            for group in plan.groups[entry.start]:
                if isinstance(group, PlanNeuron):
                    _neuron(group, bits, numbers, wanted, sums)
                else:
                    _group(group, bits, wanted, sums)
    return PlainSignals({signal: bits[signal] for signal in wanted.signals}, sums)


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
        values = values_of(counted_columns(layer, columns), bits.shape[1])
    elif isinstance(sources, range):
        values = counted(layer, bits[sources.start : sources.stop])
    else:
        values = counted(layer, bits[np.asarray(sources, np.int64)])
    bits[layer.first : layer.first + layer.outputs] = layers.fire(layer, values, wanted.threads)
    asked = sorted(s - layer.first for s in wanted.sums if s in layer.signals)
    for i, column in zip(asked, layers.sums(layer, values, asked), strict=True):
        sums[layer.first + i] = column


def _column(signal: int, bits: Array, numbers: dict[int, Column]) -> Column:
    return numbers.get(signal) or Column(bits[signal])


def _neuron(
    step: PlanNeuron,
    bits: Array,
    numbers: dict[int, Column],
    wanted: Wanted,
    sums: dict[int, Column],
) -> None:
    """Evaluate one neuron by itself: its signals are written into `bits`."""
    wants_sum = step.first in wanted.sums
    if step.dtype == "exact":
        columns = {source: _column(source, bits, numbers) for source in step.sources}
        own = [columns[source] for source in step.sources]
        fired, _ = add_numbers(step, own, bits.shape[1], wants_sum=False)
        if wants_sum:
            sums |= sums_of([step], columns.__getitem__, bits.shape[1])
    else:
        added = _add_bits(step, bits)
        fired = [FIRING[step.fires].compare(added, threshold) for threshold in step.thresholds]
        if wants_sum:
            sums[step.first] = Column(scaled(added, 1, step.offset), step.scale)
    for signal, reached in enumerate(fired, step.first):
        bits[signal] = reached


def _add_bits(step: PlanNeuron, bits: Array) -> Array:
    """Add the weighted bits in the type that holds every partial sum."""
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
        bits[signals] = FIRING[group.fires].compare(totals[places], limits[:, None])
    for i in group.asked(wanted.sums):
        step = group.steps[i]
        sums[step.first] = Column(scaled(totals[i], 1, step.offset), step.scale)

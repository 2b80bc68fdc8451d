"""A plan calculated from its own numbers, in Python's fractions, one neuron after the other.

It shares no code with the engines: a source is a value, a neuron a sum of weights times values.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from nnc.compiler.graph import SparseWeights
from nnc.compiler.plan import Plan
from nnc.language.network import COMPARISONS

FIRES = {
    "above": operator.gt, "below": operator.lt, "at_least": operator.ge, "at_most": operator.le
}  # fmt: skip


class Calculated(NamedTuple):
    """What one row gives: the values of all signals, bits as 0 or 1, and the sums by signal."""

    values: list[Fraction]
    sums: dict[int, Fraction]


def calculate(plan: Plan, inputs: Sequence[Any]) -> Calculated:
    """Calculate one row; `inputs` has the elements of the inputs, bits as 0 or 1."""
    values = [Fraction(0), Fraction(1), *map(Fraction, inputs)]
    values += [Fraction(0)] * (plan.signals - len(values))
    sums: dict[int, Fraction] = {}
    table = plan.neurons
    made = [(int(first), i) for i, first in enumerate(table.first.tolist())]
    made += [(layer.first, -1 - i) for i, layer in enumerate(plan.layers)]
    for first, place in sorted(made):
        if place < 0:
            _layer(plan.layers[-1 - place], values, sums)
            continue
        synapses = slice(*table.indptr[place : place + 2].tolist())
        total = sum(
            (w * values[s] for s, w in zip(
                table.sources[synapses].tolist(), table.weights[synapses].tolist(), strict=True
            )),
            Fraction(),
        )  # fmt: skip
        fires = FIRES[COMPARISONS[int(table.fires[place])]]
        limits = table.limits[slice(*table.limit_ptr[place : place + 2].tolist())].tolist()
        for i, limit in enumerate(limits):
            values[first + i] = Fraction(fires(total, limit))
        sums[first] = (total + table.offsets.tolist()[place]) / table.scales.tolist()[place]
    return Calculated(values, sums)


def _layer(layer: Any, values: list[Fraction], sums: dict[int, Fraction]) -> None:
    bits = [values[int(source)] for source in layer.sources]
    counts = layer.counts.tolist()
    if len(counts) == 1:
        counts *= len(bits) // counts[0]
    ends = [0, *accumulate(counts)]
    read = [sum(bits[a:b], Fraction()) for a, b in pairwise(ends)]  # what each weight is for
    limits = layer.limits.tolist()
    scales, offsets = (
        one.tolist() * (layer.size if len(one) == 1 else 1) for one in (layer.scales, layer.offsets)
    )
    for i in range(layer.size):
        if isinstance(layer.weights, SparseWeights):
            stretch = slice(*map(int, layer.weights.indptr[i : i + 2]))
            places = layer.weights.indices[stretch].tolist()
            row = layer.weights.values[stretch].tolist()
        else:
            places, row = range(len(read)), layer.weights[i].tolist()
        total = sum((Fraction(w) * read[p] for p, w in zip(places, row, strict=True)), Fraction())
        first = layer.first + i * layer.width
        for k in range(layer.width):
            limit = Fraction(limits[i * layer.width + k])
            values[first + k] = Fraction(FIRES[layer.fires](total, limit))
        sums[first] = layer.factor * total / scales[i] + Fraction(offsets[i])


def outputs(plan: Plan, row: Calculated) -> dict[str, Any]:
    """Give the outputs of a row, each element of a bus by itself."""
    found: dict[str, Any] = {}
    for tap in plan.outputs:
        if tap.kind == "level":
            level = sum(int(row.values[signal]) for signal in tap.signals)
            found[tap.alias] = tap.labels[level] if tap.labels else level
        elif tap.kind == "largest":
            sums = [row.sums[signal] for signal in tap.signals]
            place = sums.index(max(sums))
            found[tap.alias] = tap.labels[place] if tap.labels else place
        else:
            each = [_given(plan, tap.kind, int(signal), row) for signal in tap.signals]
            names = [f"{tap.alias}({i})" for i in range(len(each))] if tap.is_bus else [tap.alias]
            found |= dict(zip(names, each, strict=True))
    return found


def _given(plan: Plan, kind: str, signal: int, row: Calculated) -> Fraction:
    """Give the sum of a neuron, the number of an input, or the state of a bit."""
    if kind == "sum":
        return row.sums[signal]
    for name, first in plan.first_of.items():
        one = plan.inputs[name]
        if first <= signal < first + one.width and one.type in ("integer", "real"):
            return row.values[signal]
    states = next((states for first, stop, states in plan.states if first <= signal < stop), (0, 1))
    return Fraction(states[int(row.values[signal])])

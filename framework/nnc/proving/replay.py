"""A row in which an output differs -> Counterexample: replayed one row at a time.

The replay adds up exact integers in Python and shares nothing with the packed engines that found
the row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction

import numpy as np

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.exact import Number, simplest
from nnc.proving.blocks import Block
from nnc.proving.outputs import Component, components_of
from nnc.proving.pair import Compared, Pair, Row
from nnc.proving.verdicts import Counterexample, Parted
from nnc.run.engines import evaluate_row, input_values
from nnc.run.trace import PlainValue, given_inputs, on_the_way, trace

_MOST_PARTED = 5


class Replay:
    """One row on one network: every signal, and the exact sum of every neuron."""

    def __init__(self, pair: Pair, plan: Plan, row: Row) -> None:
        self.plan = plan
        values = {axis: (value,) for axis, value in enumerate(row)}
        block = Block(pair.domain, 1, values, lambda _axis: np.zeros(1, np.int64))
        self.given = next(iter(input_values(plan, block.batch(plan))))
        self.values, self._totals = evaluate_row(plan, self.given)

    def output(self, tap: Tap) -> PlainValue:
        """Give what an output is worth: a bus as its unsigned integer, or a list."""
        found = [self.value(component) for component in components_of(tap)]
        if not tap.is_bus:
            return found[0]
        exact = [value for value in found if not isinstance(value, str)]
        return sum(int(bit) << i for i, bit in enumerate(exact)) if tap.is_integer else exact

    def value(self, component: Component) -> Number | str:
        """Give one value of an output."""
        kind, signals, states, labels = component
        if kind == "sum":
            return self._sum(signals[0])
        if kind == "number":
            return self.values[signals[0]]
        if states is not None:
            return states[int(self.values[signals[0]])]
        if kind == "level":
            place = sum(int(self.values[signal]) for signal in signals)
        else:
            sums = [self._sum(signal) for signal in signals]
            place = sums.index(max(sums))
        return labels[place] if labels else place

    def _sum(self, signal: int) -> Number:
        """Give the exact sum of the neuron that makes a signal."""
        total = self._totals[signal]
        if self.plan.layer_of(signal) is not None:
            return total
        step = self.plan.maker[signal]
        return simplest(Fraction(total + step.offset) / step.scale)


def counterexample(pair: Pair, output: Compared) -> Counterexample:
    """Replay the witness of an output on both networks."""
    assert output.witness is not None
    before = Replay(pair, pair.before, output.witness)
    after = Replay(pair, pair.after, output.witness)
    values = before.output(output.before), after.output(output.after)
    # engines that disagree are a bug of ours, and never a difference of the networks
    assert values[0] != values[1], f"`{output.alias}` is the same when it is replayed: {values[0]}"
    inputs = given_inputs(after.plan, after.given) | given_inputs(before.plan, before.given)
    order = dict.fromkeys([*pair.before.inputs, *pair.after.inputs])
    parted = tuple(_parted(output, before, after))
    return Counterexample({name: inputs[name] for name in order}, *values, parted)


def _parted(output: Compared, before: Replay, after: Replay) -> Iterator[Parted]:
    """Give the first neurons of one name that give something else; or those of the output."""
    names = [(name, name) for name in _differing(output, before, after)]
    if not names:
        names = list(dict.fromkeys(_makers(output, before, after)))
    names = names[:_MOST_PARTED]
    told = [
        {one.name: one for one in trace(replay.plan, replay.given, {pair[side] for pair in names})}
        for side, replay in enumerate((before, after))
    ]
    for one, other in names:
        yield Parted(told[0][one], told[1][other])


def _makers(output: Compared, before: Replay, after: Replay) -> Iterator[tuple[str, str]]:
    """Name the neurons that make those values of an output that differ."""
    for part in output.parts:
        if before.value(part.before) == after.value(part.after):
            continue
        for one, other in zip(part.before.signals, part.after.signals, strict=False):
            if one >= before.plan.first_made and other >= after.plan.first_made:
                yield before.plan.neuron_of(one), after.plan.neuron_of(other)


def _differing(output: Compared, before: Replay, after: Replay) -> list[str]:
    """Name the neurons on the way to an output that both networks have, and that differ.

    There are none where most neurons of one name read other sources: then names, as `n1`, `n2`,
    say nothing.
    """
    shared = on_the_way(before.plan, {output.alias}) & on_the_way(after.plan, {output.alias})
    read = [_read(replay.plan, shared) for replay in (before, after)]
    alike = sum(read[0][name] == read[1][name] for name in shared)
    if 2 * alike < len(shared):
        return []
    fired = [_fired(replay, shared) for replay in (before, after)]
    return [name for name, states in fired[0].items() if states != fired[1][name]]


def _read(plan: Plan, names: Collection[str]) -> dict[str, set[str]]:
    """Name what each of some neurons reads."""
    found = {}
    for step in plan.steps:
        if step.name in names:
            found[step.name] = {plan.name_of(source) for source in step.sources}
    for layer in plan.layers:
        sources = {plan.name_of(int(source)) for source in layer.sources}
        own = map(plan.name_of, range(layer.first, layer.first + layer.size))
        found |= {name: sources for name in own if name in names}
    return found


def _fired(replay: Replay, names: Collection[str]) -> dict[str, list[Number]]:
    """Give what each of some neurons gives, in the order of calculation."""
    plan = replay.plan
    found: dict[str, list[Number]] = {}
    for signal in range(plan.first_made, plan.signals):
        name = plan.neuron_of(signal)
        if name in names:
            value = plan.states_of(signal)[int(replay.values[signal])]
            found.setdefault(name, []).append(value)
    return found

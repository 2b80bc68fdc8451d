"""A row in which an output differs -> Counterexample: made small, and replayed one row at a time.

The replay adds up exact integers in Python and shares nothing with the packed engines that found
the row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.exact import Number, simplest
from nnc.proving.blocks import Block, differing, first_row
from nnc.proving.budget import CODED
from nnc.proving.pair import ComparedOutput, Component, Pair, Row, components_of
from nnc.run.engines import evaluate_row, input_values
from nnc.run.trace import NeuronTrace, PlainValue, given_inputs, on_the_way, trace

_MAX_PARTED = 5
"""So many neurons of a counterexample are traced."""
_MAX_ROUNDS = 256
"""So often it is tried to let inputs rest."""


class Parted(NamedTuple):
    """One neuron in both networks, which gives something else in each: its sum and thresholds."""

    before: NeuronTrace
    after: NeuronTrace


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Inputs for which an output differs, replayed on both networks one row at a time.

    `inputs` has the value of each input as a row could give it: a bus of bits as its unsigned
    integer, another as a list, a choice as its value. `before` and `after` are what the output
    gives. `parted` are the first neurons that give something else, in the order of calculation:
    those of one name or, where there are none, those that make the output.
    """

    inputs: dict[str, PlainValue]
    before: PlainValue
    after: PlainValue
    parted: tuple[Parted, ...] = ()


# ------------------------------------------------------------------------------ minimising


def minimised(pair: Pair, output: ComparedOutput, row: Row) -> Row:
    """Let stretches of inputs rest, ever shorter ones, as long as the output still differs.

    This is the delta debugging of Zeller and Hildebrandt (2002), with all stretches of a length
    tried at once. Where the budget is spent, the others stay as they are.
    """
    resting = [axis.resting for axis in pair.domain.axes]
    depends = {axis for part in output.open for axis in part.axes}
    row = [value if axis in depends else resting[axis] for axis, value in enumerate(row)]
    length = len(row)
    for _ in range(_MAX_ROUNDS):
        moved = [axis for axis, value in enumerate(row) if value != resting[axis]]
        length = min(length, len(moved))
        if not moved:
            return row
        stretches = [moved[start : start + length] for start in range(0, len(moved), length)]
        work = pair.cost(output.open).of(len(stretches)) + 2 * CODED * len(stretches) * len(row)
        if not pair.budget.takes(work):
            return row
        place = _still_differs(pair, output, row, stretches)
        if place is not None:
            for axis in stretches[place]:
                row[axis] = resting[axis]
        elif length == 1:
            return row
        else:
            length = (length + 1) // 2
    return row


def _still_differs(
    pair: Pair, output: ComparedOutput, row: Row, stretches: list[list[int]]
) -> int | None:
    """Return the first of some stretches of axes that may rest."""
    codes = np.ones((len(stretches), len(row)), np.int64)
    for place, stretch in enumerate(stretches):
        codes[place, stretch] = 0
    # code 0 is the value at rest, code 1 that of the row
    values = {place: (axis.resting, row[place]) for place, axis in enumerate(pair.domain.axes)}
    block = Block(pair.domain, len(stretches), values, lambda axis: codes[:, axis])
    (words,) = differing(pair, block, [output.open])
    return first_row(words) if words.any() else None


# ---------------------------------------------------------------------------------- replay


class Replay:
    """One row on one network: every signal, and the exact sum of every neuron."""

    def __init__(self, pair: Pair, plan: Plan, row: Row) -> None:
        self.plan = plan
        values = {axis: (value,) for axis, value in enumerate(row)}
        block = Block(pair.domain, 1, values, lambda _axis: np.zeros(1, np.int64))
        self.inputs = next(iter(input_values(plan, block.batch(plan))))
        self.values, self._totals = evaluate_row(plan, self.inputs)

    def output(self, tap: Tap) -> PlainValue:
        """Return what an output is worth: a bus as its unsigned integer, or a list."""
        values = [self.value(component) for component in components_of(tap)]
        if not tap.is_bus:
            return values[0]
        exact = [value for value in values if not isinstance(value, str)]
        return sum(int(bit) << i for i, bit in enumerate(exact)) if tap.is_integer else exact

    def value(self, component: Component) -> Number | str:
        """Return one value of an output."""
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
        """Return the exact sum of the neuron that makes a signal."""
        total = self._totals[signal]
        if self.plan.layer_of(signal) is not None:
            return total
        step = self.plan.maker[signal]
        return simplest(Fraction(total + step.offset) / step.scale)


def counterexample(pair: Pair, output: ComparedOutput) -> Counterexample:
    """Replay the witness of an output on both networks."""
    assert output.witness is not None
    before = Replay(pair, pair.before, output.witness)
    after = Replay(pair, pair.after, output.witness)
    values = before.output(output.before), after.output(output.after)
    # engines that disagree are a bug of ours, and never a difference of the networks
    assert values[0] != values[1], f"`{output.alias}` is the same when it is replayed: {values[0]}"
    inputs = given_inputs(after.plan, after.inputs) | given_inputs(before.plan, before.inputs)
    order = dict.fromkeys([*pair.before.inputs, *pair.after.inputs])
    parted = tuple(_parted(output, before, after))
    return Counterexample({name: inputs[name] for name in order}, *values, parted)


def _parted(output: ComparedOutput, before: Replay, after: Replay) -> Iterator[Parted]:
    """Yield the first neurons of one name that give something else; or those of the output."""
    names = [(name, name) for name in _differing(output, before, after)]
    if not names:
        names = list(dict.fromkeys(_makers(output, before, after)))
    names = names[:_MAX_PARTED]
    traces = [
        {
            neuron.name: neuron
            for neuron in trace(replay.plan, replay.inputs, {pair[side] for pair in names})
        }
        for side, replay in enumerate((before, after))
    ]
    for name, other in names:
        yield Parted(traces[0][name], traces[1][other])


def _makers(output: ComparedOutput, before: Replay, after: Replay) -> Iterator[tuple[str, str]]:
    """Name the neurons that make those values of an output that differ."""
    for part in output.parts:
        if before.value(part.before) == after.value(part.after):
            continue
        for signal, other_signal in zip(part.before.signals, part.after.signals, strict=False):
            if signal >= before.plan.first_made and other_signal >= after.plan.first_made:
                yield before.plan.neuron_of(signal), after.plan.neuron_of(other_signal)


def _differing(output: ComparedOutput, before: Replay, after: Replay) -> list[str]:
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
    sources_of = {}
    for step in plan.steps:
        if step.name in names:
            sources_of[step.name] = {plan.name_of(source) for source in step.sources}
    for layer in plan.layers:
        sources = {plan.name_of(int(source)) for source in layer.sources}
        own = map(plan.name_of, range(layer.first, layer.first + layer.size))
        sources_of |= {name: sources for name in own if name in names}
    return sources_of


def _fired(replay: Replay, names: Collection[str]) -> dict[str, list[Number]]:
    """Return what each of some neurons gives, in the order of calculation."""
    plan = replay.plan
    states_of: dict[str, list[Number]] = {}
    for signal in range(plan.first_made, plan.signals):
        name = plan.neuron_of(signal)
        if name in names:
            value = plan.states_of(signal)[int(replay.values[signal])]
            states_of.setdefault(name, []).append(value)
    return states_of

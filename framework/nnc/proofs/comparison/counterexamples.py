"""A row in which an output differs -> Counterexample: made small, and replayed one row at a time.

The replay adds up exact integers in Python and shares nothing with the packed engines that found
the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.numbers.exact import Number, simplest
from nnc.proofs.plans.blocks import Block, differing, first_row
from nnc.proofs.plans.pair import (
    ComparedOutput,
    Component,
    Pair,
    Row,
    components_of,
    parts_of,
    signals_of,
)
from nnc.run.engines import evaluate_row, input_values
from nnc.run.trace import FollowedRow, NeuronTrace, PlainValue, given_inputs

_MAX_PARTED = 5  # neurons of a counterexample that are traced
_MAX_ROUNDS = 256  # attempts to let inputs rest
_MAX_COMPARED = 1_000  # neurons of one name whose sources are compared


class Parted(NamedTuple):
    """One neuron in both networks, which gives something else in each.

    `thresholds` are those that decide otherwise, by their names before and after. There are none
    where the output is made of its sum.
    """

    before: NeuronTrace
    after: NeuronTrace
    thresholds: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Inputs for which an output differs, replayed on both networks one row at a time.

    `inputs` has the values as a row could give them: a bus of bits as its unsigned integer, another
    as a list, a choice as its value. `before` and `after` are what the output gives, whatever the
    other inputs are: that is proved. `others` has the values that those had in the replay; an input
    of which no value suits both networks has none. `parted` are the first neurons that give
    something else, in the order of calculation: those of one name or, where there are none, those
    that make the output.
    """

    inputs: dict[str, PlainValue]
    before: PlainValue
    after: PlainValue
    parted: tuple[Parted, ...] = ()
    others: dict[str, PlainValue] = field(default_factory=dict)

    @property
    def row(self) -> dict[str, PlainValue]:
        """The value of every input in the replay."""
        return self.inputs | self.others


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
        if not pair.budget.takes(pair.work(output.open, len(stretches), len(row))):
            return row
        index = _still_differs(pair, output, row, stretches)
        if index is not None:
            for axis in stretches[index]:
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
    for index, stretch in enumerate(stretches):
        codes[index, stretch] = 0
    # code 0 is the value at rest, code 1 that of the row
    values = {index: (axis.resting, row[index]) for index, axis in enumerate(pair.domain.axes)}
    block = Block(pair.domain, len(stretches), values, lambda axis: codes[:, axis])
    (words,) = differing(pair, block, [output.open])
    return first_row(words) if words.any() else None


# ---------------------------------------------------------------------------------- replay


class EvaluatedRow:
    """One row on one network: every signal, and the exact sum of every neuron.

    `inputs` are the constants and the elements of the inputs, bits as 0 or 1.
    """

    def __init__(self, plan: Plan, inputs: Sequence[Number]) -> None:
        self.plan, self.inputs = plan, inputs
        self.values, self.totals = evaluate_row(plan, inputs)

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
            return self.sum(signals[0])
        if kind == "number":
            return self.values[signals[0]]
        if states is not None:
            return states[int(self.values[signals[0]])]
        if kind == "level":
            index = sum(int(self.values[signal]) for signal in signals)
        else:
            sums = [self.sum(signal) for signal in signals]
            index = sums.index(max(sums))
        return labels[index] if labels else index

    def sum(self, signal: int) -> Number:
        """Return the exact sum of the neuron that makes a signal."""
        total = self.totals[signal]
        if self.plan.layer_of(signal) is not None:
            return total
        step = self.plan.maker[signal]
        return simplest(Fraction(total + step.offset) / step.scale)


class Replay(EvaluatedRow):
    """The row in which two networks differ, on one of them."""

    def __init__(self, pair: Pair, plan: Plan, row: Row) -> None:
        self.row = row
        values = {axis: (value,) for axis, value in enumerate(row)}
        block = Block(pair.domain, 1, values, lambda _axis: np.zeros(1, np.int64))
        super().__init__(plan, next(iter(input_values(plan, block.batch(plan)))))


def counterexample(
    pair: Pair, output: ComparedOutput, axes: set[int], replays: list[tuple[Replay, Replay]]
) -> Counterexample:
    """Replay the witness of an output on both networks; `axes` decide what these give.

    The replays of other outputs are used again for the same row.
    """
    before, after = _replayed(pair, output, replays)
    values = before.output(output.before), after.output(output.after)
    # engines that disagree are a bug of ours, and never a difference of the networks
    assert values[0] != values[1], f"`{output.alias}` is the same when it is replayed: {values[0]}"
    inputs = given_inputs(after.plan, after.inputs) | given_inputs(before.plan, before.inputs)
    named = {pair.domain.axes[axis].input for axis in axes}
    order = dict.fromkeys([*pair.before.inputs, *pair.after.inputs])
    row = {name: inputs[name] for name in order if name not in pair.domain.apart}
    return Counterexample(
        {name: value for name, value in row.items() if name in named},
        *values,
        tuple(_parted(output, before, after)),
        {name: value for name, value in row.items() if name not in named},
    )


def replayed_example(
    alias: str, before: EvaluatedRow, after: EvaluatedRow, decide: Iterable[str]
) -> Counterexample:
    """Return what an output gives in a row that was replayed.

    Inputs that decide are those of `decide`, and all that the output reads in either network.
    """
    sides = (before, after)
    taps = [next(tap for tap in side.plan.outputs if tap.alias == alias) for side in sides]
    output = ComparedOutput(alias, taps[0], taps[1], parts_of(taps[0], taps[1]))
    values = given_inputs(after.plan, after.inputs) | given_inputs(before.plan, before.inputs)
    row = {name: values[name] for name in dict.fromkeys([*before.plan.inputs, *after.plan.inputs])}
    named = set(decide).union(
        *(_inputs_read(side.plan, tap) for side, tap in zip(sides, taps, strict=True))
    )
    return Counterexample(
        {name: value for name, value in row.items() if name in named},
        before.output(taps[0]),
        after.output(taps[1]),
        tuple(_parted(output, before, after)),
        {name: value for name, value in row.items() if name not in named},
    )


def known_row(output: ComparedOutput, replays: list[tuple[Replay, Replay]]) -> Row | None:
    """Return a row in which other outputs differ, and this one too, where there is one."""
    for before, after in replays:
        if before.output(output.before) != after.output(output.after):
            return before.row
    return None


def _replayed(
    pair: Pair, output: ComparedOutput, replays: list[tuple[Replay, Replay]]
) -> tuple[Replay, Replay]:
    assert output.witness is not None
    row = list(output.witness)
    for before, after in replays:
        if before.row == row:
            return before, after
    replays.append((Replay(pair, pair.before, row), Replay(pair, pair.after, row)))
    return replays[-1]


def _parted(output: ComparedOutput, before: EvaluatedRow, after: EvaluatedRow) -> Iterator[Parted]:
    """Yield the first neurons of one name that give something else, and sums that do."""
    plans = before.plan, after.plan
    signals: dict[tuple[str, str], tuple[int, int]] = {}
    names: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for old, new in _differing(output, before, after) or _makers(output, before, after):
        pair = plans[0].neuron_of(old), plans[1].neuron_of(new)
        signals.setdefault(pair, (old, new))
        names.setdefault(pair, []).append((plans[0].name_of(old), plans[1].name_of(new)))
    for old, new in _sums(output, before, after):
        signals.setdefault((plans[0].neuron_of(old), plans[1].neuron_of(new)), (old, new))
    rows = [FollowedRow(replay.plan, replay.values, replay.totals) for replay in (before, after)]
    for pair, makers in list(signals.items())[:_MAX_PARTED]:
        if all(map(_is_declared, plans, makers)):
            traces = rows[0].neuron(makers[0]), rows[1].neuron(makers[1])
            yield Parted(*traces, tuple(names.get(pair, ())))


def _is_declared(plan: Plan, signal: int) -> bool:
    """Return whether a neuron is one of the network: a bit at its default has no trace."""
    step = plan.maker.get(signal)
    return step is None or not (step.is_default or step.is_value)


def _makers(
    output: ComparedOutput, before: EvaluatedRow, after: EvaluatedRow
) -> Iterator[tuple[int, int]]:
    """Yield the thresholds that make those values of an output that differ."""
    for part in output.parts:
        is_sum = part.before.is_sum or part.after.is_sum
        if is_sum or before.value(part.before) == after.value(part.after):
            continue
        for old, new in zip(part.before.signals, part.after.signals, strict=False):
            is_made = old >= before.plan.first_made and new >= after.plan.first_made
            if is_made and _state(before, old) != _state(after, new):
                yield old, new


def _sums(
    output: ComparedOutput, before: EvaluatedRow, after: EvaluatedRow
) -> Iterator[tuple[int, int]]:
    """Yield the neurons whose sums make those values of an output that differ."""
    for part in output.parts:
        if not (part.before.is_sum and part.after.is_sum):
            continue
        if before.value(part.before) == after.value(part.after):
            continue
        for old, new in zip(part.before.signals, part.after.signals, strict=False):
            if before.sum(old) != after.sum(new):
                yield old, new


def _differing(
    output: ComparedOutput, before: EvaluatedRow, after: EvaluatedRow
) -> list[tuple[int, int]]:
    """Return the thresholds on the way to an output that both networks have, and that differ.

    There are none where most neurons of one name read other sources: then names, as `n1`, `n2`,
    say nothing.
    """
    olds = _on_the_way(before.plan, [part.before for part in output.parts])
    news = _on_the_way(after.plan, [part.after for part in output.parts])
    places = {after.plan.name_of(signal): signal for signal in news}
    named = [(signal, places.get(before.plan.name_of(signal))) for signal in sorted(olds)]
    pairs = [(old, new) for old, new in named if new is not None]
    some = pairs[:: len(pairs) // _MAX_COMPARED + 1]
    alike = sum(_read(before.plan, old) == _read(after.plan, new) for old, new in some)
    if 2 * alike < len(some):
        return []
    return [(old, new) for old, new in pairs if _state(before, old) != _state(after, new)]


def _inputs_read(plan: Plan, tap: Tap) -> set[str]:
    """Return the inputs to which wires lead from an output."""
    read = _read_below(plan, components_of(tap)).union(tap.signals)
    names, first = set[str](), 2
    for name, input_ in plan.inputs.items():
        if not read.isdisjoint(range(first, first + input_.width)):
            names.add(name)
        first += input_.width
    return names


def _on_the_way(plan: Plan, components: Iterable[Component]) -> set[int]:
    """Return the bits of neurons that some values of an output are made of."""
    return {signal for signal in _read_below(plan, components) if signal >= plan.first_made}


def _read_below(plan: Plan, components: Iterable[Component]) -> set[int]:
    """Return the bits and numbers that some values of an output are made of."""
    bits, sums = signals_of(components)
    todo = [*bits, *(source for signal in sums for source in _sources(plan, signal))]
    seen = set(todo)
    while todo:
        fresh = [source for source in _sources(plan, todo.pop()) if source not in seen]
        seen.update(fresh)
        todo += fresh
    return seen


def _sources(plan: Plan, signal: int) -> Sequence[int]:
    """Return what the neuron of a signal reads; an input reads nothing."""
    if signal < plan.first_made:
        return ()
    layer = plan.layer_of(signal)
    return plan.maker[signal].sources if layer is None else layer.row(signal - layer.first)[0]


def _read(plan: Plan, signal: int) -> set[str]:
    """Name what the neuron of a signal reads."""
    return {plan.name_of(int(source)) for source in _sources(plan, signal)}


def _state(replay: EvaluatedRow, signal: int) -> Number:
    """Return what a bit is worth."""
    return replay.plan.states_of(signal)[int(replay.values[signal])]

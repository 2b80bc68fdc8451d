"""A row in which an output differs -> Counterexample: made small, and replayed one row at a time.

The replay adds up exact integers in Python and shares nothing with the packed engines that found
the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from nnc.compiler.netlist import Argmax, Netlist
from nnc.compiler.plan import Plan
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.proofs.plans.blocks import Block, differing, first_row
from nnc.proofs.plans.pair import (
    ComparedOutput,
    Component,
    OutputPart,
    Pair,
    Row,
    components_of,
)
from nnc.run.engines import input_values
from nnc.run.trace import FollowedRow, NeuronTrace, PlainValue, given_inputs, output_trace

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


def _value(row: FollowedRow, component: Component) -> Number | str:
    """Return one value of an output in a row."""
    value, labels = component.value, component.labels
    if isinstance(value, Argmax):
        sums = list(map(row.sum, component.signals))
        index = sums.index(max(sums))
        return labels[index] if labels else index
    if value.is_sum:
        return row.sum(component.signals[0])
    terms = sum(factor * row.values[signal] for signal, factor in value.terms)
    number = simplest(Fraction(terms + value.constant) / value.unit)
    return labels[int(number)] if labels else number


class Replay(FollowedRow):
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
    values = output_trace(before, output.before).value, output_trace(after, output.after).value
    # engines that disagree are a bug of ours, and never a difference of the networks
    assert values[0] != values[1], f"`{output.alias}` is the same when it is replayed: {values[0]}"
    inputs = given_inputs(after.plan, after.inputs) | given_inputs(before.plan, before.inputs)
    named = {pair.domain.axes[axis].input for axis in axes}
    order = dict.fromkeys([*pair.before.inputs, *pair.after.inputs])
    row = {name: inputs[name] for name in order if name not in pair.domain.apart}
    return Counterexample(
        {name: value for name, value in row.items() if name in named},
        *values,
        tuple(_parted(output, before, after, pair.netlists)),
        {name: value for name, value in row.items() if name not in named},
    )


def replayed_example(
    alias: str, before: FollowedRow, after: FollowedRow, decide: Iterable[str]
) -> Counterexample:
    """Return what an output gives in a row that was replayed.

    Inputs that decide are those of `decide`, and all that the output reads in either network.
    """
    sides = (before, after)
    taps = [next(tap for tap in side.plan.outputs if tap.alias == alias) for side in sides]
    netlists = Netlist(before.plan), Netlist(after.plan)
    components = map(components_of, taps, netlists)
    output = ComparedOutput(alias, taps[0], taps[1], list(map(OutputPart, *components)))
    values = given_inputs(after.plan, after.inputs) | given_inputs(before.plan, before.inputs)
    row = {name: values[name] for name in dict.fromkeys([*before.plan.inputs, *after.plan.inputs])}
    named = set(decide).union(
        *(
            _inputs_read(netlist, [part.before if i == 0 else part.after for part in output.parts])
            for i, netlist in enumerate(netlists)
        )
    )
    return Counterexample(
        {name: value for name, value in row.items() if name in named},
        output_trace(before, taps[0]).value,
        output_trace(after, taps[1]).value,
        tuple(_parted(output, before, after, netlists)),
        {name: value for name, value in row.items() if name not in named},
    )


def known_row(output: ComparedOutput, replays: list[tuple[Replay, Replay]]) -> Row | None:
    """Return a row in which other outputs differ, and this one too, where there is one."""
    for before, after in replays:
        if any(_value(before, part.before) != _value(after, part.after) for part in output.parts):
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


Netlists = tuple[Netlist, Netlist]


def _parted(
    output: ComparedOutput, before: FollowedRow, after: FollowedRow, netlists: Netlists
) -> Iterator[Parted]:
    """Yield the first neurons of one name that give something else, and sums that do."""
    plans = before.plan, after.plan
    signals: dict[tuple[str, str], tuple[int, int]] = {}
    names: dict[tuple[str, str], list[tuple[str, str]]] = {}
    outputs = list(_making(output, before, after))
    differing = _differing(output, before, after, netlists)
    for old, new in differing or [pair for pair, is_sum in outputs if not is_sum]:
        neurons = plans[0].neuron_of(old), plans[1].neuron_of(new)
        signals.setdefault(neurons, (old, new))
        names.setdefault(neurons, []).append((plans[0].name_of(old), plans[1].name_of(new)))
    for old, new in (pair for pair, is_sum in outputs if is_sum):
        signals.setdefault((plans[0].neuron_of(old), plans[1].neuron_of(new)), (old, new))
    for neurons, makers in list(signals.items())[:_MAX_PARTED]:
        if all(map(_is_declared, plans, makers)):
            traces = before.neuron(makers[0]), after.neuron(makers[1])
            yield Parted(*traces, tuple(names.get(neurons, ())))


def _is_declared(plan: Plan, signal: int) -> bool:
    """Return whether a neuron is one of the network: a bit at its default has no trace."""
    step = plan.maker.get(signal)
    return step is None or not (step.is_default or step.is_value)


def _making(
    output: ComparedOutput, before: FollowedRow, after: FollowedRow
) -> Iterator[tuple[tuple[int, int], bool]]:
    """Yield the neurons that make those values of an output that differ.

    They are thresholds that differ or, if the second value is true, neurons whose sums do.
    """
    for part in output.parts:
        is_sum = part.before.is_sum
        if is_sum != part.after.is_sum or _value(before, part.before) == _value(after, part.after):
            continue
        for old, new in zip(part.before.signals, part.after.signals, strict=False):
            if is_sum:
                differs = before.sum(old) != after.sum(new)
            else:
                is_made = old >= before.plan.first_made and new >= after.plan.first_made
                differs = is_made and before.value(old) != after.value(new)
            if differs:
                yield (old, new), is_sum


def _differing(
    output: ComparedOutput, before: FollowedRow, after: FollowedRow, netlists: Netlists
) -> list[tuple[int, int]]:
    """Return the thresholds on the way to an output that both networks have, and that differ.

    There are none where most neurons of one name read other sources: then names, as `n1`, `n2`,
    say nothing.
    """
    olds, news = (
        sorted(net for net in _nets_below(netlist, components) if net >= netlist.first_made)
        for netlist, components in zip(
            netlists,
            ([part.before for part in output.parts], [part.after for part in output.parts]),
            strict=True,
        )
    )
    news_of = {after.plan.name_of(signal): signal for signal in news}
    named = [(signal, news_of.get(before.plan.name_of(signal))) for signal in olds]
    pairs = [(old, new) for old, new in named if new is not None]
    some = pairs[:: len(pairs) // _MAX_COMPARED + 1]
    alike = sum(_read(netlists[0], old) == _read(netlists[1], new) for old, new in some)
    if 2 * alike < len(some):
        return []
    return [(old, new) for old, new in pairs if before.value(old) != after.value(new)]


def _inputs_read(netlist: Netlist, components: Iterable[Component]) -> set[str]:
    """Return the inputs to which wires lead from some values of an output."""
    below, plan = _nets_below(netlist, components), netlist.plan
    return {
        name
        for name, input_ in plan.inputs.items()
        if not below.isdisjoint(range(plan.first_of[name], plan.first_of[name] + input_.width))
    }


def _nets_below(netlist: Netlist, components: Iterable[Component]) -> set[int]:
    """Return the bits and numbers that some values of an output are made of."""
    roots: set[int] = set()
    below: set[int] = set()
    for component in components:
        roots.update(component.signals)
        below.update(() if component.is_sum else component.signals)
    for cell in netlist.cells(roots):
        below.update(net for net, _ in cell.terms)
    return below


def _read(netlist: Netlist, signal: int) -> set[str]:
    """Name what the neuron of a signal reads."""
    return {netlist.name_of(net) for net, _ in netlist.cell(signal).terms}

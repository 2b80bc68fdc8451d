"""Why did it fire: for one row, each neuron's sum, threshold, margin and contributions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from typing_extensions import TypedDict

from nnc.compiler.plan import LayerStep, Plan, PlanNeuron, all_steps
from nnc.exact import Number, show_number, simplest
from nnc.language.network import BITS, FIRING, Fires
from nnc.printable import line, printable
from nnc.rows.columns import fits_json
from nnc.run.engines.rows import Totals, evaluate_row


class Contribution(NamedTuple):
    """What one source adds to a sum."""

    source: str
    value: Number
    weight: Number

    @property
    def amount(self) -> Number:
        """The weight times the value."""
        return self.weight * self.value


class Limit(NamedTuple):
    """One threshold: `name` is the neuron, or `neuron.threshold`; `margin` is sum - threshold.

    `value` is the state that the neuron gives.
    """

    name: str
    threshold: Number
    margin: Number
    fired: bool
    value: Number


class NeuronTrace(NamedTuple):
    """What one neuron did for one row."""

    name: str
    fires: Fires
    sum: Number
    limits: tuple[Limit, ...]
    contributions: tuple[Contribution, ...]


def trace(
    plan: Plan, values: Sequence[Number], names: Collection[str] | None = None
) -> list[NeuronTrace]:
    """Follow one row through every neuron, in the order of calculation.

    `values` are the constants and the elements of the inputs, bits as 0 or 1; see
    `nnc.run.engines.rows.input_values`. With `names` only these neurons are told.
    """
    values, totals = evaluate_row(plan, values)
    found: list[NeuronTrace] = []
    for step in all_steps(plan):
        if isinstance(step, LayerStep):
            asked = [
                i
                for i in range(step.size)
                if names is None or plan.name_of(step.first + i) in names
            ]
            found += [_of_layer(step, i, plan, values, totals) for i in asked]
        elif not step.is_default and (names is None or step.name in names):
            total = Fraction(totals[step.first] + step.offset) / step.scale
            found.append(_of_neuron(step, plan, values, simplest(total)))
    return found


def _value(plan: Plan, values: Sequence[Number], signal: int) -> Number:
    """Give what a signal is worth: the state of a bit."""
    value = values[signal]
    states = plan.states_of(signal)
    return value if states == BITS else states[int(value)]


def _contribution(
    plan: Plan, values: Sequence[Number], signal: int, weight: Number
) -> Contribution:
    """Say what a source adds; `weight` is what a change of its bit adds."""
    off, on = plan.states_of(signal)
    exact = simplest(Fraction(weight) / (on - off))
    return Contribution(plan.name_of(signal), _value(plan, values, signal), exact)


def _of_neuron(
    step: PlanNeuron, plan: Plan, values: Sequence[Number], total: Number
) -> NeuronTrace:
    limits = []
    for i in range(len(step.thresholds)):
        threshold = step.threshold(i)
        limits.append(
            Limit(
                plan.name_of(step.first + i),
                threshold,
                simplest(Fraction(total - threshold)),
                values[step.first + i] == 1,
                _value(plan, values, step.first + i),
            )
        )
    contributions = tuple(
        _contribution(plan, values, source, Fraction(weight) / step.scale)
        for source, weight in zip(step.sources, step.weights, strict=True)
    )
    return NeuronTrace(step.name, step.fires, total, tuple(limits), contributions)


def _of_layer(
    layer: LayerStep, i: int, plan: Plan, values: Sequence[Number], sums: Totals
) -> NeuronTrace:
    total = sums[layer.first + i]
    threshold = layer.threshold(i)
    name = plan.name_of(layer.first + i)
    margin = simplest(Fraction(total - threshold))
    signal = layer.first + i
    limit = Limit(name, threshold, margin, values[signal] == 1, _value(plan, values, signal))
    sources, weights = layer.row(i)
    gain = layer.factor / Fraction(layer.scale(i))
    contributions = tuple(
        _contribution(plan, values, source, weight * gain)
        for source, weight in zip(sources, weights, strict=True)
    )
    return NeuronTrace(name, layer.written_fires, total, (limit,), contributions)


def on_the_way(plan: Plan, aliases: set[str]) -> set[str]:
    """Name the neurons that the given outputs depend on."""
    todo = [signal for tap in plan.outputs if tap.alias in aliases for signal in tap.signals]
    seen = set(todo)
    names = set()
    while todo:
        signal = todo.pop()
        layer = plan.layer_of(signal)
        if layer is not None:
            sources: Sequence[int] = layer.row(signal - layer.first)[0]
        elif signal in plan.maker:
            sources = plan.maker[signal].sources
        else:
            continue
        names.add(plan.neuron_of(signal))
        more = [source for source in sources if source not in seen]
        seen.update(more)
        todo += more
    return names


# ---------------------------------------------------------------------------------- printing

_MOST_SHOWN = 32


def as_text(plan: Plan, number: int, values: Sequence[Number], neurons: list[NeuronTrace]) -> str:
    """Give the trace of a row for people."""
    inputs = given_inputs(plan, values).items()
    given = ", ".join(f"{name}={told(value)}" for name, value in inputs)
    lines = [f"row {number}: {given}"]
    for neuron in neurons:
        lines += neuron_lines(neuron)
    return "".join(f"{line(one)}\n" for one in lines)


Given = Number | list[Number] | str
"""The value of an input: a number, the elements of a bus, or the value of a choice."""


def given_inputs(plan: Plan, values: Sequence[Number]) -> dict[str, Given]:
    """Give the values of the inputs as a row has them."""
    found: dict[str, Given] = {}
    for name, one in plan.inputs.items():
        first = plan.first_of[name]
        own = values[first : first + one.width]
        if one.of is not None:
            found[name] = one.of[own.index(1)]
        elif one.is_integer_bus:
            found[name] = int("".join(str(bit) for bit in reversed(own)), 2)
        else:
            states = one.state_values
            elements = [states[int(v)] for v in own] if one.type == "bit" else list(own)
            found[name] = elements if one.is_bus else elements[0]
    return found


def told(value: Given) -> str:
    """Write the value of an input as the command line takes it."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return show_number(value)
    shown = ",".join(map(show_number, value[:_MOST_SHOWN]))
    return f"[{shown}{',…' if value[_MOST_SHOWN:] else ''}]"


def neuron_lines(neuron: NeuronTrace) -> list[str]:
    """Give the lines of one neuron: what it decided, then what each source added.

    Of over 32 sources only the 32 that add or take most are shown, in their order.
    """
    lines = []
    told = neuron.contributions
    left_out = len(told) - _MOST_SHOWN
    if left_out > 0:
        by_amount = sorted(enumerate(told), key=lambda one: -max(one[1].amount, -one[1].amount))
        told = tuple(c for _, c in sorted(by_amount[:_MOST_SHOWN]))
    for limit in neuron.limits:
        sign = FIRING[neuron.fires].sign
        verdict = "fires" if limit.fired else "silent"
        margin = f"+{show_number(limit.margin)}" if limit.margin > 0 else show_number(limit.margin)
        lines.append(
            f"  {limit.name} = {show_number(limit.value)}  {verdict}: sum {show_number(neuron.sum)}"
            f", fires {sign} {show_number(limit.threshold)}, margin {margin}"
        )
    amounts = [show_number(c.amount) for c in told]
    amounts = [text if text.startswith("-") else f"+{text}" for text in amounts]
    sources = [printable(c.source) for c in told]
    width = max(map(len, sources), default=0)
    wide = max((len(text) for text in amounts), default=0)
    for c, source, amount in zip(told, sources, amounts, strict=True):
        lines.append(
            f"      {source:<{width}}  {amount:>{wide}}  = "
            f"{show_number(c.weight)} × {show_number(c.value)}"
        )
    if left_out > 0:
        rest = Fraction(neuron.sum - sum(c.amount for c in told))
        lines.append(f"      … and {left_out:,} more sources: {show_number(simplest(rest))}")
    return lines


JsonNumber = int | str
"""A number where it is an integer below 2**53, else its exact text."""


class ContributionRecord(TypedDict):
    """What one source adds to the sum: weight times value."""

    source: str
    value: JsonNumber
    weight: JsonNumber
    amount: JsonNumber


class LimitRecord(TypedDict):
    """One threshold, by the name of its output; the margin is the sum minus the threshold."""

    name: str
    threshold: JsonNumber
    margin: JsonNumber
    fired: int


class NeuronRecord(TypedDict):
    """What one neuron did."""

    name: str
    fires: str
    sum: JsonNumber
    thresholds: list[LimitRecord]
    contributions: list[ContributionRecord]


class TraceRecord(TypedDict):
    """What every neuron did for one row; rows count from 1."""

    format_version: int
    row: int
    inputs: dict[str, JsonNumber | list[JsonNumber]]
    neurons: list[NeuronRecord]


def as_json(plan: Plan, rows: Iterable[Sequence[Number]], *, lines: bool) -> Iterator[str]:
    """Give the traces of rows as a JSON array, or as one object a line."""
    written = 0
    for number, values in enumerate(rows, 1):
        record: TraceRecord = {
            "format_version": 1,
            "row": number,
            "inputs": {
                name: json_value(value) for name, value in given_inputs(plan, values).items()
            },
            "neurons": [neuron_record(neuron) for neuron in trace(plan, values)],
        }
        text = json.dumps(record)
        yield text + "\n" if lines else (",\n" if written else "[\n") + text
        written += 1
    if not lines:
        yield "\n]\n" if written else "[]\n"


def json_value(value: Given) -> JsonNumber | list[JsonNumber]:
    """Give the value of an input or output for JSON."""
    if isinstance(value, list):
        return [json_number(one) for one in value]
    return value if isinstance(value, str) else json_number(value)


def json_number(value: Number) -> JsonNumber:
    """Give an integer below 2**53 as it is, any other number as its exact text."""
    return value if isinstance(value, int) and fits_json(value) else show_number(value)


def neuron_record(neuron: NeuronTrace) -> NeuronRecord:
    """Give what a neuron did for JSON."""
    return {
        "name": neuron.name,
        "fires": neuron.fires,
        "sum": json_number(neuron.sum),
        "thresholds": [
            {
                "name": one.name,
                "threshold": json_number(one.threshold),
                "margin": json_number(one.margin),
                "fired": int(one.fired),
            }
            for one in neuron.limits
        ],
        "contributions": [
            {
                "source": one.source,
                "value": json_number(one.value),
                "weight": json_number(one.weight),
                "amount": json_number(one.amount),
            }
            for one in neuron.contributions
        ],
    }

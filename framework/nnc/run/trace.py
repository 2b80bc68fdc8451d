"""Why did it fire: for one row, each neuron's sum, threshold, margin and contributions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, NotRequired

from typing_extensions import TypedDict

from nnc.compiler.plan import LayerStep, Plan, PlanNeuron, all_neurons
from nnc.exact import Number, fits_json, show_number, simplest
from nnc.language.network import BITS, FIRING, Fires
from nnc.printable import line, printable
from nnc.run.engines import Totals, evaluate_row


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

    `value` is the state that the neuron gives, `fires` the rule of the threshold.
    """

    name: str
    fires: Fires
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
    plan: Plan,
    values: Sequence[Number],
    names: Collection[str] | None = None,
    totals: Totals | None = None,
) -> list[NeuronTrace]:
    """Follow one row through every neuron, in the order of calculation.

    `values` are the constants and the elements of the inputs, bits as 0 or 1; see
    `nnc.run.engines.input_values`. With `names` only these neurons are followed. With `totals` the
    row was evaluated, and `values` are those of every signal.
    """
    if totals is None:
        values, totals = evaluate_row(plan, values)
    neurons: list[NeuronTrace] = []
    for whole in all_neurons(plan):
        if isinstance(whole, LayerStep):
            asked = [
                i
                for i in range(whole.size)
                if names is None or plan.name_of(whole.first + i) in names
            ]
            neurons += [_of_layer(whole, i, plan, values, totals) for i in asked]
            continue
        step = whole[0]
        if not step.is_default and (names is None or step.name in names):
            total = Fraction(totals[step.first] + step.offset) / step.scale
            neurons.append(_of_neuron(whole, plan, values, simplest(total)))
    return neurons


def _value(plan: Plan, values: Sequence[Number], signal: int) -> Number:
    """Return what a signal is worth: the state of a bit."""
    value = values[signal]
    states = plan.states_of(signal)
    return value if states == BITS else states[int(value)]


def _contribution(
    plan: Plan, values: Sequence[Number], signal: int, weight: Number
) -> Contribution:
    """Return what a source adds; `weight` is what a change of its bit adds.

    Of a bit with states -1 and 1, half as much is the weight as written.
    """
    off, on = plan.states_of(signal)
    exact = simplest(Fraction(weight) / (on - off))
    return Contribution(plan.name_of(signal), _value(plan, values, signal), exact)


def _of_neuron(
    steps: Sequence[PlanNeuron], plan: Plan, values: Sequence[Number], total: Number
) -> NeuronTrace:
    limits = tuple(
        _limit(plan, values, step.first + i, step.fires, total, step.threshold(i))
        for step in steps
        for i in range(len(step.thresholds))
    )
    first = steps[0]
    contributions = tuple(
        _contribution(plan, values, source, Fraction(weight) / first.scale)
        for source, weight in zip(first.sources, first.weights, strict=True)
    )
    return NeuronTrace(first.name, first.fires, total, limits, contributions)


def _limit(
    plan: Plan,
    values: Sequence[Number],
    signal: int,
    fires: Fires,
    total: Number,
    threshold: Number,
) -> Limit:
    margin = simplest(Fraction(total - threshold))
    value = _value(plan, values, signal)
    return Limit(plan.name_of(signal), fires, threshold, margin, values[signal] == 1, value)


def _of_layer(
    layer: LayerStep, i: int, plan: Plan, values: Sequence[Number], sums: Totals
) -> NeuronTrace:
    total = sums[layer.first + i]
    fires = layer.written_fires
    limit = _limit(plan, values, layer.first + i, fires, total, layer.threshold(i))
    sources, weights = layer.row(i)
    gain = layer.factor / Fraction(layer.scale(i))
    contributions = tuple(
        _contribution(plan, values, source, weight * gain)
        for source, weight in zip(sources, weights, strict=True)
    )
    return NeuronTrace(limit.name, fires, total, (limit,), contributions)


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

_MAX_SHOWN = 32


def as_text(plan: Plan, number: int, values: Sequence[Number], neurons: list[NeuronTrace]) -> str:
    """Return the trace of a row as people read it."""
    inputs = given_inputs(plan, values).items()
    given = ", ".join(f"{name}={show_value(value)}" for name, value in inputs)
    lines = [f"row {number}: {given}"]
    for neuron in neurons:
        lines += neuron_lines(neuron)
    return "".join(f"{line(text)}\n" for text in lines)


PlainValue = Number | list[Number] | str
"""The value of an input: a number, the elements of a bus, or the value of a choice."""


def given_inputs(plan: Plan, values: Sequence[Number]) -> dict[str, PlainValue]:
    """Return the values of the inputs as a row has them."""
    given: dict[str, PlainValue] = {}
    for name, input_ in plan.inputs.items():
        first = plan.first_of[name]
        own = values[first : first + input_.width]
        if input_.of is not None:
            given[name] = input_.of[own.index(1)]
        elif input_.is_integer_bus:
            given[name] = int("".join(str(bit) for bit in reversed(own)), 2)
        else:
            states = input_.state_values
            elements = [states[int(v)] for v in own] if input_.type == "bit" else list(own)
            given[name] = elements if input_.is_bus else elements[0]
    return given


def show_value(value: PlainValue) -> str:
    """Return the value of an input or output as the command line takes it."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return show_number(value)
    elements = ",".join(map(show_number, value[:_MAX_SHOWN]))
    return f"[{elements}{',…' if value[_MAX_SHOWN:] else ''}]"


def neuron_lines(neuron: NeuronTrace) -> list[str]:
    """Return the lines of one neuron: what it decided, then what each source added.

    Of over 32 sources only the 32 that add or take most are shown, in their order.
    """
    lines = []
    sign = FIRING[neuron.fires].sign
    for limit in neuron.limits:
        sign = FIRING[limit.fires].sign
        verdict = "fires" if limit.fired else "silent"
        margin = f"+{show_number(limit.margin)}" if limit.margin > 0 else show_number(limit.margin)
        lines.append(
            f"  {limit.name} = {show_number(limit.value)}  {verdict}: sum {show_number(neuron.sum)}"
            f", fires {sign} {show_number(limit.threshold)}, margin {margin}"
        )
    heaviest = _heaviest(neuron.contributions)
    amounts = [_signed(contribution.amount) for contribution in heaviest]
    sources = [printable(contribution.source) for contribution in heaviest]
    source_width = max(map(len, sources), default=0)
    amount_width = max(map(len, amounts), default=0)
    for contribution, source, amount in zip(heaviest, sources, amounts, strict=True):
        lines.append(
            f"      {source:<{source_width}}  {amount:>{amount_width}}  = "
            f"{show_number(contribution.weight)} × {show_number(contribution.value)}"
        )
    left_out = len(neuron.contributions) - len(heaviest)
    if left_out > 0:
        rest = Fraction(neuron.sum - sum(contribution.amount for contribution in heaviest))
        lines.append(f"      … and {left_out:,} more sources: {show_number(simplest(rest))}")
    return lines


def _heaviest(contributions: Sequence[Contribution]) -> Sequence[Contribution]:
    """Return the 32 contributions that add or take most, in their order."""
    if len(contributions) <= _MAX_SHOWN:
        return contributions
    amounts = [contribution.amount for contribution in contributions]
    by_size = sorted(range(len(amounts)), key=lambda i: -max(amounts[i], -amounts[i]))
    return [contributions[i] for i in sorted(by_size[:_MAX_SHOWN])]


def _signed(number: Number) -> str:
    text = show_number(number)
    return text if text.startswith("-") else f"+{text}"


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
    fires: NotRequired[str]
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


def as_json(
    plan: Plan, rows: Iterable[Sequence[Number]], first: int = 1, *, lines: bool
) -> Iterator[str]:
    """Yield the traces of rows, numbered from `first`, as a JSON array, or one object per line."""
    is_empty = True
    for number, values in enumerate(rows, first):
        record: TraceRecord = {
            "format_version": 1,
            "row": number,
            "inputs": {
                name: json_value(value) for name, value in given_inputs(plan, values).items()
            },
            "neurons": [neuron_record(neuron) for neuron in trace(plan, values)],
        }
        text = json.dumps(record)
        yield text + "\n" if lines else ("[\n" if is_empty else ",\n") + text
        is_empty = False
    if not lines:
        yield "[]\n" if is_empty else "\n]\n"


def json_value(value: PlainValue) -> JsonNumber | list[JsonNumber]:
    """Return the value of an input or output for JSON."""
    if isinstance(value, list):
        return [json_number(element) for element in value]
    return value if isinstance(value, str) else json_number(value)


def json_number(value: Number) -> JsonNumber:
    """Return an integer below 2**53 as it is, any other number as its exact text."""
    return value if fits_json(value) else show_number(value)


def _limit_record(limit: Limit, fires: Fires) -> LimitRecord:
    """Give a threshold for JSON, with its rule where that is not the one of its neuron."""
    record: LimitRecord = {
        "name": limit.name,
        "threshold": json_number(limit.threshold),
        "margin": json_number(limit.margin),
        "fired": int(limit.fired),
    }
    if limit.fires != fires:
        record["fires"] = limit.fires
    return record


def neuron_record(neuron: NeuronTrace) -> NeuronRecord:
    """Return what a neuron did for JSON."""
    return {
        "name": neuron.name,
        "fires": neuron.fires,
        "sum": json_number(neuron.sum),
        "thresholds": [_limit_record(limit, neuron.fires) for limit in neuron.limits],
        "contributions": [
            {
                "source": contribution.source,
                "value": json_number(contribution.value),
                "weight": json_number(contribution.weight),
                "amount": json_number(contribution.amount),
            }
            for contribution in neuron.contributions
        ],
    }

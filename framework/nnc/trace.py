"""Why did it fire: for one row, each neuron's sum, threshold, margin and contributions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from typing_extensions import TypedDict

from nnc.engines.rows import evaluate_row
from nnc.exact import Number, show_number, simplest
from nnc.plan import Plan, Step


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
    """One threshold: `name` is the neuron, or `neuron.threshold`; `margin` is sum - threshold."""

    name: str
    threshold: Number
    margin: Number
    fired: bool


class NeuronTrace(NamedTuple):
    """What one neuron did for one row."""

    name: str
    fires: str
    sum: Number
    limits: tuple[Limit, ...]
    contributions: tuple[Contribution, ...]


def trace(plan: Plan, inputs: tuple[Number, ...]) -> list[NeuronTrace]:
    """Follow one row through every neuron, in the order of calculation."""
    values, totals = evaluate_row(plan, inputs)
    return [
        _neuron(step, plan, values, total) for step, total in zip(plan.steps, totals, strict=True)
    ]


def _neuron(step: Step, plan: Plan, values: list[Number], total: Number) -> NeuronTrace:
    def unscaled(number: Number) -> Number:
        return simplest(Fraction(number) / step.scale)

    limits = tuple(
        Limit(
            plan.signals[step.first + i],
            unscaled(threshold),
            unscaled(total - threshold),
            values[step.first + i] == 1,
        )
        for i, threshold in enumerate(step.thresholds)
    )
    contributions = tuple(
        Contribution(plan.signals[source], values[source], unscaled(weight))
        for source, weight in zip(step.sources, step.weights, strict=True)
    )
    return NeuronTrace(step.name, step.fires, unscaled(total), limits, contributions)


def on_the_way(plan: Plan, aliases: set[str]) -> set[str]:
    """Name the neurons that the given outputs depend on."""
    maker = {step.first + i: step for step in plan.steps for i in range(len(step.thresholds))}
    todo = [
        maker[signal]
        for tap in plan.outputs
        if tap.alias in aliases
        for signal in tap.signals
        if signal in maker
    ]
    found = {step.name for step in todo}
    while todo:
        for source in todo.pop().sources:
            step = maker.get(source)
            if step is not None and step.name not in found:
                found.add(step.name)
                todo.append(step)
    return found


# ---------------------------------------------------------------------------------- printing

_SIGNS = {"above": ">", "at_least": "≥", "below": "<", "at_most": "≤"}


def as_text(plan: Plan, number: int, inputs: tuple[Number, ...], neurons: list[NeuronTrace]) -> str:
    """Give the trace of a row for people."""
    given = ", ".join(
        f"{name}={show_number(value)}" for name, value in zip(plan.inputs, inputs, strict=True)
    )
    lines = [f"row {number}: {given}"]
    for neuron in neurons:
        lines += neuron_lines(neuron)
    return "\n".join(lines) + "\n"


def neuron_lines(neuron: NeuronTrace) -> list[str]:
    """Give the lines of one neuron: what it decided, then what each source added."""
    lines = []
    for limit in neuron.limits:
        sign = _SIGNS[neuron.fires]
        verdict = "fires" if limit.fired else "silent"
        margin = f"+{show_number(limit.margin)}" if limit.margin > 0 else show_number(limit.margin)
        lines.append(
            f"  {limit.name} = {int(limit.fired)}  {verdict}: sum {show_number(neuron.sum)}"
            f", fires {sign} {show_number(limit.threshold)}, margin {margin}"
        )
    amounts = [show_number(c.amount) for c in neuron.contributions]
    amounts = [text if text.startswith("-") else f"+{text}" for text in amounts]
    width = max((len(c.source) for c in neuron.contributions), default=0)
    wide = max((len(text) for text in amounts), default=0)
    for c, amount in zip(neuron.contributions, amounts, strict=True):
        lines.append(
            f"      {c.source:<{width}}  {amount:>{wide}}  = "
            f"{show_number(c.weight)} × {show_number(c.value)}"
        )
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
    inputs: dict[str, JsonNumber]
    neurons: list[NeuronRecord]


def as_json(plan: Plan, rows: Iterable[tuple[Number, ...]], *, lines: bool) -> Iterator[str]:
    """Give the traces of rows as a JSON array, or as one object a line."""
    written = 0
    for number, inputs in enumerate(rows, 1):
        record: TraceRecord = {
            "format_version": 1,
            "row": number,
            "inputs": dict(zip(plan.inputs, map(json_number, inputs), strict=True)),
            "neurons": [_record(neuron) for neuron in trace(plan, inputs)],
        }
        text = json.dumps(record, ensure_ascii=False)
        yield text + "\n" if lines else (",\n" if written else "[\n") + text
        written += 1
    if not lines:
        yield "\n]\n" if written else "[]\n"


def json_number(value: Number) -> JsonNumber:
    """Give an integer below 2**53 as it is, any other number as its exact text."""
    return value if isinstance(value, int) and abs(value) < 1 << 53 else show_number(value)


def _record(neuron: NeuronTrace) -> NeuronRecord:
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

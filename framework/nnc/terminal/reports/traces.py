"""Traces as JSON, an object a row: what each output gives and why, and what every neuron did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NotRequired

from typing_extensions import TypedDict

from nnc.language.network import Fires
from nnc.numbers.exact import Number, fits_json, show_number
from nnc.run.trace import Limit, NeuronTrace, OutputTrace, PlainValue, Trace

JsonNumber = int | str
"""A number where it is an integer below 2**53, else its exact text."""
JsonValue = JsonNumber | list[JsonNumber]


class ContributionRecord(TypedDict):
    """What one source adds to the sum: weight times value."""

    source: str
    value: JsonNumber
    weight: JsonNumber
    amount: JsonNumber


class LimitRecord(TypedDict):
    """One threshold, by the name of its output, and how far its decision is from changing."""

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


class RankRecord(TypedDict):
    """One of the neurons of which the one with the largest sum is taken."""

    name: str
    label: str
    sum: JsonNumber


class OutputRecord(TypedDict):
    """What one output gives, and why."""

    name: str
    kind: str
    value: JsonValue
    reason: str
    sources: list[str]
    thresholds: list[LimitRecord]
    ranking: list[RankRecord]


class TraceRecord(TypedDict):
    """Why the outputs of one row are what they are; rows count from 1."""

    format_version: int
    row: int
    extra: dict[str, str]
    inputs: dict[str, JsonNumber | list[JsonNumber]]
    outputs: list[OutputRecord]
    way: list[str]
    decisive: list[str]
    neurons: list[NeuronRecord]


def traces_as_json(traces: Iterable[Trace], *, lines: bool) -> Iterator[str]:
    """Yield traces as a JSON array, or as an object per line."""
    is_empty = True
    for trace in traces:
        text = json.dumps(trace_record(trace))
        yield text + "\n" if lines else ("[\n" if is_empty else ",\n") + text
        is_empty = False
    if not lines:
        yield "[]\n" if is_empty else "\n]\n"


def trace_record(trace: Trace) -> TraceRecord:
    """Return a trace for JSON."""
    return {
        "format_version": 1,
        "row": trace.row,
        "extra": dict(trace.extra),
        "inputs": {name: json_value(value) for name, value in trace.inputs.items()},
        "outputs": list(map(_output_record, trace.outputs)),
        "way": list(trace.way),
        "decisive": list(trace.decisive),
        "neurons": list(map(neuron_record, trace.neurons)),
    }


def json_value(value: PlainValue) -> JsonValue:
    """Return the value of an input or output for JSON."""
    if isinstance(value, list):
        return [json_number(element) for element in value]
    return value if isinstance(value, str) else json_number(value)


def json_number(value: Number) -> JsonNumber:
    """Return an integer below 2**53 as it is, any other number as its exact text."""
    return value if fits_json(value) else show_number(value)


def _output_record(output: OutputTrace) -> OutputRecord:
    return {
        "name": output.name,
        "kind": output.kind,
        "value": json_value(output.value),
        "reason": output.reason,
        "sources": list(output.sources),
        "thresholds": [_limit_record(limit) for limit in output.limits],
        "ranking": [
            {"name": rank.name, "label": rank.label, "sum": json_number(rank.sum)}
            for rank in output.ranking
        ],
    }


def _limit_record(limit: Limit, fires: Fires | None = None) -> LimitRecord:
    """Return a threshold for JSON, with its rule where that is not the one of its neuron."""
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

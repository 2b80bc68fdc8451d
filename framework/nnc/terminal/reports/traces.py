"""Write traces as JSON, one object per row, with the outputs, reasons and neurons."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from nnc.language.network import Fires
from nnc.numbers.exact import Number
from nnc.records import OPTIONAL, plain
from nnc.run.trace import Limit, NeuronTrace, OutputTrace, PlainValue, Trace


@dataclass(frozen=True, slots=True)
class ContributionRecord:
    """The contribution of one source to a sum: weight times value."""

    source: str
    """The source: an input, a neuron, a step or a constant."""
    value: Number
    """The value of the source."""
    weight: Number
    """The weight of the source."""
    amount: Number
    """The weight times the value."""


@dataclass(frozen=True, slots=True)
class LimitRecord:
    """One threshold, by the name of its output."""

    name: str
    """The name."""
    threshold: Number
    """The number that the sum is compared with."""
    margin: Number
    """The distance of the sum from the threshold."""
    fired: int
    """1 if the neuron fired, else 0."""
    fires: str | None = field(default=None, metadata=OPTIONAL)
    """The rule: `above`, `at_least`, `below` or `at_most`."""


@dataclass(frozen=True, slots=True)
class NeuronRecord:
    """The sum and decisions of one neuron."""

    name: str
    """The name."""
    fires: str
    """The rule: `above`, `at_least`, `below` or `at_most`."""
    sum: Number
    """The weighted sum, exactly."""
    thresholds: tuple[LimitRecord, ...]
    """Each threshold of the neuron."""
    contributions: tuple[ContributionRecord, ...]
    """The contribution of each source to the sum."""


@dataclass(frozen=True, slots=True)
class RankRecord:
    """One of the neurons whose sums are compared for the largest."""

    name: str
    """The name."""
    label: str
    """Its label; empty if there are none."""
    sum: Number
    """The weighted sum, exactly."""


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """The value of one output, and the reason."""

    name: str
    """The name."""
    kind: str
    """`bit`, `bus`, `number`, `sum`, `level` or `largest`."""
    value: PlainValue
    """The value of the output; a bus of bits as its unsigned integer."""
    reason: str
    """Why, in one line."""
    sources: tuple[str, ...]
    """Its neurons or inputs."""
    thresholds: tuple[LimitRecord, ...]
    """The thresholds that decide a bit or a level."""
    ranking: tuple[RankRecord, ...]
    """The neurons compared for the largest sum, the winner first."""


@dataclass(frozen=True, slots=True)
class TraceRecord:
    """The trace of one row: its outputs and the reasons for them."""

    format_version: int
    """The version of this form of output: 1."""
    row: int
    """The number of the row, from 1."""
    extra: Mapping[str, str]
    """The kept columns of the row that are not inputs."""
    inputs: Mapping[str, PlainValue]
    """The value of each input."""
    outputs: tuple[OutputRecord, ...]
    """The value of each output and the reason, in the order of the file."""
    way: tuple[str, ...]
    """The neurons that decided, from the outputs down, by name."""
    decisive: tuple[str, ...]
    """The inputs, or their elements, that decided: with these unchanged, the outputs stay the same
    for any values of the others.
    """
    neurons: tuple[NeuronRecord, ...]
    """The neurons that the outputs may depend on, in order of evaluation."""


def traces_as_json(traces: Iterable[Trace], *, lines: bool) -> Iterator[str]:
    """Yield traces as a JSON array, or as an object per line."""
    is_empty = True
    for trace in traces:
        text = json.dumps(plain(trace_record(trace)))
        yield text + "\n" if lines else ("[\n" if is_empty else ",\n") + text
        is_empty = False
    if not lines:
        yield "[]\n" if is_empty else "\n]\n"


def trace_record(trace: Trace) -> TraceRecord:
    """Return the record of a trace."""
    return TraceRecord(
        1, trace.row, trace.extra, trace.inputs, tuple(map(_output_record, trace.outputs)),
        trace.way, trace.decisive, tuple(map(neuron_record, trace.neurons)),
    )  # fmt: skip


def _output_record(output: OutputTrace) -> OutputRecord:
    return OutputRecord(
        output.name,
        output.kind,
        output.value,
        output.reason,
        output.sources,
        tuple(map(_limit_record, output.limits)),
        tuple(RankRecord(*rank) for rank in output.ranking),
    )


def _limit_record(limit: Limit, fires: Fires | None = None) -> LimitRecord:
    """Return the record of a threshold, with its rule if that differs from its neuron's."""
    own = None if limit.fires == fires else limit.fires
    return LimitRecord(limit.name, limit.threshold, limit.margin, int(limit.fired), own)


def neuron_record(neuron: NeuronTrace) -> NeuronRecord:
    """Return the record of a neuron in a row."""
    return NeuronRecord(
        neuron.name,
        neuron.fires,
        neuron.sum,
        tuple(_limit_record(limit, neuron.fires) for limit in neuron.limits),
        tuple(
            ContributionRecord(*contribution, contribution.amount)
            for contribution in neuron.contributions
        ),
    )

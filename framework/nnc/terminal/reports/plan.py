"""Write a plan as JSON, with every number as written and the location of declarations.

Weights and thresholds are converted back exactly from the integers used in computation. The text is
generated neuron by neuron and row by row, so it needs little memory for plans of any size.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from nnc.compiler.graph import OutputKind, SparseWeights, Tap
from nnc.compiler.plan import LayerStep, Plan, PlanNeuron, numbers, whole_neurons
from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.network import BITS, Input, States
from nnc.numbers.exact import Number, fits_json, show_number, simplest
from nnc.opening.checking import Checked
from nnc.records import JsonNumber, Versioned, plain
from nnc.terminal.findings.json import Location


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """A plan as JSON: its lines."""

    format_version: int
    """The version of this form of output: 1."""
    plan: tuple[str, ...]
    """The lines of the plan."""


@dataclass(frozen=True, slots=True)
class InputRecord(Location):
    """An input, and the names of the signals that it gives."""

    name: str
    """The name."""
    type: str
    """`bit`, `integer`, `real` or `choice`."""
    size: int | None
    """The width of a bus; null for a scalar."""
    of: tuple[str, ...] | None
    """The values of a choice."""
    min: Number | None
    """The lowest value; null if there is none."""
    max: Number | None
    """The highest value; null if there is none."""
    default: Number | tuple[Number, ...] | str | None
    """The value for rows without one; null if rows must have one."""
    states: tuple[Number, ...] | None
    """The values of 0 and of 1; null for types other than bits."""
    signals: tuple[str, ...]
    """The names by which neurons read it: one, or one for each element or value."""


@dataclass(frozen=True, slots=True)
class ThresholdRecord:
    """One threshold, by the name of the signal that is 1 if the sum passes it."""

    name: str
    """The name."""
    threshold: Number
    """The number that the sum is compared with."""
    fires: str
    """Its rule, which may differ from that of its neuron."""


@dataclass(frozen=True, slots=True)
class NeuronRecord(Location):
    """A neuron that is not part of a layer."""

    name: str
    """The name; in a part, preceded by that of the part: `adder(3).carry`."""
    instance: str
    """The part that it belongs to, such as `adder(3)`; empty in the network itself."""
    kind: Literal["neuron", "step", "default", "value"]
    """`neuron` if it is declared, `step` for a cut-off of a number (`age>=65`), `default` for an
    input of a part, or `value` if an output reads its sum.
    """
    level: int
    """The level; neurons of one level do not read each other."""
    fires: str
    """The rule: `above`, `at_least`, `below` or `at_most`."""
    sources: tuple[str, ...]
    """The signals that are read, by name, and the constants 0 and 1."""
    weights: tuple[Number, ...]
    """The weight of each source, as written."""
    thresholds: tuple[ThresholdRecord, ...]
    """Each threshold, as written."""
    states: tuple[Number, ...]
    """The values of silence and of firing."""


@dataclass(frozen=True, slots=True)
class SparseRecord:
    """Sparse weights in compressed rows."""

    indptr: tuple[int, ...]
    """The start of the entries of each neuron, and the end of the last."""
    indices: tuple[int, ...]
    """The index of each entry's source."""
    values: tuple[Number, ...]
    """The weight of each entry."""


@dataclass(frozen=True, slots=True)
class LayerRecord(Location):
    """A layer of `size` neurons, whose signals are `name(0)`, `name(1)`, ….

    If each neuron has a list of thresholds, the signal is the number of them that fire.
    """

    name: str
    """The name; in a part, preceded by that of the part."""
    instance: str
    """The part that it belongs to, such as `adder(3)`; empty in the network itself."""
    level: int
    """The level; neurons of one level do not read each other."""
    size: int
    """The number of its neurons."""
    fires: str
    """The rule: `above`, `at_least`, `below` or `at_most`."""
    sources: tuple[str, ...]
    """The signals that are read, by name, and the constants 0 and 1."""
    thresholds: tuple[Number, ...] | tuple[tuple[Number, ...], ...]
    """The threshold or thresholds of each neuron, as written."""
    states: tuple[Number, ...]
    """The values of silence and of firing."""
    weights: Number | tuple[tuple[Number, ...], ...] | SparseRecord
    """The weights as written: a row for each neuron, one number for all, or compressed rows."""


@dataclass(frozen=True, slots=True)
class OutputRecord(Location):
    """An output and its sources."""

    name: str
    """The name."""
    kind: OutputKind
    """`bit`, `bus`, `number`, `sum`, `level` or `largest`."""
    sources: tuple[str, ...]
    """Its signals by name; for a sum or the largest sum, the neurons."""
    labels: tuple[str, ...]
    """The label of each level, or of each neuron whose sum may be the largest."""
    is_bus: bool
    """True if its value in a row is a list."""
    is_integer: bool
    """True if its value in a row is the unsigned integer of its bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport(Versioned):
    """A plan as JSON: the network with all parts expanded, in the order of evaluation."""

    name: str
    """The name of the network."""
    levels: int
    """The number of levels of neurons."""
    inputs: tuple[InputRecord, ...]
    """Every input, in the order of the file."""
    neurons: tuple[NeuronRecord, ...]
    """Every neuron that is not part of a layer, with parts expanded, by level."""
    layers: tuple[LayerRecord, ...]
    """Every layer, with parts expanded, by level."""
    outputs: tuple[OutputRecord, ...]
    """Every output, in the order of the file."""


# --------------------------------------------------------------------------------- places

Place = tuple[str | None, int | None, int | None, int | None, int | None]
"""The fields of a `Location` record."""
Places = Mapping[tuple[str, str], Place]
"""The locations of declarations by (`inputs`, `nodes` or `outputs`, name in the plan)."""
NOWHERE: Place = (None,) * 5


def places_of(checked: Checked) -> Places:
    """Return where everything in the plan of a network is declared, searching each file once."""
    graph, linked = checked.graph, checked.linked
    if graph is None or linked is None:
        return {}
    wanted: dict[str | None, dict[KeyPath, list[tuple[str, str]]]] = {}
    own = wanted.setdefault(linked.file, {})
    for name in graph.inputs:
        own["inputs", name] = [("inputs", name)]
    for tap in graph.outputs:
        own["outputs", tap.alias] = [("outputs", tap.alias)]
    for node in graph.nodes:
        paths = wanted.setdefault(node.origin.file, {})
        paths.setdefault(node.origin.path, []).append(("nodes", node.name))
    documents = {used.file: used.document for used in linked.all()}
    places: dict[tuple[str, str], Place] = {}
    for file, paths in wanted.items():
        document = documents.get(file)
        if document is None:
            continue
        located = document.locate((path, True) for path in paths)
        for location, keys in zip(located, paths.values(), strict=True):
            span = location.span
            file_ = location.document.file
            place = (file_, span.line, span.column, span.end_line, span.end_column)
            places |= dict.fromkeys(keys, place)
    return places


# -------------------------------------------------------------------------------- the text


def plan_as_json(plan: Plan, places: Places) -> Iterator[str]:
    """Yield the text of a `PlanReport` in pieces, with one list entry per line."""
    head = {**plain(Versioned()), "name": plan.name, "levels": plan.levels}
    yield "{"
    for key, value in head.items():
        yield f'\n  "{key}": {json.dumps(value)},'
    inputs = (_input(plan, name, places) for name in plan.inputs)
    yield from _listed("inputs", map(_text, inputs))
    neurons = (_neuron(plan, steps, places) for steps in whole_neurons(plan.steps))
    yield from _listed("neurons", map(_text, neurons))
    yield from _listed("layers", (_layer(plan, layer, places) for layer in plan.layers))
    outputs = (_output(plan, tap, places) for tap in plan.outputs)
    yield from _listed("outputs", map(_text, outputs), end="\n}\n")


def _text(record: object) -> Iterator[str]:
    yield json.dumps(plain(record))


def _listed(key: str, entries: Iterable[Iterator[str]], end: str = ",") -> Iterator[str]:
    """Yield a JSON list in pieces, with one entry per line."""
    yield f'\n  "{key}": ['
    before = "\n    "
    for entry in entries:
        yield before
        yield from entry
        before = ",\n    "
    yield ("]" if before == "\n    " else "\n  ]") + end


def _input(plan: Plan, name: str, places: Places) -> InputRecord:
    declared: Input = plan.inputs[name]
    first = plan.first_of[name]
    return InputRecord(
        *places.get(("inputs", name), NOWHERE),
        name=name,
        type=declared.type,
        size=declared.size,
        of=declared.of,
        min=declared.min,
        max=declared.max,
        default=declared.default,
        states=declared.state_values if declared.type == "bit" else None,
        signals=tuple(plan.name_of(first + i) for i in range(declared.width)),
    )


def _instance_of(name: str) -> str:
    """Return the part of a neuron: `adder(3)` for `adder(3).carry`, an empty text for `a`."""
    declared = re.split("[>:]", name, maxsplit=1)[0]  # without the suffix of a cut-off or default
    return declared.rpartition(".")[0]


def _neuron(plan: Plan, steps: Sequence[PlanNeuron], places: Places) -> NeuronRecord:
    name_of, step = plan.name_of, steps[0]
    return NeuronRecord(
        *places.get(("nodes", step.name), NOWHERE),
        name=step.name,
        instance=_instance_of(step.name),
        kind=_kind(step),
        level=step.level,
        fires=step.fires,
        sources=tuple(map(name_of, step.sources)),
        weights=_weights(step, plan),
        thresholds=tuple(
            ThresholdRecord(name_of(part.first + i), part.threshold(i), part.fires)
            for part in steps
            for i in range(len(part.thresholds))
        ),
        states=plan.states_of(step.first),
    )


def _kind(step: PlanNeuron) -> Literal["neuron", "step", "default", "value"]:
    if step.is_value:
        return "value"
    return "step" if step.is_cutoff else "default" if step.is_default else "neuron"


def _weights(step: PlanNeuron, plan: Plan) -> tuple[Number, ...]:
    """Return the weights as written; a plan scales them, also by the states of bits."""
    if not plan.states:
        return tuple(_quotient(weight, step.scale) for weight in step.weights)
    return tuple(
        _quotient(weight, step.scale, plan.states_of(source))
        for source, weight in zip(step.sources, step.weights, strict=True)
    )


@lru_cache(maxsize=65536)
def _quotient(weight: Number, scale: int, states: States = BITS) -> Number:
    return simplest(Fraction(weight) / (scale * (states[1] - states[0])))


def _layer(plan: Plan, layer: LayerStep, places: Places) -> Iterator[str]:
    """Yield a `LayerRecord` in pieces, with one row of weights per line."""
    record = plain(
        LayerRecord(
            *places.get(("nodes", layer.name), NOWHERE),
            name=layer.name,
            instance=_instance_of(layer.name),
            level=layer.level,
            size=layer.size,
            fires=layer.written_fires,
            sources=_sources_of(plan, layer),
            thresholds=_thresholds_of(layer),
            states=layer.states,
            weights=(),
        )
    )
    del record["weights"]
    yield json.dumps(record)[:-1]
    yield ', "weights": '
    firsts = (int(layer.sources[start]) for start in layer.starts[:-1])
    states = map(plan.states_of, firsts) if plan.states else [BITS]
    changes = [on - off for off, on in states]
    yield from _weights_of_layer(layer, changes[:1] if len(set(changes)) == 1 else changes)
    yield "}"


def _sources_of(plan: Plan, layer: LayerStep) -> tuple[str, ...]:
    """Return the name of the source of each weight; for a count, the neuron that counts."""
    sources = [int(source) for source in layer.sources]
    if not layer.reads_counts:
        return tuple(map(plan.name_of, sources))
    return tuple(
        plan.name_of(sources[start]) if stop == start + 1 else plan.neuron_of(sources[start])
        for start, stop in pairwise(layer.starts)
    )


def _thresholds_of(layer: LayerStep) -> tuple[Number, ...] | tuple[tuple[Number, ...], ...]:
    """Return the threshold of each neuron, or a list if each has several."""
    limits = tuple(map(layer.threshold, range(layer.outputs)))
    if layer.width == 1:
        return limits
    starts = range(0, len(limits), layer.width)
    return tuple(limits[start : start + layer.width] for start in starts)


def _weights_of_layer(layer: LayerStep, changes: Sequence[Number]) -> Iterator[str]:
    """Yield the weights in pieces; `changes` has the differences of the sources' states."""
    weights = layer.weights
    if isinstance(weights, SparseWeights):
        yield from _sparse(layer, weights, changes)
        return
    if weights.size > 1 and not any(weights.strides):  # one number for all
        yield json.dumps(_row(layer, 0, numbers(weights[0, :1]), changes)[0])
        return
    before = "[\n      "
    for i in range(layer.size):
        yield before + json.dumps(_row(layer, i, numbers(weights[i]), changes))
        before = ",\n      "
    yield "\n    ]"


def _sparse(layer: LayerStep, weights: SparseWeights, changes: Sequence[Number]) -> Iterator[str]:
    indptr = [int(place) for place in weights.indptr.tolist()]
    yield f'{{"indptr": {json.dumps(indptr)}, "indices": {json.dumps(weights.indices.tolist())}'
    yield ', "values": ['
    separator = ""
    for i in range(layer.size):
        start, stop = indptr[i : i + 2]
        if start < stop:
            own = changes
            if len(changes) > 1:
                own = [changes[place] for place in weights.indices[start:stop].tolist()]
            row = _row(layer, i, numbers(weights.values[start:stop]), own)
            yield separator + json.dumps(row)[1:-1]
            separator = ",\n      "
    yield "]}"


def _row(
    layer: LayerStep, i: int, stored: Sequence[Number], changes: Sequence[Number]
) -> list[JsonNumber]:
    """Return the weights of one neuron as written; a plan stores them scaled."""
    gain = Fraction(layer.factor) / layer.scale(i * layer.width)
    weights: Sequence[Number] = stored
    if len(changes) > 1:
        pairs = zip(stored, changes, strict=True)
        weights = [simplest(weight * gain / change) for weight, change in pairs]
    else:
        if changes:
            gain /= changes[0]
        if gain != 1:
            weights = [simplest(weight * gain) for weight in stored]
    return [weight if fits_json(weight) else show_number(weight) for weight in weights]


def _output(plan: Plan, tap: Tap, places: Places) -> OutputRecord:
    name_of = plan.neuron_of if tap.kind in ("sum", "largest") else plan.name_of
    return OutputRecord(
        *places.get(("outputs", tap.alias), NOWHERE),
        name=tap.alias,
        kind=tap.kind,
        sources=tuple(name_of(int(signal)) for signal in tap.signals),
        labels=tap.labels,
        is_bus=tap.is_bus,
        is_integer=tap.is_integer,
    )

"""A plan as data: every number as it is written, and where each declaration stands.

Weights and thresholds are brought back from the integers that are calculated; nothing is rounded.
The text is made neuron by neuron and row by row, so that a plan of any size needs little memory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import TypedDict

from nnc.compiler.graph import SparseWeights, Tap
from nnc.compiler.plan import LayerStep, Plan, PlanNeuron, numbers, whole_neurons
from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.network import BITS, Input, States
from nnc.numbers.exact import Number, simplest
from nnc.terminal.reports.traces import JsonNumber, json_number
from nnc.version import VERSION

if TYPE_CHECKING:
    from nnc.opening.checking import Checked


class Place(TypedDict):
    """A stretch of a file: 1-based, in characters, the end exclusive; null where unknown."""

    file: str | None
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None


class InputData(Place):
    """An input, and the names of the signals that it gives."""

    name: str
    type: str
    size: int | None
    of: list[str] | None
    min: JsonNumber | None
    max: JsonNumber | None
    default: JsonNumber | list[JsonNumber] | None
    states: list[JsonNumber] | None
    signals: list[str]


class ThresholdData(TypedDict):
    """One threshold, by the name of the signal that tells whether the sum has passed it.

    `fires` is its own rule, which may be another than that of its neuron.
    """

    name: str
    threshold: JsonNumber
    fires: str


class NeuronData(Place):
    """A neuron that is not part of a layer; of the kind `value` if an output reads its sum."""

    name: str
    instance: str
    kind: Literal["neuron", "step", "default", "value"]
    level: int
    fires: str
    sources: list[str]
    weights: list[JsonNumber]
    thresholds: list[ThresholdData]
    states: list[JsonNumber]


class SparseData(TypedDict):
    """Sparse weights in compressed rows."""

    indptr: list[int]
    indices: list[int]
    values: list[JsonNumber]


class LayerData(Place):
    """A layer of `size` neurons, whose signals are `name(0)`, `name(1)`, ….

    Where each neuron has a list of thresholds, it is the integer of how many of them fire.
    """

    name: str
    instance: str
    level: int
    size: int
    fires: str
    sources: list[str]
    thresholds: list[JsonNumber] | list[list[JsonNumber]]
    states: list[JsonNumber]
    weights: JsonNumber | list[list[JsonNumber]] | SparseData


class OutputData(Place):
    """An output, and what it is made of."""

    name: str
    kind: Literal["bit", "bus", "number", "sum", "level", "largest"]
    sources: list[str]
    labels: list[str]
    is_bus: bool
    is_integer: bool


class PlanData(TypedDict):
    """A plan as JSON: the network with all its parts written out, in the order of calculation."""

    format_version: int
    nnc_version: str
    name: str
    levels: int
    inputs: list[InputData]
    neurons: list[NeuronData]
    layers: list[LayerData]
    outputs: list[OutputData]


# --------------------------------------------------------------------------------- places

Places = Mapping[tuple[str, str], Place]
"""Where what is declared stands: by `inputs`, `nodes` or `outputs`, and its name in the plan."""
NOWHERE: Place = {
    "file": None, "line": None, "column": None, "end_line": None, "end_column": None,
}  # fmt: skip


def places_of(checked: Checked) -> Places:
    """Find where everything in the plan of a network is declared, in one look at each file."""
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
            place: Place = {
                "file": location.document.file,
                "line": span.line,
                "column": span.column,
                "end_line": span.end_line,
                "end_column": span.end_column,
            }
            places |= dict.fromkeys(keys, place)
    return places


# -------------------------------------------------------------------------------- the text


def plan_as_json(plan: Plan, places: Places) -> Iterator[str]:
    """Give the text of a plan in pieces: an object whose lists have an entry a line."""
    head = {
        "format_version": 1,
        "nnc_version": VERSION,
        "name": plan.name,
        "levels": plan.levels,
    }
    yield "{"
    for key, value in head.items():
        yield f'\n  "{key}": {json.dumps(value)},'
    inputs = (_input(plan, name, places) for name in plan.inputs)
    yield from _listed("inputs", map(_text, inputs))
    yield from _listed(
        "neurons", (_text(_neuron(plan, steps, places)) for steps in whole_neurons(plan.steps))
    )
    yield from _listed("layers", (_layer(plan, layer, places) for layer in plan.layers))
    outputs = (_output(plan, tap, places) for tap in plan.outputs)
    yield from _listed("outputs", map(_text, outputs), end="\n}\n")


def _text(record: Mapping[str, Any]) -> Iterator[str]:
    yield json.dumps(record)


def _listed(key: str, entries: Iterable[Iterator[str]], end: str = ",") -> Iterator[str]:
    """Write a list with an entry a line, each in pieces."""
    yield f'\n  "{key}": ['
    before = "\n    "
    for entry in entries:
        yield before
        yield from entry
        before = ",\n    "
    yield ("]" if before == "\n    " else "\n  ]") + end


def _input(plan: Plan, name: str, places: Places) -> InputData:
    declared: Input = plan.inputs[name]
    first = plan.first_of[name]
    return {
        "name": name,
        "type": declared.type,
        "size": declared.size,
        "of": None if declared.of is None else list(declared.of),
        "min": _or_none(declared.min),
        "max": _or_none(declared.max),
        "default": _default(declared.default),
        "states": _states(declared.state_values) if declared.type == "bit" else None,
        "signals": [plan.name_of(first + i) for i in range(declared.width)],
        **places.get(("inputs", name), NOWHERE),
    }


def _or_none(value: Number | None) -> JsonNumber | None:
    return None if value is None else json_number(value)


def _default(value: Any) -> JsonNumber | list[JsonNumber] | None:
    if isinstance(value, tuple):
        return [json_number(number) for number in value]
    return str(value) if isinstance(value, str) else _or_none(value)


def _states(states: States) -> list[JsonNumber]:
    return [json_number(state) for state in states]


def _instance_of(name: str) -> str:
    """Give the part that a neuron belongs to: `adder(3)` for `adder(3).carry`, and for `a` none."""
    declared = re.split("[>:]", name, maxsplit=1)[0]  # without the number of a step or default
    return declared.rpartition(".")[0]


def _neuron(plan: Plan, steps: Sequence[PlanNeuron], places: Places) -> NeuronData:
    name_of, step = plan.name_of, steps[0]
    return {
        "name": step.name,
        "instance": _instance_of(step.name),
        "kind": _kind(step),
        "level": step.level,
        "fires": step.fires,
        "sources": [name_of(source) for source in step.sources],
        "weights": _weights(step, plan),
        "thresholds": [
            {
                "name": name_of(part.first + i),
                "threshold": json_number(part.threshold(i)),
                "fires": part.fires,
            }
            for part in steps
            for i in range(len(part.thresholds))
        ],
        "states": _states(plan.states_of(step.first)),
        **places.get(("nodes", step.name), NOWHERE),
    }


def _kind(step: PlanNeuron) -> Literal["neuron", "step", "default", "value"]:
    if step.is_value:
        return "value"
    return "step" if step.is_cutoff else "default" if step.is_default else "neuron"


def _weights(step: PlanNeuron, plan: Plan) -> list[JsonNumber]:
    """Give the weights as written: those in a plan are multiplied, with what a bit changes too."""
    if not plan.states:
        return [_quotient(weight, step.scale) for weight in step.weights]
    return [
        _quotient(weight, step.scale, plan.states_of(source))
        for source, weight in zip(step.sources, step.weights, strict=True)
    ]


@lru_cache(maxsize=65536)
def _quotient(weight: Number, scale: int, states: States = BITS) -> JsonNumber:
    return json_number(simplest(Fraction(weight) / (scale * (states[1] - states[0]))))


def _layer(plan: Plan, layer: LayerStep, places: Places) -> Iterator[str]:
    """Write a layer, its weights a row per line."""
    record = {
        "name": layer.name,
        "instance": _instance_of(layer.name),
        "level": layer.level,
        "size": layer.size,
        "fires": layer.written_fires,
        "sources": _sources_of(plan, layer),
        "thresholds": _thresholds_of(layer),
        "states": _states(layer.states),
        **places.get(("nodes", layer.name), NOWHERE),
    }
    yield json.dumps(record)[:-1]
    yield ', "weights": '
    firsts = (int(layer.sources[start]) for start in layer.starts[:-1])
    states = map(plan.states_of, firsts) if plan.states else [BITS]
    changes = [on - off for off, on in states]
    yield from _weights_of_layer(layer, changes[:1] if len(set(changes)) == 1 else changes)
    yield "}"


def _sources_of(plan: Plan, layer: LayerStep) -> list[str]:
    """Name the source of each weight: of a count the neuron that counts."""
    each = [int(source) for source in layer.sources]
    if not layer.reads_counts:
        return list(map(plan.name_of, each))
    return [
        plan.name_of(each[start]) if stop == start + 1 else plan.neuron_of(each[start])
        for start, stop in pairwise(layer.starts)
    ]


def _thresholds_of(layer: LayerStep) -> list[Any]:
    """Give the threshold of each neuron, or the list of them where each has several."""
    limits = [json_number(layer.threshold(i)) for i in range(layer.outputs)]
    if layer.width == 1:
        return limits
    return [limits[start : start + layer.width] for start in range(0, len(limits), layer.width)]


def _weights_of_layer(layer: LayerStep, changes: Sequence[Number]) -> Iterator[str]:
    """Write the weights; `changes` is what a bit of each source changes, or of all alike."""
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
    """Give the weights of one neuron as written: what is stored is multiplied, as in a step."""
    gain = Fraction(layer.factor) / layer.scale(i * layer.width)
    if len(changes) > 1:
        return [
            json_number(simplest(weight * gain / change))
            for weight, change in zip(stored, changes, strict=True)
        ]
    if changes:
        gain /= changes[0]
    if gain == 1:
        return [json_number(weight) for weight in stored]
    return [json_number(simplest(weight * gain)) for weight in stored]


def _output(plan: Plan, tap: Tap, places: Places) -> OutputData:
    name_of = plan.neuron_of if tap.kind in ("sum", "largest") else plan.name_of
    return {
        "name": tap.alias,
        "kind": tap.kind,
        "sources": [name_of(int(signal)) for signal in tap.signals],
        "labels": list(tap.labels),
        "is_bus": tap.is_bus,
        "is_integer": tap.is_integer,
        **places.get(("outputs", tap.alias), NOWHERE),
    }

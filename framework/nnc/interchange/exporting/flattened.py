"""Plan -> a network without parts and other files: neurons and layers as they are linked.

The digest of its structure is that of the plan: names of inner neurons are no part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from nnc.compiler.graph import Tap
from nnc.compiler.plan import LayerStep, Plan, PlanNeuron, all_neurons
from nnc.interchange.exporting.wording import Identifiers
from nnc.language.firing import Threshold
from nnc.language.network import Layer, Network, Neuron, Output
from nnc.numbers.exact import Number, simplest

_MAX_LENGTH = 10_000


class _NotFlatError(Exception):
    """A plan has what only a part or a file can say."""


def flattened(plan: Plan) -> Network | None:
    """Return the network of a plan as one; None where that cannot be written, or is too large.

    Raises InvalidNetworkError where it would not be valid.
    """
    synapses = len(plan.neurons.weights) + sum(layer.synapses for layer in plan.layers)
    if plan.claims or synapses > _MAX_LENGTH:
        return None
    try:
        return _Flat(plan).network()
    except _NotFlatError:
        return None


class _Flat:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        taken = [*plan.inputs, *(tap.alias for tap in plan.outputs)]
        self._names = Identifiers(taken)
        self._sources: dict[int, str] = {0: "0", 1: "1"}
        self._steps: dict[int, tuple[int, Threshold]] = {}
        self._stems: dict[int, str] = {}
        """The name of each neuron by its first signal."""
        self._neurons: dict[str, Neuron] = {}
        self._layers: dict[str, Layer] = {}
        for name, input_ in plan.inputs.items():
            first = plan.first_of[name]
            for place in range(input_.width):
                self._sources[first + place] = plan.name_of(first + place)

    def network(self) -> Network:
        """Return the network."""
        for item in all_neurons(self._plan):
            if isinstance(item, LayerStep):
                self._add_layer(item)
            elif item[0].is_cutoff:
                step = item[0]
                self._steps[step.first] = step.sources[0], Threshold(step.threshold(0), step.fires)
            elif item[0].is_default:
                self._add_default(item[0])
            else:
                self._add_neuron(item)
        outputs = {tap.alias: self._output(tap) for tap in self._plan.outputs}
        return Network(
            name=self._plan.name or None,
            inputs=self._plan.inputs,
            neurons=self._neurons,
            layers=self._layers,
            outputs=outputs,
        )

    def _add_default(self, neuron: PlanNeuron) -> None:
        value = self._plan.states_of(neuron.first)[1]
        if value not in (0, 1):
            raise _NotFlatError
        self._sources[neuron.first] = str(value)

    def _add_neuron(self, steps: Sequence[PlanNeuron]) -> None:
        neuron = steps[0]
        limits: dict[str, Any] = {}
        if neuron.ports:
            names = Identifiers(())
            ports = [
                (port, step.threshold(i), step.fires)
                for step in steps
                for i, port in enumerate(step.ports[: len(step.thresholds)])
            ]
            limits["thresholds"] = {
                names.made(port): Threshold(number, fires) for port, number, fires in ports
            }
        else:
            limits["threshold"] = neuron.threshold(0)
        name = self._names.made(neuron.name)
        self._stems[neuron.first] = name
        for i, port in enumerate(limits.get("thresholds", [""])):
            self._sources[neuron.first + i] = f"{name}.{port}" if port else name
        self._neurons[name] = Neuron(
            weights=self._weights(neuron.sources, neuron.weights, Fraction(1, neuron.scale)),
            fires=neuron.fires,
            states=self._plan.states_of(neuron.first),
            **limits,
        )

    def _weights(
        self, sources: Sequence[int], weights: Sequence[Number], unit: Fraction
    ) -> dict[str, Any]:
        """Return weights by source: as they are written, and those of steps as steps."""
        sums: dict[str, Fraction] = {}
        rises: dict[int, list[tuple[Threshold, Fraction]]] = {}
        for source, weight in zip(sources, weights, strict=True):
            off, on = self._plan.states_of(source)
            exact = weight * unit / (on - off)
            if source in self._steps:
                number, limit = self._steps[source]
                rises.setdefault(number, []).append((limit, exact))
            else:
                name = self._sources[source]
                sums[name] = sums.get(name, Fraction(0)) + exact
        row: dict[str, Any] = {name: simplest(weight) for name, weight in sums.items()}
        for number, steps in rises.items():
            name, total = self._sources[number], Fraction(0)
            if name in row:
                raise _NotFlatError
            row[name] = points = {}
            for limit, rise in sorted(steps, key=lambda step: step[0].position):
                key = limit if limit.rule == "above" else limit.number
                total += rise
                points[key] = simplest(total)
            if len(points) < len(steps):
                raise _NotFlatError
        return row

    def _add_layer(self, layer: LayerStep) -> None:
        if layer.width != 1:
            raise _NotFlatError
        name = self._names.made(layer.name)
        rows = []
        for i in range(layer.size):
            sources, weights = layer.row(i)
            unit = Fraction(layer.factor) / layer.scale(i)
            rows.append(self._weights(sources, weights, unit))
        wiring = list(dict.fromkeys(source for row in rows for source in row))
        if any(len(row) != len(wiring) for row in rows):
            raise _NotFlatError
        self._layers[name] = Layer(
            wiring=wiring,
            weights=[[row[source] for source in wiring] for row in rows],
            thresholds=[layer.threshold(i) for i in range(layer.size)],
            fires=layer.written_fires,
            states=layer.states,
        )
        for i in range(layer.size):
            self._sources[layer.first + i] = self._stems[layer.first + i] = f"{name}({i})"

    def _output(self, tap: Tap) -> Any:
        if tap.alias in self._plan.inputs:  # which it is then
            return tap.alias
        labels: dict[str, Any] = {"labels": tap.labels} if tap.labels else {}
        if tap.kind in ("bit", "number"):
            return self._sources[tap.signals[0]]
        if tap.kind == "bus":
            return [self._sources[signal] for signal in tap.signals]
        if tap.kind == "level":
            return Output(level=[self._sources[signal] for signal in tap.signals], **labels)
        stems = [self._stems[signal] for signal in tap.signals]
        if tap.kind == "largest":
            return Output(largest=stems, **labels)
        if not tap.is_bus:
            return Output(sum=stems[0])
        name, places = stems[0].partition("(")[0], [stem.partition("(")[2][:-1] for stem in stems]
        if places[:1] == [""] or places != [str(int(places[0]) + i) for i in range(len(places))]:
            raise _NotFlatError
        return Output(sum=f"{name}({places[0]}:{int(places[0]) + len(places)})")

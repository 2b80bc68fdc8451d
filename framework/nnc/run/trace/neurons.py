"""Follow one row through a plan: the sum, thresholds, margins and contributions of neurons."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from nnc.compiler.graph import SparseWeights
from nnc.compiler.plan import (
    LayerStep,
    Plan,
    PlanNeuron,
    all_neurons,
    once_for_plan,
    row_of,
    whole_neurons,
)
from nnc.language.network import BITS, FIRING, Fires
from nnc.language.references import CONSTANTS
from nnc.numbers.exact import Number, simplest
from nnc.run.engines import Totals, evaluate_row, layer_sums
from nnc.run.trace.contributions import Contribution, Contributions, Sources
from nnc.run.trace.values import size


class Limit(NamedTuple):
    """One threshold of a neuron, called `neuron` or `neuron.threshold`, and its decision.

    `fires` is the rule of the threshold, and `value` the resulting state. `margin` is the distance
    of the sum from the threshold, whatever the rule: the decision stays the same as long as the sum
    changes by less. `is_reached` says whether it changes if the sum equals the threshold.
    """

    name: str
    fires: Fires
    threshold: Number
    margin: Number
    fired: bool
    value: Number

    @property
    def is_reached(self) -> bool:
        """True if the decision would change if the sum equalled the threshold."""
        return FIRING[self.fires].strict == self.fired

    @property
    def is_least(self) -> bool:
        """True if a smaller sum would change the decision; otherwise a larger one would."""
        return FIRING[self.fires].up == self.fired


class NeuronTrace(NamedTuple):
    """The sum and the decisions of one neuron for one row."""

    name: str
    fires: Fires
    sum: Number
    limits: tuple[Limit, ...]
    contributions: Sequence[Contribution]


class FollowedRow:
    """One row of a plan: every signal, and facts about neurons, computed on demand.

    `inputs` are the constants and the elements of the inputs, with bits as 0 or 1, as from
    `nnc.run.engines.input_values`; `values` are those of every signal. With `totals`, the row has
    already been evaluated and `inputs` has the values of every signal.
    """

    def __init__(self, plan: Plan, inputs: Sequence[Number], totals: Totals | None = None) -> None:
        self.plan, self.inputs = plan, inputs
        if totals is None:
            self.values, self._totals = evaluate_row(plan, inputs, layer_sums=False)
        else:
            self.values, self._totals = list(inputs), dict(totals)
        self._sources: dict[int, Sources] = {}

    def value(self, signal: int) -> Number:
        """Return the value of a signal; for a bit, its state."""
        value = self.values[signal]
        states = self.plan.states_of(signal)
        return value if states == BITS else states[int(value)]

    @cached_property
    def _numbers(self) -> list[range]:
        """The signals of inputs that are integers or reals."""
        return [
            range(self.plan.first_of[name], self.plan.first_of[name] + input_.width)
            for name, input_ in self.plan.inputs.items()
            if input_.type in ("integer", "real")
        ]

    def is_number(self, signal: int) -> bool:
        """Return True if a signal is an integer or real input."""
        if signal >= self.plan.first_made:
            return False
        place = bisect_right(self._numbers, signal, key=lambda signals: signals.start) - 1
        return place >= 0 and signal in self._numbers[place]

    def is_constant(self, signal: int) -> bool:
        """Return True if a signal is the same in every row: 0, 1, or the default of a part."""
        if signal < len(CONSTANTS):
            return True
        step = self.plan.maker.get(signal)
        return step is not None and step.is_default

    def sum(self, signal: int) -> Number:
        """Return the exact sum of the neuron that makes a signal."""
        layer = self.plan.layer_of(signal)
        if layer is not None:
            if signal not in self._totals:
                (self._totals[signal],) = layer_sums(layer, self.values, [signal - layer.first])
            return self._totals[signal]
        step = self.plan.maker[signal]
        return simplest(Fraction(self._totals[step.first] + step.offset) / step.scale)

    def sums_of_layer(self, layer: LayerStep) -> None:
        """Compute the sums of all neurons of a layer, which is faster than one by one."""
        sums = layer_sums(layer, self.values, list(range(0, layer.outputs, layer.width)))
        for first, total in zip(layer.firsts, sums, strict=True):
            self._totals |= dict.fromkeys(range(first, first + layer.width), total)

    def limit(self, signal: int) -> Limit:
        """Return the threshold that decided a signal."""
        layer = self.plan.layer_of(signal)
        if layer is not None:
            rule, threshold = layer.written_fires, layer.threshold(signal - layer.first)
        else:
            step = self.plan.maker[signal]
            rule, threshold = step.fires, step.threshold(signal - step.first)
        margin = simplest(Fraction(size(self.sum(signal) - threshold)))
        fired = self.values[signal] == 1
        return Limit(self.plan.name_of(signal), rule, threshold, margin, fired, self.value(signal))

    def signals(self, signal: int) -> Sequence[int]:
        """Return all signals of the neuron that makes one of them."""
        steps = _steps(self.plan, signal)
        if not steps:
            layer = self.plan.layer_of(signal)
            width = layer.width if layer is not None else 1
            first = signal if layer is None else signal - (signal - layer.first) % width
            return range(first, first + width)
        return range(steps[0].first, steps[-1].first + len(steps[-1].thresholds))

    def contributions(self, signal: int) -> Contributions:
        """Return the contributions to the sum of the neuron that makes a signal."""
        layer = self.plan.layer_of(signal)
        if layer is None:
            step = self.plan.maker[signal]
            sources = Sources(self.plan, step.sources, self.values)
            return Contributions(sources, step.weights, Fraction(1, step.scale))
        place = signal - layer.first
        i = place // layer.width
        gain = layer.factor / Fraction(layer.scale(place))
        if layer.first not in self._sources:
            self._sources[layer.first] = Sources(self.plan, layer.sources, self.values)
        sources, weights = self._sources[layer.first], layer.weights
        if layer.reads_counts:
            places, each = layer.spread(*row_of(weights, i))
            return Contributions(sources, each, gain, places)
        if not isinstance(weights, SparseWeights):
            return Contributions(sources, weights[i], gain)
        start, stop = (int(end) for end in weights.indptr[i : i + 2])
        return Contributions(sources, weights.values[start:stop], gain, weights.indices[start:stop])

    def neuron(self, signal: int) -> NeuronTrace:
        """Return the trace of the neuron that computes a signal."""
        limits = tuple(map(self.limit, self.signals(signal)))
        layer = self.plan.layer_of(signal)
        rule = layer.written_fires if layer else _steps(self.plan, signal)[0].fires
        name, total = self.plan.neuron_of(signal), self.sum(signal)
        return NeuronTrace(name, rule, total, limits, self.contributions(signal))

    def neurons(self, names: Collection[str] | None = None) -> Iterator[NeuronTrace]:
        """Yield the traces of all neurons, or those with some names, in order of evaluation."""
        for whole in all_neurons(self.plan):
            if not isinstance(whole, LayerStep):
                is_made = whole[0].is_default or whole[0].is_value
                if not is_made and (names is None or whole[0].name in names):
                    yield self.neuron(whole[0].first)
                continue
            if names is None:
                self.sums_of_layer(whole)
            for signal in whole.firsts:
                if names is None or self.plan.neuron_of(signal) in names:
                    yield self.neuron(signal)


def _steps(plan: Plan, signal: int) -> tuple[PlanNeuron, ...]:
    """Return all steps of a neuron: several if its thresholds have different rules."""
    step = plan.maker.get(signal)
    if step is None or not step.ports:  # without port names there is one threshold
        return () if step is None else (step,)
    return _several_steps(plan).get(step.first, (step,))


@once_for_plan
def _several_steps(plan: Plan) -> dict[int, tuple[PlanNeuron, ...]]:
    """Return the steps of each neuron that has several, by first signal of each step."""
    several = (whole for whole in whole_neurons(plan.steps) if len(whole) > 1)
    return {step.first: whole for whole in several for step in whole}


def trace(
    plan: Plan,
    values: Sequence[Number],
    names: Collection[str] | None = None,
    totals: Totals | None = None,
) -> list[NeuronTrace]:
    """Return the traces of every neuron, or of `names`, for one row, in order of evaluation.

    `values` are the constants and the elements of the inputs, with bits as 0 or 1, as from
    `nnc.run.engines.input_values`. With `totals`, the row has already been evaluated and `values`
    has those of every signal.
    """
    return list(FollowedRow(plan, values, totals).neurons(names))

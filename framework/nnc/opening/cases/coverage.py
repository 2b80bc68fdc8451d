"""Measure how the cases of a network cover both sides of its thresholds and cut-offs.

A side counts as seen if the neuron fires, or stays silent, in some case. It counts as seen closely
if some case has the nearest possible value on that side; `edges_of` returns these values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple

from nnc.compiler.bounds import Bounds, always_or_never
from nnc.compiler.graph import Graph, NeuronNode
from nnc.compiler.plan import Plan, PlanNeuron
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.language.network import FIRING, Input
from nnc.language.references import CONSTANTS
from nnc.numbers.exact import Number, decimal_places, names_and_more, show_number, simplest
from nnc.rows.columns import Batch, Column
from nnc.run.engines import element_columns
from nnc.run.evaluation import calculate

_MAX_SUMS = 4096
_MAX_VALUES = 1024  # of an integer input with a weight
_Values = set[Number]


class Edge(NamedTuple):
    """A threshold or cut-off that makes a signal, with the nearest values on both sides.

    `source` is the input, or else the first signal of the neuron whose sum is compared. Each side
    is a range (first value, last value), or None if no value is possible there.
    """

    signal: int
    source: int
    step: PlanNeuron
    threshold: Number
    silent: tuple[Number, Number] | None
    firing: tuple[Number, Number] | None


def edges_of(plan: Plan) -> Iterator[Edge]:
    """Yield the edges whose nearest values are known."""
    inputs = _inputs_by_signal(plan)
    for step in plan.steps:
        if step.is_cutoff:
            if step.sources[0] in inputs:
                yield _of_cutoff(step, inputs[step.sources[0]][0])
        elif (
            not (step.is_default or step.is_value)
            and (sums := _sums(plan, step, inputs)) is not None
        ):
            yield from _of_thresholds(step, sums)


def _inputs_by_signal(plan: Plan) -> dict[int, tuple[Input, str]]:
    return {
        plan.first_of[name] + i: (input_, name)
        for name, input_ in plan.inputs.items()
        for i in range(input_.width)
    }


def _of_cutoff(step: PlanNeuron, input_: Input) -> Edge:
    """Return the edge of a cut-off; reals count as close within one unit of its last digit."""
    cutoff = step.threshold(0)
    is_strict = FIRING[step.fires].strict
    firing: tuple[Number, Number] | None
    silent: tuple[Number, Number] | None
    if input_.type == "integer":
        first = floor(cutoff) + 1 if is_strict else ceil(cutoff)
        firing, silent = (first, first), (first - 1, first - 1)
    else:
        unit = _unit(cutoff)
        at, below, above = (cutoff, cutoff), (cutoff - unit, cutoff), (cutoff, cutoff + unit)
        firing, silent = (above, at) if is_strict else (at, below)
    if input_.max is not None and firing[0] > input_.max:
        firing = None
    if input_.min is not None and silent[1] < input_.min:
        silent = None
    return Edge(step.first, step.sources[0], step, cutoff, silent, firing)


def _unit(cutoff: Number) -> Number:
    """Return the value of one unit in the last written digit of a number."""
    places = decimal_places(cutoff.denominator)
    return Fraction(1, cutoff.denominator if places is None else 10**places)


def _of_thresholds(step: PlanNeuron, sums: Sequence[Number]) -> Iterator[Edge]:
    rule = FIRING[step.fires]
    for i in range(len(step.thresholds)):
        threshold = step.threshold(i)
        firing = [total for total in sums if rule.compare(total, threshold)]
        silent = [total for total in sums if not rule.compare(total, threshold)]
        if firing and silent:
            ends = (max(silent), min(firing)) if rule.up else (min(silent), max(firing))
            (off, on) = ends
            yield Edge(step.first + i, step.first, step, threshold, (off, off), (on, on))


# ------------------------------------------------------------------------- possible sums


def _sums(
    plan: Plan, step: PlanNeuron, inputs: dict[int, tuple[Input, str]]
) -> Sequence[Number] | None:
    """Return all possible sums of a neuron, or None if they are too many or unknown."""
    by_input: dict[str, dict[int, int]] = {}  # the weights of the signals of each input
    steps: dict[str, list[tuple[PlanNeuron, int]]] = {}
    total = 0
    for source, weight in zip(step.sources, step.weights, strict=True):
        maker = plan.maker.get(source)
        if source in inputs:
            by_input.setdefault(inputs[source][1], {})[source] = weight
        elif maker is not None and maker.is_cutoff and maker.sources[0] in inputs:
            name = f"{inputs[maker.sources[0]][1]}({maker.sources[0]})"
            steps.setdefault(name, []).append((maker, weight))
        elif source <= 1:
            total += source * weight
        else:
            return None
    choices = [
        _of_input(inputs[next(iter(weights))][0], weights, plan.first_of[name])
        for name, weights in by_input.items()
    ]
    weighed = {source for weights in by_input.values() for source in weights}
    for several in steps.values():
        source = several[0][0].sources[0]
        if source in weighed:  # the cut-offs depend on the value
            return None
        choices.append([_of_steps(inputs[source][0], several)])
    sums: _Values = {total}
    for group in choices:
        if group is None:
            return None
        for values in group:
            sums = {total + value for total in sums for value in values}
            if len(sums) > _MAX_SUMS:
                return None
    return [simplest(Fraction(total + step.offset) / step.scale) for total in sorted(sums)]


def _of_input(input_: Input, weights: dict[int, int], first: int) -> list[_Values] | None:
    """Return the sets of values that an input can add: one for a choice, else one per element."""
    if input_.of is not None:
        return [{weights.get(first + i, 0) for i in range(input_.width)}]
    if input_.type == "bit":
        return [{0, weight} for weight in weights.values()]
    if input_.type != "integer" or input_.min is None or input_.max is None:
        return None
    values = range(ceil(input_.min), floor(input_.max) + 1)
    if values.stop - values.start > _MAX_VALUES:  # `len` of a longer range may overflow
        return None
    return [{weight * value for value in values} for weight in weights.values()]


def _of_steps(input_: Input, steps: Iterable[tuple[PlanNeuron, int]]) -> _Values:
    """Return the possible sums of the weighted cut-offs of a number within its bounds."""
    steps = list(steps)
    cutoffs = sorted({step.threshold(0) for step, _ in steps})
    candidates: list[Number] = [cutoffs[0] - 1, *cutoffs, cutoffs[-1] + 1]
    candidates += [Fraction(a + b) / 2 for a, b in pairwise(cutoffs)]
    if input_.type == "integer":
        candidates = [ceil(cut) + shift for cut in cutoffs for shift in (-1, 0, 1)]
    ends = [end for end in (input_.min, input_.max) if end is not None]
    least, greatest = input_.min, input_.max
    return {
        sum(
            weight for step, weight in steps if FIRING[step.fires].compare(value, step.threshold(0))
        )
        for value in (*candidates, *ends)
        if (least is None or value >= least) and (greatest is None or value <= greatest)
    }


_MAX_NAMES = 3
_Place = tuple[str | None, KeyPath]


class Coverage:
    """Record which reachable sides of thresholds and cut-offs the rows have covered."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._unseen = {
            step.first + i: {0, 1}
            for step in plan.steps
            for i, threshold in enumerate(step.thresholds)
            if not step.is_value
            and always_or_never(step.fires, threshold, Bounds(step.least, step.greatest)) is None
        }
        for layer in plan.layers:
            self._unseen |= {signal: {0, 1} for signal in layer.signals}
        self.sides = 2 * len(self._unseen)
        self._edges = [edge for edge in edges_of(plan) if edge.signal in self._unseen]
        self._closest: dict[tuple[int, bool], Number] = {}  # by the signal, and whether it fires

    @property
    def seen(self) -> int:
        """The number of sides seen."""
        return self.sides - sum(map(len, self._unseen.values()))

    def add(self, batch: Batch) -> None:
        """Record the sides that the rows of a batch cover."""
        if not batch.count:
            return
        wanted = frozenset(signal for signal, unseen in self._unseen.items() if unseen)
        firsts = frozenset(edge.source for edge in self._edges if not edge.step.is_cutoff)
        if not wanted and not self._edges:
            return
        signals = calculate(self._plan, batch, wanted, firsts)
        for signal in wanted:
            bits = signals.bit(signal)
            if bits.any():
                self._unseen[signal].discard(1)
            if not bits.all():
                self._unseen[signal].discard(0)
        inputs = element_columns(self._plan.inputs, batch.columns)
        distinct: dict[int, set[Number]] = {}
        for edge in self._edges:
            if edge.source not in distinct:
                column: Column = (
                    inputs[edge.source - len(CONSTANTS)]
                    if edge.step.is_cutoff
                    else signals.sums[edge.source]
                )
                distinct[edge.source] = set(column.values())
            self._see(edge, distinct[edge.source])

    def _see(self, edge: Edge, values: Iterable[Number]) -> None:
        """Record the values closest to an edge on both of its sides."""
        rule = FIRING[edge.step.fires]
        for value in values:
            fires = bool(rule.compare(value, edge.threshold))
            key = (edge.signal, fires)
            pick = min if fires == rule.up else max
            self._closest[key] = pick(value, self._closest.get(key, value))

    def unseen(self) -> list[tuple[str, int]]:
        """Return each neuron output and the bit that it never had, in the order of the plan."""
        name_of = self._plan.name_of
        return [
            (name_of(signal), bit)
            for signal, unseen in self._unseen.items()
            for bit in sorted(unseen)
        ]

    def findings(self, graph: Graph) -> list[Diagnostic]:
        """Return a diagnostic for each side of a threshold that no case covers."""
        places = _places(graph)
        return [*self._never_seen(places), *self._never_close(places)]

    def _never_seen(self, places: Mapping[str, _Place]) -> Iterator[Diagnostic]:
        groups: dict[tuple[_Place, int], list[int]] = {}  # grouped by declaration
        for signal, unseen in self._unseen.items():
            layer = self._plan.layer_of(signal)
            place = places[self._plan.name_of(signal) if layer is None else layer.name]
            for bit in sorted(unseen):
                groups.setdefault((place, bit), []).append(signal)
        for ((file, path), bit), signals in groups.items():
            message, hint = self._describe(signals, bit)
            yield Diagnostic("unseen-side", message, path, key=True, help=hint, file=file)

    def _describe(self, signals: list[int], bit: int) -> tuple[str, str]:
        """Return a message that names the missing values, and a hint on the case to add."""
        step = self._plan.maker.get(signals[0])
        if step is not None and step.is_cutoff:
            side, values = ("above", "or above") if bit else ("below", "or below")
            cutoff = show_number(step.threshold(0))
            is_at = FIRING[step.fires].strict != bool(bit)
            values = f"at {cutoff} {values}" if is_at else f"{side} {cutoff}"
            name = self._plan.neuron_of(step.sources[0])  # of a count, the neuron that counts
            message = f"no case has `{name}` {values}: the cut-off is never seen from {side}"
            return message, "add a case with such a value"
        listed = names_and_more([self._plan.name_of(signal) for signal in signals], _MAX_NAMES)
        verb = "fires" if len(signals) == 1 else "fire"
        case = "no case" if bit else "every case"
        hint = "add a case where it fires" if bit else "add a case where it does not fire"
        return f"{listed} {verb} in {case}", hint if not signals[1:] else hint.replace(
            "it fires", "each fires"
        ).replace("it does", "each does")

    def _never_close(self, places: Mapping[str, _Place]) -> Iterator[Diagnostic]:
        seen: set[tuple[_Place, bool]] = set()
        for edge in self._edges:
            for fires, nearest in ((False, edge.silent), (True, edge.firing)):
                closest = self._closest.get((edge.signal, fires))
                if nearest is None or closest is None or nearest[0] <= closest <= nearest[1]:
                    continue
                place = places[self._plan.name_of(edge.signal)]
                if (place, fires) in seen:  # already reported for another instance of the part
                    continue
                seen.add((place, fires))
                message = _not_close(self._plan, edge, nearest, closest)
                hint = "add a case with such a value, to notice when it moves"
                yield Diagnostic(
                    "far-from-threshold", message, place[1], key=True, help=hint, file=place[0]
                )


def _not_close(plan: Plan, edge: Edge, nearest: tuple[Number, Number], closest: Number) -> str:
    """Return a message that names the missing value next to a threshold or cut-off."""
    first, last = map(show_number, nearest)
    limit = show_number(edge.threshold)
    if edge.step.is_cutoff:
        subject, what = f"`{plan.name_of(edge.source)}`", "the cut-off"
    else:
        subject, what = f"a sum of `{plan.neuron_of(edge.source)}`", "the threshold"
    if first != last:  # a cut-off of a real
        unit = show_number(Fraction(nearest[1] - nearest[0]))
        values = f"within {unit} {'above' if first == limit else 'below'} {what} {limit}"
    elif first == limit:
        values = f"at {what} {limit}"
    else:
        values = f"at {first}, next to {what} {limit}"
    return f"no case has {subject} {values}: the closest is {show_number(closest)}"


def _places(graph: Graph) -> dict[str, _Place]:
    """Map the name of each threshold, cut-off and layer in the plan to its declaration."""
    places: dict[str, _Place] = {}
    for node in graph.nodes:
        origin = node.origin
        places[node.name] = (origin.file, origin.path)
        if isinstance(node, NeuronNode) and node.ports:
            for port, name in zip(node.ports, node.signal_names(), strict=True):
                places[name] = (origin.file, (*origin.path, "thresholds", port))
    return places

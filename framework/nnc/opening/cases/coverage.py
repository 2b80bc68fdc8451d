"""The coverage of the cases of a network: each threshold and cut-off from both of its sides.

From a side it is seen where a case has the neuron firing, or silent; and close, where a case has
the nearest value there that can be. `edges` says which values those are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from nnc.compiler.bounds import Bounds, always_or_never
from nnc.compiler.graph import Graph, NeuronNode
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.language.network import FIRING
from nnc.language.references import CONSTANTS
from nnc.numbers.exact import Number, names_and_more, show_number
from nnc.opening.cases.edges import Edge, edges_of
from nnc.rows.columns import Batch, Column
from nnc.run.engines import element_columns
from nnc.run.evaluation import calculate

_MAX_NAMES = 3
_Place = tuple[str | None, KeyPath]


class Coverage:
    """The sides from which thresholds have not yet been seen, though they can be."""

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
        """The number of sides that were seen."""
        return self.sides - sum(map(len, self._unseen.values()))

    def add(self, batch: Batch) -> None:
        """See some rows."""
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
        """Note the values that are closest to an edge, on both of its sides."""
        rule = FIRING[edge.step.fires]
        for value in values:
            fires = bool(rule.compare(value, edge.threshold))
            key = (edge.signal, fires)
            pick = min if fires == rule.up else max
            self._closest[key] = pick(value, self._closest.get(key, value))

    def unseen(self) -> list[tuple[str, int]]:
        """Return each neuron output, and the bit that it never was, in the order of the plan."""
        name_of = self._plan.name_of
        return [
            (name_of(signal), bit)
            for signal, unseen in self._unseen.items()
            for bit in sorted(unseen)
        ]

    def findings(self, graph: Graph) -> list[Diagnostic]:
        """Return a diagnostic for each side of a threshold that no case has reached."""
        places = _places(graph)
        return [*self._never_seen(places), *self._never_close(places)]

    def _never_seen(self, places: Mapping[str, _Place]) -> Iterator[Diagnostic]:
        groups: dict[tuple[_Place, int], list[int]] = {}  # those of one declaration together
        for signal, unseen in self._unseen.items():
            layer = self._plan.layer_of(signal)
            place = places[self._plan.name_of(signal) if layer is None else layer.name]
            for bit in sorted(unseen):
                groups.setdefault((place, bit), []).append(signal)
        for ((file, path), bit), signals in groups.items():
            message, hint = self._describe(signals, bit)
            yield Diagnostic("unseen-side", message, path, key=True, help=hint, file=file)

    def _describe(self, signals: list[int], bit: int) -> tuple[str, str]:
        """Say what no case has, and which case to add."""
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
                if (place, fires) in seen:  # of another instance of the same part
                    continue
                seen.add((place, fires))
                message = _not_close(self._plan, edge, nearest, closest)
                hint = "add a case with such a value, to notice when it moves"
                yield Diagnostic(
                    "far-from-threshold", message, place[1], key=True, help=hint, file=place[0]
                )


def _not_close(plan: Plan, edge: Edge, nearest: tuple[Number, Number], closest: Number) -> str:
    """Say which value no case has, next to a threshold or cut-off."""
    first, last = map(show_number, nearest)
    limit = show_number(edge.threshold)
    if edge.step.is_cutoff:
        subject, what = f"`{plan.name_of(edge.source)}`", "the cut-off"
    else:
        subject, what = f"a sum of `{plan.neuron_of(edge.source)}`", "the threshold"
    if first != last:  # which are the cut-off and, from there, one of its last place
        unit = show_number(Fraction(nearest[1] - nearest[0]))
        values = f"within {unit} {'above' if first == limit else 'below'} {what} {limit}"
    elif first == limit:
        values = f"at {what} {limit}"
    else:
        values = f"at {first}, next to {what} {limit}"
    return f"no case has {subject} {values}: the closest is {show_number(closest)}"


def _places(graph: Graph) -> dict[str, _Place]:
    """Return where each threshold, cut-off and layer is declared, by its name in the plan."""
    places: dict[str, _Place] = {}
    for node in graph.nodes:
        origin = node.origin
        places[node.name] = (origin.file, origin.path)
        if isinstance(node, NeuronNode) and node.ports:
            for port, name in zip(node.ports, node.signal_names(), strict=True):
                places[name] = (origin.file, (*origin.path, "thresholds", port))
    return places

"""Find the neurons and inputs that suffice for a decision, from the outputs down.

A decision needs few of its sources: with these unchanged, it is the same for any values of the
others. Sources are added by size, largest first, until the others together are too small to change
the decision. A sum needs all its sources.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.numbers.exact import Number
from nnc.run.trace.contributions import Contributions
from nnc.run.trace.neurons import FollowedRow, Limit
from nnc.run.trace.values import size

# The order of a trace: firing neurons, silent outputs, then zeros in a sum or bus.
FIRING = 0
SILENT = 1
IDLE = 2


class Stop(NamedTuple):
    """A neuron on the way, given by one of its signals, with its depth from 1 below the outputs.

    `rank` is FIRING, SILENT or IDLE.
    """

    signal: int
    depth: int
    rank: int


class Way:
    """The neurons that decide some outputs of a row, from the outputs down, without repetition.

    It is computed lazily; `inputs` are the elements of inputs reached so far.
    """

    def __init__(self, row: FollowedRow, taps: Iterable[Tap], depth: int | None = None) -> None:
        self._row, self._depth = row, depth
        self.inputs: dict[int, None] = {}
        self._todo: tuple[deque[_Node], ...] = (deque(), deque(), deque())
        self._seen: set[tuple[int, bool]] = set()
        self._named: set[int] = set()
        for tap in taps:
            for node in _roots(row, tap):
                self._add(node)

    def __iter__(self) -> Iterator[Stop]:
        while nodes := next((nodes for nodes in self._todo if nodes), None):
            signal, depth, rank, is_sum = nodes.popleft()
            if (signal, is_sum) in self._seen:
                continue
            self._seen.add((signal, is_sum))
            first = self._row.signals(signal)[0]
            is_step = self._is_step(signal)
            if first not in self._named and not is_step:
                self._named.add(first)
                yield Stop(signal, depth, rank)
            contributions = self._row.contributions(signal)
            below = depth if is_step else depth + 1
            if is_sum:
                adding, others = all_of(contributions)
                for source in others:
                    self._add(_Node(source, below, IDLE))
            else:
                adding = enough(self._row, contributions, self._row.limit(signal))
            for source in adding:
                self._add(_Node(source, below, rank))

    def _add(self, node: _Node) -> None:
        signal = node.signal
        if self._row.is_constant(signal):
            return
        if signal < self._row.plan.first_made:
            self.inputs[signal] = None
            return
        is_deep = self._depth is not None and node.depth > self._depth
        if not is_deep or self._is_step(signal):
            self._todo[node.rank].append(node)

    def _is_step(self, signal: int) -> bool:
        step = self._row.plan.maker.get(signal)
        return step is not None and (step.is_cutoff or step.is_value)


class _Node(NamedTuple):
    """A signal on the way, or with `is_sum` the sum of its neuron."""

    signal: int
    depth: int
    rank: int
    is_sum: bool = False


def _roots(row: FollowedRow, tap: Tap) -> Iterator[_Node]:
    """Yield the signals that determine an output."""
    signals: Sequence[int] = tap.signals
    if tap.kind == "largest":
        signals = ranked(row, tap.signals)
    elif tap.kind == "level":
        signals = nearest(row, tap.signals)
    are_on = any(row.values[signal] for signal in signals)
    for signal in map(int, signals):
        rank = FIRING
        if tap.kind == "bit" and not row.values[signal]:
            rank = SILENT
        elif tap.kind == "bus" and not row.values[signal]:
            rank = IDLE if are_on else SILENT
        yield _Node(signal, 1, rank, is_sum=tap.kind in ("sum", "largest"))


def ranked(row: FollowedRow, signals: Sequence[int]) -> list[int]:
    """Return neurons ordered by sum, largest first, equal ones in their original order."""
    sums = {signal: row.sum(signal) for signal in signals}
    return sorted(signals, key=lambda signal: -sums[signal])


def nearest(row: FollowedRow, signals: Sequence[int]) -> list[int]:
    """Return the nearest firing and the nearest silent threshold of one sum.

    They determine the other thresholds.
    """
    pair = []
    for fired in (1, 0):
        alike = [signal for signal in signals if row.values[signal] == fired]
        if alike:
            pair.append(min(alike, key=lambda signal: row.limit(signal).margin))
    return pair


def enough(row: FollowedRow, contributions: Contributions, limit: Limit) -> list[int]:
    """Return sources that suffice for a decision, the most important first."""
    needed: list[int] = []  # these may change by any amount
    bits: list[tuple[Number, int]] = []
    for i in range(len(contributions)):
        signal = contributions.signal(i)
        if row.is_constant(signal):
            continue
        effect = contributions.effect(i)
        if row.is_number(signal):
            if effect:
                needed.append(signal)
            continue
        # the effect of a bit on the decision if it flips
        turned = -effect if row.values[signal] else effect
        if (turned < 0) == limit.is_least and turned:
            bits.append((size(turned), signal))
    bits.sort(key=lambda bit: -bit[0])
    left: Number = sum(most for most, _ in bits)
    for most, signal in bits:
        if left < limit.margin or (left == limit.margin and not limit.is_reached):
            break
        left -= most
        needed.append(signal)
    return needed


def all_of(contributions: Contributions) -> tuple[list[int], list[int]]:
    """Return the sources that contribute to a sum, largest first, and those at 0."""
    adding = contributions.largest()
    left = sorted(set(range(len(contributions))).difference(adding))
    others = [contributions.signal(i) for i in left if contributions.effect(i)]
    return [contributions.signal(i) for i in adding], others


def on_the_way(plan: Plan, aliases: Collection[str]) -> set[str]:
    """Return the names of the neurons that some outputs may depend on in any row."""
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

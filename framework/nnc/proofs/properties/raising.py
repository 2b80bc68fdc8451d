"""Two numbers that are only compared with constants, and with each other: as numbers of cells.

Between two cut-offs nothing changes, so a number is as good as the place of its cell. Then there
are few values, also of a number without bounds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor

from nnc.compiler.graph import Graph, NeuronNode, Tap, input_type
from nnc.compiler.joint import Joint
from nnc.compiler.netlist import Net, Netlist
from nnc.compiler.plan import build_plan
from nnc.language.network import FIRING, Fires, Input
from nnc.numbers.exact import Number, simplest
from nnc.proofs.plans.domain import CutOff, Interval, cells, interval_of
from nnc.run.trace import PlainValue

_MAX_SYNAPSES = 1 << 20  # of layers whose signs are examined


def open_elements(graph: Graph, tap: Tap, slots: Sequence[int], *, rising: bool) -> list[int]:
    """Return the inputs that the signs of the weights do not show to only raise an output.

    With `rising` off, those that they do not show to only lower it. It is a value that is raised,
    whatever its states are.
    """
    plan = build_plan(replace(graph, outputs=(tap,), claims=(), owed=()))
    if sum(layer.synapses for layer in plan.layers) > _MAX_SYNAPSES:
        return list(slots)
    netlist = Netlist(plan)
    (port,) = netlist.outputs
    if len(port.numbers) < len(port.values):  # the place of the largest sum, which no sign shows
        return list(slots)
    signs = _Signs()
    for place, slot in enumerate(slots):
        is_raised = netlist.value(slot).terms[0][1] > 0
        signs.ups[slot], signs.downs[slot] = (1 << place, 0) if is_raised else (0, 1 << place)
    numbers = port.numbers if port.shape != "word" else (port.number,)
    nets = {net for number in numbers for net, _ in number.terms}
    for cell in netlist.cells(nets):
        up, down = signs.ups[-cell.first], signs.downs[-cell.first] = signs.of(cell.terms)
        for net, test in zip(cell.nets, cell.tests, strict=True):
            signs.ups[net], signs.downs[net] = (up, down) if test.is_rising else (down, up)
    wrong = 0
    for number in numbers:
        wrong |= signs.of(number.terms)[1 if rising else 0]
    return [slot for place, slot in enumerate(slots) if wrong >> place & 1]


class _Signs:
    """The inputs that may raise a net, and those that may lower it, as bits of integers."""

    def __init__(self) -> None:
        self.ups: dict[Net, int] = {}
        self.downs: dict[Net, int] = {}

    def of(self, terms: Iterable[tuple[Net, int]]) -> tuple[int, int]:
        """Return the inputs that may raise a sum, and those that may lower it."""
        up = down = 0
        for net, factor in terms:
            raising, lowering = self.ups.get(net, 0), self.downs.get(net, 0)
            if factor < 0:
                raising, lowering = lowering, raising
            up, down = up | raising, down | lowering
        return up, down


@dataclass(frozen=True)
class CellNumbers:
    """Inputs that are numbers of cells: `values` has a number of each cell."""

    names: tuple[str, ...] = ()
    values: Sequence[Number] = field(default_factory=tuple)

    def restored(self, row: Mapping[str, PlainValue]) -> dict[str, PlainValue]:
        """Return a row with a number of each cell in place of its own."""
        restored = dict(row)
        for name in self.names:
            cell = row.get(name, 0)
            assert isinstance(cell, int)
            restored[name] = self.values[cell]
        return restored


def in_cells(joint: Joint, first: str, second: str, order: int) -> CellNumbers:
    """Replace two inputs of a joint graph by numbers of cells, where nothing adds them up.

    The neuron of the signal `order` compares both. Where something else does more than compare one
    of them with constants, all stays as it is.
    """
    signals = {joint.element(first), joint.element(second)}
    readers = []
    for index, node in enumerate(joint.nodes):
        if node.first == order or signals.isdisjoint(node.sources):
            continue
        if not isinstance(node, NeuronNode) or len(node.sources) > 1 or not node.weights[0]:
            return CellNumbers()
        readers.append(index)
    interval = interval_of(joint.inputs[first])
    cuts = {
        index: [_cut(node, i, interval) for i in range(node.outputs)]
        for index in readers
        if isinstance(node := joint.nodes[index], NeuronNode)
    }
    inside = sorted({cut for limits in cuts.values() for cut in limits if is_inside(cut, interval)})
    values = cells(interval, inside)
    for index, limits in cuts.items():
        node = joint.nodes[index]
        assert isinstance(node, NeuronNode)
        is_high = FIRING[node.fires].up == (node.weights[0] > 0)
        fires: Fires = "at_least" if is_high else "below"
        joint.nodes[index] = node._replace(
            fires=fires,
            weights=(1,),
            thresholds=tuple(_place(cut, inside, interval) for cut in limits),
            rules=(),
        )
    for name in (first, second):
        cell = Input(type="integer", min=0, max=len(values) - 1)
        joint.inputs[name] = cell
        joint.types[joint.element(name)] = input_type(cell)
    return CellNumbers((first, second), values)


def _cut(node: NeuronNode, i: int, interval: Interval) -> CutOff:
    """Return where a number that a neuron compares alone passes one of its thresholds."""
    rule = FIRING[node.rule(i)]
    value = simplest(Fraction(node.thresholds[i]) / Fraction(node.weights[0]))
    is_high = rule.up == (node.weights[0] > 0)
    # the value itself is on the upper side where it fires with what is above, or neither does
    after = rule.strict == is_high
    if interval.is_integer:
        return CutOff(floor(value) + 1 if after else ceil(value), after=False)
    return CutOff(value, after)


def is_inside(cut: CutOff, interval: Interval) -> bool:
    """Return whether a cut leaves values of an interval on both sides."""
    least, greatest = interval.least, interval.greatest
    if least is not None and (cut.value < least or (cut.value == least and not cut.after)):
        return False
    return greatest is None or cut.value < greatest or (cut.value == greatest and not cut.after)


def _place(cut: CutOff, inside: Sequence[CutOff], interval: Interval) -> int:
    """Return the first cell behind a cut: 0 where all are."""
    if is_inside(cut, interval):
        return bisect_left(inside, cut) + 1
    is_below = interval.least is not None and cut.value <= interval.least
    return 0 if is_below else len(inside) + 1

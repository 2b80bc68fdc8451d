"""Signs of weights: the inputs that can only raise an output, or only lower it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nnc.compiler.graph import Graph, Tap
from nnc.compiler.netlist import Net, Netlist
from nnc.compiler.plan import build_plan

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

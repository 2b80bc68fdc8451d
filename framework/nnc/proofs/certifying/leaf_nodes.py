"""The leaves of a recorded circuit as nodes of a graph, whose rows tell its neurons apart."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from nnc.numbers.exact import Number, simplest
from nnc.proofs.certificates import ledger
from nnc.proofs.certificates.circuit import Bit, Cell, Circuit, Label, NumberInput
from nnc.proofs.circuit.leaves import Leaves
from nnc.proofs.plans.domain import Axis, CutOff, Domain, Interval, Tried, Values
from nnc.proofs.plans.nodes import Cut, Leaf, Mixed, NodeGraph, SharedNode
from nnc.proofs.strategies.simulation import drawn_from

_MAX_CUT_OFFS = 256  # of one number


class LeafNodes:
    """The inputs of a circuit as axes, and variables that depend on one of them as nodes."""

    def __init__(self, circuit: Circuit) -> None:
        self._axis_of: dict[object, int] = {}
        axes: list[Axis] = []
        tried: dict[int, Tried] = {}
        cut_offs = _cut_offs(circuit)
        for signal, kind in enumerate(circuit.signals):
            key: object = kind.input if isinstance(kind, Label) else signal
            if not isinstance(kind, Bit | Label | NumberInput) or key in self._axis_of:
                continue
            values: Values = (0, 1)
            if isinstance(kind, Label):
                values = kind.allowed
            elif isinstance(kind, NumberInput):
                values = Interval(*kind.interval)
            axis = self._axis_of[key] = len(axes)
            axes.append(Axis(kind.name, None, values))
            tried[axis] = drawn_from(values, cut_offs.get(signal, set()))
        self._graph = NodeGraph(Domain(tuple(axes), {}, {}, ()))
        self._tried = tried

    def leaves(self, count: int, seed: int) -> Leaves:
        """Return the leaves of a graph of ANDs in some rows that are drawn."""
        return Leaves(self._graph, self._tried, count, seed)

    def add(self, definition: ledger.Definition) -> int:
        """Add the node of a variable; one that depends on several inputs may be anything."""
        self._graph.nodes.append(self._node(definition))
        return len(self._graph.nodes) - 1

    def _node(self, definition: ledger.Definition) -> SharedNode:
        if not isinstance(definition, ledger.Leaf):
            return Mixed(())
        kind, *key = definition.key
        if kind == "bit":
            return Leaf(self._axis_of[key[0]], "")
        if kind == "label":
            return Leaf(self._axis_of[key[0]], "", part=str(key[1]))
        if kind != "cut":
            return Mixed(())
        number, limit, is_strict = key
        assert isinstance(limit, Number)
        return Cut(self._axis_of[number], limit, bool(is_strict))


def _cut_offs(circuit: Circuit) -> dict[int, set[CutOff]]:
    """Return where numbers are compared with constants, for each of them."""
    cut_offs: dict[int, set[CutOff]] = {}
    for cell in circuit.signals:
        if not isinstance(cell, Cell) or len(cell.terms) != 1:
            continue
        ((signal, weight),) = cell.terms
        number = circuit.signals[signal]
        if not isinstance(number, NumberInput):
            continue
        interval = number.interval
        value = simplest(Fraction(cell.limit) / Fraction(weight))
        cut = CutOff(value, after=cell.strict == (weight > 0))
        if interval.is_integer:
            cut = CutOff(floor(value) + 1 if cut.after else ceil(value), after=False)
        is_inside = (interval.least is None or cut > (interval.least, False)) and (
            interval.greatest is None or cut < (interval.greatest, True)
        )
        cuts = cut_offs.setdefault(signal, set())
        if is_inside and len(cuts) < _MAX_CUT_OFFS:
            cuts.add(cut)
    return cut_offs

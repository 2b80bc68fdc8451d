"""Two networks that are compared: the parts of their outputs, and the results so far."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Literal, NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.netlist import Affine, Argmax, Netlist, OneHot
from nnc.compiler.plan import Plan
from nnc.language.network import States
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.proofs.plans.budget import CODED, COLUMN, Budget, Cost, cost_of
from nnc.proofs.plans.domain import Domain, Interval, Tried, Values, cells, size_of
from nnc.proofs.plans.nodes import Linear, PlanReading, Support, Supports, merged
from nnc.proofs.plans.shared import Shared
from nnc.run.engines import How

if TYPE_CHECKING:
    from numpy.typing import NDArray

# ----------------------------------------------------------- outputs and their normal form


class Component(NamedTuple):
    """One value of an output, with the labels of its places."""

    value: Affine | Argmax
    labels: tuple[str, ...] = ()
    is_number: bool = False
    """True for a number of an input that is given as it is."""

    @property
    def is_sum(self) -> bool:
        """True for the sum of a neuron, and for the place of the largest one."""
        return isinstance(self.value, Argmax) or self.value.is_sum

    @property
    def signals(self) -> tuple[int, ...]:
        """Its bits, or its number; for sums, the first bit of each neuron."""
        if isinstance(self.value, Argmax):
            return tuple(-net for number in self.value.of for net, _ in number.terms)
        return tuple(abs(net) for net, _ in self.value.terms)

    @property
    def bit(self) -> tuple[int, States] | None:
        """The signal and the states of a single bit; constants 0 and 1 are bits, too."""
        if isinstance(self.value, Argmax) or self.labels or self.is_number or self.value.is_sum:
            return None
        if not self.value.terms:
            return (int(self.value.at(0)), (0, 1)) if self.value.at(0) in (0, 1) else None
        return None if self.value.net is None else (self.value.net, self.value.states)


def signals_of(components: Iterable[Component]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the bits that components are made of, and the neurons whose sums are."""
    bits, sums = set[int](), set[int]()
    for component in components:
        if component.bit is not None:
            bits.add(component.bit[0])
        elif component.is_sum:
            sums.update(component.signals)
        elif not component.is_number:
            bits.update(component.signals)
    return frozenset(bits), frozenset(sums)


NormalForm = tuple[tuple[Linear, ...], tuple[str, ...]]
"""Sums, of `largest` several and else one, and the labels: equal forms are equal functions."""


def components_of(tap: Tap, netlist: Netlist) -> list[Component]:
    """Return the values that an output is made of."""
    components = []
    for value in netlist.port(tap).values:
        assert not isinstance(value, OneHot)
        net = None if isinstance(value, Argmax) else value.net
        is_number = net is not None and net > 0 and netlist.is_number(net)
        components.append(Component(value, tap.labels, is_number))
    return components


def type_of(tap: Tap) -> str:
    """Describe the type of an output: two outputs are compared where it is the same."""
    if tap.labels:
        return "a label"
    return f"a bus of {tap.width}" if tap.is_bus else "a number"


def form_of(
    component: Component, netlist: Netlist, reading: PlanReading, shared: Shared
) -> NormalForm:
    """Return the normal form of a value."""
    if isinstance(component.value, Argmax):
        sums = [shared.number(netlist, number, reading) for number in component.value.of]
        return tuple(_relative(sums)), component.labels
    return (shared.number(netlist, component.value, reading),), component.labels


def _relative(sums: list[Linear]) -> Iterator[Linear]:
    """Take the first sum from all and bring them to integers: which is largest stays the same.

    What is added to every sum, and their scale, decide nothing, and vanish so.
    """
    first = dict(sums[0].terms)
    differences: list[tuple[Number, dict[int, Number]]] = []
    for constant, factors in sums:
        weights = dict(factors)
        keys = weights.keys() | first.keys()
        difference = {node: weights.get(node, 0) - first.get(node, 0) for node in keys}
        differences.append(
            (constant - sums[0].constant, {n: w for n, w in difference.items() if w})
        )
    numbers = [Fraction(w) for constant, terms in differences for w in (constant, *terms.values())]
    scale = Fraction(lcm(*(number.denominator for number in numbers)))
    common = gcd(*(int(number * scale) for number in numbers)) or 1
    for constant, terms in differences:
        whole = sorted((n, simplest(Fraction(w * scale / common))) for n, w in terms.items())
        yield Linear(simplest(Fraction(constant * scale / common)), tuple(whole))


def nodes_of(form: NormalForm) -> set[int]:
    """Return the nodes that a form reads."""
    return {node for sum_ in form[0] for node, _ in sum_.terms}


# ------------------------------------------------------------------------------ comparison

Row = Sequence[Number | str]
"""The value of every axis."""


@dataclass(eq=False)
class OutputPart:
    """One value of an output in both networks.

    `forms` are their normal forms, in the graph `shared`, and `sides` the nodes that each reads.
    """

    before: Component
    after: Component
    forms: tuple[NormalForm, NormalForm] = (((), ()), ((), ()))
    sides: tuple[set[int], set[int]] = field(default_factory=lambda: (set(), set()))
    is_equal: bool = False
    shared: Shared | None = None
    supports: Supports | None = None
    place: int = 0
    """Its place among the supports."""

    @property
    def nodes(self) -> set[int]:
        """The nodes that it reads in either network."""
        return self.sides[0] | self.sides[1]

    @property
    def support(self) -> Support:
        """The support in either network."""
        return merged(()) if self.supports is None else self.supports.of(self.place)

    @property
    def axes(self) -> set[int]:
        """The axes that it depends on in either network."""
        return self.support.axes

    @property
    def apart(self) -> set[str]:
        """The inputs that it depends on and that have no value allowed in both networks."""
        return self.support.apart


class Table(NamedTuple):
    """An array that is true where rows of some axes differ, with a dimension for each axis."""

    values: Mapping[int, Tried]
    differs: NDArray[np.bool_]


@dataclass(eq=False)
class ComparedOutput:
    """An output that both networks have: its parts, and the results so far.

    `witness` is a row in which it differs. Of `total` rows `tried` were tried, and `differing` of
    them differ; these are for all rows that its open parts depend on, or, with the unit `range`,
    for all combinations of ranges. Where they are few, `table`
    says of each row whether it differs, with an axis of the array for each of the values tried.
    """

    alias: str
    before: Tap
    after: Tap
    parts: list[OutputPart]
    how: str = ""
    tried: int | None = None
    total: int | None = None
    differing: int | None = None
    unit: Literal["input", "range"] = "input"
    witness: Row | None = None
    table: Table | None = None

    @property
    def open(self) -> list[OutputPart]:
        """The parts that are not proved to be equal."""
        return [part for part in self.parts if not part.is_equal]

    @property
    def is_settled(self) -> bool:
        """True where no strategy can find out more."""
        return not self.open or self.differing is not None


class Pair:
    """Two plans, the domain in which they are compared, and the graph that both are in."""

    def __init__(
        self,
        before: Plan,
        after: Plan,
        domain: Domain,
        budget: Budget | None = None,
        how: How | None = None,
        cells: Collection[str] = (),
    ) -> None:
        self.before, self.after, self.domain = before, after, domain
        self.cells = cells
        """The inputs whose numbers each stand for a range."""
        self.how = how or How()
        self.budget = budget or Budget(10)
        self.merging: object = None
        """The merged graph that one strategy leaves to the next ones."""
        self.readings: tuple[PlanReading, PlanReading] | None = None
        """The signals of both plans in the graph."""
        self._costs: dict[tuple[frozenset[int], ...], Cost] = {}
        self.netlists = Netlist(before), Netlist(after)
        taps = {tap.alias: tap for tap in after.outputs}
        self.outputs = []
        for tap in before.outputs:
            other = taps.get(tap.alias)
            if other is not None and bool(tap.labels) == bool(other.labels):
                sides = components_of(tap, self.netlists[0]), components_of(other, self.netlists[1])
                if len(sides[0]) == len(sides[1]):
                    parts = list(map(OutputPart, *sides))
                    self.outputs.append(ComparedOutput(tap.alias, tap, other, parts))

    @property
    def open(self) -> list[ComparedOutput]:
        """The outputs that are not settled."""
        return [output for output in self.outputs if not output.is_settled]

    def cost(self, parts: Sequence[OutputPart]) -> Cost:
        """Return the work to evaluate parts in both networks."""
        sides = (
            (self.before, [part.before for part in parts]),
            (self.after, [part.after for part in parts]),
        )
        wanted = [signals_of(components) for _, components in sides]
        key = (*wanted[0], *wanted[1])
        if key not in self._costs:
            old, new = (
                cost_of(plan, *signals) for (plan, _), signals in zip(sides, wanted, strict=True)
            )
            self._costs[key] = Cost(old.once + new.once, old.row + new.row)
        return self._costs[key]

    def work(self, parts: Sequence[OutputPart], rows: int, axes: int) -> int:
        """Return the work of calculating parts for rows in which some axes are looked up."""
        return self.cost(parts).of(rows) + axes * (COLUMN + 2 * CODED * rows)

    def read(self, shared: Shared, readings: tuple[PlanReading, PlanReading]) -> None:
        """Take the normal form of every open part from a graph; the same form is equal."""
        self.shared, self.readings = shared, readings
        parts = [part for output in self.open for part in output.open]
        for part in parts:
            before = form_of(part.before, self.netlists[0], readings[0], shared)
            after = form_of(part.after, self.netlists[1], readings[1], shared)
            part.is_equal = before == after
            part.forms, part.shared = (before, after), shared
            part.sides = nodes_of(before), nodes_of(after)
        supports = Supports(shared, [part.nodes for part in parts])
        for index, part in enumerate(parts):
            part.supports, part.place = supports, index

    def tried(self, parts: Iterable[OutputPart]) -> Mapping[int, Tried] | None:
        """Return for each axis that parts depend on the values that have to be tried.

        A number that is only compared with constants has a value for each cell; one that is added
        up has all its values. None where they have no end.
        """
        support = merged(part.support for part in parts)
        if support.apart:
            return None
        tried: dict[int, Tried] = {}
        for axis in sorted(support.axes):
            values = self.values_of(axis, support)
            if isinstance(values, Interval):
                return None
            tried[axis] = values
        return tried

    def values_of(self, axis: int, support: Support) -> Values:
        """Return the values of an axis that have to be tried; an interval where it has no end."""
        values = self.domain.axes[axis].values
        if not isinstance(values, Interval):
            return values
        if axis not in support.added:
            rest = self.domain.axes[axis].resting
            assert isinstance(rest, Number)
            return tuple(cells(values, support.cut_offs[axis], rest))
        if size_of(values) is None:
            return values
        assert values.least is not None
        assert values.greatest is not None
        return range(int(values.least), int(values.greatest) + 1)

"""Two networks that are compared: the parts of their outputs, and the results so far."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.graph import Tap
from nnc.compiler.netlist import Argmax, Netlist, OneHot
from nnc.compiler.plan import Plan
from nnc.language.network import States
from nnc.numbers.exact import Number, simplest
from nnc.proofs.plans.budget import CODED, COLUMN, Budget, Cost, cost_of
from nnc.proofs.plans.domain import Domain, Interval, Tried, Values, cells, size_of
from nnc.proofs.plans.nodes import Linear, PlanReading, Support, Supports, merged
from nnc.proofs.plans.shared import Shared
from nnc.run.engines import How

# ----------------------------------------------------------- outputs and their normal form


class Component(NamedTuple):
    """One value of an output, by its kind.

    A `bit` with its states, the `number` of an input, a `sum`, a `level` or the place of the
    `largest` sum; the last two may have labels.
    """

    kind: str
    signals: tuple[int, ...]
    states: States | None = None
    labels: tuple[str, ...] = ()

    @property
    def is_sum(self) -> bool:
        """True where its signals stand for the sums of their neurons."""
        return self.kind in ("sum", "largest")


def signals_of(components: Iterable[Component]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the bits that components are made of, and the neurons whose sums are."""
    bits, sums = set[int](), set[int]()
    for component in components:
        if component.kind in ("bit", "level"):
            bits.update(component.signals)
        elif component.is_sum:
            sums.update(component.signals)
    return frozenset(bits), frozenset(sums)


NormalForm = tuple[tuple[Linear, ...], tuple[str, ...]]
"""Sums, of `largest` several and else one, and the labels: equal forms are equal functions."""


def components_of(tap: Tap) -> list[Component]:
    """Return the values that an output is made of."""
    if tap.kind in ("level", "largest"):
        return [Component(tap.kind, tuple(tap.signals), labels=tap.labels)]
    if tap.kind == "sum":
        return [Component("sum", (signal,)) for signal in tap.signals]
    components = []
    for index, signal in enumerate(tap.signals):
        states = tap.states_of(index)
        components.append(Component("number" if states is None else "bit", (signal,), states))
    return components


def type_of(tap: Tap) -> str:
    """Describe the type of an output: two outputs are compared where it is the same."""
    if tap.labels:
        return "a label"
    return f"a bus of {tap.width}" if tap.is_bus else "a number"


def forms_of(tap: Tap, netlist: Netlist, reading: PlanReading, shared: Shared) -> list[NormalForm]:
    """Return the normal forms of the values that an output is made of."""
    forms = []
    for value in netlist.port(tap).values:
        assert not isinstance(value, OneHot)
        if isinstance(value, Argmax):
            sums = [shared.number(netlist, each, reading) for each in value.of]
            forms.append((tuple(_relative(sums)), tap.labels))
        else:
            forms.append(((shared.number(netlist, value, reading),), tap.labels))
    return forms


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
        taps = {tap.alias: tap for tap in after.outputs}
        self.outputs = [
            ComparedOutput(tap.alias, tap, taps[tap.alias], parts_of(tap, taps[tap.alias]))
            for tap in before.outputs
            if tap.alias in taps and _is_comparable(tap, taps[tap.alias])
        ]

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
        netlists = Netlist(self.before), Netlist(self.after)
        parts = []
        for output in self.open:
            befores = forms_of(output.before, netlists[0], readings[0], shared)
            afters = forms_of(output.after, netlists[1], readings[1], shared)
            for part, before, after in zip(output.parts, befores, afters, strict=True):
                if part.is_equal:
                    continue
                part.is_equal = before == after
                part.forms, part.shared = (before, after), shared
                part.sides = nodes_of(before), nodes_of(after)
                parts.append(part)
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


def _is_comparable(before: Tap, after: Tap) -> bool:
    return len(components_of(before)) == len(components_of(after)) and bool(before.labels) == bool(
        after.labels
    )


def parts_of(before: Tap, after: Tap) -> list[OutputPart]:
    """Return the values of an output in two networks, one for each that both have."""
    pairs = zip(components_of(before), components_of(after), strict=False)
    return [OutputPart(old, new) for old, new in pairs]

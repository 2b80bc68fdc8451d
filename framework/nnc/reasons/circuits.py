"""A search for rows that meet a goal in the circuit of an output, by a SAT solver.

Sums of several numbers are known here only by their bounds: a candidate row is evaluated, and if it
fails, nothing is proved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, islice, pairwise
from math import ceil, floor

from nnc.numbers.exact import Number, simplest
from nnc.proofs.comparison import Condition
from nnc.proofs.plans import Cut, Leaf, Mixed, Support
from nnc.reasons.encoding import FALSE, TRUE, Encoding
from nnc.reasons.finder import MAX_SHOWN, Box, Finder, Nearest, UndecidedError
from nnc.reasons.lines import Lines, Spans
from nnc.reasons.neighbours import Neighbours, RowTest
from nnc.reasons.question import Change, Goal, Question, Ways
from nnc.reasons.scales import Scale

PROPAGATIONS = 1 << 21  # of all searches for the nearest rows
NEAR_PROPAGATIONS = 1 << 19  # of searches for near rows, where the nearest are too hard to find
BOX_PROPAGATIONS = 1 << 18  # of one search for a row in a box
_MAX_DIGITS = 12  # decimals of a value without an end
_MAX_FOUND = 1_000  # rows with the fewest changes
_MAX_LINES = 200  # lines of numbers that are followed


class Circuit(Finder):
    """The circuit of an output, which meets a goal if one of several ways holds."""

    around: Neighbours

    def __init__(
        self, question: Question, encoding: Encoding, goal: Goal, ways: Ways, support: Support
    ) -> None:
        super().__init__(
            {
                axis: Scale(question, axis, support)
                for axis in sorted(support.axes)
                if axis not in support.added
            }
        )
        self._question, self._goal, self._encoding = question, goal, encoding
        self.left = PROPAGATIONS
        self._numbers = sorted(support.added)
        has_value = encoding.of_ways(ways)
        self._is_met = encoding.both(
            -has_value if goal.is_other else has_value, encoding.of_ways((question.allowed,))
        )
        self._leaves: dict[int, list[int]] = {}
        """Nodes of the shared graph of each axis."""
        self._opaque: list[int] = []
        """Nodes that stand for sums of numbers, or compare one that is added up elsewhere."""
        cone = question.shared.cone(
            literal >> 1 for way in (*ways, question.allowed) for literal in way
        )
        self._sort(cone, support)
        ordered = [axis for axis, scale in self.scales.items() if scale.is_ordered]
        self._spans = Spans(question, self._opaque, ordered)
        self._lines = Lines(question, cone, support)
        encoding.solver.add(self._clauses())
        same = {axis: self._same(axis) for axis in self.scales}
        encoding.solver.prefer([self._now(leaf) for own in self._leaves.values() for leaf in own])
        self._changed = {axis: -literal for axis, literal in same.items() if literal != TRUE}
        self.around = Neighbours(self.scales, RowTest(question, goal, self.scales))
        self._is_whole = True
        """True if all rows with one change were examined."""

    # ----------------------------------------------------------------------------- building

    def _sort(self, cone: Iterable[int], support: Support) -> None:
        """Separate the nodes of single axes from those of several."""
        for node in sorted(cone):
            definition = self._question.shared.nodes[node]
            if isinstance(definition, Mixed):
                self._opaque.append(node)
            elif isinstance(definition, Cut) or (
                isinstance(definition, Leaf) and not definition.is_number
            ):
                assert definition.axis is not None
                if definition.axis in support.added:
                    self._opaque.append(node)
                else:
                    self._leaves.setdefault(definition.axis, []).append(node)

    def _literal(self, node: int) -> int:
        return self._encoding.literals[node]

    def _same(self, axis: int) -> int:
        """Return the literal for an axis being at its present position."""
        return self._encoding.every(map(self._now, self._leaves.get(axis, ())))

    def _now(self, leaf: int) -> int:
        """Return the literal of a leaf that holds in the row."""
        definition = self._question.shared.nodes[leaf]
        assert isinstance(definition, (Cut, Leaf))
        assert definition.axis is not None
        is_on = self._question.shared.is_on(leaf, self._question.row[definition.axis])
        return self._literal(leaf) if is_on else -self._literal(leaf)

    def _clauses(self) -> Iterator[list[int]]:
        """Yield the clauses that always hold for the leaves of an axis."""
        shared = self._question.shared
        for axis, leaves in self._leaves.items():
            definitions = {leaf: shared.nodes[leaf] for leaf in leaves}
            cuts = [
                (definition.value, definition.strict, leaf)
                for leaf, definition in definitions.items()
                if isinstance(definition, Cut)
            ]
            for (*_, low), (*_, high) in pairwise(sorted(cuts)):
                yield [self._literal(low), -self._literal(high)]
            own = [
                self._literal(leaf)
                for leaf, definition in definitions.items()
                if isinstance(definition, Leaf) and isinstance(definition.part, str)
            ]
            for first, second in combinations(own, 2):
                yield [-first, -second]
            if own and len(own) == len(self.scales[axis]):
                yield own

    # ---------------------------------------------------------------------------- searching

    def find(self, box: Box) -> Change | None:
        """Return a row in a box that meets the goal; an axis without a scale can only be fixed.

        If there is none, `core` has axes whose positions suffice to rule it out.
        """
        assumed = self._held(box)
        states = self._searched([self._is_met, *assumed], BOX_PROPAGATIONS)
        if states is None:
            self.core = self._cored(box, assumed)
            return None
        change = self._change(states)
        for more in self._numbers_tried(box):
            both = change | more
            if self._meets(both):
                return both
        assert self._opaque, "a row of the circuit is not one of the network"
        raise UndecidedError

    def _cored(self, box: Box, assumed: Mapping[int, int | None]) -> frozenset[int]:
        """Return the axes of a box that the solver used in its proof."""
        if self._is_met == FALSE:
            return frozenset()
        axes = {assumed[literal] for literal in self._encoding.solver.core if literal in assumed}
        if None in axes:  # sums of numbers: of all axes that are held
            return frozenset(box)
        return frozenset(axis for axis in axes if axis is not None)

    def _held(self, box: Box) -> dict[int, int | None]:
        """Return the literals that hold in a box, with their axes; None for those of sums."""
        shared = self._question.shared
        held: dict[int, int | None] = {}
        for axis, places in box.items():
            if axis not in self.scales:
                continue
            scale = self.scales[axis]
            for node in self._leaves.get(axis, ()):
                states = {shared.is_on(node, scale.value_at(place)) for place in places}
                if len(states) == 1:
                    held[self._literal(node) if states.pop() else -self._literal(node)] = axis
        for node in self._opaque:
            state = self._spans.state(node, set(box))
            if state is not None:
                held[self._literal(node) if state else -self._literal(node)] = None
        return held

    def _searched(
        self, literals: Iterable[int], most: int = PROPAGATIONS
    ) -> dict[int, bool] | None:
        """Return the states of leaves for which literals hold; None proves that there are none."""
        wanted = list(literals)
        if FALSE in wanted:
            self._encoding.solver.core = [FALSE]
            return None
        solver = self._encoding.solver
        before = solver.propagations
        answer = self._encoding.searched(wanted, min(self.left, most))
        self.left -= solver.propagations - before + 1
        if answer is None:
            raise UndecidedError
        if not answer:
            return None
        model = solver.model
        states = {}
        for leaves in self._leaves.values():
            for leaf in leaves:
                literal = self._literal(leaf)
                if abs(literal) <= len(model):
                    states[leaf] = (model[abs(literal) - 1] > 0) == (literal > 0)
        return states

    def _change(self, states: Mapping[int, bool]) -> dict[int, Number | str]:
        change: dict[int, Number | str] = {}
        for axis, scale in self.scales.items():
            own = {leaf: states[leaf] for leaf in self._leaves.get(axis, ()) if leaf in states}
            order = sorted(range(len(scale)), key=lambda place: abs(place - scale.place))
            for place in order:
                value = scale.value_at(place)
                if all(self._question.shared.is_on(leaf, value) == on for leaf, on in own.items()):
                    if place != scale.place:
                        change[axis] = value
                    break
        return change

    def _numbers_tried(self, box: Box) -> Iterator[dict[int, Number | str]]:
        """Yield values of the summed numbers: first unchanged, then at their ends."""
        yield {}
        free = [axis for axis in self._numbers if axis not in box]
        for side in (0, 1) if free else ():
            ends = {axis: self._question.ends(axis)[side] for axis in free}
            yield {
                axis: end
                for axis, end in ends.items()
                if end is not None and end != self._question.row[axis]
            }

    def _meets(self, change: Change) -> bool:
        value = self._question.value_of(self._goal.tap, change)
        return self._goal.is_met_by(value) and self._question.is_allowed(change)

    # ------------------------------------------------------------------------------ nearest

    def nearest(self, kept: Collection[int]) -> Nearest:
        """Return the rows in which the fewest axes change, as near as possible."""
        self.left = PROPAGATIONS
        if self._opaque:
            return self._any_near(kept)
        reach = self.around.reach()
        for changes in range(1, reach + 1):
            rows = [row for row in self.around.within(changes) if not row.keys() & set(kept)]
            if rows:
                return self.closest(rows)
        held = [-self._changed[axis] for axis in self._changed if axis in kept]
        free = {axis: each for axis, each in self._changed.items() if axis not in kept}
        states = self._searched([self._is_met, *held])
        if states is None:
            return Nearest((), is_proved=True)
        best, least = self._fewer(states, free), reach + 1
        try:
            while least < len(best):  # one change more each time; what is found has the fewest
                states = self._searched([self._is_met, *held, self._at_most(free, least)])
                if states is not None:
                    best = self._fewer(states, free)
                    break
                least += 1
        except UndecidedError:
            return self._descended(best, free, held)
        return self._alike(best, free, held)

    def _descended(self, best: Change, free: Mapping[int, int], held: list[int]) -> Nearest:
        """Return a row with fewer changes than another; it need not have the fewest."""
        self.left = NEAR_PROPAGATIONS
        try:
            while True:
                most = self._at_most(free, len(best) - 1)
                states = self._searched([self._is_met, *held, most])
                if states is None:
                    return self._alike(best, free, held)
                best = self._fewer(states, free)
        except UndecidedError:
            return Nearest((self._nearer(best),), is_proved=False)

    def _fewer(self, states: Mapping[int, bool], free: Collection[int]) -> Change:
        around = self.around
        fewer = around.fewer(around.places_of(self._change(states)))
        return around.change_of(around.swapped(fewer, free))

    def _alike(self, best: Change, free: Mapping[int, int], held: list[int]) -> Nearest:
        """Return the nearest rows, with different axes."""
        changes = [best]
        barred: list[int] = []
        try:
            while len(changes) <= MAX_SHOWN:
                barred.append(-self._encoding.every(free[axis] for axis in changes[-1]))
                most = self._at_most(free, len(best))
                states = self._searched([self._is_met, *held, most, *barred])
                if states is None:
                    break
                changes.append(self._change(states))
        except UndecidedError:
            pass
        rows = tuple(self._nearer(change) for change in changes[:MAX_SHOWN])
        return Nearest(rows, is_proved=True, are_more=len(changes) > MAX_SHOWN)

    def _at_most(self, free: Mapping[int, int], count: int) -> int:
        """Return a literal that holds if at most this many axes change."""
        return -self._encoding.neuron([(literal, 1) for literal in free.values()], count + 1)

    def _any_near(self, kept: Collection[int]) -> Nearest:
        """Return the rows with one change, else with two, else irreducible ones."""
        self._is_whole = True
        for rows in (self._one(kept), self._two(kept)):
            some = sorted(islice(rows, _MAX_FOUND), key=sorted)
            if some:
                are_more = len(some) > MAX_SHOWN
                is_proved = self._is_whole or len(some[0]) == 1
                return Nearest(tuple(some[:MAX_SHOWN]), is_proved, are_more)
        held = {axis: range(0) for axis in self._numbers if axis in kept}
        held |= {
            axis: range(scale.place, scale.place + 1)
            for axis, scale in self.scales.items()
            if axis in kept
        }
        try:
            change = self.find(held)
        except UndecidedError:
            return Nearest((), is_proved=False)
        if change is None:
            return Nearest((), is_proved=True)
        for axis in list(change):
            less = {other: value for other, value in change.items() if other != axis}
            if self._meets(less):
                change = less
        return Nearest((self._nearer(change),), is_proved=False)

    def _one(self, kept: Collection[int]) -> Iterator[Change]:
        """Yield all rows in which one axis changes, numbers to the next place on each side."""
        if self.around.reach():
            seen = set[tuple[tuple[int, bool], ...]]()
            for row in sorted(self.around.within(1), key=self.steps):
                direction = self.direction(row)
                if row.keys().isdisjoint(kept) and direction not in seen:
                    seen.add(direction)
                    yield self.around.change_of(row)
        elif self.scales:
            self._is_whole = False
        for axis in self._numbers:
            if axis not in kept:
                yield from self._along(axis, {})

    def _along(self, axis: int, change: Change) -> Iterator[Change]:
        """Yield the nearest rows along a number, on either side of its value."""
        scale = self._lines.scale(axis, change)
        if scale is None:
            self._is_whole = False
            return
        for places in (range(scale.place - 1, -1, -1), range(scale.place + 1, len(scale))):
            rows = ({**change, axis: scale.value_at(place)} for place in places)
            first = next((row for row in rows if self._meets(row)), None)
            if first is not None:
                yield self._written(axis, first)

    def _written(self, axis: int, change: Change) -> Change:
        """Replace a value that is no decimal by one a little beyond it, if that suffices."""
        value, now = (Fraction(each) for each in (change[axis], self._question.row[axis]))
        if not 10**_MAX_DIGITS % value.denominator:
            return change
        for digits in range(1, _MAX_DIGITS):
            scaled = value * 10**digits
            beyond = ceil(scaled) if value > now else floor(scaled)
            tried = {**change, axis: simplest(Fraction(beyond, 10**digits))}
            if self._meets(tried):
                return tried
        return change

    def _two(self, kept: Collection[int]) -> Iterator[Change]:
        """Yield rows in which two axes change; of two numbers, one goes to an end."""
        if self.around.reach() > 1:
            yield from (
                self.around.change_of(row)
                for row in self.around.within(2)
                if not row.keys() & set(kept)
            )
        free = [axis for axis in self._numbers if axis not in kept]
        others: list[Change] = [
            {axis: scale.value_at(place)}
            for axis, scale in self.scales.items()
            if axis not in kept
            for place in range(len(scale))
            if place != scale.place
        ]
        others += [
            {axis: end}
            for axis in free
            for end in self._question.ends(axis)
            if end is not None and end != self._question.row[axis]
        ]
        for change in others[:_MAX_LINES]:
            for axis in free:
                if axis not in change:
                    yield from self._along(axis, change)

    def spread(self, box: Box) -> None:
        """Let the numbers of a box vary as far as it still forces the output."""
        for axis in sorted(axis for axis in box if axis not in self.scales):
            for up in (False, True):
                for end in self._spans.limits(axis, set(box), up=up):
                    before = self._spans.span(axis)
                    self._spans.known[axis] = (
                        before._replace(high=end) if up else before._replace(low=end)
                    )
                    if self._stays(box):
                        break
                    self._spans.known[axis] = before

    def condition(self, axis: int, places: Sequence[int]) -> Condition:
        """Limit an axis to the values of a box."""
        scale = self.scales.get(axis)
        return self._spans.condition(axis) if scale is None else scale.condition(places)

    def _stays(self, box: Box) -> bool:
        try:
            return self.find(box) is None
        except UndecidedError:
            return False

    def _nearer(self, change: Change) -> Change:
        """Bring each number as near as the other changes allow."""
        assert self._meets(change)
        near = dict(change)
        for axis in change:
            scale = self.scales.get(axis)
            if scale is None or not scale.is_ordered:
                continue
            for place in sorted(range(len(scale)), key=lambda place: abs(place - scale.place))[1:]:
                tried = near | {axis: scale.value_at(place)}
                if self._meets(tried):
                    near = tried
                    break
        return near

"""A search for rows of a kind in the circuit of an output, by a SAT solver.

Of what adds up several numbers, only bounds are known here: a row that is found so is tried, and
where it is not of the kind nothing is proved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise

from nnc.compiler.graph import Tap
from nnc.exact import Number
from nnc.proving.nodes import Cut, Leaf, Mixed, Support
from nnc.proving.reasons.encoding import FALSE, TRUE, Encoding
from nnc.proving.reasons.finder import MAX_SHOWN, Box, Nearest, UndecidedError
from nnc.proving.reasons.kinds import Kind
from nnc.proving.reasons.neighbours import Neighbours, Places
from nnc.proving.reasons.question import Change, Question, Ways
from nnc.proving.reasons.scales import Scale
from nnc.run.trace import PlainValue

_WORK, _DESCENDING = 1 << 21, 1 << 19
"""Propagations of all searches for the nearest rows, and for near ones where that was too hard."""
_QUERY = 1 << 18
"""Propagations of one search for a row in a box."""


class Circuit:
    """The circuit of an output; of the kind are rows in which one of some ways holds, or none."""

    is_exhaustive = False

    def __init__(
        self, question: Question, encoding: Encoding, tap: Tap, ways: Ways, support: Support,
        wanted: PlainValue, *,
        is_turned: bool,
    ) -> None:  # fmt: skip
        self._question, self._tap, self._wanted = question, tap, wanted
        self._encoding, self._is_turned = encoding, is_turned
        self.left = _WORK
        self.scales = {
            axis: Scale(question, axis, support)
            for axis in sorted(support.axes)
            if axis not in support.added
        }
        self._numbers = sorted(support.added)
        kind = encoding.of_ways(ways)
        self._kind = encoding.both(
            -kind if is_turned else kind, encoding.of_ways((question.allowed,))
        )
        self._leaves: dict[int, list[int]] = {}
        """Nodes of the shared graph of each axis."""
        self._opaque: list[int] = []
        """Nodes that stand for sums of numbers, or compare one that is added up elsewhere."""
        self._sort(question.shared.cone(
            literal >> 1 for way in (*ways, question.allowed) for literal in way
        ), support)  # fmt: skip
        encoding.solver.add(self._clauses())
        same = {axis: self._same(axis) for axis in self.scales}
        encoding.solver.prefer([self._now(leaf) for own in self._leaves.values() for leaf in own])
        self._changed = {axis: -literal for axis, literal in same.items() if literal != TRUE}
        known = Kind(question, tap, self.scales, wanted, is_turned=is_turned)
        self.around = Neighbours(self.scales, known)
        self.core: frozenset[int] = frozenset()

    # ----------------------------------------------------------------------------- building

    def _sort(self, cone: Iterable[int], support: Support) -> None:
        """Tell the nodes of single axes from those of several."""
        for node in sorted(cone):
            kind = self._question.shared.nodes[node]
            if isinstance(kind, Mixed):
                self._opaque.append(node)
            elif isinstance(kind, Cut) or (isinstance(kind, Leaf) and not kind.is_number):
                assert kind.axis is not None
                if kind.axis in support.added:
                    self._opaque.append(node)
                else:
                    self._leaves.setdefault(kind.axis, []).append(node)

    def _literal(self, node: int) -> int:
        return self._encoding.literals[node]

    def _same(self, axis: int) -> int:
        """Return the literal that says whether an axis has its present place."""
        return self._encoding.every(map(self._now, self._leaves.get(axis, ())))

    def _now(self, leaf: int) -> int:
        """Return the literal of a leaf that holds in the row."""
        kind = self._question.shared.nodes[leaf]
        assert isinstance(kind, (Cut, Leaf))
        assert kind.axis is not None
        is_on = self._question.shared.is_on(leaf, self._question.row[kind.axis])
        return self._literal(leaf) if is_on else -self._literal(leaf)

    def _clauses(self) -> Iterator[list[int]]:
        """Yield what is always true of the leaves of an axis."""
        shared = self._question.shared
        for axis, leaves in self._leaves.items():
            kinds = {leaf: shared.nodes[leaf] for leaf in leaves}
            cuts = [(kind.value, kind.strict, leaf) for leaf, kind in kinds.items()
                    if isinstance(kind, Cut)]  # fmt: skip
            for (*_, low), (*_, high) in pairwise(sorted(cuts)):
                yield [self._literal(low), -self._literal(high)]
            own = [self._literal(leaf) for leaf, kind in kinds.items()
                   if isinstance(kind, Leaf) and isinstance(kind.part, str)]  # fmt: skip
            for first, second in combinations(own, 2):
                yield [-first, -second]
            if own and len(own) == len(self.scales[axis]):
                yield own

    # ---------------------------------------------------------------------------- searching

    def find(self, box: Box) -> Change | None:
        """Return a row of the kind in a box; an axis without a scale can only be held.

        Where there is none, `core` has axes whose places are enough for that.
        """
        assumed = self._held(box)
        states = self._searched([self._kind, *assumed], _QUERY)
        if states is None:
            self.core = self._cored(box, assumed)
            return None
        change = self._change(states)
        for more in self._numbers_tried(box):
            both = change | more
            if self._is_kind(both):
                return both
        assert self._opaque, "a row of the circuit is not one of the network"
        raise UndecidedError

    def _cored(self, box: Box, assumed: Mapping[int, int | None]) -> frozenset[int]:
        """Return the axes of a box that the solver took for its proof."""
        if self._kind == FALSE:
            return frozenset()
        axes = {assumed[literal] for literal in self._encoding.solver.core if literal in assumed}
        if None in axes:  # sums of numbers: of all axes that are held
            return frozenset(box)
        return frozenset(axis for axis in axes if axis is not None)

    def _held(self, box: Box) -> dict[int, int | None]:
        """Return the literals that hold in a box, with the axis of each; None for those of sums."""
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
            state = self._state(node, set(box))
            if state is not None:
                held[self._literal(node) if state else -self._literal(node)] = None
        return held

    def _state(self, node: int, held: set[int]) -> bool | None:
        """Return what a sum of numbers passes, whatever those that are not held; None if open."""
        shared = self._question.shared
        kind = shared.nodes[node]
        if isinstance(kind, Cut):
            return shared.is_on(node, self._question.row[kind.axis]) if kind.axis in held else None
        assert isinstance(kind, Mixed)
        low: Number | None = 0
        high: Number | None = 0
        for read, factor in zip(kind.reads, kind.factors, strict=True):
            ends = self._ends(read, held)
            first, second = ends if factor > 0 else ends[::-1]
            low = None if low is None or first is None else low + factor * first
            high = None if high is None or second is None else high + factor * second
        if low is not None and (low > kind.limit or (low == kind.limit and not kind.strict)):
            return True
        if high is not None and (high < kind.limit or (high == kind.limit and kind.strict)):
            return False
        return None

    def _ends(self, node: int, held: set[int]) -> tuple[Number | None, Number | None]:
        kind = self._question.shared.nodes[node]
        if isinstance(kind, Leaf) and kind.axis is not None and kind.axis in held:
            now = self._question.row[kind.axis]
            if kind.is_number:
                assert not isinstance(now, str)
                return now, now
            is_on = int(self._question.shared.is_on(node, now))
            if not self.scales[kind.axis].is_ordered:
                return is_on, is_on
        if isinstance(kind, Leaf) and kind.is_number:
            assert kind.axis is not None
            return self._question.ends(kind.axis)
        return 0, 1

    def _searched(self, literals: Iterable[int], most: int = _WORK) -> dict[int, bool] | None:
        """Return the states of leaves for which literals hold; None is the proof of none."""
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
        """Yield values of the numbers that are added up, as they are first, then at their ends."""
        yield {}
        free = [axis for axis in self._numbers if axis not in box]
        for side in (0, 1) if free else ():
            ends = {axis: self._question.ends(axis)[side] for axis in free}
            yield {axis: end for axis, end in ends.items()
                   if end is not None and end != self._question.row[axis]}  # fmt: skip

    def _is_kind(self, change: Change) -> bool:
        value = self._question.value_of(self._tap, change)
        is_kind = (value == self._wanted) != self._is_turned
        return is_kind and self._question.is_allowed(change)

    # ------------------------------------------------------------------------------ nearest

    def nearest(self, kept: Collection[int]) -> Nearest:
        """Return the rows of the kind in which the fewest axes change, each as near as can be."""
        self.left = _WORK
        if self._opaque:
            return self._any_near(kept)
        reach = self.around.reach()
        for changes in range(1, reach + 1):
            rows = [row for row in self.around.within(changes) if not row.keys() & set(kept)]
            if rows:
                return self._closest(rows)
        held = [-self._changed[axis] for axis in self._changed if axis in kept]
        free = {axis: each for axis, each in self._changed.items() if axis not in kept}
        states = self._searched([self._kind, *held])
        if states is None:
            return Nearest((), is_proved=True)
        best, least = self._fewer(states, free), reach + 1
        try:
            while least < len(best):  # one change more each time; what is found has the fewest
                states = self._searched([self._kind, *held, self._at_most(free, least)])
                if states is not None:
                    best = self._fewer(states, free)
                    break
                least += 1
        except UndecidedError:
            return self._descended(best, free, held)
        return self._alike(best, free, held)

    def _descended(self, best: Change, free: Mapping[int, int], held: list[int]) -> Nearest:
        """Return a row with fewer changes than one; there may be some with fewer yet."""
        self.left = _DESCENDING
        try:
            while True:
                most = self._at_most(free, len(best) - 1)
                states = self._searched([self._kind, *held, most])
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
        """Return the nearest rows, of other axes each."""
        changes = [best]
        barred: list[int] = []
        try:
            while len(changes) <= MAX_SHOWN:
                barred.append(-self._encoding.every(free[axis] for axis in changes[-1]))
                most = self._at_most(free, len(best))
                states = self._searched([self._kind, *held, most, *barred])
                if states is None:
                    break
                changes.append(self._change(states))
        except UndecidedError:
            pass
        rows = tuple(self._nearer(change) for change in changes[:MAX_SHOWN])
        return Nearest(rows, is_proved=True, are_more=len(changes) > MAX_SHOWN)

    def _at_most(self, free: Mapping[int, int], count: int) -> int:
        """Return the literal that says that so many axes change at most."""
        return -self._encoding.neuron([(literal, 1) for literal in free.values()], count + 1)

    def _closest(self, rows: Sequence[Places]) -> Nearest:
        """Return rows that all make the fewest changes, of each choice of axes the nearest."""
        scales = self.scales
        steps = {
            tuple(row.items()): sum(
                abs(place - scales[axis].place) for axis, place in row.items()
                if scales[axis].is_ordered
            ) for row in rows
        }  # fmt: skip
        nearest: dict[tuple[tuple[int, bool], ...], Places] = {}
        for row in sorted(rows, key=lambda row: steps[tuple(row.items())]):
            # up and down are two ways to change a number
            key = tuple((axis, scales[axis].is_ordered and place > scales[axis].place)
                        for axis, place in row.items())  # fmt: skip
            nearest.setdefault(key, row)
        changes = [self.around.change_of(row) for row in nearest.values()]
        return Nearest(tuple(changes[:MAX_SHOWN]), is_proved=True,
                       are_more=len(changes) > MAX_SHOWN)  # fmt: skip

    def _any_near(self, kept: Collection[int]) -> Nearest:
        """Return a row that changes no axis without need; fewer may do."""
        held = {axis: range(0) for axis in self._numbers if axis in kept}
        held |= {axis: range(scale.place, scale.place + 1) for axis, scale in self.scales.items()
                 if axis in kept}  # fmt: skip
        try:
            change = self.find(held)
        except UndecidedError:
            return Nearest((), is_proved=False)
        if change is None:
            return Nearest((), is_proved=True)
        for axis in list(change):
            less = {other: value for other, value in change.items() if other != axis}
            if self._is_kind(less):
                change = less
        return Nearest((self._nearer(change),), is_proved=len(change) == 1)

    def _nearer(self, change: Change) -> Change:
        """Bring each number as near as the other changes allow."""
        assert self._is_kind(change)
        near = dict(change)
        for axis in change:
            scale = self.scales.get(axis)
            if scale is None or not scale.is_ordered:
                continue
            for place in sorted(range(len(scale)), key=lambda place: abs(place - scale.place))[1:]:
                tried = near | {axis: scale.value_at(place)}
                if self._is_kind(tried):
                    near = tried
                    break
        return near

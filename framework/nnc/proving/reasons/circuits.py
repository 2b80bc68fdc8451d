"""A search for rows of a kind in the circuit of an output, as a graph of ANDs, by a SAT solver.

Of what adds up several numbers, only bounds are known here: a row that is found so is tried, and
where it is not of the kind nothing is proved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations, pairwise

from nnc.compiler.graph import Tap
from nnc.exact import Number
from nnc.proving.circuit.diagrams import Diagram
from nnc.proving.circuit.graph import FALSE, TRUE, AndGraph
from nnc.proving.nodes import Cut, Gate, Leaf, Mixed, Support
from nnc.proving.reasons.finder import MAX_SHOWN, Box, Nearest, UndecidedError
from nnc.proving.reasons.question import Change, Question, Ways
from nnc.proving.reasons.scales import Scale
from nnc.proving.sat import Solver
from nnc.run.trace import PlainValue

_MOST = 1 << 16
"""Vertices in the diagram of one neuron."""
_CONFLICTS = 20_000
"""Conflicts of all searches about one output."""


class Circuit:
    """The circuit of an output; of the kind are rows in which one of some ways holds, or none."""

    is_exhaustive = False

    def __init__(
        self, question: Question, tap: Tap, ways: Ways, support: Support, wanted: PlainValue, *,
        is_turned: bool,
    ) -> None:  # fmt: skip
        self._question, self._tap, self._wanted = question, tap, wanted
        self._support, self._is_turned = support, is_turned
        self._graph = AndGraph()
        self._literals = {0: FALSE}
        self._opaque: dict[int, int] = {}
        """Nodes of the graph that stand for sums of numbers, by those of the shared one."""
        self._leaves: dict[int, list[int]] = {}
        """Nodes of the shared graph of each axis."""
        self._left = _CONFLICTS
        self.scales = {
            axis: Scale(question, axis, support)
            for axis in sorted(support.axes)
            if axis not in support.added
        }
        self._numbers = sorted(support.added)
        kind = self._of_ways(ways) ^ is_turned
        kind = self._graph.both(kind, self._of_ways((question.allowed,)))
        same = {axis: self._same(axis) for axis in self.scales}
        self._changed = {axis: literal ^ 1 for axis, literal in same.items() if literal != TRUE}
        self._kind = kind
        self._solver = Solver("glucose4")
        self._known: dict[int, int] = {}
        self._solver.add(self._clauses())

    def close(self) -> None:
        """Give back the memory of the solver."""
        self._solver.close()

    # ----------------------------------------------------------------------------- building

    def _of_ways(self, ways: Ways) -> int:
        shared = self._question.shared
        roots = {literal >> 1 for way in ways for literal in way}
        for node in sorted(shared.cone(roots) - self._literals.keys()):
            self._add(node)
        value = FALSE
        for way in ways:
            every = TRUE
            for literal in way:
                every = self._graph.both(every, self._literals[literal >> 1] ^ (literal & 1))
            value = self._graph.either(value, every)
        return value

    def _add(self, node: int) -> None:
        """Add a node; what it reads is there."""
        kind = self._question.shared.nodes[node]
        if isinstance(kind, Gate):
            self._literals[node] = self._neuron(
                [(self._literals[each >> 1] ^ (each & 1), weight)
                 for each, weight in zip(kind.literals, kind.weights, strict=True)],
                kind.threshold,
            )  # fmt: skip
            return
        if isinstance(kind, Leaf) and kind.is_number:
            return
        if isinstance(kind, Mixed) and not kind.factors:
            raise UndecidedError
        self._literals[node] = self._graph.leaf()
        if isinstance(kind, Mixed):
            self._opaque[node] = self._literals[node]
        elif isinstance(kind, (Cut, Leaf)):
            assert kind.axis is not None
            if kind.axis in self._support.added:
                self._opaque[node] = self._literals[node]
            else:
                self._leaves.setdefault(kind.axis, []).append(node)

    def _neuron(self, terms: Iterable[tuple[int, int]], threshold: int) -> int:
        weights: dict[int, int] = {}
        for literal, weight in terms:
            if literal & 1:  # w * (1 - x) is w - w * x
                threshold -= weight
                weight = -weight
            weights[literal >> 1] = weights.get(literal >> 1, 0) + weight
        weights.pop(0, None)
        positive = []
        for node, weight in weights.items():
            if weight < 0:
                threshold -= weight
            if weight:
                positive.append((2 * node + (weight < 0), abs(weight)))
        made = Diagram(positive, _MOST).literal(threshold, self._graph)
        if made is None:
            raise UndecidedError
        return made

    def _same(self, axis: int) -> int:
        """Return the literal that says whether an axis has its present place."""
        every = TRUE
        for node in self._leaves.get(axis, ()):
            is_on = self._question.shared.is_on(node, self._question.row[axis])
            every = self._graph.both(every, self._literals[node] ^ (not is_on))
        return every

    def _clauses(self) -> Iterator[list[int]]:
        """Yield what is always true of the leaves of an axis."""
        shared = self._question.shared
        for axis, leaves in self._leaves.items():
            kinds = {leaf: shared.nodes[leaf] for leaf in leaves}
            cuts = [(kind.value, kind.strict, leaf) for leaf, kind in kinds.items()
                    if isinstance(kind, Cut)]  # fmt: skip
            for (*_, low), (*_, high) in pairwise(sorted(cuts)):
                yield [self._variable(self._literals[low]), -self._variable(self._literals[high])]
            labels = [leaf for leaf, kind in kinds.items()
                      if isinstance(kind, Leaf) and isinstance(kind.part, str)]  # fmt: skip
            own = [self._variable(self._literals[leaf]) for leaf in labels]
            for first, second in combinations(own, 2):
                yield [-first, -second]
            if own and len(own) == len(self.scales[axis]):
                yield own

    def _variable(self, literal: int) -> int:
        """Return a literal as the solver has it; what it depends on is added."""
        if literal >> 1 not in self._known:
            clauses: list[list[int]] = []
            for node in self._graph.cone([literal >> 1], self._known):
                own = self._known[node] = len(self._known) + 1
                if node == 0:
                    clauses.append([-own])
                elif not self._graph.is_leaf(node):
                    first, second = (self._numbered(each) for each in self._graph.sources[node])
                    clauses += [[-own, first], [-own, second], [own, -first, -second]]
            self._solver.add(clauses)
        return self._numbered(literal)

    def _numbered(self, literal: int) -> int:
        return -self._known[literal >> 1] if literal & 1 else self._known[literal >> 1]

    # ---------------------------------------------------------------------------- searching

    def find(self, box: Box) -> Change | None:
        """Return a row of the kind in a box; an axis without a scale can only be held."""
        assumed = [self._kind, *self._held(box)]
        states = self._searched(assumed)
        if states is None:
            return None
        change = self._change(states)
        for more in self._numbers_tried(box):
            both = change | more
            if self._is_kind(both):
                return both
        assert self._opaque, "a row of the circuit is not one of the network"
        raise UndecidedError

    def _held(self, box: Box) -> Iterator[int]:
        shared = self._question.shared
        for axis, places in box.items():
            if axis not in self.scales:
                continue
            scale = self.scales[axis]
            for node in self._leaves.get(axis, ()):
                states = {shared.is_on(node, scale.value_at(place)) for place in places}
                if len(states) == 1:
                    yield self._literals[node] ^ (not states.pop())
        held = set(box)
        for node, literal in self._opaque.items():
            state = self._state(node, held)
            if state is not None:
                yield literal ^ (not state)

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

    def _searched(self, literals: Iterable[int]) -> dict[int, bool] | None:
        """Return the states of leaves for which literals hold; None is the proof of none."""
        wanted = [each for each in dict.fromkeys(literals) if each != TRUE]
        if FALSE in wanted:
            return None
        assumed = [self._variable(literal) for literal in wanted]
        before = self._solver.conflicts
        answer = self._solver.solve(assumed, conflicts=self._left) if self._left > 0 else None
        self._left -= self._solver.conflicts - before
        if answer is None:
            raise UndecidedError
        if not answer:
            return None
        model = self._solver.model
        states = {}
        for leaves in self._leaves.values():
            for leaf in leaves:
                variable = self._known.get(self._literals[leaf] >> 1)
                if variable is not None and variable <= len(model):
                    states[leaf] = model[variable - 1] > 0
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
        self._left = _CONFLICTS
        if self._opaque:
            return self._any_near(kept)
        held = [self._changed[axis] ^ 1 for axis in self._changed if axis in kept]
        free = {axis: each for axis, each in self._changed.items() if axis not in kept}
        states = self._searched([self._kind, *held])
        if states is None:
            return Nearest((), is_proved=True)
        best = self._change(states)
        try:
            while len(best) > 1:  # one change less each time, until there is none
                most = self._at_most(free, len(best) - 1)
                states = self._searched([self._kind, *held, most])
                if states is None:
                    break
                best = self._change(states)
        except UndecidedError:
            return Nearest((self._nearer(best),), is_proved=False)
        return self._alike(best, free, held)

    def _alike(self, best: Change, free: Mapping[int, int], held: list[int]) -> Nearest:
        """Return the nearest rows, of other axes each."""
        changes = [best]
        barred: list[int] = []
        try:
            while len(changes) <= MAX_SHOWN:
                every = TRUE
                for axis in changes[-1]:
                    every = self._graph.both(every, free[axis])
                barred.append(every ^ 1)
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
        return self._neuron([(literal, 1) for literal in free.values()], count + 1) ^ 1

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

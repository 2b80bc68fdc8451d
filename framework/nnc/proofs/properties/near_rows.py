"""Near rows that break a claim: all of them tried where they are few, else searched for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from nnc.compiler.graph import Near, Tap
from nnc.compiler.joint import VIOLATED
from nnc.compiler.plan import Plan
from nnc.lazy import np
from nnc.numbers.exact import Number
from nnc.numbers.integers import Array
from nnc.proofs.plans.budget import SECOND, Budget, Cost, cost_of
from nnc.proofs.properties.landscape import Landscape, SmoothCopy
from nnc.proofs.properties.near import Neighbourhood, Watched, neighbourhood, with_moves
from nnc.proofs.properties.near_bounds import Cells, SpentError, broken_below, cells_of
from nnc.rows.columns import Batch, Column
from nnc.run.evaluation import evaluate_batch
from nnc.run.trace import PlainValue

_FEW_ROWS = 1 << 19
_FEW_CHANGES = 3  # of which all rows are tried, as far as the budget goes
_BOUNDED = SECOND // 10  # units of work to try all rows beyond which bounds rule most of them out
_BOUNDED_ROW = 50_000  # units for a row then, where only few bits depend on it

_BEAMS = ((0.5, 16), (1, 16), (0.25, 16), (0.5, 64), (1, 64))
"""Searches of near rows: the slope of the smooth network, and how many rows are kept."""
_CANDIDATES = 8  # that are evaluated for each row that is kept
_MAX_STEPS = 256
_FIRST_CHANGES = 16  # of the rows that are searched first when the fewest changes are wanted
_LATER_BEAMS = 3  # that search for a row with fewer changes than the best so far
_SEARCH_SECONDS = 3  # of the budget for the fewest changes
_RESTARTS = 24
_SEED = 7
_ROWS_AT_ONCE = 1 << 9
_ENTRY = 50  # units of work for an entry of a matrix in a row

Test = Callable[[Array], Array]
"""Takes rows, and returns for each whether it breaks a claim."""


@dataclass(frozen=True)
class Attempt:
    """A row that breaks a claim; None where there is none, or none was found."""

    row: Array | None
    changes: int
    """The number of changes up to which every row was tried."""


def tried(near: Neighbourhood, plan: Plan, budget: Budget, done: int = -1) -> Attempt:
    """Try all near rows, those with the fewest changes first, as far as the budget goes.

    Those with up to `done` changes were tried before. The only bit of the plan is 1 where a row
    breaks the claim.
    """
    if near.moves is None:
        return Attempt(None, -1)
    cost = cost_of(plan, [plan.outputs[0].signals[0]], ())
    if near.changes == len(near.elements) < len(near.moves):
        count = near.count
        if count is None or not budget.takes(cost.of(count)):
            return Attempt(None, -1)
        row = _first(near, plan, near.box())
        return Attempt(row, near.changes if row is None else -1)
    cells: Cells | None = None
    before = 0 if done < 0 else near.within(done).count or 0
    for changes in range(done + 1, near.changes + 1):
        count = near.within(changes).count
        assert count is not None
        rows, before = count - before, count
        if changes and cost.of(rows) > _BOUNDED:
            cells = cells or cells_of(near, plan)
        try:
            row = _first(near, plan, _batches(near, cells, changes, rows, cost, budget))
        except SpentError:
            break
        if row is not None:
            return Attempt(row, done)
        done = changes
    return Attempt(None, done)


def _batches(
    near: Neighbourhood, cells: Cells | None, changes: int, rows: int, cost: Cost, budget: Budget
) -> Iterator[Array]:
    """Yield the rows with so many changes, but for those that bounds of the cells rule out.

    Raises SpentError where they are too much work.
    """
    if changes == 0:
        yield near.given[None]
        return
    if cells is None:
        if not budget.takes(cost.of(rows)):
            raise SpentError
        every = near.combinations(changes)
    else:
        is_sure = rows * _BOUNDED_ROW <= budget.left
        every = broken_below(near, cells, changes, budget, is_sure=is_sure)
    for chosen in every:
        yield near.moved(chosen)


def _first(near: Neighbourhood, plan: Plan, batches: Iterator[Array]) -> Array | None:
    for rows in batches:
        wrong = np.flatnonzero(broken(near, plan, rows))
        if len(wrong):
            row: Array = rows[wrong[0]]
            return row
    return None


def broken(near: Neighbourhood, plan: Plan, rows: Array) -> Array:
    """Return for each row whether it breaks the claim."""
    column = evaluate_batch(plan, near.batch(rows))[VIOLATED]
    assert isinstance(column, Column)
    return column.numerators


def few_changes(near: Neighbourhood) -> int:
    """Return the number of changes up to which rows are tried before any is searched for."""
    if near.changes <= _FEW_CHANGES:
        return near.changes
    changes = 0
    while changes < near.changes and (near.within(changes + 1).count or 0) <= _FEW_ROWS:
        changes += 1
    return changes


# ---------------------------------------------------------------------------------- searching


def landscape_of(
    copy: SmoothCopy, tap: Tap, value: PlainValue, near: Neighbourhood, *, is_wanted: bool = False
) -> Landscape:
    """Return the landscape of an output that is to lose a value, or to have one that is wanted."""
    place: PlainValue = 0
    if tap.kind == "largest":
        place = tap.labels.index(value) if isinstance(value, str) else value
    assert isinstance(place, int)
    return Landscape(copy, place, is_wanted=is_wanted, scales=near.scales, variances=near.variances)


def found_by_search(
    near: Neighbourhood,
    landscape: Landscape,
    is_broken: Test,
    budget: Budget,
    beams: Sequence[tuple[float, int]] = _BEAMS,
) -> Array | None:
    """Search for a near row that breaks a claim: the moves are made that bring it nearest.

    Many rows at once are followed from the given one, a move at a time (beam search: Lowerre, The
    Harpy speech recognition system, 1976), more of them each time. Where every element may change,
    rows are drawn first, and followed one by one.
    """
    if not near.moves or landscape.is_large:
        return None
    search = _Search(near, landscape, is_broken, budget)
    if near.changes == len(near.elements):
        random = np.random.default_rng(_SEED)
        for _ in range(_RESTARTS):
            for goal in range(landscape.goals):
                row = search.climb(goal, random)
                if row is not None:
                    return search.shrunk(row)
    for sharpness, width in beams:
        for goal in range(landscape.goals):
            row = search.beam(goal, sharpness, width)
            if row is not None:
                return search.shrunk(row)
    return None


def fewest_by_search(
    plan: Plan,
    tap: Tap,
    value: PlainValue,
    given: Mapping[str, PlainValue],
    kept: Collection[str],
    is_met: Callable[[Batch], Array],
    *,
    is_wanted: bool,
) -> list[Number] | None:
    """Search for a row with few changes in which an output loses a value, or has a wanted one.

    Elements that are `kept` do not change. There may be rows with fewer changes.
    """
    near = neighbourhood(Near(given), plan.inputs)
    free = [element for element in near.elements if element.name not in kept]
    near = replace(near, elements=tuple(free), changes=min(_FIRST_CHANGES, len(free)))
    near = with_moves(near, Watched(replace(plan, outputs=(tap,))))
    copy = SmoothCopy(plan, tap)
    batch_of = near.batch
    best: Array | None = None
    budget = Budget(_SEARCH_SECONDS)
    while near.changes:
        landscape = landscape_of(copy, tap, value, near, is_wanted=is_wanted)
        row = found_by_search(
            near,
            landscape,
            lambda rows: is_met(batch_of(rows)),
            budget,
            _BEAMS[: 1 if best is None else _LATER_BEAMS],
        )
        if row is not None:
            best = row
            near = near.within(near.changed(row) - 1)
        elif best is None and near.changes < len(free):
            near = replace(near, changes=len(free))
        else:
            break
    return None if best is None else near.exact(best)


@dataclass(frozen=True)
class _Search:
    """The search for a row that breaks a claim, led by a landscape."""

    near: Neighbourhood
    landscape: Landscape
    is_broken: Test
    budget: Budget

    @cached_property
    def _elements(self) -> Array:
        """The element of each move."""
        return np.array([move.element for move in self.near.moves or ()])

    def _distances(self, rows: Array, goal: int, sharpness: float) -> Array | None:
        """Return how far rows are from a goal; None where the budget does not go that far."""
        if not self.budget.takes(len(rows) * self.landscape.entries * _ENTRY):
            return None
        parts = [
            self.landscape.distances(rows[start : start + _ROWS_AT_ONCE], goal, sharpness)
            for start in range(0, len(rows), _ROWS_AT_ONCE)
        ]
        return np.concatenate(parts)

    def _first(self, rows: Array) -> Array | None:
        """Return the first row that breaks the claim."""
        wrong = np.flatnonzero(self.is_broken(rows))
        row: Array | None = rows[wrong[0]] if len(wrong) else None
        return row

    def beam(self, goal: int, sharpness: float, width: int) -> Array | None:
        """Follow the rows that are nearest to a goal, one more change at a time."""
        near, moved = self.near, self._elements
        rows, used = near.given[None], np.zeros((1, len(near.elements)), bool)
        weights = np.random.default_rng(_SEED).integers(1, 1 << 40, used.shape[1])
        for _ in range(min(near.changes, _MAX_STEPS)):
            lines, moves = np.nonzero(~used[:, moved])
            if not len(lines):
                return None
            after = near.moved(moves[:, None], rows[lines])
            distances = self._distances(after, goal, sharpness)
            if distances is None:
                return None
            order = np.argsort(distances, kind="stable")[: _CANDIDATES * width]
            row = self._first(after[order])
            if row is not None:
                return row
            sets = used[lines[order]]
            sets[np.arange(len(order)), moved[moves[order]]] = True
            _, firsts = np.unique(sets @ weights, return_index=True)  # a set once
            chosen = np.sort(firsts)[:width]
            rows, used = after[order[chosen]], sets[chosen]
        return None

    def climb(self, goal: int, random: np.random.Generator) -> Array | None:
        """Draw a near row, and make the best move, or take one back, as long as it helps."""
        near = self.near
        size = random.integers(1, len(near.elements) + 1)
        owners = random.permutation(len(near.elements))[:size]
        candidates = [np.flatnonzero(self._elements == owner) for owner in owners]
        moves = np.array([random.choice(own) for own in candidates if len(own)], np.int32)
        if not len(moves):
            return None
        row = near.moved(moves[None])[0]
        distance = np.inf
        for _ in range(_MAX_STEPS):
            after = near.toggled(row)
            distances = self._distances(after, goal, 1)
            if distances is None:
                return None
            wrong = self._first(after)
            if wrong is not None:
                return wrong
            best = int(distances.argmin())
            if distances[best] >= distance:
                return None
            distance, row = distances[best], after[best]
        return None

    def shrunk(self, row: Array) -> Array:
        """Take changes back as long as the row breaks the claim: many at once, then single ones."""
        near = self.near
        size = near.changed(row)
        while size:
            rows = near.taken_back(row, size)
            if not self.budget.takes(len(rows) * self.landscape.entries * _ENTRY):
                break
            wrong = np.flatnonzero(self.is_broken(rows))
            if len(wrong):
                row = rows[wrong[len(wrong) // 2]]
            else:
                size //= 2
        return row

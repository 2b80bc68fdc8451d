"""Near rows that break a claim: all of them tried where they are few, else searched for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from nnc.compiler.graph import Near, Tap
from nnc.compiler.joint import VIOLATED
from nnc.compiler.netlist import Cell, Netlist
from nnc.compiler.plan import Plan
from nnc.lazy import np
from nnc.numbers.exact import Number
from nnc.numbers.integers import Array
from nnc.proofs.plans.budget import Budget, Cost, cost_of
from nnc.proofs.properties.landscape import Landscape, SmoothCopy
from nnc.proofs.properties.near import Neighbourhood, Watched, neighbourhood, with_moves
from nnc.rows.columns import Batch, Column
from nnc.run.evaluation import evaluate_batch
from nnc.run.trace import PlainValue

_FEW_ROWS = 1 << 19
_FEW_CHANGES = 3  # of which all rows are tried, as far as the budget goes
_TRIPLES = 1 << 21  # rows with three changes beyond which those with equal first neurons are one
_TRIPLE = 50_000  # units of work for a row of which only the first neurons are looked at
_SLOTS = 1 << 22  # of the table of known patterns
_HASH = 0x9E3779B97F4A7C15  # Fibonacci hashing: Knuth, TAOCP vol. 3, section 6.4
_WORD = 64

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
    before = 0 if done < 0 else near.within(done).count or 0
    for changes in range(done + 1, near.changes + 1):
        count = near.within(changes).count
        assert count is not None
        rows, before = count - before, count
        batches = _batches(near, plan, changes, rows, cost, budget)
        if batches is None:
            break
        row = _first(near, plan, batches)
        if row is not None:
            return Attempt(row, done)
        done = changes
    return Attempt(None, done)


def _batches(
    near: Neighbourhood, plan: Plan, changes: int, rows: int, cost: Cost, budget: Budget
) -> Iterator[Array] | None:
    """Return the rows with so many changes; None where they are too much work."""
    if changes == 0:
        return iter([near.given[None]])
    if changes == 3 and rows > _TRIPLES and rows * _TRIPLE <= budget.left:
        signatures = _signatures(near, plan)
        if signatures is not None:
            return _triples(near, *signatures, cost, budget)
    if not budget.takes(cost.of(rows)):
        return None
    return (near.moved(chosen) for chosen in near.combinations(changes))


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


# ------------------------------------------------------------------------- three flips of many


def _signatures(near: Neighbourhood, plan: Plan) -> tuple[Array, int, int] | None:
    """Return the comparisons that each flip of a bit brings nearer to a change, as a word.

    Further a mask of those that change where one more of three flips helps than does not, and one
    of those that change where all three help; no others do. None where a flip does not move the
    sum of every neuron that reads flipped bits by as much as any other.
    """
    if near.moves is None or any(move.values not in ((0,), (1,)) for move in near.moves):
        return None
    places = [move.places[0] for move in near.moves]
    words = [0] * len(places)
    one = three = count = 0
    for cell in Netlist(plan).cells(tap.signals[0] for tap in plan.outputs):
        factors = dict(cell.terms)
        steps = [factors.get(place + 2, 0) * (1 - 2 * int(near.row[place])) for place in places]
        if not any(steps):
            continue
        if len(set(map(abs, steps))) > 1 or any(net - 2 >= len(near.row) for net in factors):
            return None
        for missing, rises in _missing(cell, near):
            flips = -(-missing // abs(steps[0]))
            if flips > 3:
                continue
            if count == _WORD:
                return None
            one, three = one | (flips == 1) << count, three | (flips > 1) << count
            for index, step in enumerate(steps):
                words[index] |= ((step > 0) == rises) << count
            count += 1
    return np.array(words, np.uint64), one, three


def _missing(cell: Cell, near: Neighbourhood) -> Iterator[tuple[int, bool]]:
    """Yield for each comparison how far the sum is from where it changes, and if it has to rise."""
    total = sum(factor * int(near.row[net - 2]) for net, factor in cell.terms)
    for test in cell.tests:
        lowest = int(test.limit) + (test.op in (">", "<="))  # the first sum on the upper side
        is_above = total >= lowest
        yield (total - lowest + 1, False) if is_above else (lowest - total, True)


def _triples(
    near: Neighbourhood, words: Array, one: int, three: int, cost: Cost, budget: Budget
) -> Iterator[Array]:
    """Yield a row of three flips for every pattern that the first neurons have after them.

    A comparison changes where at least two flips help and one more is enough, or all three help:
    the majority is `(a & (b | c)) | (b & c)`.
    """
    first, second = (index.astype(np.int32) for index in np.triu_indices(len(words), 1))
    both, either = words[first] & words[second], words[first] | words[second]
    mask = either & np.uint64(one) | both & np.uint64(three)
    kept = both & np.uint64(one)
    starts = np.searchsorted(first, np.arange(len(words)), side="right")
    table = np.zeros(_SLOTS, np.uint64)  # pattern 0 is that of the given row
    shift = np.uint64(_WORD - (_SLOTS - 1).bit_length())
    for index, start in enumerate(starts.tolist()):
        patterns = words[index] & mask[start:] | kept[start:]
        slots = patterns * np.uint64(_HASH) >> shift
        fresh = np.flatnonzero(table[slots] != patterns)
        patterns, lines = np.unique(patterns[fresh], return_index=True)
        table[patterns * np.uint64(_HASH) >> shift] = patterns
        pairs = start + fresh[lines]
        chosen = np.column_stack([np.full(len(pairs), index), first[pairs], second[pairs]])
        budget.spend(_TRIPLE * len(mask[start:]) + len(chosen) * cost.row)
        for cut, end in pairwise([*range(0, len(chosen), near.at_once), len(chosen)]):
            yield near.moved(chosen[cut:end])


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

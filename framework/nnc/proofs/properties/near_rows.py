"""Near rows that break a claim: all of them tried where they are few, else searched for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from nnc.compiler.graph import Graph, NeuronNode, Tap
from nnc.compiler.joint import VIOLATED, Joint
from nnc.compiler.netlist import Cell, Netlist
from nnc.compiler.plan import Plan
from nnc.lazy import np
from nnc.numbers.integers import Array
from nnc.proofs.plans.budget import Budget, Cost, cost_of
from nnc.proofs.properties.near import Neighbourhood
from nnc.rows.columns import Column
from nnc.run.evaluation import evaluate_batch

_FEW_ROWS = 1 << 19
_TRIPLES = 1 << 21  # rows with three changes beyond which those with equal first neurons are one
_TRIPLE = 50_000  # units of work for a row of which only the first neurons are looked at
_SLOTS = 1 << 22  # of the table of known patterns
_HASH = 0x9E3779B97F4A7C15  # Fibonacci hashing: Knuth, TAOCP vol. 3, section 6.4
_WORD = 64

_BEAM = 1 << 15  # rows of a step of the search
_MAX_STEPS = 256
_RESTARTS = 24
_SEED = 7


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
        wrong = np.flatnonzero(_broken(near, plan, rows))
        if len(wrong):
            row: Array = rows[wrong[0]]
            return row
    return None


def _broken(near: Neighbourhood, plan: Plan, rows: Array) -> Array:
    """Return for each row whether it breaks the claim."""
    column = evaluate_batch(plan, near.batch(rows))[VIOLATED]
    assert isinstance(column, Column)
    return column.numerators


def few_changes(near: Neighbourhood) -> int:
    """Return the number of changes up to which rows are so few that they are tried first."""
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


def found_by_search(
    near: Neighbourhood, graph: Graph, tap: Tap, plan: Plan, budget: Budget
) -> Array | None:
    """Search for a near row that breaks a claim: the moves are made that move its sums most.

    First many rows at once are followed from the given one, a move at a time (beam search: Lowerre,
    The Harpy speech recognition system, 1976), then one by one, from rows that are drawn.
    """
    if not near.moves:
        return None
    search = _Search(near, plan, graph, tap, budget)
    for goal in range(search.goals):
        row = search.beam(goal)
        if row is not None:
            return search.shrunk(row)
    if near.changes == len(near.elements):
        random = np.random.default_rng(_SEED)
        for _ in range(_RESTARTS):
            for goal in range(search.goals):
                row = search.climb(goal, random)
                if row is not None:
                    return search.shrunk(row)
    return None


class _Search:
    """The search for a row that breaks a claim, led by the sums behind its output."""

    def __init__(
        self, near: Neighbourhood, plan: Plan, graph: Graph, tap: Tap, budget: Budget
    ) -> None:
        assert near.moves is not None
        self._near, self._plan, self._budget = near, plan, budget
        self._elements = np.array([move.element for move in near.moves])
        self._moves = np.arange(len(near.moves))
        self._cost = cost_of(plan, [plan.outputs[0].signals[0]], ())
        self._sums = _sums_of(graph, tap)
        self._is_largest = tap.kind == "largest"
        start = self._evaluated(near.given[None])
        self._best = int(start[0].argmax()) if self._is_largest else 0
        self.goals = 1 if self._is_largest else 2 * start.shape[1]

    def _evaluated(self, rows: Array) -> Array:
        """Return the sums behind the output, of each row."""
        if self._sums is None:
            return np.zeros((len(rows), 1))
        results = evaluate_batch(self._sums, self._near.batch(rows))
        columns = [column for column in results.values() if isinstance(column, Column)]
        return np.column_stack(
            [each.numerators.astype(float) / each.denominator for each in columns]
        )

    def _distance(self, rows: Array, goal: int) -> Array:
        """Return how far rows are from another output, as far as sums tell."""
        sums = self._evaluated(rows)
        if self._is_largest:
            others = np.delete(sums, self._best, axis=1).max(axis=1)
            ahead: Array = sums[:, self._best] - others
            return ahead
        signed: Array = sums[:, goal // 2] * (-1 if goal % 2 else 1)
        return signed

    def _takes(self, rows: int) -> bool:
        return self._budget.takes(2 * self._cost.of(rows))

    def beam(self, goal: int) -> Array | None:
        """Follow the rows that are nearest to another output, one more change at a time."""
        near = self._near
        rows, used = near.given[None], np.zeros((1, len(near.elements)), bool)
        weights = np.random.default_rng(_SEED).integers(1, 1 << 40, used.shape[1])
        width = max(4, min(_WORD, _BEAM // len(self._moves)))
        for _ in range(min(near.changes, _MAX_STEPS)):
            lines, moves = np.nonzero(~used[:, self._elements])
            if not len(lines) or not self._takes(len(lines)):
                return None
            after = near.moved(moves[:, None], rows[lines])
            wrong = np.flatnonzero(_broken(near, self._plan, after))
            if len(wrong):
                row: Array = after[wrong[0]]
                return row
            order = np.argsort(self._distance(after, goal), kind="stable")[: 8 * width]
            sets = used[lines[order]]
            sets[np.arange(len(order)), self._elements[moves[order]]] = True
            _, firsts = np.unique(sets @ weights, return_index=True)  # a set once
            chosen = np.sort(firsts)[:width]
            rows, used = after[order[chosen]], sets[chosen]
        return None

    def climb(self, goal: int, random: np.random.Generator) -> Array | None:
        """Draw a near row, and make the best move, or take one back, as long as it helps."""
        near = self._near
        size = random.integers(1, len(near.elements) + 1)
        owners = random.permutation(len(near.elements))[:size]
        candidates = [np.flatnonzero(self._elements == owner) for owner in owners]
        moves = np.array([random.choice(own) for own in candidates if len(own)], np.int32)
        if not len(moves):
            return None
        row = near.moved(moves[None])[0]
        distance = np.inf
        for _ in range(_MAX_STEPS):
            if not self._takes(len(self._moves)):
                return None
            after = near.toggled(row)
            wrong = np.flatnonzero(_broken(near, self._plan, after))
            if len(wrong):
                result: Array = after[wrong[0]]
                return result
            distances = self._distance(after, goal)
            best = int(distances.argmin())
            if distances[best] >= distance:
                return None
            distance, row = distances[best], after[best]
        return None

    def shrunk(self, row: Array) -> Array:
        """Take changes back, one after the other, as long as the row breaks the claim."""
        near = self._near
        while self._takes(len(near.elements)):
            rows = near.taken_back(row)
            wrong = np.flatnonzero(_broken(near, self._plan, rows))
            wrong = wrong[(rows[wrong] != row).any(axis=1)]
            if not len(wrong):
                break
            row = rows[wrong[len(wrong) // 2]]
        return row


def _sums_of(graph: Graph, tap: Tap) -> Plan | None:
    """Return a plan of the sums of the neurons that an output is made of; None for inputs."""
    joint = Joint(graph.inputs)
    copy = joint.whole(graph)
    firsts = dict.fromkeys(
        node.first if isinstance(node, NeuronNode) else slot
        for slot in tap.signals
        if graph.producers[slot] >= 0
        for node in [graph.nodes[graph.producers[slot]]]
    )
    if not firsts:
        return None
    signals = [copy.slots[slot] for slot in firsts]
    return joint.plan([Tap("sums", "sum", signals, is_bus=True)])

"""Run the steps of a search in order, from those without a package to those with a solver.

First come the demands on neurons whose sources are known, then the count of states, then columns by
SAT. CP-SAT decides what is still open and has bounds, few terms or decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from nnc.filling.search.columns import ColumnSearch
from nnc.filling.search.counting import find_crowd
from nnc.filling.search.outcomes import (
    Clash,
    Coarse,
    Exhausted,
    Fixed,
    Outcome,
    Refutation,
    Request,
)
from nnc.filling.search.separable import Search, Wish, decide
from nnc.filling.search.skeleton import (
    Condition,
    Demand,
    Place,
    Row,
    Skeleton,
    conditions_of,
    distinguishing,
    fired,
    groups,
)
from nnc.filling.search.whole import fill_within
from nnc.numbers.exact import Number, magnitude

DEFAULT = Request()
FEW_CONFLICTS = 3_000  # where blanks have bounds: clauses are about single columns, CP-SAT is next
CONFLICTS = 20_000  # of the SAT solver, for each second of the budget


def merged(skeleton: Skeleton) -> Skeleton | Clash:
    """Merge rows with equal inputs; return two of them that contradict each other."""
    read = distinguishing(skeleton, range(len(skeleton.cells)))
    rows: dict[tuple[Number | None, ...], int] = {}
    kept: list[Row] = []
    origin: list[int] = []
    for r, row in enumerate(skeleton.rows):
        at = rows.setdefault(tuple(row.known.get(signal) for signal in read), len(kept))
        if at == len(kept):
            kept.append(row)
            origin.append(r)
            continue
        both = dict.fromkeys((*kept[at].demands, *row.demands))
        if _contradicts(both):
            return Clash((origin[at], r))
        kept[at] = kept[at]._replace(demands=tuple(both))
    return replace(skeleton, rows=tuple(kept))


def _contradicts(demands: Iterable[Demand]) -> bool:
    """Return whether demands contradict each other."""
    expected: dict[object, object] = {}
    for demand in demands:
        of, value = demand
        if expected.setdefault((type(demand), of), value) != value:
            return True
    return False


def pinned(skeleton: Skeleton) -> list[dict[int, Number]] | Fixed:
    """Return the known bits of each row: expected ones, and outputs of fixed cells."""
    everything = []
    for r, row in enumerate(skeleton.rows):
        known, expected = dict(row.known), row.expected
        for signal, fires in expected.items():
            worth = skeleton.worth(signal, fires=fires)
            if known.setdefault(signal, worth) != worth:
                return Fixed(r, skeleton.maker.get(signal, -1))
        for c, cell in enumerate(skeleton.cells):
            if cell.blanks or not all(source in known for source in cell.sources):
                continue
            _, total = skeleton.form(cell, known)
            for signal, fires in zip(cell.signals, fired(cell, total), strict=True):
                if expected.get(signal, fires) != fires:
                    return Fixed(r, c)
                known[signal] = skeleton.worth(signal, fires=fires)
        everything.append(known)
    return everything


def fill(
    skeleton: Skeleton,
    request: Request = DEFAULT,
    is_over: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Fill every blank so that all rows hold, or return why that is impossible."""
    coarse = _coarse(skeleton, request.unit)
    if coarse is not None:
        return Outcome(skeleton, proof=coarse)
    joined = merged(skeleton)
    if isinstance(joined, Clash):
        return Outcome(skeleton, proof=joined)
    skeleton = joined.settled()
    worth = pinned(skeleton)
    if isinstance(worth, Fixed):
        return Outcome(skeleton, proof=worth)
    for group in groups(skeleton):
        contradiction = decide(skeleton.blanks, conditions_of(skeleton, group, worth))
        if contradiction is not None:
            return Outcome(skeleton, proof=contradiction)
    if _is_known(skeleton, worth):
        outcome = least(skeleton, worth, request, is_only=True)
        return outcome or _bounded(skeleton, request, is_over)
    crowd = find_crowd(skeleton)
    if crowd is not None:
        return Outcome(skeleton, proof=crowd)
    is_free = all(blank.low is None and blank.high is None for blank in skeleton.blanks)
    conflicts = int(request.seconds * CONFLICTS) if is_free else FEW_CONFLICTS
    columns = ColumnSearch(skeleton, is_over=is_over).run(conflicts)
    if columns.is_impossible:
        return Outcome(skeleton, proof=Refutation())
    outcome = None
    if columns.worth is not None:
        outcome = least(skeleton, columns.worth, request, is_only=False)
        if outcome is not None and not _needs_bounded(request):
            return outcome
    if is_over():
        return outcome or Outcome(skeleton)
    return _bounded(skeleton, request, is_over, outcome)


def _coarse(skeleton: Skeleton, unit: Fraction) -> Coarse | None:
    """Find a blank whose bounds have no multiple of the unit between them."""
    for b, blank in enumerate(skeleton.blanks):
        if blank.low is None or blank.high is None:
            continue
        if ceil(blank.low / unit) > floor(blank.high / unit):
            return Coarse(b)
    return None


def _is_known(skeleton: Skeleton, worth: Sequence[Mapping[int, Number]]) -> bool:
    """Return whether all sources of the needed cells are known in each row."""
    needed = _needed(skeleton)
    return all(
        source in known for c in needed for source in skeleton.cells[c].sources for known in worth
    )


def _needed(skeleton: Skeleton) -> set[int]:
    """Return the cells with expectations, and those that they read."""
    needed = set(skeleton.demanded)
    for c in range(len(skeleton.cells) - 1, -1, -1):
        if c in needed:
            needed.update(skeleton.maker.get(s, -1) for s in skeleton.cells[c].sources)
    return needed - {-1}


def least(
    skeleton: Skeleton,
    worth: Sequence[Mapping[int, Number]],
    request: Request,
    *,
    is_only: bool,
) -> Outcome | None:
    """Fill each group of cells with the least numbers for its known outputs.

    None if no such numbers exist, or if this is unknown. `is_only` states that no other columns are
    possible, so that an impossibility is proved.
    """
    values: dict[int, Number] = {}
    size: Number = 0
    bound: Number = 0
    is_least = True
    margins = []
    for group in groups(skeleton):
        conditions = conditions_of(skeleton, group, worth)
        search, margin = _search(skeleton, group, conditions, request)
        filling = search.least()
        if filling is None:
            contradiction = search.contradiction
            if is_only and contradiction is not None:
                proof = contradiction if contradiction.conditions else Exhausted("")
                return Outcome(skeleton, proof=proof)
            return None
        values |= filling.values
        for b, number in filling.values.items():
            size += magnitude(number) if skeleton.blanks[b].is_weight else 0
        bound += filling.bound
        is_least &= filling.is_least
        margins.append(margin)
    for b, blank in enumerate(skeleton.blanks):
        if b not in values:
            values[b] = _nearest(blank.low, blank.high, request.unit)
    return Outcome(
        skeleton,
        values,
        None,
        size,
        bound,
        "neuron" if is_least else "",
        margin=min(margins, default=1),
    )


def _nearest(low: Number | None, high: Number | None, unit: Fraction) -> Number:
    """Return the multiple of the unit within bounds that is closest to 0."""
    whole: Fraction | int = 0
    if low is not None and low > 0:
        whole = -(-Fraction(low) // unit)
    elif high is not None and high < 0:
        whole = Fraction(high) // unit
    value = whole * unit
    return int(value) if value == int(value) else value


def _search(
    skeleton: Skeleton, group: Sequence[int], conditions: Sequence[Condition], request: Request
) -> tuple[Search, int]:
    """Return the search for a group: least numbers, fewest terms or greatest margin."""
    weights = tuple(
        tuple(dict.fromkeys(w.blank for w in skeleton.cells[c].weights if isinstance(w, Place)))
        for c in group
    )
    wish = Wish(request.unit, request.terms, weights, request.margin or 1)
    if request.margin is None:
        wish = replace(wish, margin=_greatest_margin(skeleton, conditions, wish))
    if request.minimize == "terms":
        most = max(map(len, weights), default=0)
        for terms in range(most if request.terms is None else min(most, request.terms)):
            search = Search(skeleton.blanks, conditions, replace(wish, terms=terms))
            if search.least() is not None:
                fresh = Search(skeleton.blanks, conditions, replace(wish, terms=terms))
                return fresh, wish.margin
    return Search(skeleton.blanks, conditions, wish), wish.margin


def _greatest_margin(skeleton: Skeleton, conditions: Sequence[Condition], wish: Wish) -> int:
    """Return the greatest possible margin within bounds, by doubling and bisection."""
    low = 1
    while _is_possible(skeleton, conditions, replace(wish, margin=2 * low)):
        low *= 2
    high = 2 * low
    while high - low > 1:
        middle = (low + high) // 2
        if _is_possible(skeleton, conditions, replace(wish, margin=middle)):
            low = middle
        else:
            high = middle
    return low


def _is_possible(skeleton: Skeleton, conditions: Sequence[Condition], wish: Wish) -> bool:
    return Search(skeleton.blanks, conditions, wish).least() is not None


def _needs_bounded(request: Request) -> bool:
    """Return whether a request cannot be met neuron by neuron."""
    return request.is_total or request.margin != 1 or request.minimize != "weights"


def _bounded(
    skeleton: Skeleton,
    request: Request,
    is_over: Callable[[], bool],
    start: Outcome | None = None,
) -> Outcome:
    return fill_within(skeleton, request, is_over, start)

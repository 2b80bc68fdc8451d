"""What is proved to be the best is the best: every card of small sets, by an oracle of its own."""

from collections.abc import Sequence
from fractions import Fraction
from random import Random

import numpy as np
import pytest

from nnc.scores.cells import Cells, minimise
from nnc.scores.columns.terms import without_duplicates
from nnc.scores.goals import GOALS, MEASURES, Goal, Judge, Limit
from nnc.scores.proof import Proof, Prover
from nnc.scores.search import TIE, TINY, Card, Choices, Incumbents, search
from tests.support import scores

LOSS = Goal()


def solve(
    rows: scores.Rows,
    terms: int,
    allowed: Sequence[tuple[int, ...]],
    *,
    goal: Goal = LOSS,
    searches: bool = True,
    fixed: Sequence[int] | None = None,
    parts: Sequence[int] = (),
) -> tuple[Card | None, Proof]:
    """Find the best card, with the columns as they are numbered in the rows."""
    whole = Choices(allowed)
    kept = without_duplicates(rows.bits.astype(np.uint8), whole.same)
    columns = rows.bits[:, kept].astype(np.uint8)
    base = None if fixed is None else np.array(fixed, np.int64)
    cells = Cells(columns, rows.ones, terms, objective=goal.objective, fixed=base)
    choices = Choices([allowed[place] for place in kept], has_fixed=base is not None)
    codes = [
        (np.zeros(len(rows.ones), np.int64), 1)
        if limit.column is None
        else (np.array(parts, np.int64), max(parts) + 1)
        for limit in goal.limits
    ]
    judge = Judge(goal, rows.ones, codes, base)
    incumbents = Incumbents(len(columns), is_count=goal.name != "loss")
    if searches or fixed is not None:
        list(search(cells, judge, choices, incumbents, terms))
    proof = Prover(cells, judge, choices, incumbents, lambda _done, _of: None).prove(terms)
    best = incumbents.best
    if best is not None:
        best = best._replace(columns=tuple(kept[place] for place in best.columns))
    return best, proof


def limits_of(random: Random) -> tuple[Limit, ...]:
    bounds = [Fraction(1, 20), Fraction(1, 5), Fraction(1, 3), 0]
    choices: list[tuple[Limit, ...]] = [
        (Limit("false_alarms", random.choice(bounds)),),
        (Limit("misses", random.choice(bounds)), Limit("false_alarms", random.choice(bounds))),
        (Limit(random.choice(MEASURES), random.choice(bounds), "group"),),
        (Limit("alarms", Fraction(1, 2)), Limit("errors", random.choice(bounds))),
    ]
    return random.choice(choices)


def check(random: Random) -> None:
    """Compare the answer for a small set with all cards there are."""
    columns, terms = random.choice([(3, 3), (4, 2), (5, 2), (4, 3)])
    rows = scores.drawn(random, columns)
    ones = rows.ones.tolist()
    if not any(0 < column.sum() < len(ones) for column in rows.bits.T):
        return
    span = random.choice([(-2, -1, 1, 2), (-1, 1), (1, 2, 3), (-2, -1, 1, 2)])
    allowed = [span] * columns
    if random.random() < 0.3:  # signs
        signs = [random.choice([0, 1, -1]) for _ in range(columns)]
        allowed = [tuple(p for p in span if p * sign >= 0) for sign in signs]
    kind = random.choice(GOALS)
    costs = random.choice([(1, 1), (1, 1), (5, 1), (2, 3)])
    limits = limits_of(random) if random.random() < 0.4 else ()
    goal = Goal(kind, *costs, limits)
    groups = [random.randint(0, 2) for _ in ones]
    groups[0] = 2
    fixed = None
    if random.random() < 0.25:  # points that are kept, of a column of their own
        fixed = [2 * random.randint(0, 1) - random.randint(0, 1) for _ in ones]

    cards = [
        card
        for card in scores.cards(columns, terms, range(-3, 4))
        if all(not point or point in span for point, span in zip(card, allowed, strict=True))
    ]
    cards += [(0,) * columns] if fixed is not None else []
    base = np.array(fixed if fixed is not None else [0] * len(ones))
    totals = np.array(cards, np.int64).reshape(-1, columns) @ rows.bits.T + base
    losses = scores.losses(totals.astype(np.float64), rows.ones)

    def keeps(fires: list[bool]) -> bool:
        for limit in limits:
            parts = [0] * len(ones) if limit.column is None else groups
            rates = [
                scores.rate(
                    limit.measure,
                    [fire for fire, part in zip(fires, parts, strict=True) if part == which],
                    [one for one, part in zip(ones, parts, strict=True) if part == which],
                )
                for which in sorted(set(parts))
            ]
            known = [each for each in rates if each is not None]
            if limit.column is None:
                if known and known[0] > limit.bound:
                    return False
            elif known and max(known) - min(known) > limit.bound:
                return False
        return True

    values: list[float] = []
    for line, loss in zip(totals.tolist(), losses.tolist(), strict=True):
        cost = scores.least_cost(line, ones, goal.costs, keeps)
        if cost is None or (kind == "loss" and limits == () and len(set(line)) < 2):
            values.append(np.inf)
        else:
            value = {"loss": loss, "accuracy": cost, "auc": scores.wrong_pairs(line, ones)}[kind]
            values.append(float(value))
    least = min(values, default=np.inf)
    card, proof = solve(
        rows, terms, allowed, goal=goal, searches=random.random() < 0.5, fixed=fixed, parts=groups
    )
    case = (rows, allowed, goal, groups, fixed, card)
    assert proof.status == "proved"
    assert proof.bounded == proof.choices
    if least == np.inf:
        assert card is None, case
        return
    assert card is not None, case
    scale = len(ones) if kind == "loss" else 1
    assert card.value / scale == pytest.approx(least, rel=2e-9, abs=1e-10), case
    # the first in order of those that are as good; complements say the same with turned points
    slack = least * TIE + TINY if kind == "loss" else 0
    ties = [place for place, value in enumerate(values) if value <= least + slack]
    fewest = min(sum(map(bool, cards[place])) for place in ties)
    assert len(card.points) == fewest, case
    if kind != "loss":
        few = [losses[place] for place in ties if sum(map(bool, cards[place])) == fewest]
        assert card.loss / len(ones) == pytest.approx(min(few), rel=2e-9, abs=1e-10), case
    else:
        first = min(scores.order(cards[place]) for place in ties)
        sizes = sum(map(abs, card.points)), max(map(abs, card.points), default=0)
        assert (len(card.points), *sizes) == first[:3], (case, first)


def test_the_best_card_is_found_and_proved(chunk: int) -> None:
    random = Random(f"cards {chunk}")
    for _ in range(5):
        check(random)


def rows_that_are(ones: list[int], *columns: list[int]) -> scores.Rows:
    return scores.Rows(np.array(columns).T, np.array(ones))


def test_rows_that_a_card_separates_have_no_loss_and_need_no_bounds() -> None:
    rows = rows_that_are([1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 0, 1, 0], [0, 1, 0, 0, 1])
    card, proof = solve(rows, 3, [(-5, -2, -1, 1, 2, 5)] * 3)
    assert card is not None
    assert card.loss < 1e-10
    assert (card.columns, card.points) == ((0, 1), (1, 1))
    assert (proof.status, proof.bound) == ("proved", card.loss)


def test_a_card_never_counts_down() -> None:
    """With points above 0 only, a column that speaks against the label has none."""
    rows = rows_that_are([1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], [1, 1, 0, 1, 0, 0])
    card, _ = solve(rows, 2, [(1, 2, 3)] * 2)
    assert card is not None
    assert (card.columns, card.points) == ((1,), (1,))


def test_bounds_hold_before_anything_has_converged() -> None:
    """Whatever the weights are, the bound of a support is not above the loss of real weights."""
    random = Random("bounds")
    for _ in range(30):
        rows = scores.drawn(random, 4)
        x = np.column_stack([np.ones(len(rows.ones)), rows.bits])[None].astype(float)
        ones = rows.ones[None].astype(float)
        all_ = np.ones_like(ones)
        low, _, _ = minimise(x, ones, all_, 0.0, 1e-9)
        _, loss, _ = minimise(x, ones, all_, np.inf, 1e-9)
        assert low[0] <= loss[0] + 1e-9


def test_threads_and_blocks_change_nothing() -> None:
    random = Random("threads")
    rows = scores.drawn(random, 5)
    bits = np.array([[random.random() < 0.4 for _ in range(70)] for _ in range(90)], np.uint8)
    ones = (bits[:, :3].sum(1) + np.array([random.random() for _ in range(90)]) > 1.6).astype(int)
    del rows
    results = []
    for threads in (1, 2):
        cells = Cells(bits, ones, 4, threads=threads)
        choices = Choices([(-2, -1, 1, 2)] * 70)
        incumbents = Incumbents(len(bits))
        judge = Judge(LOSS, ones, [], None)
        list(search(cells, judge, choices, incumbents, 4))
        proof = Prover(cells, judge, choices, incumbents, lambda _done, _of: None).prove(4)
        results.append((incumbents.best, proof))
    assert results[0] == results[1]
    assert results[0][1].choices == 916895 + 54740 + 2415 + 70

"""What is proved to be the best is the best: every card of small sets, by an oracle of its own."""

from random import Random

import numpy as np
import pytest

from nnc.solving.scorecards import cells as counting
from nnc.solving.scorecards import fallback
from nnc.solving.scorecards import search as searching
from nnc.solving.scorecards.cells import Cells
from nnc.solving.scorecards.proof import Proof, prove
from nnc.solving.scorecards.search import TIE, TINY, Card, Choices, Incumbents, search
from nnc.solving.scorecards.terms import without_duplicates
from tests.support import scores

NATIVE = counting.kernels
BOTH = [NATIVE, fallback] if NATIVE is not fallback else [fallback]


def solve(
    rows: scores.Rows, terms: int, allowed: tuple[int, ...], *, searches: bool
) -> tuple[Card, Proof]:
    """Find the best card, with the columns as they are numbered in the rows."""
    choices = Choices([tuple(p for p in allowed if p)] * rows.bits.shape[1])
    kept = without_duplicates(rows.bits.astype(np.uint8), choices.same)
    columns = rows.bits[:, kept].astype(np.uint8)
    cells = Cells(columns, rows.ones, terms)
    choices = Choices([choices.points[place] for place in kept])
    incumbents = Incumbents(len(columns))
    if searches:
        search(cells, choices, incumbents, terms)
    proof = prove(cells, choices, incumbents, terms, lambda _done, _of: None)
    best = incumbents.best
    assert best is not None
    return best._replace(columns=tuple(kept[place] for place in best.columns)), proof


def check(random: Random) -> None:
    columns, terms = random.choice([(3, 3), (4, 2), (5, 2), (4, 3)])
    allowed = random.choice([(-2, -1, 1, 2), (-1, 1), (1, 2, 3), (-2, -1, 1, 2)])
    rows = scores.drawn(random, columns)
    cards = list(scores.cards(columns, terms, allowed))
    totals = np.array(cards) @ rows.bits.T
    losses = scores.losses(totals.astype(np.float64), rows.ones)
    least = float(losses.min())
    if not any(0 < column.sum() < len(rows.ones) for column in rows.bits.T):
        return
    card, proof = solve(rows, terms, allowed, searches=random.random() < 0.5)
    loss = card.loss / len(rows.ones)
    assert proof.status == "proved"
    assert proof.bounded == proof.total
    assert loss == pytest.approx(least, rel=2e-9, abs=1e-10), (rows, card)
    # the first in order of those that are as good; complements say the same with turned points
    ties = [c for c, each in zip(cards, losses, strict=True) if each <= least * (1 + TIE) + TINY]
    points = [0] * columns
    for column, point in zip(card.columns, card.points, strict=True):
        points[column] = point
    first = min(map(scores.order, ties))
    assert scores.order(points)[:3] == first[:3], (rows, card, first)


@pytest.mark.parametrize("kernels", BOTH, ids=["native", "numpy"][-len(BOTH) :])
def test_the_best_card_is_found_and_proved(
    chunk: int, kernels: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "kernels", kernels)
    monkeypatch.setattr(searching, "kernels", kernels)
    random = Random(f"cards {chunk}")
    for _ in range(4 if kernels is NATIVE else 1):
        check(random)


def rows_that_are(ones: list[int], *columns: list[int]) -> scores.Rows:
    return scores.Rows(np.array(columns).T, np.array(ones))


def test_rows_that_a_card_separates_have_no_loss_and_need_no_bounds() -> None:
    rows = rows_that_are([1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 0, 1, 0], [0, 1, 0, 0, 1])
    card, proof = solve(rows, 3, (-5, -2, -1, 1, 2, 5), searches=True)
    assert card.loss < 1e-10
    assert (card.columns, card.points) == ((0, 1), (1, 1))
    assert (proof.status, proof.bound) == ("proved", card.loss / 5)


def test_a_card_never_counts_down() -> None:
    """With points above 0 only, a column that speaks against the label has none."""
    rows = rows_that_are([1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], [1, 1, 0, 1, 0, 0])
    card, _ = solve(rows, 2, (1, 2, 3), searches=True)
    assert (card.columns, card.points) == ((1,), (1,))


def test_bounds_hold_before_anything_has_converged() -> None:
    """Whatever the weights are, the bound of a support is not above the loss of real weights."""
    random = Random("bounds")
    for _ in range(30):
        rows = scores.drawn(random, 4)
        x = np.column_stack([np.ones(len(rows.ones)), rows.bits])[None].astype(float)
        ones = rows.ones[None].astype(float)
        all_ = np.ones_like(ones)
        low, _, _ = fallback.minimise(x, ones, all_, 0.0, fallback._DECIDED, 1e-9)
        _, loss, _ = fallback.minimise(x, ones, all_, np.inf, fallback._BOUNDED, 1e-9)
        assert low[0] <= loss[0] + 1e-9


@pytest.mark.skipif(NATIVE is fallback, reason="the kernels were not built")
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
        search(cells, choices, incumbents, 4)
        proof = prove(cells, choices, incumbents, 4, lambda _done, _of: None)
        results.append((incumbents.best, proof))
    assert results[0] == results[1]
    assert results[0][1].total == 916895 + 54740 + 2415 + 70

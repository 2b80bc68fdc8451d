"""Cards of more terms than are bounded: what they are, and what is known of them."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from nnc.scores import fitting
from nnc.scores.columns.table import Table, table_of
from nnc.scores.fitting import FitOptions
from nnc.scores.goals import Goal, Limit
from nnc.scores.selection import fit_table
from tests.support import scores


def drawn(rows: int = 160, columns: int = 12) -> Table:
    random = Random("local")
    cells = {f"c{place}": [random.randint(0, 1) for _ in range(rows)] for place in range(columns)}
    weights = [random.choice([-2, -1, 1, 2]) for _ in range(columns)]
    cells["y"] = [
        int(sum(w * cells[f"c{n}"][row] for n, w in enumerate(weights)) + random.gauss(0, 1.5) > 0)
        for row in range(rows)
    ]
    return table_of(cells)


def totals_of(fit: fitting.Fit, table: Table) -> np.ndarray:
    totals = np.zeros(table.count, np.int64)
    for term, point in zip(fit.card.terms, fit.card.points, strict=True):
        column = table.columns[term.column]
        totals += point * np.array([int(text) for text in column.texts])[column.codes]
    return totals


def test_more_terms_are_better_and_never_below_the_bound() -> None:
    table = drawn()
    five, eight = (fit_table(table, FitOptions(label="y", terms=terms)) for terms in (5, 8))
    assert five.proof.status == "proved"
    assert eight.proof.status == "searched"
    assert 5 < len(eight.card.points) <= 8
    assert all(-5 <= point <= 5 for point in eight.card.points)
    assert eight.proof.bound / table.count <= eight.card.train.loss < five.card.train.loss
    ones = table.columns["y"]
    labels = np.array([int(text) for text in ones.texts])[ones.codes]
    totals = totals_of(eight, table)
    [loss] = scores.losses(totals[None].astype(np.float64), labels)
    assert eight.card.train.loss == pytest.approx(float(loss), rel=1e-8)


def test_limits_and_other_goals_hold_for_more_terms() -> None:
    table = drawn()
    limit = Limit("false_alarms", Fraction(1, 20))
    for goal in (Goal("accuracy"), Goal("auc"), Goal("loss", limits=(limit,))):
        five, seven = (
            fit_table(table, FitOptions(label="y", terms=terms, goal=goal, proves=False))
            for terms in (5, 7)
        )
        if goal.limits:
            zeros = seven.card.train.rows - seven.card.train.ones
            assert 20 * seven.card.train.false_alarms <= zeros
        elif goal.name == "auc":
            assert (seven.card.train.auc or 0) >= (five.card.train.auc or 1)
        else:
            assert seven.card.train.accuracy >= five.card.train.accuracy


def test_the_same_again() -> None:
    fits = [
        fit_table(drawn(), FitOptions(label="y", terms=7, threads=threads)) for threads in (1, 2)
    ]
    assert fits[0].card == fits[1].card
    assert fits[0].proof == fits[1].proof


def test_it_can_be_stopped() -> None:
    fit = fit_table(drawn(), FitOptions(label="y", terms=7, seconds=1e-9))
    assert fit.proof.status == "stopped"
    assert fit.card.points


def test_rows_that_contradict_are_told_with_what_can_be_reached() -> None:
    rows = {"a": [0, 0, 0, 1, 1], "y": [0, 0, 1, 1, 1]}
    [note] = fit_table(table_of(rows), FitOptions(label="y")).notes
    assert note.rule == "rows-contradict"
    assert "no score of `a` judges more than 80.0 % correctly" in note.message

"""`--terms auto`: which numbers of terms and of cut-offs cross-validation compares and chooses."""

import hashlib
import json
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.scores.columns.parts import folds
from nnc.scores.columns.table import Table, table_of
from nnc.scores.fitting import FitOptions, Selection
from nnc.scores.goals import Goal, read_limit
from nnc.scores.report import as_json, as_text
from nnc.scores.selection import automatic, fit_table


def rows(seed: str = "auto", count: int = 120) -> dict[str, list[Any]]:
    """Draw rows whose label follows two numbers, beside two numbers of noise."""
    random = Random(seed)
    cells: dict[str, list[Any]] = {name: [] for name in ("a", "b", "c", "d", "y")}
    for _ in range(count):
        a, b, c, d = (random.randint(0, 99) for _ in range(4))
        for name, value in zip(
            "abcdy", (a, b, c, d, int(a + b + random.gauss(0, 15) > 100)), strict=True
        ):
            cells[name].append(value)
    return cells


def table(seed: str = "auto", count: int = 120) -> Table:
    return table_of(rows(seed, count))


def chosen(data: Table, cutoffs: int | None = None, **settings: Any) -> Selection:
    selection = fit_table(data, automatic(FitOptions(label="y", **settings), cutoffs)).selection
    assert selection is not None
    return selection


def test_every_number_of_terms_is_compared_with_every_number_of_cutoffs() -> None:
    selection = chosen(table())
    tried = [(trial.terms, trial.cutoffs) for trial in selection.trials]
    assert tried == [(terms, cutoffs) for cutoffs in (2, 4, 8) for terms in range(1, 6)]
    assert {trial.cutoffs for trial in chosen(table(), 3).trials} == {3}


def test_the_fewest_terms_near_the_least_loss_are_chosen() -> None:
    for seed in ("one", "two"):
        selection = chosen(table(seed))
        least = min(selection.trials, key=lambda trial: trial.held_out.loss)
        assert selection.trials[selection.least] == least
        near = [
            trial
            for trial in selection.trials
            if trial.held_out.loss <= least.held_out.loss + least.held_out.error
        ]
        chosen_one = selection.trials[selection.chosen]
        assert chosen_one in near
        assert chosen_one.terms == min(trial.terms for trial in near)
        assert selection.constant.loss > chosen_one.held_out.loss


def test_rows_for_the_test_choose_nothing() -> None:
    """Other labels of the rows for the test change neither what is chosen nor the score."""
    cells = rows()
    first = nnc.fit(None, cells, "y", terms="auto", seed=3)
    order = sorted(range(120), key=lambda row: hashlib.sha256(f"3:{row}".encode()).digest())
    for row in order[:24]:
        cells["y"][row] = 1 - cells["y"][row]
        cells["a"][row] = 500
    other = nnc.fit(None, cells, "y", terms="auto", seed=3)
    assert first.selection == other.selection
    assert (first.card.terms, first.card.points) == (other.card.terms, other.card.points)
    assert first.card.test != other.card.test
    assert first.card.test is not None
    assert first.card.test.rows == 24


def test_noise_is_no_better_than_the_constant() -> None:
    rng = Random(3)
    cells = {name: [rng.randrange(2) for _ in range(200)] for name in ("a", "b", "y")}
    fit = nnc.fit(None, cells, "y", terms="auto")
    assert fit.selection is not None
    assert fit.selection.constant.loss < fit.selection.trials[fit.selection.chosen].held_out.loss
    assert "less loss than the chosen score" in as_text(fit)


def test_folds_have_their_share_of_both_labels_and_every_row_once() -> None:
    ones = np.array([1] * 13 + [0] * 30)
    data = table_of({"row": list(range(43)), "y": ones.tolist()})
    parts = folds(data, ones, 0)
    held = [part.test.columns["row"].codes.tolist() for part in parts if part.test is not None]
    assert sorted(row for rows_ in held for row in rows_) == list(range(43))
    assert {sum(row < 13 for row in rows_) for rows_ in held} <= {2, 3}
    assert folds(data, ones, 1)[0].learn.columns["row"].codes.tolist() != held[0]


def test_a_label_of_one_row_cannot_be_cross_validated() -> None:
    data = table_of({"a": [0, 1, 0, 1, 0, 1], "y": [1, 0, 0, 0, 0, 0]})
    options = automatic(FitOptions(label="y", test=data), None)
    with pytest.raises(nnc.InvalidRowsError, match="two rows of each label"):
        fit_table(data, options)


def test_bits_have_no_cutoffs_to_choose_from() -> None:
    random = Random("bits")
    data = table_of({name: [random.randint(0, 1) for _ in range(60)] for name in ("a", "b", "y")})
    assert {trial.cutoffs for trial in chosen(data).trials} == {2}


def test_same_seed_same_score() -> None:
    options = automatic(FitOptions(label="y", goal=Goal("auc")), None)
    first, second = (fit_table(table(), options) for _ in range(2))
    assert first.selection == second.selection
    assert first.to_yaml() == second.to_yaml()


def test_limits_that_no_fold_keeps() -> None:
    limits = (read_limit("errors<=0.0"),)
    data = table_of({"a": [0, 1, 0, 1] * 5, "y": [0, 1, 1, 0] * 5})
    with pytest.raises(nnc.InvalidRowsError, match="in every fold"):
        chosen(data, goal=Goal(limits=limits))


def test_the_report_has_a_line_for_each_trial_and_the_constant() -> None:
    fit = fit_table(table(), automatic(FitOptions(label="y"), None))
    page = as_text(fit).partition("chosen: ")[2].splitlines()
    assert len(page) == 2 + 15 + 1
    assert [line for line in page if "chosen, " in line]
    assert page[-1].startswith("constant")
    record = json.loads(as_json(fit))["selection"]
    assert len(record["trials"]) == 15
    assert record["trials"][record["chosen"]]["terms"] == fit.options.terms
    assert json.loads(as_json(nnc.fit(None, rows(), "y")))["selection"] is None

"""`fit_table`: a score from rows; cross-validation may choose its number of terms and cut-offs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.lazy import np
from nnc.scores.cells import MOST_TERMS, require_kernels
from nnc.scores.columns.labels import no_rows
from nnc.scores.columns.parts import Parts, folds, split
from nnc.scores.columns.table import Table
from nnc.scores.fitting import Fit, FitOptions, Fitting, HeldOut, Selection, Trial
from nnc.scores.goals import Goal
from nnc.scores.odds import Quality

CUTOFFS = (2, 4, 8)
"""The numbers of cut-offs from which is chosen where none is setting for."""

TEST_SHARE = 0.2
"""The share of the rows that judges what was chosen where no other rows are given."""


def automatic(options: FitOptions, cutoffs: int | None) -> FitOptions:
    """Return options by which cross-validation chooses the terms, and cut-offs if none are given.

    The reported quality is that of rows on which no choice was based.
    """
    tried = CUTOFFS if cutoffs is None else (cutoffs,)
    test = TEST_SHARE if options.test is None else options.test
    return replace(options, terms=MOST_TERMS, cutoffs_tried=tried, test=test)


def fit_table(
    table: Table,
    options: FitOptions,
    tick: Callable[[int, int], None] = lambda _done, _of: None,
) -> Fit:
    """Find the best card for some rows.

    Raises InvalidRowsError if the rows or the options do not allow one, or kernels are missing.
    """
    require_kernels()
    with table.blamed():
        if not table.count:
            raise InvalidRowsError([no_rows()])
        parts = split(table, options.label, options.test, options.seed)
        whole = split(table, options.label, None, options.seed).learn
        selection = None
        if options.cutoffs_tried:
            selection = _selected(whole, parts.learn, options, tick)
            chosen = selection.trials[selection.chosen]
            options = _applied(options, chosen.terms, chosen.cutoffs)
        return Fitting(whole, parts, options, tick, selection).fit()


def _applied(options: FitOptions, terms: int, cutoffs: int) -> FitOptions:
    """Return options with a number of terms and of cut-offs."""
    return replace(options, terms=terms, columns=replace(options.columns, cutoffs=cutoffs))


def _selected(
    table: Table, learn: Table, options: FitOptions, tick: Callable[[int, int], None]
) -> Selection:
    """Compare numbers of terms and of cut-offs by cross-validation on the training rows.

    Among those within one standard error of the best value, the fewest terms are chosen
    (Breiman et al., Classification and Regression Trees, 1984, section 3.4.3).
    """
    trials, constants, before = list[Trial](), list[Quality](), None
    for cutoffs in options.cutoffs_tried:
        setting = _applied(options, MOST_TERMS, cutoffs)
        fitting = Fitting(table, Parts(learn, None), setting, tick)
        if fitting.terms == before:  # no column is a number that has more cut-offs
            continue
        before = fitting.terms
        parts = folds(learn, fitting.ones, options.seed)
        fittings = [Fitting(table, part, setting, tick) for part in parts]
        constants = [fitting.constant() for fitting in fittings]
        cards = [dict(fitting.searched()) for fitting in fittings]
        for terms in sorted(set.intersection(*map(set, cards))):
            held_out = _held_out([cards_of[terms].test for cards_of in cards], options.goal)
            trials.append(Trial(terms, cutoffs, held_out))
    if not trials:
        limits = ", ".join(map(str, options.goal.limits))
        message = f"no score of up to {MOST_TERMS} terms keeps {limits} in every fold"
        hint = "raise a limit, or say how many --terms"
        raise InvalidRowsError([Diagnostic("limits-impossible", message, help=hint)])
    least = min(trials, key=lambda trial: trial.held_out.value)
    limit = least.held_out.value + least.held_out.error
    near = [trial for trial in trials if trial.held_out.value <= limit]
    chosen = min(near, key=lambda trial: (trial.terms, trial.held_out.value))
    constant = _held_out(constants, options.goal)
    return Selection(
        len(constants),
        learn.count,
        tuple(trials),
        trials.index(least),
        trials.index(chosen),
        constant,
    )


def _held_out(tests: Sequence[Quality | None], goal: Goal) -> HeldOut:
    """Return the means over the folds' held-out rows."""
    folds_ = [test for test in tests if test is not None]
    values = np.array([_value(test, goal) for test in folds_])
    return HeldOut(
        value=round(float(values.mean()), 8),
        error=round(float(values.std(ddof=1)) / math.sqrt(len(values)), 8),
        loss=round(fmean(test.loss for test in folds_), 8),
        accuracy=round(fmean(test.accuracy for test in folds_), 8),
        auc=round(fmean(test.auc or 0.0 for test in folds_), 8),
    )


def _value(test: Quality, goal: Goal) -> float:
    """Return what a goal minimises: the loss, the cost of mistakes a row, or 1 minus the AUC."""
    if goal.name == "loss":
        return test.loss
    if goal.name == "auc":
        return 1 - (test.auc or 0.0)
    miss, false_alarm = goal.costs
    return (test.misses * miss + test.false_alarms * false_alarm) / test.rows

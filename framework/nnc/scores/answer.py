"""Rows -> a score of few terms: `nnc.fit`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Unpack

from nnc.activity import Activity
from nnc.scores.fitting import Fit, fit_table
from nnc.scores.settings import FitSettings, options_of
from nnc.scores.table import table_of

if TYPE_CHECKING:
    from nnc.run.tables import Rows


def fit(network: None, rows: Rows, label: str, **settings: Unpack[FitSettings]) -> Fit:
    """Find a score of few terms for rows, proved to be the best, as `nnc fit` does.

    `rows` are a mapping of columns, a list of mappings, an array, whose columns are `x0`, `x1` and
    so on, or a frame; `label` is the column to predict. `network` is None: `nnc.train` fills the
    numbers that a network leaves open.

    `settings` are `positive`, the value of the label that counts as 1; `output`, its name; `goal`,
    `loss`, `accuracy` or `auc`; `terms`, how many at most, and `points`, (-5, 5);
    `cutoffs`, how many of a number, or `{"age": [65, 80]}`; `cost`, `{"miss": 5}`; `signs`,
    `{"age": "+"}`; `keep`, `{"age >= 65": 2}`; `limits`, `["false_alarms<=0.05"]`; `leave_out`,
    columns; `test`, a share or other rows, and `seed`; `pool`, how many of the best; `proof`, False
    to search only; `seconds`, when the proof ends; `threads`, 0 for all.

    A terminal, or a notebook, shows how far it is. Where the proof has not ended after `seconds`,
    its status is `stopped`: the score is the best that was found, and may not be the best of all.

    The result has `network`, `card` with its terms, points, threshold, odds and quality, `cards`
    where there is a pool, and `proof`. Floats count as the shortest decimal that reads back.

    Raises InvalidRowsError where the rows, or columns that are named, do not allow a score, no
    score keeps the limits, or the native kernels are missing that build one; ValueError and
    TypeError for settings that mean nothing. More in docs/deciding.md.

    >>> import nnc
    >>> rows = {"age": [70, 66, 71, 30, 31, 45], "sick": [1, 1, 1, 0, 0, 0]}
    >>> found = nnc.fit(None, rows, "sick", cutoffs=5)
    >>> [(term.label, points) for term, points in zip(found.card.terms, found.card.points)]
    [('age >= 60', 1)]
    >>> found.proof.status, nnc.evaluate(found.network, {"age": 60})
    ('proved', {'sick': 1, 'points': 1})
    """
    if network is not None:
        raise TypeError("fit builds a score from rows; call nnc.train for a network")
    options = options_of(label, settings)
    with fit_progress(terms_bounded) as tick:
        return fit_table(table_of(rows), options, tick)


@contextmanager
def fit_progress(words: Callable[[int, int], str]) -> Iterator[Callable[[int, int], None]]:
    """Show how far a fit is, where it takes longer than a second, and give what is told of it."""
    state = [""]

    def tick(done: int, of: int) -> None:
        state[0] = words(done, of)

    with Activity(lambda: state[0]):
        yield tick


def terms_bounded(done: int, of: int) -> str:
    """Return how far the proof of a score is."""
    return f"{done:,} of {of:,} choices of terms bounded"

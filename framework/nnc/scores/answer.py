"""Rows, and perhaps a network that leaves numbers open -> a score: `nnc.fit`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Unpack, overload

from nnc.activity import Activity

if TYPE_CHECKING:
    from nnc.language.network import Network
    from nnc.run.tables import Rows
    from nnc.scores.fitting import Fit
    from nnc.scores.refits import Refit
    from nnc.scores.settings import FitSettings
    from nnc.scores.skeletons import SkeletonFit


@overload
def fit(network: None, rows: Rows, label: str, **settings: Unpack[FitSettings]) -> Fit: ...


@overload
def fit(
    network: Network | str | Path,
    rows: Rows,
    label: str | Sequence[str] | Mapping[str, str],
    **settings: Unpack[FitSettings],
) -> Refit | SkeletonFit: ...


def fit(
    network: Network | str | Path | None,
    rows: Rows,
    label: str | Sequence[str] | Mapping[str, str],
    **settings: Unpack[FitSettings],
) -> Fit | Refit | SkeletonFit:
    """Find a score of few terms for rows, proved to be the best, as `nnc fit` does.

    `rows` are a mapping of columns, a list of mappings, an array, whose columns are `x0`, `x1` and
    so on, or a frame; `label` is the column to predict. With None as `network` a score is built
    anew; a network, or a file, leaves numbers open, which are found: its cases hold, and rows as
    far as can be. Then there may be several labels, or a mapping of them to their outputs.
    `settings` are `positive`, the value of the label that counts as 1; `output`, its name;
    `goal`, `loss`, `accuracy` or `auc`; `terms`, how many at most, and `points`, (-5, 5);
    `cutoffs`, how many of a number, or `{"age": [65, 80]}`; `cost`, `{"miss": 5}`; `signs`,
    `{"age": "+"}`; `keep`, `{"age >= 65": 2}`; `limits`, `["false_alarms<=0.05"]`; `leave_out`,
    columns; `test`, a share or other rows, and `seed`; `pool`, how many of the best; `proof`, False
    to search only; `seconds`, when the proof ends; `threads`, 0 for all.

    A terminal, or a notebook, shows how far it is. Where the proof has not ended after `seconds`,
    its status is `stopped`: the score is the best that was found, and may not be the best of all.

    The result has `network`, `card` with its terms, points, threshold, odds and quality, `cards`
    where there is a pool, and `proof`. Floats count as the shortest decimal that
    reads back. For a network the settings are `positive`, `output`, `goal`, `cost`, `limits`,
    `points`, the bounds that the file does not write, `test`, `seed`, `proof` and `seconds`; the
    result has `network`, `values` by their paths, `threshold`, `train`, `test` and `proof`. Where
    several neurons are open it is a SkeletonFit: with `labels`, each with its `train` and `test`,
    the `cost` of what is wrong, its `bound`, and `parts` for neurons that do not depend on each
    other.

    Raises InvalidRowsError where the rows, or columns that are named, do not allow a score, no
    score keeps the limits, or the native kernels are missing that build one; InvalidNetworkError
    where a network leaves nothing open, or no numbers give its cases; ValueError and TypeError for
    settings that mean nothing. More in docs/deciding.md.

    >>> import nnc
    >>> rows = {"age": [70, 66, 71, 30, 31, 45], "sick": [1, 1, 1, 0, 0, 0]}
    >>> found = nnc.fit(None, rows, "sick", cutoffs=5)
    >>> [(term.label, points) for term, points in zip(found.card.terms, found.card.points)]
    [('age >= 60', 1)]
    >>> found.proof.status, nnc.evaluate(found.network, {"age": 60})
    ('proved', {'sick': 1, 'points': 1})
    """
    from nnc.scores.fitting import fit_table
    from nnc.scores.settings import options_of
    from nnc.scores.table import table_of

    options = options_of(label, settings)
    if network is None:
        if options.more:
            raise TypeError("a score has one label; a network may have several")
        with fit_progress(terms_bounded) as tick:
            return fit_table(table_of(rows), options, tick)
    from nnc.filling.questions import checked_of
    from nnc.scores.refits import BUILDING
    from nnc.scores.skeletons import fit_numbers

    odd = next((name for name in settings if name in BUILDING), None)
    if odd is not None:
        raise TypeError(f"{odd!r} is for scores that are built; the network says it itself")
    with fit_progress(numbers_bounded) as tick:
        return fit_numbers(checked_of(network), table_of(rows), options, tick)


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


def numbers_bounded(done: int, of: int) -> str:
    """Return how far the search for open numbers is."""
    if not of:
        return "looking for the fewest wrong rows"
    return f"{100 * done / of:.1f} % of the choices of numbers bounded"

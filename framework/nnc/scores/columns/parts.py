"""Training rows and test rows, drawn by digests of a seed and the numbers of the rows."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.lazy import np
from nnc.numbers.exact import counted
from nnc.numbers.integers import Array
from nnc.scores.columns.labels import Spelling, no_rows
from nnc.scores.columns.table import Table

FOLDS = 5


class Parts(NamedTuple):
    """Training rows and test rows."""

    learn: Table
    test: Table | None


def split(table: Table, label: str, test: Table | float | None, seed: int) -> Parts:
    """Split rows by a share for the test, or use the given test rows.

    Labels are spelled as in training. Raises InvalidRowsError if the test has others, or no rows.
    """
    spelling = Spelling.of(table, label)
    table = spelling.applied(table)
    if isinstance(test, Table):
        test = spelling.applied(test)
        with test.blamed():
            spelling.check(test)
        if not test.count:
            raise InvalidRowsError([no_rows(test.file, " for the test")])
    if test is None or isinstance(test, Table):
        return Parts(table, test)
    order = _drawn(np.arange(table.count), f"{seed}")
    count = round(table.count * test)
    if not 0 < count < table.count:
        use = "to learn from" if count else "for the test"
        message = f"a share of {test} of {counted(table.count, 'row')} leaves none {use}"
        hint = "give another share, or a file of rows"
        raise InvalidRowsError([Diagnostic("bad-label", message, help=hint)])
    return Parts(table.taken(np.sort(order[count:])), table.taken(np.sort(order[:count])))


def folds(table: Table, ones: Array, seed: int) -> list[Parts]:
    """Split rows into stratified folds; every fold is the test once.

    Raises InvalidRowsError if a label has fewer than two rows.
    """
    count = min(FOLDS, int(ones.sum()), int((1 - ones).sum()))
    if count < 2:
        message = "cross-validation needs two rows of each label to learn from"
        hint = "give more rows, or say how many --terms"
        raise InvalidRowsError([Diagnostic("bad-label", message, help=hint)])
    fold = np.empty(table.count, np.int64)
    for value in (0, 1):
        order = _drawn(np.flatnonzero(ones == value), f"fold:{seed}")
        fold[order] = np.arange(len(order)) % count
    rows = [np.flatnonzero(fold == part) for part in range(count)]
    return [
        Parts(table.taken(np.flatnonzero(fold != n)), table.taken(rows[n])) for n in range(count)
    ]


def _drawn(rows: Array, seed: str) -> Array:
    """Return rows in the order of the digests of a seed and their numbers."""
    keys = [hashlib.sha256(f"{seed}:{row}".encode()).digest() for row in rows.tolist()]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return rows[np.array(order, np.int64)]

"""An answer, and rows that no case asks for -> another answer that differs there, or none can.

The rows without demands are put beside the others, and a clause asks that some output is not what
the answer gives. The columns of a model then get numbers of their own, and are evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from nnc.filling.columns import ColumnSearch
from nnc.filling.conduct import least, merged
from nnc.filling.outcomes import Clash, Request
from nnc.filling.skeleton import Bit, Place, Skeleton, fired
from nnc.numbers.exact import Number

MAX_ROWS = 64
"""Rows, those of cases too, up to which other answers are looked for."""
_CONFLICTS = 3_000
_MOST_ASKED = 16
"""Outputs that are asked for one by one, where columns allow another but no numbers are found."""


class Alternative(NamedTuple):
    """Another answer, its numbers, and the example in which it gives another output.

    Without numbers: every answer gives the same outputs in all rows.
    """

    example: int = -1
    values: Mapping[int, Number] | None = None


def alternative_answer(
    skeleton: Skeleton,
    outputs: Collection[int],
    values: Mapping[int, Number],
    request: Request,
    is_over: Callable[[], bool] = lambda: False,
) -> Alternative | None:
    """Look for an answer that differs from `values` in an output.

    None where the demands decide all outputs, or where it is not known in time. `skeleton` has the
    rows of the cases, and others without demands; `outputs` are signals.
    """
    joined = merged(skeleton)
    if isinstance(joined, Clash):
        return None
    rows = joined.settled()
    given = evaluated(rows, values)
    differs = [
        (signal, r, known[signal] != rows.worth(signal, fires=True))
        for r, known in enumerate(given)
        for signal in outputs
        if signal not in rows.rows[r].known and not _is_expected(rows, r, signal)
    ]
    if not differs:
        return None
    for asked in (differs, *([each] for each in differs[:_MOST_ASKED])):
        columns = ColumnSearch(rows, is_over=is_over, differs=asked).run(_CONFLICTS)
        if columns.is_impossible and asked is differs:
            return Alternative()
        if columns.worth is not None:
            outcome = least(rows, columns.worth, request, is_only=False)
            if outcome is not None and outcome.values is not None:
                return _checked(rows, differs, outcome.values)
        if is_over():
            break
    return None


def _checked(
    rows: Skeleton, differs: Sequence[tuple[int, int, bool]], values: Mapping[int, Number]
) -> Alternative:
    """Evaluate another answer. Raises AssertionError where it is none."""
    theirs = evaluated(rows, values)
    assert all(
        theirs[r][demand.signal] == rows.worth(demand.signal, fires=demand.fires)
        for r, row in enumerate(rows.rows)
        for demand in row.demands
        if isinstance(demand, Bit)
    )
    for signal, r, fires in differs:
        if theirs[r][signal] == rows.worth(signal, fires=fires):
            return Alternative(rows.rows[r].example, values)
    raise AssertionError("the other answer does the same")


def _is_expected(skeleton: Skeleton, row: int, signal: int) -> bool:
    return any(isinstance(d, Bit) and d.signal == signal for d in skeleton.rows[row].demands)


def evaluated(skeleton: Skeleton, values: Mapping[int, Number]) -> list[dict[int, Number]]:
    """Return what every signal is worth in each row, with numbers in the place of all blanks."""
    worths = []
    for row in skeleton.rows:
        worth = dict(row.known)
        for cell in skeleton.cells:
            if all(signal in worth for signal in cell.signals):
                continue
            weights = [values[w.blank] if isinstance(w, Place) else w for w in cell.weights]
            limits = tuple(values[t.blank] if isinstance(t, Place) else t for t in cell.thresholds)
            total = sum(w * worth[s] for w, s in zip(weights, cell.sources, strict=True))
            for i, fires in enumerate(fired(cell._replace(thresholds=limits), total)):
                worth[cell.first + i] = skeleton.worth(cell.first + i, fires=fires)
        worths.append(worth)
    return worths

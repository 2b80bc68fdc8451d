"""Rows that come in tables and not in lines: read as batches, without those that are rejected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sized
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.rows.columns import Batch
from nnc.rows.reading import Findings, Reading, RowFindings
from nnc.rows.rejects import Rejects

Rows = TypeVar("Rows", bound=Sized)


class Rejected(Protocol[Rows]):
    """What a format does with rows that are rejected."""

    def part(self, table: Rows, is_kept: NDArray[Any]) -> Rows:
        """Give some rows of a table."""

    def write(self, rows: Rows, numbers: NDArray[Any], wrong: Collection[list[Diagnostic]]) -> None:
        """Write rows as they were, with their numbers and what is wrong where there is room."""


def batches_of(
    tables: Iterable[Rows],
    read: Callable[[Rows, int, Findings], Batch | None],
    reading: Reading,
    findings: Findings,
    rejected: Rejected[Rows],
) -> Iterator[Batch]:
    """Read tables, or what is left of them where rows with mistakes are skipped.

    `read` takes a table, the number of its first row, and what takes the mistakes; it gives None
    where there are any.
    """
    start = 0
    noted = findings if reading.rejects is None else RowFindings(reading.file)
    for table in tables:
        batch = read(table, start, noted)
        if isinstance(noted, RowFindings) and noted and reading.rejects is not None:
            rest = _without(noted.taken(), table, start, reading.rejects, rejected)
            batch = read(rest, start, noted) if len(rest) else None
        if batch is not None:
            yield batch
        start += len(table)


def _without(
    wrong: dict[int, list[Diagnostic]],
    table: Rows,
    start: int,
    rejects: Rejects,
    rejected: Rejected[Rows],
) -> Rows:
    for found in wrong.values():
        rejects.add(found)
    numbers = np.array(list(wrong), np.int64)
    is_sound = np.ones(len(table), bool)
    is_sound[numbers - start] = False
    if rejects.stream is not None:
        rejected.write(rejected.part(table, ~is_sound), numbers, wrong.values())
    return rejected.part(table, is_sound)

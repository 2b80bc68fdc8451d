"""Rows that are refused and skipped: counted, and written as they were with what is wrong."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import BinaryIO

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.exact import counted
from nnc.printable import printable
from nnc.rows.columns import Batch

LINE, ROW, ERROR, TEXT = "_line", "_row", "_error", "_text"
"""What a rejected row gets: the line or number that it had, what is wrong with it, and in JSON
what was written where it is no object.
"""
_MOST_SHOWN = 5


class Rejects:
    """Counts rows that are refused, and keeps the first mistakes; `stream` takes the rows."""

    def __init__(self, stream: BinaryIO | None = None) -> None:
        self.stream = stream
        self.count = 0
        self._sound = 0
        self._first: list[Diagnostic] = []

    def add(self, found: Sequence[Diagnostic]) -> None:
        """Count one row, and keep what is wrong with it."""
        self.count += 1
        if len(self._first) < _MOST_SHOWN:
            self._first.append(found[0])

    def write(self, data: bytes) -> None:
        """Write to the file of rejected rows, if there is one."""
        if self.stream is not None:
            self.stream.write(data)

    def counting(self, batches: Iterable[Batch]) -> Generator[Batch]:
        """Pass on the rows that are sound, and count them."""
        for batch in batches:
            self._sound += batch.count
            yield batch

    def warning(self, file: str, kept_in: str | None) -> Diagnostic | None:
        """Tell how many rows were skipped; None where none was."""
        if not self.count:
            return None
        total = counted(self.count + self._sound, "row")
        is_one = self.count == 1
        message = f"{self.count:,} of {total} {'is' if is_one else 'are'} refused and left out"
        fix = f"`--rejects FILE` keeps {'it' if is_one else 'them'}, with what is wrong"
        if kept_in is not None:
            fix = f"{'it is' if is_one else 'they are'} in {kept_in}, with what is wrong"
        shown = [f"{one.message}{_place(one)}" for one in self._first]
        if self.count > len(shown):
            shown.append(f"… and {self.count - len(shown):,} more rows")
        return Diagnostic("rows-skipped", message, help=fix, details=tuple(shown), file=file)


def _place(one: Diagnostic) -> str:
    return "" if one.span is None else f", in line {one.span.line:,}"


def told(found: Sequence[Diagnostic]) -> str:
    """Give what is wrong with a row in one line."""
    return printable("; ".join(f"{one.about.code} {one.rule}: {one.message}" for one in found))

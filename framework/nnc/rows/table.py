"""A table for people, written only."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import BinaryIO

from nnc.exact import shorten as in_one_line
from nnc.rows.columns import Column
from nnc.rows.output import Heading, Table, texts_of

_GAP = "   "
_TOGETHER = 4096
"""So many lines are written at once."""


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write every row, numbers to the right, as wide as it has to be; nothing is cut.

    All rows are held as texts, as the widest of a column is known at the end.
    """
    columns: list[list[str]] = [[] for _ in heading]
    is_number = [True for _ in heading]
    for result in results:
        for place, name in enumerate(heading):
            columns[place] += texts_of(result[name])
            is_number[place] &= isinstance(result[name], Column)
    padded = [
        _padded([name, *column], right=right)
        for name, column, right in zip(heading, columns, is_number, strict=True)
    ]
    lines = map(_GAP.join, zip(*padded, strict=True))
    first = next(lines)
    rule = "─" * _cells(first)
    stream.write(f"{first}\n{rule}\n".encode("utf-8", "backslashreplace"))
    while some := list(islice(lines, _TOGETHER)):
        stream.write(("\n".join(some) + "\n").encode("utf-8", "backslashreplace"))


def _padded(texts: Sequence[str], *, right: bool) -> Iterable[str]:
    """Bring texts to one width, each once, however often it stands there."""
    distinct = {text: in_one_line(text, sys.maxsize) for text in dict.fromkeys(texts)}
    width = max(map(_cells, distinct.values()))
    for text, line in distinct.items():
        blank = " " * (width - _cells(line))
        distinct[text] = blank + line if right else line + blank
    return map(distinct.__getitem__, texts)


def _cells(text: str) -> int:
    """Count the columns that a text takes on a terminal: letters of some scripts take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)

"""CSV: how it is written; what reads it is imported with the first rows that are read.

That takes longer to import than a few rows take to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from nnc.rows.columns import Column, Labels
from nnc.rows.dialect import COMMA
from nnc.rows.output import Heading, Table, text_of, texts_of

if TYPE_CHECKING:
    from nnc.rows.columns import Batch
    from nnc.rows.session import Session


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read CSV; see `nnc.rows.formats.read_rows`, also for what it raises."""
    from nnc.rows.csv import reading

    return reading.read(stream, session)


def write(
    results: Iterable[Table], stream: BinaryIO, heading: Heading, delimiter: str = COMMA
) -> None:
    """Write CSV with a header, LF line ends, and quotes only where they are needed."""
    names = list(heading)
    stream.write((delimiter.join(_safe(names, delimiter, alone=len(names) == 1)) + "\n").encode())
    lines = partial(_lines, delimiter=delimiter)
    for result in results:
        stream.write(text_of(result, names, lines))


def _lines(table: Table, names: Sequence[str], delimiter: str) -> list[str]:
    """Return each row as a line."""
    alone = len(names) == 1
    texts = [_safe_texts(table[name], delimiter, alone=alone) for name in names]
    return [delimiter.join(row) + "\n" for row in zip(*texts, strict=True)]


def _safe_texts(
    column: Column | Labels | Sequence[str], delimiter: str, *, alone: bool
) -> Sequence[str]:
    if isinstance(column, Column):
        return texts_of(column)
    if isinstance(column, Labels):
        labels = _safe(column.labels, delimiter, alone=alone)
        return [labels[code] for code in column.listed()]
    return _safe(column, delimiter, alone=alone)


def _safe(texts: Sequence[str], delimiter: str, *, alone: bool) -> list[str]:
    """Quote a text that would otherwise not be read back unchanged."""
    cells = list(texts)
    joined = "".join(cells)  # most columns need no quotes, which is seen at once
    if not any(mark in joined for mark in f'{delimiter}"\n\r') and not (alone and "" in cells):
        return cells
    has_mark = re.compile(rf'[{re.escape(delimiter)}"\n\r]').search
    return [
        '"' + cell.replace('"', '""') + '"' if has_mark(cell) or (alone and not cell) else cell
        for cell in cells
    ]

"""A table for people, written only."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, BinaryIO

from nnc.columns import Column
from nnc.rows import shown

if TYPE_CHECKING:
    from rich.console import Console


def write(
    results: Iterable[shown.Table],
    stream: BinaryIO,
    names: Sequence[str],
    *,
    console: Console | None = None,
) -> None:
    """Write every row, numbers to the right, as wide as it has to be; nothing is cut."""
    from rich import box
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    columns: list[list[str]] = [[] for _ in names]
    is_number = [True for _ in names]
    for result in results:
        for place, name in enumerate(names):
            columns[place] += shown.texts_of(result[name])
            is_number[place] &= isinstance(result[name], Column)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, right in zip(names, is_number, strict=True):
        table.add_column(Text(name), justify="right" if right else "left", no_wrap=True)
    for row in zip(*columns, strict=True):
        table.add_row(*map(Text, row))
    out = io.TextIOWrapper(stream, "utf-8", "backslashreplace", newline="\n", write_through=True)
    try:
        console = console or Console(file=out, color_system=None, legacy_windows=False)
        console.width = max(
            1, Measurement.get(console, console.options.update(width=1 << 20), table).maximum
        )
        console.print(table, crop=False, soft_wrap=False)
    finally:
        out.detach()

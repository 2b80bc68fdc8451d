"""Ways to calculate a plan: one file each, all of one signature, each exact."""

from __future__ import annotations

from nnc.engines import columns, packed, rows
from nnc.engines.native import KIND
from nnc.engines.signals import Engine

ENGINES: dict[str, Engine] = {"rows": rows.run, "columns": columns.run, "packed": packed.run}
"""`rows`: one row at a time in Python integers; `columns`: a whole column at a time in NumPy;
`packed`: 64 rows a word, in native kernels or in NumPy."""

FEW_ROWS = 24
"""Up to this many rows, one by one is faster than the overhead of NumPy's calls."""
MANY_ROWS = 4096
"""From so many rows on, packing them repays itself in NumPy too."""


def engine_for(rows: int) -> str:
    """Name the engine that is faster for this many rows."""
    if rows <= FEW_ROWS:
        return "rows"
    return "packed" if KIND is not None or rows >= MANY_ROWS else "columns"

"""Ways to calculate a plan: one file each, all of one signature, each exact."""

from __future__ import annotations

from nnc.engines import columns, rows
from nnc.engines.signals import Engine

ENGINES: dict[str, Engine] = {"rows": rows.run, "columns": columns.run}
"""`rows`: one row at a time in Python integers; `columns`: a whole column at a time in NumPy."""

FEW_ROWS = 24
"""Up to this many rows, one by one is faster than the overhead of NumPy's calls."""


def engine_for(rows: int) -> str:
    """Name the engine that is faster for this many rows."""
    return "rows" if rows <= FEW_ROWS else "columns"

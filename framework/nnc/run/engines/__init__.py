"""Ways to calculate a plan: one file each, all of one signature, each exact.

Order: products, numbers, program, native, choosing, reals, layers, signals, columns, rows, words,
packed.
"""

from __future__ import annotations

from nnc.run.engines import columns, packed, rows
from nnc.run.engines.choosing import CHOICES, Choice, How, choose
from nnc.run.engines.signals import Engine

ENGINES: dict[str, Engine] = {"rows": rows.run, "columns": columns.run, "packed": packed.run}
"""`rows`: one row at a time in Python integers; `columns`: a whole column at a time in NumPy;
`packed`: 64 rows a word, in native kernels or in NumPy."""

__all__ = ["CHOICES", "ENGINES", "Choice", "How", "choose"]

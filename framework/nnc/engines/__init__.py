"""Ways to calculate a plan: one file each, all of one signature, each exact.

Order: products, numbers, program, native, choosing, reals, layers, signals, columns, rows, words,
packed.
"""

from __future__ import annotations

from nnc.engines import columns, packed, rows
from nnc.engines.choosing import CHOICES, Choice, How, choose
from nnc.engines.signals import Engine

ENGINES: dict[str, Engine] = {"rows": rows.run, "columns": columns.run, "packed": packed.run}
"""`rows`: one row at a time in Python integers; `columns`: a whole column at a time in NumPy;
`packed`: 64 rows a word, in native kernels or in NumPy."""

__all__ = ["CHOICES", "ENGINES", "Choice", "How", "choose"]

"""Every row that bit inputs can have, in lexicographic order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nnc.columns import Batch, Column
from nnc.diagnostics import Diagnostic, InvalidRowsError
from nnc.exact import Number
from nnc.network import Input
from nnc.rows.cells import constant

MOST_BITS = 30


def truth_table(
    inputs: Mapping[str, Input],
    batch_size: int = 65536,
    *,
    fixed: Mapping[str, Number] | None = None,
) -> Iterator[Batch]:
    """Give all rows of bit inputs, the first input slowest; those in `fixed` are held constant.

    Raises InvalidRowsError, no-truth-table, at once where another input is no bit, or where more
    than 30 bits are free.
    """
    fixed = fixed or {}
    free = [name for name in inputs if name not in fixed]
    found = [
        Diagnostic(
            "no-truth-table",
            f"input `{name}` is {_KINDS[inputs[name].type]}, so there is no truth table",
            help=f"hold it constant: --set {name}=…",
        )
        for name in free
        if inputs[name].type != "bit"
    ]
    if not found and len(free) > MOST_BITS:
        found.append(
            Diagnostic(
                "no-truth-table",
                f"{len(free)} bits have 2^{len(free)} rows; at most {MOST_BITS} are allowed",
                help="hold some constant with --set, or give rows",
            )
        )
    if found:
        raise InvalidRowsError(found)
    return _rows(inputs, free, fixed, batch_size)


_KINDS = {"integer": "an integer", "real": "a real"}


def _rows(
    inputs: Mapping[str, Input], free: list[str], fixed: Mapping[str, Number], batch_size: int
) -> Iterator[Batch]:
    shifts = {name: len(free) - 1 - place for place, name in enumerate(free)}
    for start in range(0, 1 << len(free), batch_size):
        numbers = np.arange(start, min(start + batch_size, 1 << len(free)), dtype=np.int64)
        columns = [
            Column(((numbers >> shifts[name]) & 1).astype(np.uint8))
            if name in shifts
            else constant(fixed[name], one, len(numbers))
            for name, one in inputs.items()
        ]
        yield Batch(tuple(columns), len(numbers))

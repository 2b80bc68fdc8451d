"""The engines that evaluate a plan: all exact, with the same signature.

Order: products, convolutions, program, native, numbers, sums, tallies, layers, engine, words,
windows, parts, signals, packed, single.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnc.compiler.plan import Plan
from nnc.lazy import names_of
from nnc.rows.columns import Batch
from nnc.run.engines import engine
from nnc.run.engines.engine import (
    MANY_ROWS,
    Choice,
    Engine,
    How,
    Signals,
    Totals,
    Wanted,
    choose,
    cores,
    done_work,
    element_columns,
    evaluate_row,
    input_values,
    layer_sums,
    pack_bits,
)

if TYPE_CHECKING:
    from nnc.run.engines.packed import chunks, count_ones, ones_of
    from nnc.run.engines.signals import PackedSignals
    from nnc.run.engines.single import Single, SinglePicture, single_of
    from nnc.run.engines.sums import BoundedColumn, largest_bounded
    from nnc.run.engines.tallies import SparseTallies, sparse_of

__getattr__ = names_of(
    __name__,
    {
        "BoundedColumn": "sums",
        "PackedSignals": "signals",
        "Single": "single",
        "SinglePicture": "single",
        "SparseTallies": "tallies",
        "chunks": "packed",
        "count_ones": "packed",
        "largest_bounded": "sums",
        "ones_of": "packed",
        "single_of": "single",
        "sparse_of": "tallies",
    },
)


def _packed(plan: Plan, batch: Batch, wanted: Wanted) -> Signals:
    from nnc.run.engines.packed import run

    return run(plan, batch, wanted)


ENGINES: dict[str, Engine] = {"scalar": engine.run, "packed": _packed}
"""`scalar` evaluates one row at a time in Python integers; `packed`, imported on first use, 64 rows
per word in native kernels or NumPy.
"""

__all__ = [
    "ENGINES",
    "MANY_ROWS",
    "BoundedColumn",
    "Choice",
    "Engine",
    "How",
    "PackedSignals",
    "Signals",
    "Single",
    "SinglePicture",
    "SparseTallies",
    "Totals",
    "Wanted",
    "choose",
    "chunks",
    "cores",
    "count_ones",
    "done_work",
    "element_columns",
    "evaluate_row",
    "input_values",
    "largest_bounded",
    "layer_sums",
    "ones_of",
    "pack_bits",
    "single_of",
    "sparse_of",
]

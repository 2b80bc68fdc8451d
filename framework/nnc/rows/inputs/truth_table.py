"""Every row that inputs of bits and choices can have, in lexicographic order."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.exact import counted
from nnc.language.network import Input
from nnc.rows.columns import Batch, Column, Counting, Labels, bus_bits
from nnc.rows.inputs.cells import constant
from nnc.rows.inputs.value import Value

MOST_BITS = 30


def truth_table(
    inputs: Mapping[str, Input],
    batch_size: int = 65536,
    *,
    fixed: Mapping[str, Value] | None = None,
    only: int | None = None,
) -> Iterator[Batch]:
    """Give all rows of bits and choices, the first input slowest; those in `fixed` are constant.

    With `only` there is at most the row of that number, from 0, and none before it is made.
    A bus counts as its unsigned integer, a choice as its values stand in `of`. Raises
    InvalidRowsError, no-truth-table, at once where another input is a number, or where there are
    more than 2**30 rows.
    """
    fixed = fixed or {}
    found = [
        Diagnostic(
            "no-truth-table",
            f"input `{name}` is {_kind(one)}, so there is no truth table",
            help=f"hold it constant: --set {name}=…",
        )
        for name, one in inputs.items()
        if name not in fixed and one.type not in ("bit", "choice")
    ]
    if not found and row_count(inputs, fixed) > 1 << MOST_BITS:
        found.append(_too_many(inputs, fixed))
    if found:
        raise InvalidRowsError(found)
    return _rows(inputs, fixed, batch_size, only)


def row_count(inputs: Mapping[str, Input], fixed: Container[str]) -> int:
    """Count the rows of a truth table of bits and choices."""
    return math.prod(_values(one) for name, one in inputs.items() if name not in fixed)


def _values(one: Input) -> int:
    """Count the values of an input; those of wide buses are told to be very many."""
    return len(one.of) if one.of is not None else 1 << min(one.width, 1 << 16)


def _kind(one: Input) -> str:
    kind = f"{one.type}s" if one.is_bus else one.type
    return f"a bus of {kind}" if one.is_bus else f"{'an' if kind == 'integer' else 'a'} {kind}"


def _too_many(inputs: Mapping[str, Input], fixed: Container[str]) -> Diagnostic:
    free = [one for name, one in inputs.items() if name not in fixed]
    bits = sum(one.width for one in free if one.of is None)
    told = f"{counted(bits, 'bit')} have 2^{bits} rows"
    if any(one.of is not None for one in free):
        told = f"the inputs have at least 2^{row_count(inputs, fixed).bit_length() - 1} rows"
    return Diagnostic(
        "no-truth-table",
        f"{told}; at most 2^{MOST_BITS} are allowed",
        help="hold some constant with --set, or give rows",
    )


def _rows(
    inputs: Mapping[str, Input], fixed: Mapping[str, Value], batch_size: int, only: int | None
) -> Iterator[Batch]:
    total = row_count(inputs, fixed)
    starts = range(0, total, batch_size)
    if only is not None:
        starts, batch_size = range(only, min(only + 1, total)), 1
    for start in starts:
        count = min(batch_size, total - start)
        columns: list[Column | Labels] = []
        repeated = total
        for name, one in inputs.items():
            if name in fixed:
                columns.append(constant(fixed[name], one, count))
                continue
            repeated //= _values(one)
            is_packed = only is None and one.of is None and repeated & (repeated - 1) == 0
            if is_packed:  # bits of the row's number
                place = repeated.bit_length() - 1
                places = tuple(range(place, place + one.width))
                columns.append(Counting(start, count, places, is_bus=one.is_bus))
                continue
            numbers = np.arange(start, start + count, dtype=np.int64)
            columns.append(_column(numbers // repeated % _values(one), one))
        yield Batch(tuple(columns), count)


def _column(numbers: NDArray[np.int64], one: Input) -> Column | Labels:
    if one.of is not None:
        return Labels(numbers, one.of)
    return Column(bus_bits(numbers, one.width) if one.is_bus else numbers.astype(np.uint8))

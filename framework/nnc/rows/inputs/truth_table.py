"""Every row that inputs of bits and choices can have, in lexicographic order."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.language.network import BITS, Input
from nnc.lazy import np
from nnc.numbers.exact import counted
from nnc.rows.columns import Batch, Column, Labels, TruthTableColumn, bus_bits
from nnc.rows.inputs.cells import constant
from nnc.rows.inputs.value import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BITS = 30


def truth_table(
    inputs: Mapping[str, Input],
    batch_size: int = 65536,
    *,
    fixed: Mapping[str, Value] | None = None,
    only: int | None = None,
) -> Iterator[Batch]:
    """Yield all rows of bits and choices, the first input slowest; those in `fixed` are constant.

    With `only` there is at most the row of that number, from 0, and none before it is made.
    A bus counts as its unsigned integer, a choice as its values stand in `of`. Raises
    InvalidRowsError, no-truth-table, at once where another input is a number, or where there are
    more than 2**30 rows.
    """
    fixed = fixed or {}
    diagnostics = [
        Diagnostic(
            "no-truth-table",
            f"input `{name}` is {_kind(input_)}, so there is no truth table",
            help=f"hold it constant: --set {name}=…",
        )
        for name, input_ in inputs.items()
        if name not in fixed and input_.type not in ("bit", "choice")
    ]
    if not diagnostics and row_count(inputs, fixed) > 1 << MAX_BITS:
        diagnostics.append(_too_many(inputs, fixed))
    if diagnostics:
        raise InvalidRowsError(diagnostics)
    return _rows(inputs, fixed, batch_size, only)


def row_count(inputs: Mapping[str, Input], fixed: Container[str]) -> int:
    """Count the rows of a truth table of bits and choices."""
    return math.prod(value_count(input_) for name, input_ in inputs.items() if name not in fixed)


def value_count(input_: Input) -> int:
    """Count the values of an input; for a wide bus the count is only known to be very large."""
    return len(input_.of) if input_.of is not None else 1 << min(input_.width, 1 << 16)


def value_of(input_: Input, number: int) -> object:
    """Return a value of bits or of a choice by its number, as `row_count` counts them."""
    if input_.of is not None:
        return input_.of[number]
    bits = [(input_.states or BITS)[number >> i & 1] for i in range(input_.width)]
    return bits if input_.is_bus else bits[0]


def _kind(input_: Input) -> str:
    kind = f"{input_.type}s" if input_.is_bus else input_.type
    return f"a bus of {kind}" if input_.is_bus else f"{'an' if kind == 'integer' else 'a'} {kind}"


def _too_many(inputs: Mapping[str, Input], fixed: Container[str]) -> Diagnostic:
    free = [input_ for name, input_ in inputs.items() if name not in fixed]
    bits = sum(input_.width for input_ in free if input_.of is None)
    rows = f"{counted(bits, 'bit')} have 2^{bits} rows"
    if any(input_.of is not None for input_ in free):
        rows = f"the inputs have at least 2^{row_count(inputs, fixed).bit_length() - 1} rows"
    return Diagnostic(
        "no-truth-table",
        f"{rows}; at most 2^{MAX_BITS} are allowed",
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
        for name, input_ in inputs.items():
            if name in fixed:
                columns.append(constant(fixed[name], input_, count))
                continue
            repeated //= value_count(input_)
            is_packed = only is None and input_.of is None and repeated & (repeated - 1) == 0
            if is_packed:  # bits of the row's number
                place = repeated.bit_length() - 1
                places = tuple(range(place, place + input_.width))
                columns.append(TruthTableColumn(start, count, places, is_bus=input_.is_bus))
                continue
            numbers = np.arange(start, start + count, dtype=np.int64)
            columns.append(_column(numbers // repeated % value_count(input_), input_))
        yield Batch(tuple(columns), count)


def _column(numbers: NDArray[np.int64], input_: Input) -> Column | Labels:
    if input_.of is not None:
        return Labels(numbers, input_.of)
    return Column(bus_bits(numbers, input_.width) if input_.is_bus else numbers.astype(np.uint8))

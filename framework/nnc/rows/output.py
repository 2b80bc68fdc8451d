"""Columns as people see them, as exact texts and as floats, for all writers of rows.

Inputs are shown by their states and integers. Rows of text are made once for each distinct one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.language.network import Input
from nnc.lazy import np
from nnc.numbers.exact import (
    LARGEST_WHOLE,
    Number,
    decimal_places,
    exact_float,
    magnitude,
    show_number,
)
from nnc.numbers.integers import Array, fits_floats, objects
from nnc.rows.column_types import ColumnType
from nnc.rows.columns import Column, Labels, LazyColumn, LazyLabels, integers_of, of_states

if TYPE_CHECKING:
    from numpy.typing import NDArray

Table = Mapping[str, Column | Labels | Sequence[str]]
"""Results of a batch, with any extras that are kept beside them."""

Heading = Mapping[str, ColumnType | None]
"""The columns to write, in their order, with what each can hold, where that is known."""

Lines = Callable[[Table, Sequence[str]], list[str]]
"""Makes the lines of some rows."""

_BITS = ("0", "1")
_MAX_VALUES = 1 << 12  # in the range of a column
_MAX_ROWS = 1 << 16  # rows that could be distinct
_REPEATED = 4  # searching pays from this many rows per distinct row on


class Numerals(list[str]):
    """Numbers as texts."""


def json_column(column: Column | Labels, *, floats: bool) -> Column | Labels | Sequence[str]:
    """Make all values of a column, of which some are not small integers, one type in JSON.

    That is text, exact; with `floats` the nearest number that 64 bits hold, or an integer up to
    2^53. Raises OverflowError beyond what 64 bits hold.
    """
    if isinstance(column, Labels):
        return column
    if not floats:
        return texts_of(column)
    nearest = {value: _nearest(value) for value in set(column.values())}
    return Numerals(nearest[value] for value in column.values())


def _nearest(value: Number) -> str:
    if value.denominator == 1 and magnitude(value) < LARGEST_WHOLE:
        return str(value)
    return repr(float(value))


def shown_inputs(
    name: str, input_: Input, column: Column | Labels, *, bits: bool = False
) -> dict[str, Column | Labels]:
    """Return the column of an input as a row would give it: its states, its unsigned integer.

    A bus that is not an unsigned integer, or with `bits` any bus, has a column for each element,
    named as `nnc.rows.inputs.names.column_names` does.
    """
    if isinstance(column, Labels) or input_.size is None:
        return {name: _by_states(column, input_)}
    if input_.is_integer_bus and not bits:
        return {name: integers_of(column)}
    names = input_.element_names(name)
    return {
        each: _by_states(element, input_)
        for each, element in zip(names, column.elements(), strict=True)
    }


def _by_states(column: Column | Labels, input_: Input) -> Column | Labels:
    if isinstance(column, Labels) or input_.type != "bit":
        return column
    if isinstance(column, LazyColumn):
        return column.of_states(input_.state_values)
    return of_states(column.numerators, input_.state_values)


def texts_of(column: Column | Labels | Sequence[str]) -> list[str]:
    """Print every row exactly; integers fast, others once for each distinct value."""
    if isinstance(column, Labels):
        return column.values()
    if not isinstance(column, Column):
        return list(column)
    if isinstance(column, LazyColumn):
        return [show_number(value) for value in column.exact]
    raw = column.numerators.tolist()
    kind = column.numerators.dtype
    if column.denominator == 1 and kind.kind in "ui":
        if kind.itemsize == 1 and len(raw) > 0 and column.numerators.max() <= 1:
            return [_BITS[bit] for bit in raw]
        return list(map(str, raw))
    if kind.kind == "i" and (places := decimal_places(column.denominator)):
        scale = 10**places // column.denominator
        return [_decimal(numerator * scale, places) for numerator in raw]
    kinds = list(set(raw))
    numbers = Column(objects(kinds), column.denominator).values()
    texts = dict(zip(kinds, map(show_number, numbers), strict=True))
    return [texts[stored] for stored in raw]


def _decimal(scaled: int, places: int) -> str:
    """Print `scaled / 10**places` without a trailing zero."""
    digits = f"{abs(scaled):0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text


# ----------------------------------------------------------------------------------- floats


def floats_of(column: Column, name: str, start: int) -> NDArray[np.float64]:
    """Return a column as floats; `start` is its first row.

    Raises InvalidRowsError, not-representable, for what no float64 is exactly.
    """
    fast = _fast(column)
    if fast is not None:
        return fast
    exact: dict[Number, float] = {}
    values = column.values()
    for row, value in enumerate(values):
        if value not in exact:
            nearest = exact_float(value)
            if nearest is None:
                raise not_representable(
                    f"column `{name}` is {show_number(value)} in row {start + row + 1}, which "
                    "float64 cannot hold exactly"
                )
            exact[value] = nearest
    return np.array([exact[value] for value in values], np.float64)


def are_floats(column: Column) -> bool:
    """Return whether every value is exactly a float64."""
    if _fast(column) is not None:
        return True
    return all(exact_float(value) is not None for value in set(column.values()))


def _fast(column: Column) -> NDArray[np.float64] | None:
    """Return floats, and small integers over a power of two, as floats; None for others."""
    numerators, below = column.numerators, column.denominator
    if below & (below - 1) or below > LARGEST_WHOLE or not fits_floats(numerators):
        return None
    if numerators.dtype.kind == "f":
        return numerators.astype(np.float64) if below == 1 else None
    return numerators.astype(np.float64) / below


def not_representable(message: str, hint: str = "use --to csv") -> InvalidRowsError:
    """Return the error that a format cannot hold a result."""
    return InvalidRowsError([Diagnostic("not-representable", message, help=hint)])


# ---------------------------------------------------------------------------- distinct rows


def text_of(table: Table, names: Sequence[str], lines: Lines, between: str = "") -> bytes:
    """Return the lines of all rows, joined."""
    few = _distinct(table, names)
    if few is None:
        return between.join(lines(table, names)).encode("utf-8", "backslashreplace")
    rows, places = few
    sample = {name: _taken(table[name], rows) for name in names}
    once = objects([line.encode("utf-8", "backslashreplace") for line in lines(sample, names)])
    return between.encode().join(once[places].tolist())


def _distinct(table: Table, names: Sequence[str]) -> tuple[Array, Array] | None:
    """Return one row of each kind, and for every row the place of its kind; None for many kinds."""
    codes = [_codes(table[name]) for name in names]
    known = [code for code in codes if code is not None]
    if len(known) < len(codes) or not known or not len(known[0][0]):
        return None
    if math.prod(size for _, size in known) > _MAX_ROWS:
        return None
    kinds, total = known[0][0].astype(np.intp), known[0][1]
    for code, size in known[1:]:
        kinds = kinds * size + code
        total *= size
    first = np.full(total, -1)
    first[kinds] = np.arange(len(kinds))
    used = np.flatnonzero(first >= 0)
    if len(used) * _REPEATED > len(kinds):
        return None
    place = np.empty(total, np.intp)
    place[used] = np.arange(len(used))
    return first[used], place[kinds]


def _codes(column: Column | Labels | Sequence[str]) -> tuple[Array, int] | None:
    """Return small numbers in the place of values, and their range; None for many values."""
    if isinstance(column, LazyColumn | LazyLabels):
        return None
    if isinstance(column, Labels):
        return column.codes, len(column.labels)
    if not isinstance(column, Column):
        return None
    if column.numerators.dtype.kind not in "ui":
        return None
    if not len(column):
        return None
    least, most = int(column.numerators.min()), int(column.numerators.max())
    if most - least >= _MAX_VALUES:
        return None
    return column.numerators - least, most - least + 1


def _taken(column: Column | Labels | Sequence[str], rows: Array) -> Column | Labels:
    if isinstance(column, Labels):
        return Labels(column.codes[rows], column.labels)
    assert isinstance(column, Column)
    return Column(column.numerators[rows], column.denominator)

"""Columns as people see them: inputs by their states and integers, and all as exact texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from nnc.exact import Number, decimal_places, show_number, simplest
from nnc.language.network import Input
from nnc.rows.columns import Column, Labels, bus_column, of_states
from nnc.rows.written.kinds import Kind

Table = Mapping[str, Column | Labels | Sequence[str]]
"""Results of a batch, with any extras that are kept beside them."""

Heading = Mapping[str, Kind | None]
"""The columns to write, in their order, with what each can hold, where that is known."""

_BITS = ("0", "1")


class JsonNumbers(list[str]):
    """Numbers as they stand in JSON."""


def json_column(column: Column | Labels, *, floats: bool) -> Column | Labels | Sequence[str]:
    """Give a column of which not all values are small integers one type in JSON.

    That is text, exact; with `floats` the nearest number that 64 bits hold, or an integer up to
    2^53. Raises OverflowError beyond what 64 bits hold.
    """
    if isinstance(column, Labels):
        return column
    if not floats:
        return texts_of(column)
    shown = {one: _nearest(one) for one in set(column.values())}
    return JsonNumbers(shown[one] for one in column.values())


def _nearest(value: Number) -> str:
    if value.denominator == 1 and abs(Fraction(value)) < 1 << 53:
        return str(value)
    return repr(float(value))


def shown_inputs(
    name: str, one: Input, column: Column | Labels, *, bits: bool = False
) -> dict[str, Column | Labels]:
    """Give the column of an input as a row would give it: its states, its unsigned integer.

    A bus that is no unsigned integer, or with `bits` any bus, has a column for each element, named
    as `nnc.rows.inputs.names.column_names` does.
    """
    if isinstance(column, Labels) or one.size is None:
        return {name: _shown(column, one)}
    if one.is_integer_bus and not bits:
        return {name: bus_column(column.numerators)}
    names = one.element_names(name)
    return {
        each: _shown(element, one) for each, element in zip(names, column.elements(), strict=True)
    }


def _shown(column: Column | Labels, one: Input) -> Column | Labels:
    if isinstance(column, Labels) or one.type != "bit":
        return column
    return of_states(column.numerators, one.state_values)


def texts_of(column: Column | Labels | Sequence[str]) -> list[str]:
    """Print every row exactly; integers fast, others once for each distinct value."""
    if isinstance(column, Labels):
        return column.values()
    if not isinstance(column, Column):
        return list(column)
    raw = column.numerators.tolist()
    kind = column.numerators.dtype
    if column.denominator == 1 and kind.kind in "ui":
        if kind.itemsize == 1 and len(raw) > 0 and column.numerators.max() <= 1:
            return [_BITS[one] for one in raw]
        return list(map(str, raw))
    if kind.kind == "i" and (places := decimal_places(column.denominator)):
        scale = 10**places // column.denominator
        return [_decimal(one * scale, places) for one in raw]
    shown = {one: show_number(simplest(Fraction(one) / column.denominator)) for one in set(raw)}
    return [shown[one] for one in raw]


def _decimal(scaled: int, places: int) -> str:
    """Print `scaled / 10**places` without a trailing zero."""
    digits = f"{abs(scaled):0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text

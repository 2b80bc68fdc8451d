"""Rows of bits that another library gives by the places of their ones, as SciPy's sparse arrays do.

Such an array is known by its attributes: SciPy is not imported. Its ones become bytes only where,
and for as many rows at a time as, an engine reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeGuard

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.language.network import BITS, Input
from nnc.lazy import np
from nnc.numbers.exact import Refused, counted
from nnc.numbers.integers import Array
from nnc.rows.columns import Column


class SparseColumn(Column):
    """The bits of a bus, rows x width: those of row i are 1 at indices[indptr[i]:indptr[i + 1]]."""

    denominator = 1

    def __init__(self, indptr: Array, indices: Array, width: int) -> None:
        self.indptr, self.indices, self.width = indptr, indices, width

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @cached_property
    def numerators(self) -> Array:
        """The bits as bytes."""
        bits = np.zeros((len(self), self.width), np.uint8)
        rows = np.repeat(np.arange(len(self)) * self.width, np.diff(self.indptr))
        bits.reshape(-1)[rows + self.indices[self.indptr[0] : self.indptr[-1]]] = 1
        return bits

    def near(self) -> tuple[Array, Array]:
        """Return where each row starts, and the places of its ones, of these rows alone."""
        first, last = self.indptr[0], self.indptr[-1]
        starts = (self.indptr - first).astype(np.int64)
        return starts, np.ascontiguousarray(self.indices[first:last], np.int32)

    def cut(self, begin: int, end: int) -> SparseColumn:
        """Return the rows from `begin` to before `end`."""
        return SparseColumn(self.indptr[begin : end + 1], self.indices, self.width)

    def chosen(self, elements: Array) -> SparseColumn:
        """Return the bits of those elements that are marked."""
        starts, places = self.near()
        chosen, at = np.flatnonzero(elements), np.flatnonzero(elements[places])
        rank = np.searchsorted(chosen, places[at])
        return SparseColumn(np.searchsorted(at, starts), rank, len(chosen))


def is_sparse(value: object) -> TypeGuard[Any]:
    """Return whether a value is a sparse array, or a sparse matrix, of two dimensions."""
    return hasattr(value, "tocsr") and len(getattr(value, "shape", ())) == 2


def sparse_columns(rows: Any, inputs: Mapping[str, Input]) -> dict[str, Any]:
    """Take the columns of a sparse array, rows x inputs, whose width is theirs.

    Raises InvalidRowsError where an input is not of bits, or the array not of bool or integers, or
    damaged.
    """
    for name, input_ in inputs.items():
        if input_.type != "bit":
            message = f"input `{name}` is of type {input_.type}, and sparse rows hold bits"
            hint = "call their method toarray(), or give a mapping of inputs to values"
            raise InvalidRowsError([Diagnostic("wrong-type", message, help=hint)])
    if len(inputs) == 1 and all(input_.is_bus for input_ in inputs.values()):
        return dict.fromkeys(inputs, rows)  # checked as the value of the bus
    try:
        by_column = _by_row(rows).tocsc()  # a copy; whose columns are cut out without a search
    except Refused as error:
        refusal = Diagnostic(error.rule, error.message, help=error.help or None)
        raise InvalidRowsError([refusal]) from None
    by_column.sum_duplicates()
    columns, at = {}, 0
    for name, input_ in inputs.items():
        if input_.is_bus:
            columns[name] = by_column[:, at : at + input_.width].tocsr()
        else:
            first, last = by_column.indptr[at : at + 2]
            columns[name] = np.zeros(rows.shape[0], by_column.dtype)
            columns[name][by_column.indices[first:last]] = by_column.data[first:last]
        at += input_.width
    return columns


def bits_of_sparse(value: Any, input_: Input) -> SparseColumn:
    """Read a sparse array for a bus of bits: what is given twice is added up, and 0 is none.

    Raises Refused for another shape, and for values that are not 0 or 1, bool or integers.
    """
    if input_.type != "bit" or input_.size is None or input_.state_values != BITS:
        hint = "call its method toarray(); sparse rows are for a bus of bits"
        raise Refused("bad-value", "expected numbers, found a sparse array", hint)
    if value.shape[1] != input_.width:
        width = counted(value.shape[1], "column")
        message = f"the array has {width}, the bus {counted(input_.width, 'element')}"
        raise Refused("bad-value", message, "give two dimensions, rows x elements")
    by_row = _by_row(value)
    if not by_row.has_canonical_format or not by_row.data.all():
        by_row = by_row.copy()  # nothing of the caller is changed
        by_row.sum_duplicates()
        by_row.eliminate_zeros()
    wrong = np.flatnonzero(by_row.data != 1) if by_row.dtype != bool else np.empty(0, int)
    if len(wrong):
        row = int(np.searchsorted(by_row.indptr, wrong[0], side="right")) - 1
        value, place = by_row.data[wrong[0]], by_row.indices[wrong[0]]
        raise Refused(
            "bad-value", f"row {row}, element {place}: expected 0 or 1, found {value}", ""
        )
    return SparseColumn(by_row.indptr, by_row.indices, input_.width)


def _by_row(value: Any) -> Any:
    """Return a sparse array as compressed rows. Raises Refused for other types, and for damage."""
    dtype = getattr(value, "dtype", np.dtype(bool))
    if dtype.kind not in "bui":
        hint = "give them as bool or integers: array.astype(bool)"
        raise Refused("bad-value", f"expected bits, found a sparse array of {dtype}", hint)
    try:
        _check(value)
        by_row = value.tocsr()
        if by_row is not value:
            _check(by_row)
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        raise Refused("bad-value", f"the sparse array is damaged: {error}", "") from None
    return by_row


def _check(value: Any) -> None:
    """Raise ValueError where a sparse array is damaged: its arrays can be written by anybody.

    SciPy follows places without a look, and asks of compressed ones less than it needs.
    """
    form = getattr(value, "format", None)
    if hasattr(value, "check_format"):
        if not {value.indptr.dtype.kind, value.indices.dtype.kind} <= {"i", "u"}:
            raise ValueError("indptr and indices must be integers")
        value.check_format()  # which leaves integers with a sign
        if (value.indptr[1:] < value.indptr[:-1]).any():  # also where the last is 0
            raise ValueError("indptr must be a non-decreasing sequence")
    elif form in ("coo", "dia"):
        if form == "coo" and not {value.row.dtype.kind, value.col.dtype.kind} <= {"i", "u"}:
            raise ValueError("row and col must be integers")
        own = next(kind for kind in type(value).__mro__ if kind.__module__.startswith("scipy."))
        own(value)  # looks at the arrays, and copies none
    elif form == "lil":
        rows, data = ([*map(len, lists)] for lists in (value.rows, value.data))
        if rows != data:
            raise ValueError("rows and data must have lists of the same lengths")
        if len(rows) != value.shape[0]:
            raise ValueError(f"rows and data must have {value.shape[0]} lists")

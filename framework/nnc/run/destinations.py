"""Check and fill arrays of the caller that receive outputs.

Names, types, widths and memory are checked before anything is read or evaluated. The number of rows
is checked as soon as it is known, which for data frames is after evaluation.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import closest
from nnc.lazy import np
from nnc.numbers.exact import names_and_more
from nnc.numbers.integers import Array
from nnc.rows.columns import Batch, Column, TruthTableColumn
from nnc.rows.inputs.sparse import SparseColumn

OutputArrays = Mapping[str, "Array"]
"""An array for each output, by alias."""
Arrays = dict[str, "Array"]
_NUMBERS = ("int64", "object")


class _Expected(NamedTuple):
    """The expected shape (None for any length), dtypes and axes of an output's array."""

    shape: tuple[int | None, ...]
    types: tuple[str, ...]
    axes: str


def for_outputs(plan: Plan, out: object) -> Arrays:
    """Return the caller's arrays in the order of the outputs, for any number of rows.

    Raises TypeError if one is not an array, and ValueError if one is missing or differs from what
    `nnc.evaluate` would return.
    """
    expected = {}
    for tap in plan.outputs:
        shape = (None, tap.width) if tap.is_bus else (None,)
        expected[tap.alias] = _Expected(shape, _types(tap), "rows x size" if tap.is_bus else "rows")
    return _checked(out, expected)


def check_rows(arrays: Arrays, rows: int) -> None:
    """Raise ValueError if an array from `for_outputs` does not have this number of rows."""
    for alias, array in arrays.items():
        if len(array) != rows:
            axes = "rows x size" if array.ndim == 2 else "rows"
            raise _wrong_shape(alias, array, (rows, *array.shape[1:]), axes)


def for_table(taps: Sequence[Tap], out: object, rows: int) -> Arrays:
    """Return the caller's arrays for the packed outputs of a truth table; see `for_outputs`."""
    words = -(-rows // 64)
    shapes = {
        tap.alias: _Expected((tap.width, words), ("uint64",), "elements x words") for tap in taps
    }
    return _checked(out, shapes, " of the values 0 and 1")


def _types(tap: Tap) -> tuple[str, ...]:
    if tap.is_bits:
        return ("uint8",)
    if tap.kind in ("level", "largest"):
        return ("object",) if tap.labels else ("int64",)
    return _NUMBERS


def _checked(out: object, expected: Mapping[str, _Expected], which: str = "") -> Arrays:
    if not isinstance(out, Mapping):
        raise TypeError(f"out is of type {type(out).__name__}; give a dict of an array per output")
    for name in out:
        if name not in expected:
            near = closest(str(name), list(expected))
            listed = names_and_more(list(expected)) or "none"
            hint = f"did you mean `{near}`?" if near else f"the outputs{which} are {listed}"
            raise ValueError(
                f"out has an array for `{name}`, which is not an output{which}; {hint}"
            )
    arrays: Arrays = {}
    for alias, wanted in expected.items():
        if alias not in out:
            raise ValueError(f"out has no array for output `{alias}`; give one for each output")
        arrays[alias] = _array(alias, out[alias], wanted)
    _check_apart(arrays)
    return arrays


def _check_apart(arrays: Arrays) -> None:
    """Raise ValueError if two arrays overlap; it suffices to compare neighbours in memory."""
    names = list(arrays)
    extents = sorted((*_extent(array), i) for i, array in enumerate(arrays.values()) if array.size)
    for (_, end, former), (start, _, other) in pairwise(extents):
        if start < end:
            first, second = names[min(former, other)], names[max(former, other)]
            message = f"out[{first!r}] and out[{second!r}] share memory"
            raise ValueError(f"{message}; give each output an array of its own")


def _extent(array: Array) -> tuple[int, int]:
    """Return the address of the first byte of a nonempty array, and that after its last byte."""
    start: int = array.__array_interface__["data"][0]
    if array.flags.c_contiguous:
        return start, start + array.nbytes
    ways = [(size - 1) * stride for size, stride in zip(array.shape, array.strides, strict=True)]
    end = start + sum(way for way in ways if way > 0) + array.itemsize
    return start + sum(way for way in ways if way < 0), end


def _array(alias: str, array: object, expected: _Expected) -> Array:
    name = f"out[{alias!r}]"
    if not isinstance(array, np.ndarray) or type(array) not in (np.ndarray, np.memmap):
        raise TypeError(f"{name} is of type {type(array).__name__}; give a NumPy array")
    if array.dtype not in [np.dtype(name) for name in expected.types]:
        types = " or ".join(expected.types)
        raise ValueError(f"{name} has the dtype {array.dtype}; give an array of {types}")
    if array.ndim != len(expected.shape) or any(
        wanted not in (None, size) for size, wanted in zip(array.shape, expected.shape, strict=True)
    ):
        raise _wrong_shape(alias, array, expected.shape, expected.axes)
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} has gaps or another order; give an array that is C-contiguous")
    if not array.flags.writeable:
        raise ValueError(f"{name} is read-only; give an array that can be written")
    return array


def _wrong_shape(alias: str, array: Array, shape: tuple[int | None, ...], axes: str) -> ValueError:
    # a one-tuple is written (4,); an unknown number of rows by name
    sizes = ", ".join("rows" if size is None else str(size) for size in shape)
    expected = f"({sizes},)" if len(shape) == 1 else f"({sizes})"
    message = f"out[{alias!r}] has the shape {array.shape}; give one of {expected}, {axes}"
    return ValueError(message)


def are_apart(arrays: Arrays, batch: Batch) -> bool:
    """Return True if no array shares memory with the rows, which are read while it is filled."""
    read: list[Array] = []
    for column in batch.columns:
        if isinstance(column, SparseColumn):
            read += column.indptr, column.indices
        elif not isinstance(column, TruthTableColumn):
            read.append(column.numerators if isinstance(column, Column) else column.codes)
    owned = sorted(_extent(array) for array in arrays.values() if array.size)
    for start, end in (_extent(values) for values in read if values.size):
        place = bisect_left(owned, (end,))  # disjoint, so the last to start is the last to end
        if place and owned[place - 1][1] > start:
            return False
    return True


def fill(arrays: Arrays, outputs: Mapping[str, Array]) -> Arrays:
    """Copy outputs that are not yet in the arrays into them, and return the arrays.

    Raises ValueError if an int64 array cannot hold a number.
    """
    for alias, array in arrays.items():
        own = outputs[alias]
        if own is array:
            continue
        if not np.can_cast(own.dtype, array.dtype):
            message = f"out[{alias!r}] has the dtype {array.dtype}, which not every number fits"
            raise ValueError(f"{message}; give an array of object")
        array[...] = own
    return arrays

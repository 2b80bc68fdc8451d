"""Arrays of the caller that outputs are written into, checked before anything is evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import closest
from nnc.exact import names_and_more
from nnc.late import np
from nnc.rows.columns import Batch, Column, TruthTableColumn
from nnc.rows.inputs.compressed import SparseColumn

if TYPE_CHECKING:
    from numpy.typing import NDArray

Given = Mapping[str, "NDArray[Any]"]
"""An array for each output, by its alias."""
Arrays = dict[str, "NDArray[Any]"]
_NUMBERS = ("int64", "object")


class _Expected(NamedTuple):
    """What the array of an output has to be, and its axes in words."""

    shape: tuple[int, ...]
    types: tuple[str, ...]
    axes: str


def for_rows(plan: Plan, out: object, rows: int) -> Arrays:
    """Return the arrays given for the outputs of some rows, in the order of the outputs.

    Raises TypeError where one is no array, and ValueError where one is missing, or is not what
    `nnc.evaluate` would return.
    """
    expected = {}
    for tap in plan.outputs:
        shape = (rows, tap.width) if tap.is_bus else (rows,)
        expected[tap.alias] = _Expected(shape, _types(tap), "rows x size" if tap.is_bus else "rows")
    return _checked(out, expected)


def for_table(taps: Sequence[Tap], out: object, rows: int) -> Arrays:
    """Return the arrays given for the packed outputs of a truth table, as `for_rows` does."""
    words = -(-rows // 64)
    return _checked(
        out,
        {tap.alias: _Expected((tap.width, words), ("uint64",), "elements x words") for tap in taps},
    )


def _types(tap: Tap) -> tuple[str, ...]:
    if tap.kind in ("bit", "bus") and tap.states is None:
        return ("uint8",)
    if tap.kind in ("level", "largest"):
        return ("object",) if tap.labels else ("int64",)
    return _NUMBERS


def _checked(out: object, expected: Mapping[str, _Expected]) -> Arrays:
    if not isinstance(out, Mapping):
        raise TypeError(f"out is of type {type(out).__name__}; give a dict of an array per output")
    for name in out:
        if name not in expected:
            near = closest(str(name), list(expected))
            hint = (
                f"did you mean `{near}`?"
                if near
                else f"the outputs are {names_and_more(list(expected))}"
            )
            raise ValueError(f"out has an array for `{name}`, which is no output here; {hint}")
    arrays: Arrays = {}
    for alias, wanted in expected.items():
        if alias not in out:
            raise ValueError(f"out has no array for output `{alias}`; give one for each output")
        arrays[alias] = _array(alias, out[alias], wanted)
    names = list(arrays)
    for i, name in enumerate(names):
        for other in names[:i]:
            if np.may_share_memory(arrays[name], arrays[other]):  # exact for what has no gaps
                message = f"out[{other!r}] and out[{name!r}] share memory"
                raise ValueError(f"{message}; give each output an array of its own")
    return arrays


def _array(alias: str, array: object, expected: _Expected) -> NDArray[Any]:
    name = f"out[{alias!r}]"
    if not isinstance(array, np.ndarray) or type(array) not in (np.ndarray, np.memmap):
        raise TypeError(f"{name} is of type {type(array).__name__}; give a NumPy array")
    if array.dtype not in [np.dtype(name) for name in expected.types]:
        types = " or ".join(expected.types)
        raise ValueError(f"{name} has the dtype {array.dtype}; give an array of {types}")
    if array.shape != expected.shape:
        message = f"{name} has the shape {array.shape}; give one of {expected.shape}"
        raise ValueError(f"{message}, {expected.axes}")
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} has gaps or another order; give an array that is C-contiguous")
    if not array.flags.writeable:
        raise ValueError(f"{name} is read-only; give an array that can be written")
    return array


def are_apart(arrays: Arrays, batch: Batch) -> bool:
    """Return whether no array shares memory with the rows, which are read while it is written."""
    read: list[NDArray[Any]] = []
    for column in batch.columns:
        if isinstance(column, SparseColumn):
            read += column.indptr, column.indices
        elif not isinstance(column, TruthTableColumn):
            read.append(column.numerators if isinstance(column, Column) else column.codes)
    return not any(np.may_share_memory(own, values) for own in arrays.values() for values in read)


def fill(arrays: Arrays, outputs: Mapping[str, NDArray[Any]]) -> Arrays:
    """Write outputs into the arrays that they are not in yet, and return these.

    Raises ValueError where an array of int64 cannot hold a number.
    """
    for alias, array in arrays.items():
        own = outputs[alias]
        if own is array:
            continue
        if array.dtype != own.dtype and array.dtype != object:
            message = f"out[{alias!r}] has the dtype {array.dtype}, which not every number fits"
            raise ValueError(f"{message}; give an array of object")
        array[...] = own
    return arrays

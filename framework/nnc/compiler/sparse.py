"""Sparse matrices in compressed rows (CSR), and a check that their three arrays fit together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnc.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

Wrong = tuple[str, str, str]
SPARSE_ARRAYS = ("indptr", "indices", "values")


class SparseWeights:
    """A sparse matrix in compressed rows (arrays); `indices` are places among the sources."""

    indptr: Any
    indices: Any
    values: Any

    def arrays(self) -> Mapping[str, Any]:
        """Return the arrays that are stored, by name."""
        return {name: getattr(self, name) for name in SPARSE_ARRAYS}

    def with_values(self, values: Any) -> SparseWeights:
        """Return the matrix with other values in the same places."""
        return StoredRows(self.indptr, self.indices, values)


@dataclass(frozen=True, eq=False)
class StoredRows(SparseWeights):
    """A sparse matrix whose three arrays are stored."""

    indptr: Any
    indices: Any
    values: Any


def wrong_sparse(
    indptr: Array, indices: Array, values: Array, size: int, fan_in: int
) -> Wrong | None:
    """Say why three arrays do not form a sparse matrix of size x fan-in; None where they do.

    What is wrong is the name of an array, the message and the help.
    """
    for name, array in (("indptr", indptr), ("indices", indices), ("values", values)):
        if array.ndim != 1:
            message = f"`{name}` has {array.ndim} dimensions, not one"
            return name, message, "store it with one dimension"
        if name != "values" and array.dtype.kind not in "iu":
            return name, f"`{name}` holds {array.dtype}, not integers", "store it as int64"
    if len(indptr) != size + 1:
        message = f"`indptr` has {len(indptr):,} entries, not {size + 1:,}: one more than neurons"
        return "indptr", message, "write where each row starts, and last where all rows end"
    if len(values) != len(indices):
        message = f"`values` has {len(values):,} entries, `indices` {len(indices):,}"
        return "values", message, "store one value for each index"
    return _wrong_rows(indptr, len(indices)) or _wrong_indices(indptr, indices, fan_in)


def _wrong_rows(indptr: Array, stored: int) -> Wrong | None:
    hint = "each row starts where the one before ends"
    if int(indptr[0]) != 0:
        return "indptr", f"`indptr` starts with {int(indptr[0])}, not 0", hint
    if int(indptr[-1]) != stored:
        message = f"`indptr` ends with {int(indptr[-1]):,}, but {stored:,} entries are stored"
        return "indptr", message, "its last number is where all rows end"
    falling = np.flatnonzero(indptr[1:] < indptr[:-1])
    if len(falling):
        at = int(falling[0])
        message = f"`indptr` falls from {int(indptr[at])} to {int(indptr[at + 1])} at [{at + 1}]"
        return "indptr", message, hint
    return None


def _wrong_indices(indptr: Array, indices: Array, fan_in: int) -> Wrong | None:
    if not len(indices):
        return None
    outside = (indices < 0) | (indices >= fan_in)
    if outside.any():
        at = int(np.flatnonzero(outside)[0])
        message = f"`indices` has {int(indices[at])} at [{at}], but there are {fan_in:,} wires"
        return "indices", message, f"an index is a position in the wiring, 0 to {fan_in - 1:,}"
    if (indices[1:] > indices[:-1]).sum() + _row_starts(indptr, indices) >= len(indices):
        return None  # ascending in each row, so none appears twice
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr).astype(np.int64))
    keys = rows * fan_in + indices.astype(np.int64)
    order = np.argsort(keys, kind="stable")
    again = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    if not len(again):
        return None
    at = int(order[again[0] + 1])
    message = f"neuron {int(rows[at])} reads wire {int(indices[at])} twice, again at [{at}]"
    return "indices", message, "store one entry with the sum of the weights"


def _row_starts(indptr: Array, indices: Array) -> int:
    """Count the entries that start a row and are not above the entry before."""
    starts = np.unique(np.asarray(indptr[:-1], np.int64))
    starts = starts[starts < len(indices)]
    first = int(len(starts) > 0)  # the very first entry has none before
    later = starts[1:]
    return first + int((indices[later] <= indices[later - 1]).sum())

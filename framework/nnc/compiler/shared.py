"""Sparse weight matrices, and the weights of convolutions, which all positions share.

A convolution means a sparse layer. `SharedWeights` is that sparse matrix with its weights stored
once; its rows are expanded only when the arrays of a sparse matrix are requested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.language.references import show_shape
from nnc.lazy import np
from nnc.numbers.exact import Number, show_number, simplest, stored_number
from nnc.numbers.integers import Array

Wrong = tuple[str, str, str]
SPARSE_ARRAYS = ("indptr", "indices", "values")


class SparseWeights:
    """A sparse matrix in compressed rows; `indices` are indices of sources."""

    indptr: Any
    indices: Any
    values: Any

    def arrays(self) -> Mapping[str, Array]:
        """Return the stored arrays by name."""
        return {name: getattr(self, name) for name in SPARSE_ARRAYS}

    def with_values(self, values: Array) -> SparseWeights:
        """Return the matrix with other values at the same positions."""
        return StoredRows(self.indptr, self.indices, values)


@dataclass(frozen=True, eq=False)
class StoredRows(SparseWeights):
    """A sparse matrix whose three arrays are stored."""

    indptr: Array
    indices: Array
    values: Array


def wrong_sparse(
    indptr: Array, indices: Array, values: Array, size: int, fan_in: int
) -> Wrong | None:
    """Return why three arrays do not form a sparse matrix of size x fan-in, or None.

    The result is the name of an array, the message and the help.
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
    """Return the number of entries that start a row and are not above the previous entry."""
    starts = np.unique(np.asarray(indptr[:-1], np.int64))
    starts = starts[starts < len(indices)]
    first = int(len(starts) > 0)  # the first entry has no previous one
    later = starts[1:]
    return first + int((indices[later] <= indices[later - 1]).sum())


MOST_WRITTEN_OUT = 1 << 26  # entries of a convolution expanded to a sparse matrix
Pair = tuple[int, int]


class Window(NamedTuple):
    """A kernel that moves over a picture; pairs are (rows, columns).

    `shape` is that of the picture: rows, columns and channels. `outside` is the value of elements
    beyond its border.
    """

    shape: tuple[int, int, int]
    kernel: Pair
    stride: Pair
    padding: Pair
    groups: int
    features: int
    outside: Number = 0

    @property
    def places(self) -> Pair:
        """The number of positions of the kernel, as (rows, columns); below 1 if it does not fit."""
        rows, columns = (
            (size + 2 * padding - kernel) // stride + 1
            for size, kernel, stride, padding in zip(
                self.shape[:2], self.kernel, self.stride, self.padding, strict=True
            )
        )
        return rows, columns

    @property
    def positions(self) -> int:
        """The number of positions of the kernel."""
        rows, columns = self.places
        return rows * columns

    @property
    def size(self) -> int:
        """The number of neurons: one per position and feature, with features varying fastest."""
        return self.positions * self.features

    @property
    def width(self) -> int:
        """The number of elements of the picture."""
        rows, columns, channels = self.shape
        return rows * columns * channels

    @property
    def taps(self) -> int:
        """The number of pixels under the kernel."""
        return self.kernel[0] * self.kernel[1]

    @property
    def depth(self) -> int:
        """The number of channels that a feature reads."""
        return self.shape[2] // self.groups

    @property
    def group_features(self) -> int:
        """The number of features of a group."""
        return self.features // self.groups

    def words(self) -> str:
        """Return a short text: `3x3 of 28x28x1, padding 1x1, groups 4`."""
        words = f"{show_shape(self.kernel)} of {show_shape(self.shape)}"
        if self.stride != (1, 1):
            words += f", stride {show_shape(self.stride)}"
        if self.padding != (0, 0):
            words += f", padding {show_shape(self.padding)}"
        if self.outside:
            words += f" of {show_number(self.outside)}"
        return words + (f", groups {self.groups}" if self.groups > 1 else "")

    @property
    def synapses(self) -> int:
        """The number of synapses of the equivalent sparse layer."""
        count = self.depth * self.features
        for axis in (0, 1):
            inside = self.kernel[axis] - self.beyond(axis).sum(1)
            count *= int(np.maximum(inside, 0).sum())
        return count

    def starts(self, axis: int) -> Array:
        """Return the line of the picture at which each position along an axis starts."""
        return np.arange(self.places[axis]) * self.stride[axis] - self.padding[axis]

    def beyond(self, axis: int) -> Array:
        """Return the number of kernel lines before and after the picture, positions x 2."""
        starts, kernel = self.starts(axis), self.kernel[axis]
        after = starts + kernel - self.shape[axis]
        lines: Array = np.stack([-starts, after], 1).clip(0, kernel)
        return lines

    def pixels(self, positions: Array) -> Array:
        """Return the pixel at each tap of some positions, positions x taps; -1 outside."""
        rows, columns = self.shape[:2]
        down = self.starts(0)[positions // self.places[1]][:, None] + np.arange(self.kernel[0])
        across = self.starts(1)[positions % self.places[1]][:, None] + np.arange(self.kernel[1])
        down[(down < 0) | (down >= rows)] = -rows * columns  # negative whatever is added
        across[(across < 0) | (across >= columns)] = -(rows + 1) * columns
        pixels: Array = down[:, :, None] * columns + across[:, None, :]
        return np.maximum(pixels, -1).reshape(len(positions), self.taps)

    def classes(self) -> tuple[Array, Array]:
        """Return the sets of taps that can be inside, classes x taps, and each position's class.

        Positions away from the border are in one class.
        """
        masks, own = [], []
        for axis in (0, 1):
            beyond, each = np.unique(self.beyond(axis), axis=0, return_inverse=True)
            taps = np.arange(self.kernel[axis])
            masks.append((taps >= beyond[:, :1]) & (taps < self.kernel[axis] - beyond[:, 1:]))
            own.append(each.reshape(-1))
        both = masks[0][:, None, :, None] & masks[1][None, :, None, :]
        classes = own[0][:, None] * len(masks[1]) + own[1]
        return both.reshape(-1, self.taps), classes.reshape(-1)


@dataclass(frozen=True, eq=False)
class SharedWeights(SparseWeights):
    """The weights of a convolution, stored once.

    `kernel` is an array of features x (taps * depth), the channels of a tap adjacent. Neuron
    `position * features + feature` reads the elements of the picture under the kernel. In a graph,
    `has_constant` is True if the window has a value outside: expanded rows then also read the
    constant 1, at the index after the picture, weighted with the total outside. In a plan this is
    part of the offsets.
    """

    kernel: Array
    window: Window
    has_constant: bool = False

    def arrays(self) -> Mapping[str, Array]:
        """Return the stored array by name."""
        return {"kernel": self.kernel}

    @property
    def taps(self) -> Array:
        """The kernel as features x taps x depth."""
        return self.kernel.reshape(self.window.features, self.window.taps, self.window.depth)

    def with_kernel(self, kernel: Array) -> SharedWeights:
        """Return the same window with other weights, and without the constant."""
        return SharedWeights(kernel, self.window)

    def row(self, i: int) -> tuple[Array, Array]:
        """Return the indices that neuron i reads within the picture, and their weights."""
        window = self.window
        position, feature = divmod(i, window.features)
        pixels = window.pixels(np.array([position]))[0]
        is_inside = pixels >= 0
        first = feature // window.group_features * window.depth
        channels = np.arange(first, first + window.depth)
        places = pixels[is_inside][:, None] * window.shape[2] + channels
        return places.reshape(-1), self.taps[feature][is_inside].reshape(-1)

    def class_sums(self) -> tuple[list[list[Number]], list[list[Number]], Array]:
        """Return each feature's sums of weights inside and outside the picture, by class.

        Both are classes x features; the class of each position is returned too.
        """
        masks, own = self.window.classes()
        if self.kernel.dtype.kind in "iu" and self.kernel.dtype.itemsize < 8:
            each = self.taps.sum(2, dtype=np.int64).tolist()
        else:
            each = [
                [sum(map(_exact, tap), Fraction()) for tap in feature]
                for feature in self.taps.tolist()
            ]
        inside = [
            [
                simplest(sum((t for t, is_in in zip(f, mask, strict=True) if is_in), Fraction()))
                for f in each
            ]
            for mask in masks.tolist()
        ]
        whole = [sum(feature, Fraction()) for feature in each]
        beyond = [[simplest(w - s) for w, s in zip(whole, sums, strict=True)] for sums in inside]
        return inside, beyond, own

    # ------------------------------------------------------------------- written out

    @cached_property
    def indptr(self) -> Array:
        """The start of each neuron's entries."""
        return self._written_out[0]

    @cached_property
    def indices(self) -> Array:
        """The source index of each entry."""
        return self._written_out[1]

    @cached_property
    def values(self) -> Array:
        """The weight of each entry."""
        return self._written_out[2]

    @cached_property
    def _written_out(self) -> tuple[Array, Array, Array]:
        """The expanded sparse matrix. Raises InvalidNetworkError if it is too large."""
        window = self.window
        if window.synapses > MOST_WRITTEN_OUT:
            message = (
                f"a convolution of {window.synapses:,} synapses has to be written out here, which "
                f"is possible for at most {MOST_WRITTEN_OUT:,}"
            )
            hint = "`nnc eval` and compiled files take it as it is"
            raise InvalidNetworkError([Diagnostic("too-many-synapses", message, help=hint)])
        features, depth = window.features, window.depth
        pixels = window.pixels(np.arange(window.positions))
        first = np.arange(features) // window.group_features * depth
        channels = first[:, None] + np.arange(depth)  # features x depth
        places = pixels[:, None, :, None] * window.shape[2] + channels[:, None, :]
        shape = window.positions, features, window.taps, depth
        is_inside = np.broadcast_to((pixels >= 0)[:, None, :, None], shape)
        values = np.broadcast_to(self.taps, shape)[is_inside]
        counts = np.repeat((pixels >= 0).sum(1) * depth, features)
        indices = places[is_inside]
        if self.has_constant:
            _, beyond, own = self.class_sums()
            constants = [[simplest(Fraction(window.outside * w)) for w in line] for line in beyond]
            return _with_constants(counts, indices, values, window.width, constants, own)
        return np.concatenate([[0], np.cumsum(counts)]), indices, values


def shared_weights(weights: object, window: Window) -> SharedWeights:
    """Return the weights of a convolution as an array; those of a file as stored."""
    shape = (window.features, window.taps * window.depth)
    if isinstance(weights, np.ndarray) and weights.ndim:
        return SharedWeights(weights.reshape(shape), window, bool(window.outside))
    if not isinstance(weights, tuple):
        one = np.array([[weights.item() if isinstance(weights, np.ndarray) else weights]], object)
        return SharedWeights(np.broadcast_to(one, shape), window, bool(window.outside))
    flat = np.empty(shape, object)
    flat[:] = [[w for row in f for tap in row for w in tap] for f in weights]
    return SharedWeights(flat, window, bool(window.outside))


def spread(thresholds: object, positions: int) -> object:
    """Return the thresholds of all neurons from those of the features, or one for all."""
    if isinstance(thresholds, np.ndarray):
        if not thresholds.ndim:
            return stored_number(thresholds.item())
        return np.tile(thresholds, (positions, *[1] * (thresholds.ndim - 1)))
    return thresholds * positions if isinstance(thresholds, tuple) else thresholds


def _exact(value: object) -> Fraction:
    return Fraction(stored_number(value))


def _with_constants(
    counts: Array,
    indices: Array,
    values: Array,
    place: int,
    constants: Sequence[Sequence[Number]],
    own: Array,
) -> tuple[Array, Array, Array]:
    """Return a sparse matrix with the weight of the constant appended to rows that have one."""
    each = [weight for border in own.tolist() for weight in constants[border]]
    has = np.array([weight != 0 for weight in each])
    ends = np.cumsum(counts)[has]
    exact = np.array([stored_number(value) for value in values.tolist()], object)
    new = np.insert(exact, ends, [weight for weight in each if weight]) if has.any() else exact
    places = np.insert(indices, ends, place)
    return np.concatenate([[0], np.cumsum(counts + has)]), places, new

"""Values of a model while it is read: sums of atoms, followed by chains of nodes.

An atom is an element of an input or a neuron. All numbers of a sum are integers in a unit, a power
of two, so that the runtime adds them up without rounding, in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from nnc.interchange.importing.onnx.graph import Array, Node
from nnc.numbers.exact import Number

_MANTISSA_BITS = 53  # of a float64
_LARGEST = 1 << 40  # integer of a sum
_BLOCK = 1 << 15
FARTHEST = float(np.finfo(np.float32).max)  # of a sum of real numbers
EXACT_BITS = {"float16": 11, "float32": 24, "float64": 53, "int32": 31, "int64": 62}
"""Integers of so many bits, and their sums up to there, are exact in these types."""

FLOATS = (1, 10, 11)
"""The types to which Cast keeps the order of numbers."""


class Reach(NamedTuple):
    """The range of sums: from `least` on, `counts` values that are `step` apart."""

    least: Array
    counts: Array
    step: float

    @property
    def is_real(self) -> bool:
        """True if values are not apart: there are numbers between any two."""
        return self.step == FARTHEST


@dataclass
class Atoms:
    """The atoms: the least and greatest value of each, how far apart its values are, its name."""

    least: list[int] = field(default_factory=list)
    greatest: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    names: list[tuple[str, int | None]] = field(default_factory=list)

    def add(self, name: str, size: int | None, ends: tuple[int, int], step: int) -> Array:
        """Add the elements of a bus, or one value; return their numbers."""
        first, count = len(self.names), 1 if size is None else size
        self.least += [ends[0]] * count
        self.greatest += [ends[1]] * count
        self.steps += [step] * count
        self.names += [(name, None if size is None else place) for place in range(count)]
        return np.arange(first, first + count)


@dataclass(frozen=True, eq=False)
class Window:
    """A window that moves over a picture: `shape` is channels, rows and columns.

    `atoms` are those of the picture, in this shape; `pads` are before and behind the rows and the
    columns: top, left, bottom, right. Sums are those of each filter at each place, the places
    fastest. `outside` is the value of an atom whose element is 0, None if they have several. Each
    element is the sum of `deep` atoms, which are channels side by side.
    """

    atoms: Array
    filters: int
    groups: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    pads: tuple[int, int, int, int]
    places: tuple[int, int]
    outside: Number | None
    deep: int = 1

    @property
    def shape(self) -> tuple[int, int, int]:
        """The channels, rows and columns of the picture."""
        channels, rows, columns = self.atoms.shape
        return channels, rows, columns

    @property
    def positions(self) -> int:
        """The number of places."""
        return self.places[0] * self.places[1]

    def inside(self) -> Array:
        """Return which elements of a group are inside the picture: places x elements."""
        lines = []
        for axis in (0, 1):
            starts = np.arange(self.places[axis]) * self.stride[axis] - self.pads[axis]
            taps = starts[:, None] + np.arange(self.kernel[axis]) * self.dilation[axis]
            lines.append((taps >= 0) & (taps < self.shape[axis + 1]))
        both = lines[0][:, None, :, None] & lines[1][None, :, None, :]
        flat = both.reshape(self.positions, -1)
        return np.tile(flat, (1, self.shape[0] // self.groups))


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of atoms: base[e] + sum of weights[e, k] * atom[ids[e, k]], all times `unit`.

    `ids` has one row for all sums, or one for each; where an id is -1, the weight is 0. Without
    `is_exact`, weights and base are floats: sums of real numbers, which the runtime rounds. The
    `window` is that of a convolution whose ids and weights are written out here.
    """

    ids: Array
    weights: Array
    base: Array
    unit: float = 1.0
    is_exact: bool = True
    window: Window | None = None

    def __len__(self) -> int:
        return len(self.base)

    def take(self, order: Array) -> Sums:
        """Return some of the sums, in this order."""
        ids = self.ids if len(self.ids) == 1 else self.ids[order]
        return replace(
            self, ids=ids, weights=self.weights[order], base=self.base[order], window=None
        )

    def rows(self) -> Array:
        """Return a row of ids for each sum."""
        return np.broadcast_to(self.ids, self.weights.shape)

    def reach(self, atoms: Atoms) -> Reach:
        """Return which values the sums may have, in their unit; of real numbers only the ends."""
        if not self.is_exact:
            return Reach(np.full(len(self), -FARTHEST), np.full(len(self), 3), FARTHEST)
        least, greatest, steps = (
            np.array([*each, 0]) for each in (atoms.least, atoms.greatest, atoms.steps)
        )
        downs, ups, step = [self.base[:0]], [self.base[:0]], 0
        for ids, weights in self._blocks():
            low, high = weights * least[ids], weights * greatest[ids]
            downs.append(np.minimum(low, high).sum(1))
            ups.append(np.maximum(low, high).sum(1))
            if step != 1:
                step = int(np.gcd.reduce(np.abs(weights * steps[ids]), axis=None, initial=step))
        down, up, step = np.concatenate(downs), np.concatenate(ups), step or 1
        return Reach(self.base + down, (up - down) // step + 1, step)

    def sizes(self, atoms: Atoms) -> Array:
        """Return how large any part of each sum may be, in its unit."""
        largest = np.maximum(np.abs([*atoms.least, 0]), np.abs([*atoms.greatest, 0]))
        parts = [(np.abs(weights) * largest[ids]).sum(1) for ids, weights in self._blocks()]
        sizes: Array = np.abs(self.base) + np.concatenate([self.base[:0], *parts])
        return sizes

    def _blocks(self) -> Iterator[tuple[Array, Array]]:
        """Yield ids and weights of some sums, few enough for the caches of a processor."""
        count = max(1, _BLOCK // max(self.weights.shape[1], 1))
        for start in range(0, len(self), count):
            some = slice(start, start + count)
            yield self.ids if len(self.ids) == 1 else self.ids[some], self.weights[some]


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor whose elements are sums, followed by a chain of nodes.

    Rows are the first dimension, which is 1. `root` is the name of the sums in the model, and
    `name` that of the tensor; the chain leads from one to the other.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    sums: Sums
    root: str
    chain: tuple[Node, ...] = ()

    @cached_property
    def places(self) -> Array:
        """The place of each element among the sums."""
        return np.arange(len(self.sums)).reshape(self.shape)

    def moved(self, name: str, places: Array) -> Tensor:
        """Return a tensor of some of the elements, in the shape of their places."""
        assert not self.chain
        sums = self.sums.take(places.reshape(-1))
        return Tensor(name, places.shape, self.dtype, sums, name)


@dataclass(frozen=True, eq=False)
class Choice:
    """The place of the largest of some sums, or a label for it; `order` are those it is among."""

    tensor: Tensor
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Pool:
    """The largest elements of windows, or with sign -1 the least.

    `places` are the elements of each window, -1 for none. The chain of the tensor is that before
    the pool, and what followed it: of a chain that only rises, the largest of what it gives is what
    it gives for the largest; and the least, of one that only falls. `origin` is the node of the
    windows, which reads `before`.
    """

    node: Node
    tensor: Tensor
    places: Array
    shape: tuple[int, ...]
    sign: int
    origin: Node
    before: Tensor

    @property
    def has_channels(self) -> bool:
        """True if the second dimension is that of the channels."""
        shape = self.tensor.shape
        return len(self.shape) == len(shape) and self.shape[1:2] == shape[1:2]


Value = Array | Tensor | Choice | Pool


def in_integers(values: Array) -> tuple[Array, int] | None:
    """Return numbers as integers times a power of two; None where that has too many bits."""
    numbers = np.asarray(values)
    if numbers.dtype.kind in "iub":
        whole = numbers.astype(np.int64)
        return (whole, 0) if not whole.size or np.abs(whole).max() < _LARGEST else None
    floats = numbers.astype(np.float64)
    if not np.isfinite(floats).all():
        return None
    mantissas, exponents = np.frexp(floats[floats != 0])
    if not mantissas.size:
        return np.zeros(floats.shape, np.int64), 0
    whole = (mantissas * 2.0**_MANTISSA_BITS).astype(np.int64)
    zeros = np.frexp((whole & -whole).astype(np.float64))[1] - 1
    exponent = int((exponents - _MANTISSA_BITS + zeros).min())
    scaled = np.ldexp(floats, -exponent)
    if np.abs(scaled).max() >= _LARGEST:
        return None
    return scaled.astype(np.int64), exponent


def joined(parts: Sequence[Sums]) -> Sums:
    """Return sums one after the other, in one unit."""
    if all(len(part.ids) == 1 and part.ids is parts[0].ids for part in parts):
        ids, width = parts[0].ids, parts[0].weights.shape[1]
    else:
        width = max(part.weights.shape[1] for part in parts)
        ids = np.concatenate([_padded(part.rows(), width, -1) for part in parts])
    unit = min(part.unit for part in parts)
    scales = [int(part.unit / unit) if part.is_exact else part.unit / unit for part in parts]
    return Sums(
        ids,
        np.concatenate(
            [_padded(part.weights, width, 0) * s for part, s in zip(parts, scales, strict=True)]
        ),
        np.concatenate([part.base * s for part, s in zip(parts, scales, strict=True)]),
        unit,
        all(part.is_exact for part in parts),
    )


def added(first: Sums, second: Sums, sign: int) -> Sums:
    """Return the sums of two sums each, or their differences."""
    is_exact = first.is_exact and second.is_exact
    unit = min(first.unit, second.unit) if is_exact else 1.0
    kind = int if is_exact else float
    a, b = kind(first.unit / unit), kind(second.unit / unit) * sign
    ids = np.concatenate([first.rows(), second.rows()], 1)
    weights = np.concatenate([first.weights * a, second.weights * b], 1)
    return Sums(ids, weights, first.base * a + second.base * b, unit, is_exact)


def _padded(array: Array, width: int, filling: int) -> Array:
    return np.pad(array, ((0, 0), (0, width - array.shape[1])), constant_values=filling)


def merged(sums: Sums) -> tuple[Array, Array, Array, Array]:
    """Return sums in compressed rows: indptr, indices, values, and the atoms they count in.

    An atom that stands twice in a sum stands there once.
    """
    rows = sums.rows()
    kept = (rows >= 0) & (sums.weights != 0)
    atoms, columns = np.unique(rows[kept], return_inverse=True)
    keys = np.nonzero(kept)[0] * max(len(atoms), 1) + columns
    unique, where = np.unique(keys, return_inverse=True)
    values = np.zeros(len(unique), sums.weights.dtype)
    np.add.at(values, where, sums.weights[kept])
    places = unique // max(len(atoms), 1)
    indptr = np.searchsorted(places, np.arange(len(sums) + 1))
    return indptr, unique % max(len(atoms), 1), values, atoms


# --------------------------------------------------------------------------------- scales

_LARGEST_INTEGER = 255  # of numbers that are integers times a scale
_LARGEST_SMALLEST = 16  # the largest that the smallest of these integers may be, apart from 0
_NEAR = 2.0**-22  # relative rounding of an integer times a scale; float32 rounds half as far
_SMALL = 1 << 12


def is_small(whole: Array) -> bool:
    """Check if integers are small enough to need no scale."""
    return int(np.abs(whole).max(initial=0)) < _SMALL


def in_units(values: Array, axis: int | None = None) -> tuple[Array, Array] | None:
    """Return numbers as integers, and the scale of all of them, or of each place of an axis.

    The scale is a float32, and has the shape of the numbers but for 1 in all other axes. None where
    there is no such scale.
    """
    numbers = np.asarray(values, np.float64)
    whole = _whole(numbers.reshape(-1))
    if whole is not None:
        return whole[0].reshape(numbers.shape), np.full([1] * numbers.ndim, whole[1])
    if axis is None:
        return None
    rows = np.moveaxis(numbers, axis, 0)
    results = [_whole(row.reshape(-1)) for row in rows]
    integers = [result[0] for result in results if result is not None]
    if len(integers) < len(rows):
        return None
    shape = [1] * numbers.ndim
    shape[axis] = len(rows)
    scales = np.array([result[1] for result in results if result is not None], np.float32)
    turned = np.stack(integers).reshape(rows.shape)
    return np.moveaxis(turned, 0, axis), scales.reshape(shape)


def _whole(numbers: Array) -> tuple[Array, np.float32] | None:
    sizes = np.abs(numbers)
    sizes = sizes[sizes > 0]
    if not np.isfinite(numbers).all():
        return None
    if not sizes.size:
        return np.zeros(numbers.shape, np.int64), np.float32(1)
    least = sizes.min()
    for divisor in range(1, _LARGEST_SMALLEST + 1):
        counts = np.rint(sizes / (least / divisor))
        if counts.max() > _LARGEST_INTEGER:
            return None
        scale = np.float32((sizes * counts).sum() / (counts * counts).sum())
        if (np.abs(counts * float(scale) - sizes) <= sizes * _NEAR).all() and scale > 0:
            return np.rint(numbers / float(scale)).astype(np.int64), scale
    return None

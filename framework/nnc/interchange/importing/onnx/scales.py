"""Scales: of quantized numbers, found in these themselves, and of columns before trees.

Quantized numbers are integers times a scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nnc.interchange.importing.models.linear import Column, Line
from nnc.interchange.importing.models.trees import Forest
from nnc.interchange.importing.onnx.graph import Array

_MOST, _MOST_LEAST = 255, 16
"""The integers go up to the first; the smallest of them that is not 0, up to the second."""
_NEAR = 2.0**-22
"""So far a product of an integer and a scale may be rounded, of itself: in float32 half as far."""
_SMALL = 1 << 12


def is_small(whole: Array) -> bool:
    """Return whether integers are so small that they need no scale."""
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
    integers = [each[0] for each in results if each is not None]
    if len(integers) < len(rows):
        return None
    shape = [1] * numbers.ndim
    shape[axis] = len(rows)
    scales = np.array([each[1] for each in results if each is not None], np.float32)
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
    for divisor in range(1, _MOST_LEAST + 1):
        counts = np.rint(sizes / (least / divisor))
        if counts.max() > _MOST:
            return None
        scale = np.float32((sizes * counts).sum() / (counts * counts).sum())
        if (np.abs(counts * float(scale) - sizes) <= sizes * _NEAR).all() and scale > 0:
            return np.rint(numbers / float(scale)).astype(np.int64), scale
    return None


_LARGEST_BITS = 0x7F7FFFFF
"""The greatest float32, as an integer; below 0, the sign stands before the size."""


def descaled(forest: Forest, columns: Sequence[Column]) -> Forest | None:
    """Return the trees over columns that are not scaled, with cut-offs between the same float32.

    A scaled number is (x - offset) * scale in float32, which rises with x: where it passes a
    threshold is found by halving. None where a column does not rise, or never passes one.
    """
    trees = []
    for tree in forest.trees:
        inner = np.array(tree.left) >= 0
        feature = np.array(tree.feature)[inner]
        if feature.size and not 0 <= feature.min() <= feature.max() < len(columns):
            return None
        lines = [columns[k] for k in feature.tolist()]
        scales, offsets = np.ones(len(lines), np.float32), np.zeros(len(lines), np.float32)
        for i, line in enumerate(lines):
            if not isinstance(line, Line) or line.scale <= 0:
                return None
            scales[i], offsets[i] = float(line.scale), float(-line.offset / line.scale)
        limits = np.array(tree.threshold)[inner].astype(np.float32)
        first = _first_beyond(limits, scales, offsets, is_left=forest.split.is_left)
        if forest.split.is_left:
            first = first - 1
        if (np.abs(first) > _LARGEST_BITS).any():
            return None
        thresholds = np.array(tree.threshold, np.float64)
        thresholds[inner] = _floats(first)
        trees.append(replace(tree, threshold=thresholds.tolist()))
    return replace(forest, trees=trees)


def _first_beyond(limits: Array, scales: Array, offsets: Array, *, is_left: bool) -> Array:
    """Return the least float32, as integers, whose scaled number passes each limit."""
    low = np.full(len(limits), -_LARGEST_BITS - 1, np.int64)
    high = np.full(len(limits), _LARGEST_BITS + 1, np.int64)
    while (high - low > 1).any():
        middle = np.clip((low + high) // 2, -_LARGEST_BITS, _LARGEST_BITS)
        with np.errstate(over="ignore", invalid="ignore"):
            numbers = (_floats(middle) - offsets) * scales
        passes = numbers > limits if is_left else numbers >= limits
        is_open = high - low > 1
        high = np.where(is_open & passes, middle, high)
        low = np.where(is_open & ~passes, middle, low)
    return high


def _floats(bits: Array) -> Array:
    """Return float32 by their integers, which rise as they do."""
    sizes = np.abs(bits).astype(np.uint32).view(np.float32)
    return np.where(bits < 0, -sizes, sizes).astype(np.float32)

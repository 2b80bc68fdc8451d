"""Quantized numbers -> integers times a scale, which is found in the numbers themselves."""

from __future__ import annotations

import numpy as np

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

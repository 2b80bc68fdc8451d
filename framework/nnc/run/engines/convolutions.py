"""Evaluate a convolution for many rows as products of dense layers.

Each position is treated as another row of a dense layer of the features. A few thousand positions
and rows at a time become one product, which is exact for the same reasons as any other layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nnc.compiler.graph import SharedWeights, Window
from nnc.compiler.plan import LayerStep, one_each
from nnc.lazy import np
from nnc.run.engines.products import Values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

BLOCK = 1 << 18  # numbers to lay out at a time


def fire_places(
    layer: LayerStep,
    weights: SharedWeights,
    values: Values,
    fire: Callable[[LayerStep, Values], Array],
) -> Array:
    """Return which limits of a convolution are passed, as uint8, signals x rows.

    `fire` does the same for a dense layer.
    """
    window, rows = weights.window, values.array.shape[1]
    fired = np.empty((window.positions, window.features, layer.width, rows), np.uint8)
    limits = layer.limits.reshape(window.positions, window.features, layer.width)
    taps = weights.taps
    for positions in alike(limits):
        for group in range(window.groups):
            features = slice(group * window.group_features, (group + 1) * window.group_features)
            dense = _dense(layer, window, taps[features], limits[positions[0], features])
            for some in _blocks(positions, window, rows):
                seen = values._replace(array=_beneath(values.array, window, group, some))
                own = fire(dense, seen).reshape(window.group_features, layer.width, len(some), rows)
                fired[some, features] = own.transpose(2, 0, 1, 3)
    return fired.reshape(layer.outputs, rows)


def _dense(layer: LayerStep, window: Window, taps: Array, limits: Array) -> LayerStep:
    """Return the dense layer for some features at positions with the same limits."""
    fan_in = window.taps * window.depth
    return replace(
        layer,
        sources=range(fan_in),
        weights=taps.reshape(len(taps), fan_in),
        limits=np.ascontiguousarray(limits).reshape(-1),
        size=len(taps),
        counts=one_each(),
        calculated=layer.proved,
    )


def alike(limits: Array) -> Iterator[Array]:
    """Yield groups of positions that have the same limits."""
    if not len(limits):
        return
    if (limits == limits[:1]).all():
        yield np.arange(len(limits))
        return
    alike: dict[object, list[int]] = {}
    for position, own in enumerate(limits):
        key = tuple(own.ravel().tolist()) if own.dtype == object else own.tobytes()
        alike.setdefault(key, []).append(position)
    for positions in alike.values():
        yield np.array(positions)


def _blocks(positions: Array, window: Window, rows: int) -> Iterator[Array]:
    """Yield blocks of positions whose windows fit into memory."""
    step = max(1, BLOCK // max(1, window.taps * window.depth * rows))
    for start in range(0, len(positions), step):
        yield positions[start : start + step]


def _beneath(array: Array, window: Window, group: int, positions: Array) -> Array:
    """Return the values that a group reads at some positions: taps * depth x positions * rows.

    Values outside the picture are 0; the limits account for them.
    """
    rows = array.shape[1]
    channels = slice(group * window.depth, (group + 1) * window.depth)
    pixel_count = window.shape[0] * window.shape[1]
    picture = array.reshape(pixel_count, window.shape[2], rows)[:, channels]
    pixels = window.pixels(positions)
    seen = picture[np.maximum(pixels, 0)]
    seen[pixels < 0] = 0
    turned: Array = seen.transpose(1, 2, 0, 3)
    return turned.reshape(window.taps * window.depth, len(positions) * rows)

"""Convolutions -> the numbers of their steps: one kernel, and limits for each place.

A place at the border sees fewer weights, so that where silence, or what lies outside, is not 0 its
limits are others than inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from nnc.compiler.graph import LayerNode, SharedWeights, SignalType
from nnc.compiler.plan.neurons import integers
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest, stored_number
from nnc.numbers.integers import Array, objects


def prepared(node: LayerNode, types: Sequence[SignalType]) -> LayerNode:
    """Return a convolution as the layer that is calculated: as one, or written out.

    It is written out where a part's picture is wired to elements of several forms: to bits of
    different states, or to counts of different numbers of thresholds.
    """
    weights: SharedWeights = node.weights
    picture = node.sources[: weights.window.width]
    forms = {(types[slot].states, types[slot].counted) for slot in picture}
    if len(forms) > 1:
        exact = objects([stored_number(value) for value in weights.values.tolist()])
        return node._replace(weights=weights.with_values(exact))
    return node._replace(sources=picture)


def scaled_kernel(weights: SharedWeights) -> tuple[SharedWeights, Array]:
    """Return the weights as an array of numbers, and the scale that they were multiplied with."""
    kernel = weights.kernel
    if kernel.dtype.kind == "b":
        return weights.with_kernel(kernel.view(np.uint8)), integers([1])
    if kernel.dtype != object:
        return weights.with_kernel(kernel), integers([1])
    is_one = kernel.size > 1 and not any(kernel.strides)
    exact = [Fraction(x) for x in (kernel[:1, :1] if is_one else kernel).reshape(-1).tolist()]
    scale = lcm(*(x.denominator for x in exact))
    own = integers([int(x * scale) for x in exact])
    whole = (
        np.broadcast_to(own.reshape(1, 1), kernel.shape) if is_one else own.reshape(kernel.shape)
    )
    return weights.with_kernel(whole), integers([scale])


def class_offsets(weights: SharedWeights, off: Number) -> tuple[list[list[Number]], Array]:
    """Return what sums are beside totals, for the features of each class of places.

    `off` is the value of silence. Then comes the class of each place. Where nothing is beside
    totals there is one class.
    """
    window = weights.window
    if not off and not window.outside:
        return [[0] * window.features], np.zeros(window.positions, np.int64)
    inside, beyond, own = weights.class_sums()
    offsets = [
        [
            simplest(Fraction(off * within + window.outside * without))
            for within, without in zip(*sums, strict=True)
        ]
        for sums in zip(inside, beyond, strict=True)
    ]
    return offsets, own


def spread_classes(values: Array, own: Array) -> Array:
    """Return the numbers of all places, from those of each class, which follow each other."""
    classes = int(own.max()) + 1
    spread: Array = values.reshape(classes, -1)[own].reshape(-1)
    return spread

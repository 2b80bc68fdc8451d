"""Windows over the elements of a tensor, of convolutions, pooling and reductions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from nnc.interchange.importing.onnx.graph import SMALLER, Array, Node
from nnc.interchange.importing.onnx.values import Tensor, Window
from nnc.numbers.exact import Number

MAX_ELEMENTS = 1 << 26


class Windows(NamedTuple):
    """The source elements of each result, -1 for none, and the shape of the results."""

    places: Array
    shape: tuple[int, ...]


def sliding_windows(node: Node, tensor: Tensor, kernel: Sequence[int]) -> Array:
    """Return the elements under a window at each of its places, -1 for padding.

    The dimensions are the channel, the place of the window, and the place within it. Raises
    InvalidNetworkError.
    """
    rank = len(kernel)
    if rank != len(tensor.shape) - 2 or tensor.shape[0] != 1 or min(kernel, default=0) < 1:
        raise node.refused("the shapes of its operands do not fit")
    strides = node.attributes.get("strides") or [1] * rank
    dilations = node.attributes.get("dilations") or [1] * rank
    sizes = tensor.shape[2:]
    pads = _pads_of(node, sizes, kernel, strides, dilations)
    if min([*strides, *dilations]) < 1:
        raise node.refused("the shapes of its operands do not fit")
    padded = [n + pads[i] + pads[rank + i] for i, n in enumerate(sizes)]
    if max([0, *pads]) > MAX_ELEMENTS or tensor.shape[1] * prod(padded) > MAX_ELEMENTS:
        raise node.refused(f"it reads over {MAX_ELEMENTS:,} elements", SMALLER)
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    rests = [n - span for n, span in zip(padded, spans, strict=True)]
    if min(rests) < 0:
        raise node.refused("its window is larger than what it reads")
    around = [(0, 0), *zip(pads[:rank], pads[rank:], strict=True)]
    places = np.pad(tensor.places[0], around, constant_values=-1)
    views = np.lib.stride_tricks.sliding_window_view(places, spans, tuple(range(1, rank + 1)))
    steps = [slice(None, None, step) for step in (*strides, *dilations)]
    windows: Array = views[(slice(None), *steps)]
    return windows


def window_over(
    node: Node, tensor: Tensor, kernel: Sequence[int], filters: int, outside: Number | None
) -> Window | None:
    """Return the window of a convolution or a pool; None of one in space.

    A line of elements is a picture of one row.
    """
    rank, atoms = len(kernel), tensor.sums
    deep = atoms.weights.shape[1]
    if rank > 2 or tensor.shape[0] != 1:
        return None
    strides = node.attributes.get("strides") or [1] * rank
    dilations = node.attributes.get("dilations") or [1] * rank
    pads = _pads_of(node, tensor.shape[2:], kernel, strides, dilations)
    channels, *sizes = tensor.shape[1:]
    if rank == 1:
        sizes, kernel = [1, *sizes], [1, *kernel]
        strides, dilations, pads = [1, *strides], [1, *dilations], [0, pads[0], 0, pads[1]]
    places = [
        (sizes[i] + pads[i] + pads[i + 2] - (kernel[i] - 1) * dilations[i] - 1) // strides[i] + 1
        for i in (0, 1)
    ]
    return Window(
        atoms.rows().reshape(channels, *sizes, deep).transpose(0, 3, 1, 2).reshape(-1, *sizes),
        filters,
        node.attributes.get("group", 1),
        (kernel[0], kernel[1]),
        (strides[0], strides[1]),
        (dilations[0], dilations[1]),
        (pads[0], pads[1], pads[2], pads[3]),
        (places[0], places[1]),
        outside if any(pads) else 0,
        deep,
    )


def windows_of(node: Node, tensor: Tensor) -> Windows:
    """Return the windows of MaxPool or AveragePool. Raises InvalidNetworkError."""
    kernel = node.attributes.get("kernel_shape") or []
    views = sliding_windows(node, tensor, kernel)
    outer = views.shape[: len(kernel) + 1]
    if prod(views.shape) > MAX_ELEMENTS:
        raise node.refused(f"its sums have over {MAX_ELEMENTS:,} weights", SMALLER)
    return Windows(views.reshape(prod(outer), -1), (1, *outer))


def whole_windows(node: Node, tensor: Tensor, axes: list[int], *, keeps: bool) -> Windows:
    """Return windows over whole dimensions, those of `axes`. Raises InvalidNetworkError."""
    rank = len(tensor.shape)
    if any(not -rank <= axis < rank for axis in axes) or 0 in {axis % rank for axis in axes}:
        raise node.refused("it goes over rows")
    chosen = sorted({axis % rank for axis in axes})
    others = [axis for axis in range(rank) if axis not in chosen]
    turned = np.transpose(tensor.places, [*others, *chosen])
    if keeps:
        shape = tuple(1 if axis in chosen else n for axis, n in enumerate(tensor.shape))
    else:
        shape = tuple(tensor.shape[axis] for axis in others)
    return Windows(turned.reshape(prod(shape), -1), shape)


def _pads_of(
    node: Node,
    sizes: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> list[int]:
    """Return the numbers of elements before and after each dimension."""
    rank = len(kernel)
    auto = node.attributes.get("auto_pad", "NOTSET")
    lengths = {len(strides), len(dilations), len(sizes)}
    pads = node.attributes.get("pads") or [0] * 2 * rank
    if lengths != {rank} or len(pads) != 2 * rank or min(pads) < 0:
        raise node.refused("the shapes of its operands do not fit")
    if auto in ("NOTSET", "VALID"):
        before, behind = (pads[:rank], pads[rank:]) if auto == "NOTSET" else ([0] * rank,) * 2
        if node.attributes.get("ceil_mode", 0):
            behind = _rounded_up(node, sizes, kernel, strides, dilations, before, behind)
        return [*before, *behind]
    before, behind = [], []
    for size, k, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True):
        total = max((-(-size // max(stride, 1)) - 1) * stride + (k - 1) * dilation + 1 - size, 0)
        less, more = total // 2, total - total // 2
        before.append(more if auto == "SAME_LOWER" else less)
        behind.append(less if auto == "SAME_LOWER" else more)
    return before + behind


def _rounded_up(
    node: Node,
    sizes: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    before: Sequence[int],
    behind: Sequence[int],
) -> list[int]:
    """Return the padding behind with which a last window fits that begins before the end."""
    result = []
    lines = zip(sizes, kernel, strides, dilations, before, behind, strict=True)
    for size, k, stride, dilation, less, more in lines:
        start = size + less + more - (k - 1) * dilation - 1
        start += -start % max(stride, 1)
        fits = start < size + less
        result.append(start + (k - 1) * dilation + 1 - size - less if fits else more)
    if result != list(behind) and any((*before, *behind)) and node.op == "AveragePool":
        raise node.refused("its last windows reach beyond its padding", "write ceil_mode=0")
    return result

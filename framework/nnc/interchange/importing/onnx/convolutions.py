"""Sums under a window, and the levels of what follows them -> a convolution of the network.

Sums at the border read fewer elements, and reach other values: a limit of a feature may stand
anywhere between two values that no place reaches, so one is sought that all places can share.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.interchange.importing.onnx.chains import Levels
from nnc.interchange.importing.onnx.values import Atoms, Sums, Window
from nnc.numbers.exact import Number, simplest

MAX_LIMITS = 255  # of a neuron
_FAR = 1 << 60  # beyond all sums
Array = NDArray[np.int64]


class Kernel(NamedTuple):
    """Weights of features x rows x columns x channels of a group, and how they move.

    `places` is what they give: rows and columns. Outside the picture elements are `outside`.
    """

    weights: Array
    stride: tuple[int, int]
    padding: tuple[int, int]
    groups: int
    places: tuple[int, int]
    outside: Number = 0


class Counted(NamedTuple):
    """Features that count limits, features x limits; each gives start + unit * count."""

    kernel: Kernel
    limits: Array
    units: NDArray[np.float64]
    starts: NDArray[np.float64]


def _shared_weights(sums: Sums, window: Window) -> Array | None:
    """Return weights that all places share, features x elements; None where they have others."""
    inside = window.inside()
    taps = window.kernel[0] * window.kernel[1]
    weights = sums.weights.reshape(window.filters, window.positions, -1, taps, window.deep)
    weights = weights.transpose(0, 1, 2, 4, 3).reshape(window.filters, *inside.shape)
    first = inside.argmax(0)
    shared = weights[:, first, np.arange(inside.shape[1])] * inside.any(0)
    return shared if (weights == shared[:, None] * inside).all() else None


def moving(weights: Array, window: Window) -> Kernel | None:
    """Return weights as a kernel that is padded alike on both sides, without gaps."""
    depth = window.shape[0] // window.groups
    parts = weights.reshape(window.filters, depth, *window.kernel)
    sizes, padding, fronts = [], [], []
    for axis in (0, 1):
        span = (window.kernel[axis] - 1) * window.dilation[axis] + 1
        pads = window.pads[axis], window.pads[axis + 2]
        most = max(pads)
        front = most - pads[0]
        length = window.shape[axis + 1] + 2 * most
        for back in range(most + 1):
            size = front + span + back
            if (length - size) // window.stride[axis] + 1 == window.places[axis]:
                break
        else:
            return None
        sizes.append(size)
        padding.append(most)
        fronts.append(front)
    kernel = np.zeros((window.filters, *sizes, depth), weights.dtype)
    rows, columns = (
        front + np.arange(count) * step
        for front, count, step in zip(fronts, window.kernel, window.dilation, strict=True)
    )
    kernel[:, rows[:, None], columns] = parts.transpose(0, 2, 3, 1)
    pair = padding[0], padding[1]
    return Kernel(kernel, window.stride, pair, window.groups, window.places, window.outside or 0)


def counted(sums: Sums, levels: Levels, atoms: Atoms) -> Counted | None:
    """Return features that count the switches of all places; None where one is like no other.

    A feature that falls has its weights turned.
    """
    window = sums.window
    if window is None or window.outside is None:
        return None
    weights = _shared_weights(sums, window)
    if weights is None:
        return None
    positions = window.positions
    features = levels.elements // positions
    last = levels.first.copy()
    last[levels.elements] = levels.values
    before = np.concatenate([[0.0], levels.values[:-1]])[: len(features)]
    is_first = np.diff(levels.elements, prepend=-1) != 0
    changes = levels.values - np.where(is_first, levels.first[levels.elements], before)
    falls = np.zeros(window.filters, bool)
    falls[features[changes < 0]] = True
    if falls[features[changes > 0]].any():
        return None
    starts = np.where(np.repeat(falls, positions), last, levels.first)
    grid = starts.reshape(window.filters, positions)
    start = grid.min(1)
    units = np.full(window.filters, np.inf)
    np.minimum.at(units, features, np.abs(changes))
    steps = np.where(grid > start[:, None], grid - start[:, None], np.inf).min(1)
    units = np.minimum(units, steps)
    constant = np.isinf(units)
    if constant.all():
        return None
    other = constant.argmin()  # a feature that never changes is like others, if its value is
    units[constant] = units[other]
    start[constant & (start == start[other] + units[other])] = start[other]
    repeats = np.abs(changes) / units[features]
    leads = (grid - start[:, None]) / units[:, None]
    if not ((repeats == np.rint(repeats)).all() and (leads == np.rint(leads)).all()):
        return None
    limits = _limits(sums, levels, repeats.astype(np.int64), leads.astype(np.int64), falls, atoms)
    if limits is None:
        return None
    weights = np.where(falls, -1, 1)[:, None] * weights
    kernel, shared = moving(weights, window), _shared_limits(weights, window, *limits)
    return None if kernel is None or shared is None else Counted(kernel, shared, units, start)


def _limits(
    sums: Sums, levels: Levels, repeats: Array, leads: Array, falls: NDArray[np.bool_], atoms: Atoms
) -> tuple[Array, Array] | None:
    """Return between which numbers each limit of each sum may be: above `low`, up to `high`.

    Both are features x places x limits, and of sums without their constant part.
    """
    assert sums.window is not None
    positions = sums.window.positions
    reach = sums.reach(atoms)
    elements = np.repeat(levels.elements, repeats)
    switches = np.repeat(levels.switches, repeats)
    totals = np.bincount(elements, minlength=len(sums))
    lead = leads.reshape(-1)
    most = int((totals + lead).max(initial=0))
    if not 1 <= most <= MAX_LIMITS:
        return None
    turned = np.repeat(falls, positions)
    rank = np.arange(len(elements)) - np.searchsorted(elements, elements)
    rank = np.where(turned[elements], totals[elements] - 1 - rank, rank) + lead[elements]
    greatest = reach.least + (reach.counts - 1) * reach.step
    lowest = np.where(turned, -greatest, reach.least)
    highest = np.where(turned, -reach.least, greatest)
    columns = np.arange(most)
    is_always = columns < lead[:, None]
    low = np.where(is_always, -_FAR, highest[:, None])
    high = np.where(is_always, lowest[:, None], _FAR)
    step = 0 if reach.is_real else reach.step
    at = np.where(turned[elements], step - switches, switches)
    high[elements, rank], low[elements, rank] = at, at - step
    base = np.where(turned, -sums.base, sums.base)[:, None]
    shape = len(falls), positions, most
    low, high = (
        np.where(np.abs(ends) < _FAR, ends - base, ends).reshape(shape) for ends in (low, high)
    )
    return low, high


def _shared_limits(weights: Array, window: Window, low: Array, high: Array) -> Array | None:
    """Return limits that all places can share, features x limits; None where there are none."""
    outside = Fraction(window.outside or 0)
    if outside.denominator != 1:
        return None
    if outside:
        within = weights @ window.inside().T.astype(np.int64)
        shift = ((weights.sum(1)[:, None] - within) * int(outside))[:, :, None]
        low = np.where(np.abs(low) < _FAR, low + shift, low)
        high = np.where(np.abs(high) < _FAR, high + shift, high)
    lowest, highest = low.max(1), high.min(1)
    is_none = lowest > highest if low.dtype.kind == "f" else lowest >= highest
    if is_none.any():  # of sums of real numbers, limits themselves are the same
        return None
    limits: Array = np.where(highest < _FAR, highest, lowest + 1)
    return limits


def over_planes(kernel: Kernel, channels: int, rows: int) -> Kernel:
    """Return a kernel for a picture of one channel, in which the channels are below each other.

    It reaches from the first rows of the first channel to those of the last, so that nothing may be
    padded above and below.
    """
    features, height, width, depth = kernel.weights.shape
    weights = np.zeros((features, (channels - 1) * rows + height, width, 1), kernel.weights.dtype)
    for feature in range(features):
        first = feature // (features // kernel.groups) * depth
        for channel in range(depth):
            start = (first + channel) * rows
            block = weights[feature, start : start + height, :, 0]
            block += kernel.weights[feature, :, :, channel]
    return kernel._replace(weights=weights, groups=1)


def outside_of(sums: Sums, value: float = 0) -> Number | None:
    """Return the value of atoms whose element is `value`; None where they have different ones."""
    weights, base = sums.weights[:, 0], sums.base - value
    if not base.any():
        return 0
    if (
        sums.weights.shape[1] > 1
        or not weights.all()
        or (base * weights[0] != base[0] * weights).any()
    ):
        return None
    return simplest(Fraction(-base[0].item()) / Fraction(weights[0].item()))


def without_border(window: Window, sums: Sums) -> Window:
    """Return a window over a picture without its border of one constant, which is outside then."""
    held = window.atoms >= 0
    rows, columns = np.flatnonzero(held.any((0, 2))), np.flatnonzero(held.any((0, 1)))
    if held.all() or not held.any() or window.deep > 1:
        return window
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    atoms, border = window.atoms[:, top:bottom, left:right], sums.base[~held.reshape(-1)]
    if atoms.min() < 0 or np.ptp(border) or (any(window.pads) and border[0]):
        return window
    _, height, width = window.shape
    more = top, left, height - bottom, width - right
    a, b, c, d = (int(x + y) for x, y in zip(window.pads, more, strict=True))
    outside = outside_of(sums.take(np.flatnonzero(held)), border[0])
    return replace(window, atoms=atoms, pads=(a, b, c, d), outside=outside)

"""Logistic regressions of many small problems at once, with bounds on their losses from below."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
MARGIN = 5e-11  # what rounding may do to a bound, for each row
_REACH = 300.0  # of a weight, where none is given
_CONSTANT_REACH = 1820.0
_STEPS = 400


def minimise(
    x: Array,
    ones: Array,
    all_: Array,
    cutoff: float,
    margin: float,
    *,
    reaches: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Minimise losses over real weights: bounds from below, losses, and the weights.

    `x` is problems x cells x weights, the constant first, and `reaches` how far from 0 each weight
    may be. A problem is left once its bound is above the cutoff or meets its loss.
    """
    if reaches is None:
        reaches = np.full(x.shape[2], _REACH)
        reaches[0] = _CONSTANT_REACH
    descent = _Descent(x, ones, all_, reaches)
    for _ in range(_STEPS):
        if not descent.is_open.any():
            break
        point = descent.improved()
        if len(point.problems):
            descent.aim(point)
            descent.move(descent.judge(point, cutoff, margin))
    return descent.lower, descent.upper, descent.weights


class _Point(NamedTuple):
    """The state of some problems: `chance` is that of a one, by cells, and `bend` its curvature."""

    problems: Array
    x: Array
    all_: Array
    ones: Array
    chance: Array
    bend: Array


class _Descent:
    """Newton's method for many problems at once, of which those that are not open stay."""

    def __init__(self, x: Array, ones: Array, all_: Array, reaches: Array) -> None:
        count, _, width = x.shape
        self._x, self._ones, self._all, self._reaches = x, ones, all_, reaches
        self.weights, self._step = np.zeros((count, width)), np.zeros((count, width))
        self.lower, self.upper = np.zeros(count), np.full(count, np.inf)
        self._before = np.full(count, np.inf)
        self.is_open = np.ones(count, bool)

    def improved(self) -> _Point:
        """Return the open problems whose loss has not grown; the others go back half a step."""
        problems = np.flatnonzero(self.is_open)
        x, all_, ones = self._x[problems], self._all[problems], self._ones[problems]
        z = np.einsum("scw,sw->sc", x, self.weights[problems])
        small = np.exp(-np.abs(z))
        loss = (all_ * (np.maximum(z, 0) + np.log(1 + small)) - ones * z).sum(1)
        is_worse = ~(loss <= self._before[problems] + 1e-13 * all_.sum(1))
        back = problems[is_worse]
        self._step[back] /= 2
        self.weights[back] += self._step[back]
        self.is_open[back[np.abs(self._step[back]).max(1, initial=0) < 1e-14]] = False
        problems, x, all_, ones, z, small, loss = (
            array[~is_worse] for array in (problems, x, all_, ones, z, small, loss)
        )
        self._before[problems] = loss
        self.upper[problems] = np.minimum(self.upper[problems], loss)
        chance = np.where(z > 0, 1, small) / (1 + small)
        return _Point(problems, x, all_, ones, chance, all_ * small / (1 + small) ** 2)

    def aim(self, point: _Point) -> None:
        """Find the step to where the slope would be 0, as far as the curve tells."""
        slope = np.einsum("sc,scw->sw", point.all_ * point.chance - point.ones, point.x)
        curve = np.einsum("sc,scw,scv->swv", point.bend, point.x, point.x)
        scale = np.einsum("sww->s", curve)[:, None, None] * 1e-12 + 1e-300
        curve = curve + scale * np.eye(self.weights.shape[1])
        self._step[point.problems] = np.linalg.solve(curve, slope[:, :, None])[:, :, 0]

    def judge(self, point: _Point, cutoff: float, margin: float) -> Array:
        """Bound the losses from below by duality; return the problems that stay open."""
        problems, m = point.problems, point.chance
        moved = m - m * (1 - m) * np.einsum("scw,sw->sc", point.x, self._step[problems])
        moved = np.clip(moved, 0, 1)
        slope = np.einsum("sc,scw->sw", point.all_ * moved - point.ones, point.x)
        low = (point.all_ * _entropy(moved)).sum(1) - np.abs(slope) @ self._reaches - margin
        self.lower[problems] = np.maximum(self.lower[problems], low)
        gap = self.upper[problems] - self.lower[problems]
        is_over = (self.lower[problems] > cutoff) | (gap < 1.5 * margin)
        self.is_open[problems[is_over]] = False
        return problems[~is_over]

    def move(self, problems: Array) -> None:
        """Take the steps of some problems, no further than weights may be."""
        following = self.weights[problems] - self._step[problems]
        following = np.clip(following, -self._reaches, self._reaches)
        self._step[problems] = self.weights[problems] - following
        self.weights[problems] = following
        self.is_open[problems[np.abs(self._step[problems]).max(1, initial=0) < 1e-13]] = False


def _entropy(m: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        each = -np.where(m > 0, m * np.log(m), 0) - np.where(m < 1, (1 - m) * np.log(1 - m), 0)
    result: Array = each
    return result

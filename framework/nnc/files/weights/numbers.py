"""Whether the numbers of an array can be weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nnc.files.weights.mistakes import Mistake, Subject

_BLOCK = 1 << 16  # numbers looked at together; few enough to stay in the processor's cache


def not_finite(array: NDArray[Any]) -> tuple[int, ...] | None:
    """Give the index of the first NaN or infinity, row by row; None if there is none."""
    return _first_bad(array, np.isfinite) if array.dtype.kind in "fc" else None


def check_numbers(array: NDArray[Any], subject: Subject) -> None:
    """Refuse numbers that are not finite, and bools that are neither 0 nor 1."""
    bad = not_finite(array)
    if bad is not None:
        value = float(array[bad])
        what = "NaN" if math.isnan(value) else "infinity" if value > 0 else "-infinity"
        raise Mistake(
            f"{subject} is {what}{_place(bad)}; expected finite numbers",
            "look at how the weights were made: training may have diverged",
            rule="tensor-not-finite",
            at=subject.at,
        )
    if array.dtype.kind == "b" and (bad := _first_bad(array, _is_bit)) is not None:
        stored = array.view(np.uint8)[bad]
        raise Mistake(
            f"{subject} has a bool stored as {stored}{_place(bad)}; expected 0 or 1",
            "save it as uint8 if it holds numbers",
            at=subject.at,
        )


def _place(index: tuple[int, ...]) -> str:
    return f" at [{', '.join(map(str, index))}]" if index else ""


def _is_bit(block: NDArray[Any]) -> NDArray[Any]:
    return block.view(np.uint8) <= 1


def _first_bad(
    array: NDArray[Any], is_good: Callable[[NDArray[Any]], NDArray[Any]]
) -> tuple[int, ...] | None:
    """Give the index of the first number, row by row, that is not good.

    They are looked at in the order they are stored in, which is fast, and row by row only if one
    is bad.
    """
    if _bad_at(array, is_good, "K") is None:
        return None
    at = _bad_at(array, is_good, "C")
    return None if at is None else tuple(map(int, np.unravel_index(at, array.shape)))


def _bad_at(
    array: NDArray[Any],
    is_good: Callable[[NDArray[Any]], NDArray[Any]],
    order: Literal["K", "C"],
) -> int | None:
    """Count the numbers before the first that is not good; blocks are views where they can be."""
    at = 0
    flags: Any = ("external_loop", "buffered", "zerosize_ok")
    blocks: Any = np.nditer(array, flags, order=order, buffersize=_BLOCK)
    for block in blocks:
        good = is_good(block)
        if not good.all():
            return at + int(good.argmin())
        at += block.size
    return None

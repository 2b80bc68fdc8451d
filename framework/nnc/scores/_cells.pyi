"""The functions of `cells.c`; arrays are C-contiguous.

What does not fit together is a ValueError, an array of another type a TypeError. LAYOUT changes
with what a problem is.
"""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
Problem = tuple[
    int,
    int,
    Array,
    Array,
    Array,
    tuple[Array, ...],
    Array,
    int,
    tuple[float, float],
]

LAYOUT: int

def fill(problem: Problem, first: int, /) -> None: ...
def bound(
    problem: Problem, first: int, cutoff: float, logs: Array, supports: Array, bounds: Array, /
) -> tuple[int, int]: ...
def logistic(problem: Problem, size: int, supports: Array, losses: Array, /) -> None: ...
def points(
    cells: tuple[Array, Array, Array, Array, Array],
    choices: tuple[Array, Array, float, bool],
    goal: tuple[int, float, float, float],
    limits: tuple[Array, Array],
    cards: Array,
    values: Array,
    losses: Array,
    /,
) -> tuple[int, int]: ...

"""The request for a skeleton, and its outcome: numbers, a proof, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from nnc.filling.search.counting import Crowd
from nnc.filling.search.separable import Contradiction
from nnc.filling.search.skeleton import Skeleton
from nnc.numbers.exact import Number

Minimize = Literal["weights", "terms"]


@dataclass(frozen=True, slots=True)
class Clash:
    """Two rows that give the same and expect something else."""

    rows: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A row that neurons without blanks already contradict."""

    row: int
    cell: int


@dataclass(frozen=True, slots=True)
class Coarse:
    """A blank whose bounds contain no number with the allowed decimals."""

    blank: int


@dataclass(frozen=True, slots=True)
class Refutation:
    """However neurons fire in the rows, the sums of one contradict each other."""


@dataclass(frozen=True, slots=True)
class Exhausted:
    """A search of all numbers within the bounds, by trying them or by CP-SAT, that found none."""

    by: str


Proof = Clash | Fixed | Coarse | Contradiction | Crowd | Refutation | Exhausted


@dataclass(frozen=True, slots=True)
class Request:
    """The request, as the options of `nnc solve` describe it.

    `margin` None is the greatest.
    """

    decimals: int = 0
    terms: int | None = None
    minimize: Minimize = "weights"
    margin: int | None = 1
    is_total: bool = False
    seconds: float = 60

    @property
    def unit(self) -> Fraction:
        """The step between two numbers."""
        return Fraction(1, 10**self.decimals)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome for a skeleton: numbers for all blanks, or a proof that there are none.

    Without either it is not decided. `size` is the sum of sizes of all weights that were open, and
    `bound` what it is at least. `least` says of what it is known to be least: of each `neuron` for
    what it does, of the whole `network`, or of nothing. `is_interrupted` marks the best so far.
    Where it is not decided, `within` is up to which size of weights CP-SAT has found none.
    """

    skeleton: Skeleton
    values: Mapping[int, Number] | None = None
    proof: Proof | None = None
    size: Number = 0
    bound: Number = 0
    least: Literal["neuron", "network", ""] = ""
    is_by_solver: bool = False
    is_interrupted: bool = False
    margin: int = 1
    within: Number | None = None

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
    """Two rows with equal inputs and different expectations."""

    rows: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A row contradicted by neurons without blanks."""

    row: int
    cell: int


@dataclass(frozen=True, slots=True)
class Coarse:
    """A blank whose bounds contain no number with the allowed decimals."""

    blank: int


@dataclass(frozen=True, slots=True)
class Refutation:
    """A proof that the sums of a neuron contradict each other for every firing of the neurons."""


@dataclass(frozen=True, slots=True)
class Exhausted:
    """A complete search within the bounds, by enumeration or CP-SAT, without a solution."""

    by: str


Proof = Clash | Fixed | Coarse | Contradiction | Crowd | Refutation | Exhausted


@dataclass(frozen=True, slots=True)
class Request:
    """The request, as the options of `nnc solve` describe it.

    A `margin` of None requests the greatest.
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

    Without either, it is undecided. `size` is the sum of sizes of all open weights, and `bound` its
    proved lower bound. `least` states the scope in which it is proved least: each `neuron` for its
    outputs, the entire `network`, or none. `is_interrupted` marks the best answer so far. If it is
    undecided, CP-SAT has excluded weights of sizes up to `within`.
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

"""Ties: rows on which rounding in a library may lead to another decision."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.plan import Plan
from nnc.language.network import Network, Output
from nnc.rows.columns import Batch, Column
from nnc.run.evaluation import evaluate_batch


@dataclass(frozen=True, slots=True)
class Ties:
    """The distance within which rounding may decide: two sums that are this near to each other.

    Of one neuron it is the distance of its sum from 0. The bound of a row is `bound` and, for each
    input, its size times its number in `slopes`. Where `is_number`, the sum itself is the output,
    and may be off by that much.
    """

    neurons: tuple[str, ...]
    bound: Fraction = Fraction(0)
    slopes: Mapping[str, Fraction] = field(default_factory=dict)
    is_number: bool = False

    @property
    def is_exact(self) -> bool:
        """True if the network and the library agree on every row."""
        return not self.bound and not any(self.slopes.values())

    def words(self, library: str) -> str:
        """Describe the rows on which the network and the library agree."""
        if self.is_exact:
            return "exact on every row"
        if self.is_number:
            return f"the exact sum, of which {library} may be off by {self._size()}"
        what = "two sums" if len(self.neurons) > 1 else "the sum and 0"
        return f"exact but for rows where {what} are within {self._size()}, which {library} rounds"

    def _size(self) -> str:
        if not self.slopes:
            return show_bound(self.bound)
        return "the rounding of their terms"


def show_bound(bound: Fraction) -> str:
    """Write a positive bound with one digit, rounded up."""
    power = math.floor(math.log10(bound))
    digit = math.ceil(bound / Fraction(10) ** power)
    return f"{digit}e{power}" if digit < 10 else f"1e{power + 1}"


def with_sums(network: Network, ties: Ties) -> Network:
    """Return the network whose outputs are the sums that may tie."""
    outputs = {f"sum_{k}": Output(sum=name) for k, name in enumerate(ties.neurons)}
    return network.model_copy(update={"outputs": outputs, "cases": (), "properties": ()})


def near_ties(plan: Plan, ties: Ties, batches: Iterable[Batch]) -> tuple[int, int]:
    """Count the rows that are near a tie, and all rows; the plan is one of `with_sums`."""
    near = total = 0
    for batch in batches:
        sums = [
            column for column in evaluate_batch(plan, batch).values() if isinstance(column, Column)
        ]
        bounds = list(_bounds(plan, ties, batch))
        for k, row in enumerate(zip(*(column.values() for column in sums), strict=True)):
            first, second = [0, *sorted(row)][-2:] if len(row) > 1 else [0, abs(row[0])]
            near += second - first <= bounds[k]
            total += 1
    return near, total


def _bounds(plan: Plan, ties: Ties, batch: Batch) -> Iterator[Fraction]:
    """Yield the bound of each row."""
    sizes: NDArray[np.float64] = np.zeros(batch.count)
    for name, column in zip(plan.inputs, batch.columns, strict=True):
        slope = ties.slopes.get(name)
        if slope is None or not isinstance(column, Column):
            continue
        sizes += np.abs(column.numerators.astype(np.float64)) / column.denominator * float(slope)
    for size in sizes.tolist():
        yield ties.bound + Fraction(size) * Fraction(1001, 1000)

"""Rows by the places of their axes: which of them give an output another value, many at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.graph import Tap
from nnc.numbers.exact import Number
from nnc.proofs.plans import Block, exact_values
from nnc.reasons.question import Question, elements_of
from nnc.reasons.scales import Scale
from nnc.rows.columns import Results
from nnc.run.evaluation import evaluate_batch
from nnc.run.trace import PlainValue

Bools = NDArray[np.bool_]


class Kind:
    """The rows in which an output has a value, or, if `is_turned`, has not, and that are allowed.

    Axes without a scale have the value of the question's row.
    """

    def __init__(
        self,
        question: Question,
        tap: Tap,
        scales: Mapping[int, Scale],
        wanted: PlainValue,
        *,
        is_turned: bool,
    ) -> None:
        self._question, self._wanted, self._is_turned = question, wanted, is_turned
        self._tap = tap
        self._plan = replace(question.plan, outputs=(tap,))
        self.values: dict[int, list[Number | str]] = {
            axis: [scale.value_at(place) for place in range(len(scale))]
            for axis, scale in scales.items()
        }
        self._places = {axis: i for i, axis in enumerate(scales)}
        self._others: dict[int, list[Number | str]] = {
            axis: [value] for axis, value in enumerate(question.row) if axis not in scales
        }

    def of_codes(self, codes: NDArray[np.int64]) -> Bools:
        """Return which rows are of the kind; each has the places of the axes that have a scale."""
        none = np.zeros(len(codes), np.int64)

        def of(axis: int) -> NDArray[np.int64]:
            place = self._places.get(axis)
            return none if place is None else codes[:, place]

        domain = self._question.domain
        return self.of_block(Block(domain, len(codes), {**self.values, **self._others}, of))

    def of_block(self, block: Block) -> Bools:
        """Return which rows of a block are of the kind."""
        results = evaluate_batch(self._plan, block.batch(self._plan), bits=True)
        held = _is_value(results, self._tap, self._wanted)
        if self._is_turned:
            held = ~held
        assumed = self._question.assumed
        if assumed is not None:
            broken = evaluate_batch(assumed, block.batch(assumed))
            for column in broken.values():
                held &= ~np.array(column.values(), bool)
        return held


def _is_value(results: Results, tap: Tap, wanted: PlainValue) -> Bools:
    """Return the rows in which an output has a value."""
    if isinstance(wanted, str):
        values = results[tap.alias].values()
        return np.array([value == wanted for value in values], bool)
    if not tap.is_bus:
        (number,) = exact_values([wanted]) if not isinstance(wanted, list) else wanted
        return np.array([value == number for value in results[tap.alias].values()], bool)
    held = [
        np.array([value == own for value in results[f"{tap.alias}({place})"].values()], bool)
        for place, own in enumerate(elements_of(tap, wanted))
    ]
    every: Bools = np.logical_and.reduce(held)
    return every

"""Outputs of a pair that stayed open -> Remaining: their elements, inputs and neurons."""

from __future__ import annotations

from functools import cached_property
from math import prod

from nnc.proofs.plans.budget import SECOND
from nnc.proofs.plans.domain import Interval, length_of
from nnc.proofs.plans.nodes import Gate, Mixed, Support, merged
from nnc.proofs.plans.pair import ComparedOutput, Pair
from nnc.remaining import Remaining

_MAX_DETAILED = 20  # outputs whose remaining neurons are counted
# trying all inputs is not suggested beyond these
_MAX_AXES = 60
_MAX_SECONDS = 100_000


class Leftovers:
    """The remaining parts of outputs of a pair, after steps of these names."""

    def __init__(self, pair: Pair, steps: tuple[str, ...]) -> None:
        self._pair, self._steps = pair, steps
        self._detailed = 0

    def of(self, output: ComparedOutput) -> Remaining:
        """Return the remaining parts of an output."""
        pair = self._pair
        support = merged(part.support for part in output.open)
        own = (pair.domain.axes[axis].input for axis in sorted(support.axes))
        names = dict.fromkeys([*own, *sorted(support.apart)])
        elements = [index for index, part in enumerate(output.parts) if not part.is_equal]
        neurons: tuple[int | None, int | None] = None, None
        first: tuple[str | None, str | None] = None, None
        if self._detailed < _MAX_DETAILED and pair.readings is not None:
            self._detailed += 1
            neurons, first = self._neurons(output)
        return Remaining(
            tuple(elements),
            size=len(output.parts),
            open_inputs=tuple(names),
            unbounded=self._unbounded(support),
            neurons_before=neurons[0],
            neurons_after=neurons[1],
            first_before=first[0],
            first_after=first[1],
            steps=self._steps,
            budget=self._seconds(output),
        )

    def _unbounded(self, support: Support) -> tuple[str, ...]:
        pair = self._pair
        free = (a for a in sorted(support.axes) if isinstance(pair.values_of(a, support), Interval))
        return tuple(dict.fromkeys(pair.domain.axes[axis].input for axis in free))

    def _seconds(self, output: ComparedOutput) -> int | None:
        """Return the seconds of the budget that all inputs take, if these are not many.

        It is twice as much, since the steps before may take a half.
        """
        tried = self._pair.tried(output.open)
        if tried is None or len(tried) > _MAX_AXES:
            return None
        rows = prod(map(length_of, tried.values()))
        seconds = 2 * -(-self._pair.work(output.open, rows, len(tried)) // SECOND)
        return seconds if seconds < _MAX_SECONDS else None

    def _neurons(
        self, output: ComparedOutput
    ) -> tuple[tuple[int, int], tuple[str | None, str | None]]:
        """Count the neurons that only one network has below an output, and name the first."""
        shared = self._pair.shared
        cones = [shared.cone(n for part in output.open for n in part.sides[i]) for i in (0, 1)]
        signals = [
            sorted(makers[node] for node in cone - other if node in makers)
            for cone, other, makers in zip(cones, cones[::-1], self._makers, strict=True)
        ]
        counts = len(signals[0]), len(signals[1])
        if not all(counts):
            return counts, (None, None)
        plans = self._pair.before, self._pair.after
        names = [plan.name_of(own[0]) for plan, own in zip(plans, signals, strict=True)]
        return counts, (names[0], names[1])

    @cached_property
    def _makers(self) -> tuple[dict[int, int], dict[int, int]]:
        """The first signal of each network that is a node, of neurons alone."""
        assert self._pair.readings is not None
        sides: list[dict[int, int]] = []
        for plan, reading in zip(
            (self._pair.before, self._pair.after), self._pair.readings, strict=True
        ):
            makers: dict[int, int] = {}
            for signal in range(plan.first_made, len(reading.literals)):
                node = reading.literals[signal] >> 1
                if node > 0 and isinstance(self._pair.shared.nodes[node], (Gate, Mixed)):
                    makers.setdefault(node, signal)
            sides.append(makers)
        return sides[0], sides[1]

"""An output of which nothing was found out -> Remaining: what is left of it, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

from nnc.exact import counted, names_and_more
from nnc.proving.budget import SECOND
from nnc.proving.domain import Interval, length_of
from nnc.proving.nodes import Gate, Mixed, Support, merged
from nnc.proving.pair import ComparedOutput, Pair

_MAX_DETAILED = 20
"""Of so many outputs it is said which neurons are left."""
_MAX_AXES, _LONGEST = 60, 100_000
"""All inputs are no way where there are more axes, or where they take so many seconds."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of an output that is neither proved equal nor known to differ.

    Of a bus `elements` are the places that are open, of `size`. `inputs` are those that these
    depend on; `unbounded` are the ones without an end of which each value counts. `neurons` counts
    those below that no neuron of the other network is known to equal, before and after, and
    `first` names the first of these, in the order of calculation, where both have some. `steps`
    were tried in vain. `budget` is about how many seconds of it let all inputs be tried.
    """

    elements: tuple[int, ...] = (0,)
    size: int = 1
    inputs: tuple[str, ...] = ()
    unbounded: tuple[str, ...] = ()
    neurons: tuple[int, int] | None = None
    first: tuple[str, str] | None = None
    steps: tuple[str, ...] = ()
    budget: int | None = None

    def words(self) -> str:
        """Say what is left, and what would help, after what was tried."""
        pieces = []
        if len(self.elements) < self.size:
            more = f" and {len(self.elements) - 1:,} more" if self.elements[1:] else ""
            pieces.append(f"({self.elements[0]}){more} of its {self.size:,} elements")
        if self.inputs:
            names = names_and_more(self.inputs, _NAMED)
            pieces.append(f"{counted(len(self.inputs), 'input')} ({names})")
        if self.neurons is not None and any(self.neurons):
            pieces.append(self._neuron_words(self.neurons))
        text = f"left: {', '.join(pieces)}" if pieces else ""
        if self.budget is not None:
            text += f"; with about --budget {self.budget} all inputs are tried"
        elif self.unbounded:
            verb = "have" if self.unbounded[1:] else "has"
            names = names_and_more(self.unbounded, _NAMED)
            text += f"; {names} {verb} no bounds, and each value counts"
        return text

    def _neuron_words(self, neurons: tuple[int, int]) -> str:
        before, after = neurons
        if not (before and after):
            return counted(before or after, "neuron")
        where = f", from `{self.first[0]}` and `{self.first[1]}` on" if self.first else ""
        have = "has" if after == 1 else "have"
        return (
            f"{counted(before, 'neuron')} before and {after:,} after that {have} no known equal in "
            f"the other network{where}"
        )


class Leftovers:
    """Says what is left of outputs of a pair, after steps of these names."""

    def __init__(self, pair: Pair, steps: tuple[str, ...]) -> None:
        self._pair, self._steps = pair, steps
        self._detailed = 0

    def of(self, output: ComparedOutput) -> Remaining:
        """Return what is left of an output."""
        pair = self._pair
        support = merged(part.support for part in output.open)
        own = (pair.domain.axes[axis].input for axis in sorted(support.axes))
        names = dict.fromkeys([*own, *sorted(support.apart)])
        elements = [place for place, part in enumerate(output.parts) if not part.is_equal]
        neurons = first = None
        if self._detailed < _MAX_DETAILED and pair.readings is not None:
            self._detailed += 1
            neurons, first = self._neurons(output)
        return Remaining(
            tuple(elements), len(output.parts), tuple(names), self._unbounded(support), neurons,
            first, self._steps, self._seconds(output),
        )  # fmt: skip

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
        return seconds if seconds < _LONGEST else None

    def _neurons(self, output: ComparedOutput) -> tuple[tuple[int, int], tuple[str, str] | None]:
        """Count the neurons that only one network has below an output, and name the first."""
        shared = self._pair.shared
        cones = [shared.cone(n for part in output.open for n in part.sides[i]) for i in (0, 1)]
        signals = [
            sorted(makers[node] for node in cone - other if node in makers)
            for cone, other, makers in zip(cones, cones[::-1], self._makers, strict=True)
        ]
        counts = len(signals[0]), len(signals[1])
        if not all(counts):
            return counts, None
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

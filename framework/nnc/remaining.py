"""Remaining: the part of an output or a property that is neither proved nor refuted."""

from __future__ import annotations

from dataclasses import dataclass

from nnc.numbers.exact import counted, names_and_more

_MAX_NAMES = 3


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
            names = names_and_more(self.inputs, _MAX_NAMES)
            pieces.append(f"{counted(len(self.inputs), 'input')} ({names})")
        if self.neurons is not None and any(self.neurons):
            pieces.append(self._neuron_words(self.neurons))
        text = f"left: {', '.join(pieces)}" if pieces else ""
        if self.budget is not None:
            text += f"; with about --budget {self.budget} all inputs are tried"
        elif self.unbounded:
            verb = "have" if self.unbounded[1:] else "has"
            names = names_and_more(self.unbounded, _MAX_NAMES)
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

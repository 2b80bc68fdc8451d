"""Remaining: the part of an output or a property that is neither proved nor refuted."""

from __future__ import annotations

from dataclasses import dataclass

from nnc.numbers.exact import counted, names_and_more

_MAX_NAMES = 3


@dataclass(frozen=True, slots=True)
class Remaining:
    """The part of an output, or of a property, that is neither proved nor refuted."""

    elements: tuple[int, ...] = (0,)
    """The places of the elements of a bus that are open."""
    size: int = 1
    """The number of elements."""
    open_inputs: tuple[str, ...] = ()
    """The inputs that it depends on."""
    unbounded: tuple[str, ...] = ()
    """Inputs without an end of which each value counts."""
    neurons_before: int | None = None
    """The number of neurons without a known equal after the change; null where not counted."""
    neurons_after: int | None = None
    """The number of neurons without a known equal before it; null where not counted."""
    first_before: str | None = None
    """The first of the neurons before, in the order of calculation; null where there is none."""
    first_after: str | None = None
    """The first of the neurons after; null where there is none."""
    steps: tuple[str, ...] = ()
    """The steps that were tried in vain."""
    budget: int | None = None
    """With about so many seconds of it all inputs are tried; null where that is no way."""

    def words(self) -> str:
        """Say what is left, and what would help, after what was tried."""
        pieces = []
        if len(self.elements) < self.size:
            more = f" and {len(self.elements) - 1:,} more" if self.elements[1:] else ""
            pieces.append(f"({self.elements[0]}){more} of its {self.size:,} elements")
        if self.open_inputs:
            names = names_and_more(self.open_inputs, _MAX_NAMES)
            pieces.append(f"{counted(len(self.open_inputs), 'input')} ({names})")
        if self.neurons_before or self.neurons_after:
            pieces.append(self._neuron_words(self.neurons_before or 0, self.neurons_after or 0))
        text = f"left: {', '.join(pieces)}" if pieces else ""
        if self.budget is not None:
            text += f"; with about --budget {self.budget} all inputs are tried"
        elif self.unbounded:
            verb = "have" if self.unbounded[1:] else "has"
            names = names_and_more(self.unbounded, _MAX_NAMES)
            text += f"; {names} {verb} no bounds, and each value counts"
        return text

    def _neuron_words(self, before: int, after: int) -> str:
        if not (before and after):
            return counted(before or after, "neuron")
        where = (
            f", from `{self.first_before}` and `{self.first_after}` on" if self.first_before else ""
        )
        have = "has" if after == 1 else "have"
        return (
            f"{counted(before, 'neuron')} before and {after:,} after that {have} no known equal in "
            f"the other network{where}"
        )

"""What is asked for of an output, and what came of it: CutSettings and CutSets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nnc.numbers.exact import Number

ENTRIES = 2_000_000
"""So many entries diagrams may have by default: some 400 MB."""
LISTED = 100
"""So many sets are listed by default."""

Kind = Literal["cut sets", "path sets", "prime implicants"]


@dataclass(frozen=True)
class CutSettings:
    """What is asked for: sets of at most `order` inputs, `limit` of them listed, None for all.

    `paths` asks for the sets with which the output is not 1, and `entries` bounds the diagrams.
    """

    order: int | None = None
    paths: bool = False
    limit: int | None = LISTED
    entries: int = ENTRIES


@dataclass(frozen=True)
class CutSet:
    """One set: by name the inputs that it says something of, and whether they are 1.

    Whatever the other inputs are, the output is what the set makes it; of no part of it is that so.
    """

    literals: tuple[tuple[str, bool], ...]
    probability: Number | None = None

    @property
    def on(self) -> tuple[str, ...]:
        """The inputs that are 1."""
        return tuple(name for name, is_on in self.literals if is_on)

    @property
    def off(self) -> tuple[str, ...]:
        """The inputs that are not 1."""
        return tuple(name for name, is_on in self.literals if not is_on)


@dataclass(frozen=True)
class Importance:
    """How much an input counts; None where there is no such number.

    `birnbaum` is how much more probable it is that the output is 1 with the input 1 than without;
    `fussell_vesely` the probability, where the output is 1, that a cut set with the input occurs:
    None for path sets and prime implicants, and where not all cut sets, or their unions, fit the
    diagrams.
    """

    input: str
    birnbaum: Number | None
    fussell_vesely: Number | None


@dataclass(frozen=True)
class CutSets:
    """The sets of inputs that decide an output, and what they tell.

    `value` is what they make the output: 1, or for paths the other one of its values. `kind` is
    `prime implicants` where some sets need inputs that are 1 and others that are not. `counts` has
    how many sets there are of each order, of orders up to the bound alone where `is_complete` is
    false; `sets` are those that are listed. `inputs` is how many the output depends on.
    `probability` is that of the output being 1, None where none are known; then `importance` is
    empty.
    """

    output: str
    value: Number
    kind: Kind
    sets: tuple[CutSet, ...]
    counts: Mapping[int, int]
    is_complete: bool
    inputs: int
    probability: Number | None = None
    importance: tuple[Importance, ...] = ()

    @property
    def total(self) -> int:
        """How many sets there are, of those orders that were counted."""
        return sum(self.counts.values())

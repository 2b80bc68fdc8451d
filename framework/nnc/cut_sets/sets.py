"""CutSettings and CutSets: the settings of a search for cut sets, and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nnc.numbers.exact import Number

ENTRIES = 2_000_000  # of diagrams: some 400 MB
LISTED = 100  # sets

Kind = Literal["cut sets", "path sets", "prime implicants"]


@dataclass(frozen=True)
class CutSettings:
    """Settings of a search: sets of at most `order` inputs, `limit` of them listed, None for all.

    `paths` finds the sets with which the output is not 1, `coherent` those that decide it while all
    other inputs are in the opposite state. `entries` bounds the diagrams. `importance` adds the
    importance of the inputs to probabilities.
    """

    order: int | None = None
    paths: bool = False
    coherent: bool = False
    limit: int | None = LISTED
    entries: int = ENTRIES
    importance: bool = True


@dataclass(frozen=True)
class CutSet:
    """One set: its inputs by name, and whether they are 1.

    The set decides the output for any value of the other inputs, and no subset does. In a coherent
    search it does so while no other input is 1, or for paths while all others are.
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
    """The importance of an input; None for a measure that is undefined or unknown.

    `birnbaum` is the probability that the output is 1 with the input 1, minus that without it;
    `fussell_vesely` is the probability, given output 1, that a cut set with the input occurs:
    None for path sets and prime implicants, and where not all cut sets, or their unions, fit the
    diagrams.
    """

    input: str
    birnbaum: Number | None
    fussell_vesely: Number | None


@dataclass(frozen=True)
class CutSets:
    """The sets of inputs that decide an output, and their measures.

    `value` is the value they give the output: 1, or for paths the other one of its values. `kind`
    is `prime implicants` where some sets need inputs that are 1 and others that are not. `counts`
    has the number of sets of each order, only up to the bound where `is_complete` is false, and is
    None where the sets are too many; `sets` are those that are listed. `inputs` is the number of
    inputs that the output depends on. `probability` is that of the output being 1, None where none
    are known; then `importance` is empty. `is_exact` is false where a set decides the output only
    while no other input is 1, or for paths while all others are: a coherent search of inputs that
    turn the output off.
    """

    output: str
    value: Number
    kind: Kind
    sets: tuple[CutSet, ...]
    counts: Mapping[int, int] | None
    is_complete: bool
    inputs: int
    probability: Number | None = None
    importance: tuple[Importance, ...] = ()
    is_exact: bool = True

    @property
    def total(self) -> int | None:
        """The number of sets of the counted orders; None if they are too many."""
        return None if self.counts is None else sum(self.counts.values())

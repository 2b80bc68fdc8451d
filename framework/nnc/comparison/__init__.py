"""What is different between two networks: in what they say, and for which inputs.

Structure is compared as it is declared; behaviour as Plan + Plan.
"""

from typing import NamedTuple

from nnc.comparison.behaviour import compare_behaviour
from nnc.comparison.structure import Structure
from nnc.comparison.verdicts import Behaviour, Counterexample, Kind, Parted, Verdict
from nnc.comparison.within import read_within

__all__ = [
    "Behaviour",
    "Comparison",
    "Counterexample",
    "Kind",
    "Parted",
    "Structure",
    "Verdict",
    "compare_behaviour",
    "read_within",
]


class Comparison(NamedTuple):
    """What a change of a network does: to what it says, and to what it does."""

    structure: Structure
    behaviour: Behaviour

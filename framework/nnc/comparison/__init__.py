"""Plan + Plan -> what is different: for which inputs the outputs differ, or that they never do."""

from nnc.comparison.behaviour import compare_behaviour
from nnc.comparison.verdicts import Behaviour, Counterexample, Kind, Parted, Verdict
from nnc.comparison.within import read_within

__all__ = [
    "Behaviour",
    "Counterexample",
    "Kind",
    "Parted",
    "Verdict",
    "compare_behaviour",
    "read_within",
]

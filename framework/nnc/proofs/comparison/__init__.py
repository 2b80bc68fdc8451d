"""Two plans -> a verdict for each output, with a counterexample and the region around it.

Order: counterexamples, boxes, regions, behaviour.
"""

from nnc.proofs.comparison.behaviour import (
    Behaviour,
    Verdict,
    VerdictKind,
    compare_behaviour,
    unknown_behaviour,
)
from nnc.proofs.comparison.boxes import ends_of
from nnc.proofs.comparison.counterexamples import Counterexample, Parted
from nnc.proofs.comparison.regions import Condition, End, Places, Region

__all__ = [
    "Behaviour",
    "Condition",
    "Counterexample",
    "End",
    "Parted",
    "Places",
    "Region",
    "Verdict",
    "VerdictKind",
    "compare_behaviour",
    "ends_of",
    "unknown_behaviour",
]

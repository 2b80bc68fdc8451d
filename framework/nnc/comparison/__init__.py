"""What is different between two networks: in what they say, and for which inputs.

Structure is compared as it is declared; behaviour, and what becomes of rows, as Plan + Plan.

Order: structure, rows.
"""

from typing import NamedTuple

from nnc.comparison.rows import Move, OutputRows, RowChanges, compare_rows
from nnc.comparison.structure import Structure
from nnc.proving.behaviour import compare_behaviour
from nnc.proving.verdicts import Behaviour, Counterexample, Kind, Parted, Verdict
from nnc.proving.within import read_within

__all__ = [
    "Behaviour",
    "Comparison",
    "Counterexample",
    "Kind",
    "Move",
    "OutputRows",
    "Parted",
    "RowChanges",
    "Structure",
    "Verdict",
    "compare_behaviour",
    "compare_rows",
    "read_within",
]


class Comparison(NamedTuple):
    """What a change of a network does: to what it says, to what it does, and to some rows."""

    structure: Structure
    behaviour: Behaviour
    rows: RowChanges | None = None

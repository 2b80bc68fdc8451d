"""What is different between two networks: in what they say, and for which inputs.

Structure is compared as it is declared; behaviour, and what becomes of rows, as Plan + Plan.
"""

from typing import NamedTuple

from nnc.comparison.row_changes import RowChanges
from nnc.comparison.structure import Structure
from nnc.proving.behaviour import Behaviour


class Comparison(NamedTuple):
    """What a change of a network does: to what it says, to what it does, and to some rows."""

    structure: Structure
    behaviour: Behaviour
    rows: RowChanges | None = None

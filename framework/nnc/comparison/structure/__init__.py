"""Two networks as they are declared -> Structure: what a reader of both files would name.

Order: changes, declared, forms, names, layers, structure, alone.
"""

from nnc.comparison.structure.alone import lone_structure
from nnc.comparison.structure.changes import Change, Detail, Renamed, Structure
from nnc.comparison.structure.structure import compare_structure

__all__ = ["Change", "Detail", "Renamed", "Structure", "compare_structure", "lone_structure"]

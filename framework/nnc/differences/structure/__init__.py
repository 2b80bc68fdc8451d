"""Two networks as they are declared -> Structure: what a reader of both files would name.

Order: changes, declarations, forms, names, layers, compare.
"""

from nnc.differences.structure.changes import Change, Detail, Renamed, Structure
from nnc.differences.structure.compare import compare_structure, lone_structure

__all__ = ["Change", "Detail", "Renamed", "Structure", "compare_structure", "lone_structure"]

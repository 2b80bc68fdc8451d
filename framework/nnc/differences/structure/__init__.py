"""Compare the declarations of two networks, as a reader of both files would.

Order: declarations, forms, names, layers, compare.
"""

from nnc.differences.structure.compare import compare_structure, lone_structure
from nnc.differences.structure.declarations import Change, Detail, Renamed, Structure

__all__ = ["Change", "Detail", "Renamed", "Structure", "compare_structure", "lone_structure"]

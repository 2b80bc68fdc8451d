"""Merge three texts of a network by neuron and synapse; comments and layout are kept.

Order: pieces, three_way.
"""

from nnc.differences.merging.pieces import MarkerLabels
from nnc.differences.merging.three_way import Merged, merge

__all__ = ["MarkerLabels", "Merged", "merge"]

"""Three texts of one network -> one: merged by neuron and synapse, comments and layout kept.

Order: pieces, three_way.
"""

from nnc.differences.merging.pieces import MarkerLabels
from nnc.differences.merging.three_way import Merged, merge

__all__ = ["MarkerLabels", "Merged", "merge"]

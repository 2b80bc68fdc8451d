"""Three texts of one network -> one: merged by neuron and synapse, comments and layout kept.

Order: pieces, layout, three_way.
"""

from nnc.differences.versions.merging.pieces import MarkerLabels
from nnc.differences.versions.merging.three_way import Merged, merge

__all__ = ["MarkerLabels", "Merged", "merge"]

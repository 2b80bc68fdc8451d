"""Three texts of one network -> one: merged by neuron and synapse, comments and layout kept.

Order: order, pieces, layout, merging.
"""

from nnc.versions.merging.merging import Merged, merge
from nnc.versions.merging.pieces import Labels

__all__ = ["Labels", "Merged", "merge"]

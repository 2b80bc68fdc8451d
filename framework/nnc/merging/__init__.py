"""Three texts of one network -> one: merged by neuron and synapse, comments and layout kept.

Order: order, pieces, layout, merging.
"""

from nnc.merging.merging import Merged, merge
from nnc.merging.pieces import Labels

__all__ = ["Labels", "Merged", "merge"]

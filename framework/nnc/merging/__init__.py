"""Three texts of one network -> one: merged by neuron and synapse, comments and layout kept."""

from nnc.merging.merging import Merged, merge
from nnc.merging.pieces import Labels

__all__ = ["Labels", "Merged", "merge"]

"""Search for open numbers that satisfy rows, or prove that none exist.

Order: skeleton, separable, formula, columns, counting, outcomes, whole, conduct.
"""

from nnc.filling.search.conduct import pinned
from nnc.filling.search.outcomes import Fixed
from nnc.filling.search.skeleton import conditions_of

__all__ = ["Fixed", "conditions_of", "pinned"]

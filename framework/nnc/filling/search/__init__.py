"""Search the open numbers of neurons so that rows hold, or prove that there are none.

Order: skeleton, separable, formula, directions, columns, counting, outcomes, whole, conduct,
descent, fewest.
"""

from nnc.filling.search.conduct import pinned
from nnc.filling.search.outcomes import Fixed, Request
from nnc.filling.search.skeleton import Skeleton, conditions_of

__all__ = [
    "Fixed",
    "Request",
    "Skeleton",
    "conditions_of",
    "pinned",
]

"""Two plans as one graph over common inputs, and the rows in which they are evaluated.

Order: budget, domain, nodes, shared, pair, blocks.
"""

from nnc.proofs.plans.blocks import Block, Grid, unlike
from nnc.proofs.plans.budget import Budget
from nnc.proofs.plans.domain import CutOff, Interval, between, build_domain, exact_values, size_of
from nnc.proofs.plans.nodes import FALSE, TRUE, Cut, Gate, Leaf, Linear, Mixed, Support
from nnc.proofs.plans.shared import Shared, linear

__all__ = [
    "FALSE",
    "TRUE",
    "Block",
    "Budget",
    "Cut",
    "CutOff",
    "Gate",
    "Grid",
    "Interval",
    "Leaf",
    "Linear",
    "Mixed",
    "Shared",
    "Support",
    "between",
    "build_domain",
    "exact_values",
    "linear",
    "size_of",
    "unlike",
]

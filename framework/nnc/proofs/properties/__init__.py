"""Claims of a network -> proofs: for all rows that are allowed, or a row that refutes one.

A claim becomes pairs of plans that are equal where it holds; what compares two plans proves it.

Order: raising, claims, near, landscape, near_bounds, near_rows, prover, allowed, lints.
"""

from nnc.proofs.properties.allowed import allowed_row, within_assumptions
from nnc.proofs.properties.lints import lints
from nnc.proofs.properties.near_rows import fewest_by_search
from nnc.proofs.properties.prover import BUDGET, Proof, ProofKind, Prover

__all__ = [
    "BUDGET",
    "Proof",
    "ProofKind",
    "Prover",
    "allowed_row",
    "fewest_by_search",
    "lints",
    "within_assumptions",
]

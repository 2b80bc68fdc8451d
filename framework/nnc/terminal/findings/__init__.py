"""Reports of findings: a module for each form, or for several that are alike.

Order: findings, paths, text, github, gitlab, sarif, junit, json.
"""

from nnc.terminal.findings.findings import Changes, Outcome, ProofRecord, Report, Sides, totals_of

__all__ = ["Changes", "Outcome", "ProofRecord", "Report", "Sides", "totals_of"]

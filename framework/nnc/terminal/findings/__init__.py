"""Reports of findings, with one module for each form or group of similar forms.

Order: findings, github, gitlab, sarif, junit, json.
"""

from nnc.terminal.findings.findings import Changes, Outcome, ProofRecord, Report, Sides, totals_of

__all__ = ["Changes", "Outcome", "ProofRecord", "Report", "Sides", "totals_of"]

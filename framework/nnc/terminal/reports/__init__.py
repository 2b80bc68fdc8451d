"""Reports that several commands print: traces, plans and confusion matrices.

Order: confusions, traces, plan.
"""

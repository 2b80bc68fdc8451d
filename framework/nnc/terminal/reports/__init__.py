"""Reports that several commands print: traces, plans and confusion tables.

Order: confusions, traces, plan.
"""

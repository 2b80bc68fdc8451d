"""One number: every repair by it, with the whole interval of its values; complete and exact.

Order: limits, sweeps, fixes.
"""

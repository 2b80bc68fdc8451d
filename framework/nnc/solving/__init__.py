"""Numbers that are found: those left open, scores from rows of data, the fewest to change.

Order: repairs.
"""

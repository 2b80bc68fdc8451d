"""Numbers that are found: scores from rows of data.

Order: scorecards.
"""

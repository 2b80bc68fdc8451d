"""Numbers that are found: those left open, so that every case holds, scores from rows of data, and
the fewest to change.

Order: bounded, filling, scorecards, repairs.
"""

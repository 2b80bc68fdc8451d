"""Numbers that are found: those left open, so that every case holds, and scores from rows of data.

Order: bounded, filling, scorecards.
"""

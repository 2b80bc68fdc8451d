"""Why an output decides as it does for a row: what forces it, and the nearest other rows.

Order: question, scales, finder, sums, tables, circuits, hitting, forcing, answers.
"""

"""Why an output decides as it does for a row: what forces it, and the nearest other rows.

Order: question, scales, neighbours, finder, lines, sums, encoding, circuits, forcing, answers,
answer, report, command.
"""

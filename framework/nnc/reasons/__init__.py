"""Why an output decides as it does for a row: what forces it, and the nearest other rows.

Order: question, scales, lines, kinds, neighbours, finder, sums, tables, encoding, circuits,
hitting, forcing, answers, answer, report, command.
"""

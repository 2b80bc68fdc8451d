"""`nnc solve`: the numbers that a network leaves open, found so that every case holds.

Order: search, questions, alternatives, proofs, blanks, settings, answer, report, running,
command.
"""

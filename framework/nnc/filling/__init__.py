"""`nnc solve`: the numbers that a network leaves open, filled so that every case holds.

Order: skeleton, separable, formula, directions, columns, counting, outcomes, whole, conduct,
descent, fewest, questions, alternatives, proofs, filled, blanks, settings, answer, report,
running, command.
"""

"""`nnc solve`: the numbers that a network leaves open, filled so that every case holds.

Order: skeleton, separable, formula, directions, columns, counting, outcomes, whole, conduct,
descent, fewest, questions, alternatives, proofs, counts, filled, answer, blanks,
report, command.
"""

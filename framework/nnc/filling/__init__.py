"""`nnc solve`: the numbers that a network leaves open, filled so that every case holds.

Order: linear, skeleton, separable, formula, directions, columns, counting, outcomes, whole,
conduct, alternatives, descent, fewest, questions, advice, proofs, alternatives_answer,
counts, filled, answer, blanks, report, command.
"""

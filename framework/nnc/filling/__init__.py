"""Find the numbers that a network leaves open, so that every case holds: `nnc solve`.

Order: search, questions, proofs, blanks, answer, command.
"""

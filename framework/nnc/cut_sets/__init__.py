"""Find the minimal cut sets or prime implicants of an output, its probability and importance.

Order: sets, probabilities, families, replay, measures, search, answer, command.
"""

"""One output of bits -> its minimal cut sets, prime implicants, probability and importance.

Order: sets, probabilities, families, replay, measures, search, answer, command.
"""

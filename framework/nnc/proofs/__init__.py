"""Two plans -> verdicts: a counterexample, or the proof that there is none.

Order: plans, circuit, strategies, comparison, properties, answer, certificates, certifying,
certification, command.
"""

"""Two plans -> verdicts: a counterexample, or the proof that there is none.

Order: domain, threshold, shared, pair, blocks, counterexamples, strategies, behaviour.
"""

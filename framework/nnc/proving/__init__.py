"""Two plans -> verdicts: a counterexample, or the proof that there is none.

Order: budget, domain, nodes, threshold, shared, pair, blocks, counterexamples, boxes,
regions, strategies, behaviour.
"""

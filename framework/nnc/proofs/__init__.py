"""Two plans -> verdicts: a counterexample, or the proof that there is none.

Order: budget, sat, domain, nodes, threshold, shared, supports, pair, blocks, counterexamples,
boxes, regions, weighted, circuit, strategies, leftovers, behaviour, properties, answer, bounded,
certificates, certifying, certification, command.
"""

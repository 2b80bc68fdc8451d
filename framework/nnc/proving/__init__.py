"""Two plans -> verdicts: a counterexample, or the proof that there is none.

Order: domain, within, cells, threshold, shared, outputs, blocks, pair, differing, minimising,
windows, verdicts, replay, steps, behaviour.
"""

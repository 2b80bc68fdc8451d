"""A network with rows that fail -> the fewest numbers to change so that all of them hold.

Order: numbers, circuit, demands, intervals, problem, limits, flips, single, least, support,
several, shared, relaxation, repair, replay, examples, certificates.
"""

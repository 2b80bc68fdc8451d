"""A network with rows that fail -> the fewest numbers to change so that all of them hold.

Order: numbers, circuit, demands, intervals, problem, limits, single, least, support, repair,
replay, examples.
"""

"""Network and rows -> Problem: columns of exact sums, what has to hold, what may change.

Order: numbers, circuit, demands, intervals, problem, examples.
"""

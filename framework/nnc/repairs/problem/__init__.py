"""Turn a network and rows into a problem: exact columns, demands, and numbers that may change.

Order: numbers, circuit, demands, problem, examples.
"""

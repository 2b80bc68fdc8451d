"""Check and run the cases of a network: examples in its file that must hold.

Order: checking, coverage, running, results, confusion.
"""

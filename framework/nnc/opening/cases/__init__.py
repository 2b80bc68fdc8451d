"""Examples in a network file that must hold: checked as text, and run.

Order: suggestions, selection, expected, checking, edges, coverage, running, failures, results,
confusion.
"""

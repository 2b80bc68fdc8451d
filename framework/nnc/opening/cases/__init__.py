"""Examples in a network file that must hold: checked as text, and run.

Order: suggestions, expected, checking, coverage, running, results, confusion.
"""

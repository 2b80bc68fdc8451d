"""Examples in a network file that must hold: checked as text, and run.

Order: expected, checking, selection, coverage, running, results, confusion.
"""

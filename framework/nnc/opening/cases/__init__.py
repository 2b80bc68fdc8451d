"""Examples in a network file that must hold: checked as text, and run.

Order: expected, checking, coverage, running, results, confusion.
"""

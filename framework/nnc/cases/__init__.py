"""Examples in a network file that must hold: checked as text, and run.

Order: coverage, typos, case_file, expected, checking, running.
"""

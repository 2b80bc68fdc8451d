"""Exact numbers, and NumPy integers that never overflow.

Order: exact, integers.
"""

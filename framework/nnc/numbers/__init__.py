"""Exact numbers, NumPy integers that never overflow, and exact linear programming.

Order: exact, integers, linear.
"""

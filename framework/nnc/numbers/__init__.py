"""Exact numbers, NumPy integers that never overflow, and exact linear programs.

Order: exact, integers, linear.
"""

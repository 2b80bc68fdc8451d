"""nnc inside other programs.

Order: sklearn.
"""

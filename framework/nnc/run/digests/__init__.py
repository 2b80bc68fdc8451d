"""Compute digests of a network's structure and of its behaviour.

Order: hashing, digests.
"""

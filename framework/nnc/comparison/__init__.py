"""What a reader would say has changed: digests, structure, and what becomes of rows.

Order: hashing, digests, sameness, structure, row_changes.
"""

"""What a reader would say has changed: digests, structure, and what becomes of rows.

Order: structure, row_changes.
"""

"""Files: which one is meant, opened to read, written whole, and weights mapped from them.

Order: opening, writing, weights.
"""

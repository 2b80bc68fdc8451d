"""Files: opened to read, selected by paths, written whole, and weights mapped from them.

Order: opening, git, selection, writing, weights.
"""

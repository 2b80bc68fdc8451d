"""Files: opened to read, selected by paths, written whole, and weights mapped from them.

Order: other_tools, opening, git, selection, writing, weights.
"""

"""Open, select and write files atomically, and map weights from them.

Order: other_tools, opening, git, selection, writing, weights.
"""

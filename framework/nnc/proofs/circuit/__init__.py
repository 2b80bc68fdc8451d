"""Two plans as one graph of ANDs, in which nodes that are proved equal are merged.

Order: leaves, adders, fronts, wide, sweeping.
"""

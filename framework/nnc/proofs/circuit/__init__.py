"""Two plans as one graph of ANDs, in which nodes that are proved equal are merged.

Order: tables, compounds, namesakes, leaves, windows, queries, adders, subsets, fronts, wide,
sweeping.
"""

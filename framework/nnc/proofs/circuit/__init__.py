"""The inside of two plans as one graph of ANDs, in which what is proved to be the same is merged.

Order: tables, compounds, namesakes, leaves, windows, queries, adders, subsets, fronts, wide,
sweeping.
"""

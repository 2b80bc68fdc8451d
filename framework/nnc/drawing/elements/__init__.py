"""Graph -> Picture: the elements of a network, its values in a run, and its changes.

Order: layers, run, declared, changes.
"""

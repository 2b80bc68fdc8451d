"""Decision procedures that tools share: SAT, integers within bounds, and diagrams of sums.

Order: sat, bounded, weighted, and_graph, diagrams.
"""

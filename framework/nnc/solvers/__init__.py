"""Decision procedures that tools share: SAT, integers within bounds, sums, ANDs and diagrams.

Order: sat, bounded, weighted, and_graph, diagrams.
"""

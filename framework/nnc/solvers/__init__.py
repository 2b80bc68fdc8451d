"""Solvers that tools share: SAT, bounded integers, weighted sums, AND graphs and diagrams.

Order: sat, bounded, weighted, and_graph, diagrams.
"""

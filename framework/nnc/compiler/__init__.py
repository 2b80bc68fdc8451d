"""Compile a network (Network -> Graph -> Plan -> Netlist), warn of mistakes, and store plans.

Order: linking, shared, graph, blanks, bounds, lint, plan, joint, netlist, artifact.
"""

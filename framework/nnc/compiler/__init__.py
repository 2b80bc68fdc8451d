"""Network -> Graph -> Plan -> Netlist, what can be reported on the way, and a plan as one file.

Order: linking, shared, graph, blanks, bounds, lint, plan, joint, netlist, artifact.
"""

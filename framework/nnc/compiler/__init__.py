"""Network -> Graph -> Plan, what can be told on the way, and a plan as one file.

Order: linking, sparse, consequences, graph, bounds, lint, plan, artifact.
"""

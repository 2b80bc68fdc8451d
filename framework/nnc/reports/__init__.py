"""How all of it is reported: findings, comparisons, histories; and the schemas of what is JSON.

Order: colour, rules, remaining, findings, traces, diffs, logs, plan, page, confusions, fits,
refits, repairs, solutions, cuts, reasons, network_schema, descriptions, json_schema.
"""

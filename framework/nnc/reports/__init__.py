"""How all of it is told: one file for each form, and the schemas of those that are JSON.

Order: findings, diffs, logs, plan, json_schema.
"""

"""How all of it is reported: findings, comparisons, histories; and the schemas of what is JSON.

Order: network_schema, descriptions, json_schema.
"""

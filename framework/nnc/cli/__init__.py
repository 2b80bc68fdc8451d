"""The command line: the table of commands, `main`, and the schemas of all that nnc writes.

Order: baseline, check, help, installation, table, group, main, json_schema, new, schema.
"""

"""The command line: the table of commands, `main`, and the schemas of all that nnc writes.

Order: baseline, check, help, installation, main, json_schema, new, schema.
"""

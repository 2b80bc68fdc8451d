"""The command line: the table of commands, `main`, and the schemas of all that nnc writes.

Order: check, help, installation, group, main, schema, new.
"""

"""The commands: one file each, named as typed; `nnc.cli.main.COMMANDS` is their table.

Order: new, schema.
"""

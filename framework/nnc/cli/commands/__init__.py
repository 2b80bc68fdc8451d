"""The commands: one file each, named as typed; `nnc.cli.main.COMMANDS` is their table.

Order: cuts, diff, digest, draw, eval, export, fit, git, import_, log, new, repair, schema, solve,
view, why.
"""

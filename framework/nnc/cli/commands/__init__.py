"""The commands: one file each, named as typed; `nnc.cli.main.COMMANDS` is their table.

Order: compile, completion, cuts, diff, digest, draw, eval, explain, export, fit, fmt, git, import_,
log, new, prove, repair, schema, solve, test, validate, view, why.
"""

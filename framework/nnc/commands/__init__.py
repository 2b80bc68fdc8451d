"""The commands: one file each, named as typed; `nnc.cli.COMMANDS` is their table."""

"""The terminal: the command line, the options that commands share, and one file per command.

Order: installation, commands, main.
"""

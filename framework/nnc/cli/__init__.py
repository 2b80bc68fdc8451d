"""The terminal: the command line, the options that commands share, and one file per command.

Order: options, installation, operands, pairs, row_settings, result_settings, commands, main.
"""

"""The terminal: the command line, the options that commands share, and one file per command.

Order: streams, reporter, options, installation, operands, plans, pairs, row_choice, row_settings,
result_settings, trace_settings, engine_settings, chart_settings, job_settings, blanks, fixes,
commands, main.
"""

"""Options, reports, colours and progress bars that commands share.

Order: colour, pictures, plans, rules, findings, pytest, reports, reporter, options,
commands, operands, row_settings, result_settings.
"""

"""The parts that commands share: options, findings in every form, colour and progress.

Order: colour, pictures, plans, rules, findings, pytest, reports, streams, reporter, options,
commands, operands, row_choice, row_settings, result_settings.
"""

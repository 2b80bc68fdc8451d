"""The parts that commands share: options, findings in every form, colour and progress.

Order: colour, pictures, fixes, plans, rules, findings, pytest, reports, streams, forms, reporter,
options, commands, operands, row_choice, row_settings, result_settings.
"""

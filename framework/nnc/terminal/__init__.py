"""The parts that commands share: options, findings in every form, colour and progress.

Order: colour, fixes, plans, row_choice, rules, findings, pytest, reports, streams, forms, reporter,
options, commands, engine_settings, operands, row_settings, result_settings, trace_settings.
"""

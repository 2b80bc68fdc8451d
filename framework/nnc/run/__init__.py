"""Evaluate plans on rows: the engines, and the functions that call them.

Order: engine_names, engines, evaluation, plain_rows, assumptions, destinations, truth_tables,
trace, readings, streaming, tables, digests.
"""

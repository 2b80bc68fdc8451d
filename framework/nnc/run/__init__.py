"""Plan + rows -> outputs: the engines, and who calls them.

Order: engine_names, engines, evaluation, plain_rows, assumptions, destinations, truth_tables,
trace, readings, streaming, tables, digests.
"""

"""Plan + rows -> outputs: the engines, and who calls them.

Order: engines, evaluation, truth_tables, trace, readings, streaming, tables.
"""

"""Plan + rows -> outputs: the engines, and who calls them.

Order: engine_names, engines, evaluation, assumptions, destinations, truth_tables, histograms,
trace, readings, streaming, tables, digests.
"""

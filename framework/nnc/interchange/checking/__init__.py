"""Exported files, run by the tools that they are for.

Order: rows, samples, scripts, c, sql, circuits.
"""

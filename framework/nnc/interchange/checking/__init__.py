"""Exported files, run by the tools that they are for.

Order: rows, scripts, c, sql, circuits.
"""

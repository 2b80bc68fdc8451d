"""A network as a file of another tool.

Order: gates, exactness, wording, python, javascript, c, sql, export.
"""

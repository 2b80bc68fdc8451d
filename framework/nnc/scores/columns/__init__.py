"""Columns of rows: a `Table` of texts, the `Term`s and the label that they become, and its parts.

Order: table, terms, labels, parts.
"""

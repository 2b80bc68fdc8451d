"""Rows as columns of exact values: read, checked, and written, a package or module per format.

Nothing heavy is imported before rows are read: `formats.FORMATS` can be named in a `--help`.

Order: options, columns, compressions, streams, dialect, parts, elements, session, texts, inputs,
column_types, output, csv, json, arrow, arrays, table, formats.
"""

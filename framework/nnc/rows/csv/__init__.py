"""Rows as CSV: the formats are `csv` and `tsv`; the rest reads the text in pieces.

Order: text, header, plain, reading, csv, tsv.
"""

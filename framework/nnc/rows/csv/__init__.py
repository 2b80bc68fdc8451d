"""Rows as CSV: the format is `csv`; the rest reads the text in pieces.

Order: text, header, plain, csv.
"""

"""Rows as Arrow and as Parquet, by pyarrow: the formats are `arrow` and `parquet`.

Order: arrays, columns, files, reading, writing, arrow, parquet.
"""

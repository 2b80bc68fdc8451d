"""Rows as Arrow and as Parquet, by pyarrow: the formats are `arrow` and `parquet`.

Order: columns, reading, writing, frames, arrow, parquet.
"""

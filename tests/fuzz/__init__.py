"""Fuzz targets: many small random trials of what nnc reads, merges and calculates."""

"""Rows as arrays: the formats are `npy`, `npz`, `idx` and `pictures`.

Order: folders, tables, npy, npz, idx, pictures.
"""

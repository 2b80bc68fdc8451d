"""Exported files, run by the tools that they are for.

Order: programs, rows, samples, python, javascript, c, sql, onnx, circuits, differences, checks.
"""

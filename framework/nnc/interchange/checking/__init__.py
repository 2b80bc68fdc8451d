"""Exported files, run by the tools that they are for.

Order: rows, samples, python, javascript, c, words, sql, onnx, ports, verilog, circuits,
constraints, differences, checks.
"""

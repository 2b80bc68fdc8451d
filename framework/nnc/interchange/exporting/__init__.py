"""A network as a file of another tool.

Order: gates, exactness, wording, writing, words, scripts, python, javascript, c, sql, onnx_model,
onnx, pmml, embedded, flattened, circuits, export.
"""

"""A network as a file of another tool.

Order: logic, exactness, defaults, wording, writing, words, scripts, python, javascript, c, sql,
onnx_model, onnx, embedded, circuits, languages.
"""

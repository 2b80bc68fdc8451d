"""A network as a file of another tool.

Order: layers, logic, exactness, defaults, wording, writing, scripts, python, javascript, c, sql,
onnx_model, onnx, circuits.
"""

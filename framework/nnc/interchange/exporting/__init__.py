"""A network as a file of another tool.

Order: layers, logic, exactness, wording, writing, python, javascript, c, sql, onnx_model, onnx,
circuits.
"""

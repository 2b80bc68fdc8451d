"""Models of ONNX -> networks: sums of integers, and the nodes after each, tried on its values.

Order: graph, values, tables, chains, windows, convolutions, linear, layers, steps, moving, pooling,
quantizers, operators, estimators, reading.
"""

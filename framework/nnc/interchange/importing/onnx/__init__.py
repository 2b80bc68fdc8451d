"""Models of ONNX -> networks: sums of integers, and what follows each run over all its values.

Order: graph, values, tables, chains, windows, linear, layers, steps, moving, pooling, quantizers,
operators, estimators, embedded, reading.
"""

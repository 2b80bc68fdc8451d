"""Gates -> digital circuits, whose ports are bits and binary numbers.

Order: ports, circuit, aiger, blif, verilog.
"""

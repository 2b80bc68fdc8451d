"""Logic -> digital circuits, whose ports are bits and binary numbers, and constraints of bits.

Order: ports, circuit, aiger, blif, verilog, opb.
"""

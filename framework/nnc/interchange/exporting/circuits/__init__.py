"""Logic -> digital circuits, whose ports are bits and binary numbers, and constraints of bits.

Order: ports, circuit, ands, verilog, opb.
"""

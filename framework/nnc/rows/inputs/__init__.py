"""What an input takes: the values, cells, octets, names and whole arrays of any format.

Order: value, floats, cells, octets, names, given, compressed, shapes, arrays, truth_table.
"""

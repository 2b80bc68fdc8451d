"""Values, cells, octets, names and arrays of any format, as the inputs take them.

Order: value, floats, cells, octets, names, row, sparse, shapes, arrays, truth_table.
"""

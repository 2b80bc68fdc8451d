"""What an input takes: the values, cells, octets, names and whole arrays of any format.

Order: value, floats, cells, octets, names, row, sparse, shapes, arrays, truth_table.
"""

"""What an input takes: the values, cells, names and whole arrays of any format.

Order: value, floats, cells, names, shapes, arrays, truth_table.
"""

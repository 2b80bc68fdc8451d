"""What an input takes: the values, cells, names and whole arrays of any format.

Order: value, cells, names, arrays, truth_table.
"""

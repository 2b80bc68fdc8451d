"""What an input takes: the values, cells, names and whole arrays of any format.

Order: likeness, elements, value, names, cells, binary, given, arrays, truth_table.
"""

"""What an input takes: the values, cells, names and whole arrays of any format.

Order: likeness, elements, names, value, cells, binary, given, arrays, truth_table.
"""

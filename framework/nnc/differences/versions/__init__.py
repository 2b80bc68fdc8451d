"""Networks as they were: the door to the program `git`, their history, and their merging.

Order: differences, history, merging, drivers.
"""

"""Networks as they were: the door to the program `git`, their history, and their merging.

Order: repository, revisions, differences, history, merging, drivers.
"""

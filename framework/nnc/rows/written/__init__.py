"""What is written, in whatever format: kinds, shown numbers, distinct columns.

Order: kinds, shown, distinct, floats.
"""

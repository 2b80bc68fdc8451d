"""The commands that need only the pipeline, one module each.

Order: compile, completion, explain, fmt, test, validate.
"""

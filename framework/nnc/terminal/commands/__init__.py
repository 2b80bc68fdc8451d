"""Commands that need the pipeline alone: a module for each.

Order: compile, completion, explain, fmt, test, validate.
"""

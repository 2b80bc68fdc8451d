"""A network and a question -> an answer: a module for each question, as a command and in Python.

Order: repairs.
"""

"""`nnc stats`: how large a network is, and of what shape.

Order: answer, command.
"""

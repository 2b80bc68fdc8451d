"""`nnc stats`: the size and shape of networks.

Order: answer, command.
"""

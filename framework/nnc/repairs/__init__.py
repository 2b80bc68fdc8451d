"""Repair a network with failing rows: find the fewest numbers to change so that all rows hold.

A `Problem` has the network as columns of bits and sums, the demands of its rows, and the numbers
that may change. `several` finds the least repair by several numbers; `repair` finds every repair
by one number, and then runs that, and `replay` checks the answer with the evaluator.

Order: problem, several, repair, replay, answer, command.
"""

"""Repair a network with failing rows: find the fewest numbers to change so that all rows hold.

A `Problem` has the network as columns of bits and sums, the demands of its rows, and the numbers
that may change. `single` finds every repair by one number, `several` the least repair by more;
`repair` runs them in turn, and `replay` checks the answer with the evaluator.

Order: problem, single, several, repair, replay, answer, report, command.
"""

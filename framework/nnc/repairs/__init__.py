"""A network with rows that fail -> the fewest numbers to change so that all of them hold.

A `Problem` is the network as columns of bits and sums, what its rows ask for, and the numbers that
may change. `single` finds every repair by one number, `several` the least one by more; `repair`
asks them in turn, `replay` has the answer judged by the evaluator.

Order: problem, single, several, repair, replay, impossible, settings, answer, report, running,
command.
"""

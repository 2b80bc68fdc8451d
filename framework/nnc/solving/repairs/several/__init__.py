"""Several numbers: the fewest, and of these the least change.

`support` searches the numbers of one neuron, with programs that `least` solves; `sets` those of
several neurons, which `flips` has chosen; `shared` numbers that count in several neurons.
`relaxation` asks CP-SAT about the whole network.

Order: least, support, flips, sets, shared, relaxation.
"""

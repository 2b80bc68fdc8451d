"""Several numbers: the fewest, and of these the least change.

`hitting` tries choices of numbers, and of bits that flip in some rows: a `pattern`. It makes
`inequalities` of what the numbers have to do, which `least` solves. Where they contradict each
other, the `cores` say why, and become `clauses` that the next choice satisfies. Where time is
short, `sparse` chooses a few numbers that are enough.

Order: least, sparse, inequalities, cores, pattern, loosening, clauses, hitting.
"""

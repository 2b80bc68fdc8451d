"""Find repairs by several numbers: the fewest numbers, and then the least change.

`hitting` tries choices of numbers, and of bits that flip in some rows: a `pattern`. The demands on
the numbers become `inequalities`, which `least` solves. If they contradict each other, `cores`
explain why, and become `clauses` that the next choice satisfies. When time is short, `sparse`
chooses a few numbers that are enough.

Order: least, sparse, inequalities, cores, pattern, clauses, hitting.
"""

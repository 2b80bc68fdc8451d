"""Find repairs by several numbers: the fewest numbers, and then the least change.

`hitting` tries choices of numbers, and of bits that flip in some rows: a `pattern`. The demands on
the numbers become `inequalities`, which `least` solves. If they contradict each other, a core
explains why, and becomes `clauses` that the next choice satisfies. When time is short, a few
numbers that are enough are chosen.

Order: least, inequalities, pattern, hitting.
"""

"""Weighted sums of bits, against all rows one by one."""

from itertools import product
from random import Random

import pytest

from nnc.proofs.certificates.arithmetic import diagram, is_same, reached, reduced
from nnc.proofs.certificates.refusal import RefusedError, Work


def table(weights: list[int], threshold: int) -> list[bool]:
    rows = product((0, 1), repeat=len(weights))
    return [sum(w * x for w, x in zip(weights, row, strict=True)) >= threshold for row in rows]


def drawn(rng: Random, count: int) -> tuple[list[int], int]:
    weights = [rng.randint(-4, 4) for _ in range(count)]
    return weights, rng.randint(-8, 8)


def test_many_rows_at_once() -> None:
    rng = Random("reached")
    for _ in range(200):
        count = rng.randint(0, 6)
        weights, threshold = drawn(rng, count)
        rows = list(product((0, 1), repeat=count))
        columns = [sum(row[i] << at for at, row in enumerate(rows)) for i in range(count)]
        whole = (1 << len(rows)) - 1
        column = reached(zip(columns, weights, strict=True), threshold, whole)
        assert [bool(column >> at & 1) for at in range(len(rows))] == table(weights, threshold)


def test_diagrams_are_the_same_where_the_functions_are() -> None:
    rng = Random("diagrams")
    alike = 0
    for _ in range(400):
        count = rng.randint(1, 5)
        pair = [drawn(rng, count) for _ in range(2)]
        if rng.random() < 0.5:
            factor = rng.randint(1, 3)
            pair[1] = [w * factor for w in pair[0][0]], pair[0][1] * factor - rng.randrange(factor)
        tables = [table(*each) for each in pair]
        diagrams = [diagram(*reduced(*each), Work()) for each in pair]
        assert is_same(*diagrams) == (tables[0] == tables[1])
        alike += tables[0] == tables[1]
    assert alike > 100


def test_a_large_diagram_is_refused() -> None:
    rng = Random("large")
    weights = tuple(rng.getrandbits(40) for _ in range(40))
    with pytest.raises(RefusedError, match="vertices"):
        diagram(weights, sum(weights) // 2, Work())
    with pytest.raises(RefusedError, match="too much work"):
        diagram((1, 2, 3), 4, Work(5))

"""Exact linear programs against all points of a grid."""

import os
from fractions import Fraction
from itertools import product
from random import Random

import pytest

from nnc.numbers.linear import LinearProgram, TooManyStepsError


def test_a_program_agrees_with_all_points_of_a_grid() -> None:
    random = Random(os.environ["NNC_FUZZ_SEED"])
    for _ in range(100):
        rows = [
            ([random.randrange(-3, 4) for _ in range(2)], random.randrange(-4, 5))
            for _ in range(random.randrange(1, 7))
        ]
        program = LinearProgram([0, 1], [1, 1])
        is_solved = True
        for name, (factors, bound) in enumerate(rows):
            program.require(dict(enumerate(factors)), bound, name)
            is_solved = is_solved and program.solve()
        points = [
            Fraction(abs(x) + y, 4)
            for x, y in product(range(-24, 25), range(25))
            if all(f[0] * x + f[1] * y >= 4 * bound for f, bound in rows)
        ]
        if is_solved:
            x, y = program.values
            assert y >= 0
            assert all(f[0] * x + f[1] * y >= bound for f, bound in rows)
            assert program.cost == abs(x) + y <= min(points, default=program.cost)
        else:
            assert not points
            total = [sum(m * rows[n][0][i] for n, m in program.multipliers.items()) for i in (0, 1)]
            assert total[0] == 0 >= total[1]
            assert sum(m * rows[n][1] for n, m in program.multipliers.items()) > 0


def test_a_program_stops_after_too_many_steps() -> None:
    program = LinearProgram([0], [1])
    program.require({0: 1}, 3, 0)
    with pytest.raises(TooManyStepsError):
        program.solve(max_steps=0)
    assert program.solve()
    assert program.values == [3]

"""One neuron: least weights by brute force, and contradictions that anyone can add up."""

import os
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from random import Random

import pytest

from nnc.filling.search.separable import Contradiction, Search, Wish, find_sums
from nnc.filling.search.skeleton import Blank, Condition, Skeleton, conditions_of
from nnc.numbers.exact import Number
from tests.conftest import ALL
from tests.support.skeletons import Function, holds, layered

TENTH = Fraction(1, 10)


def conditions(skeleton: Skeleton) -> list[Condition]:
    return conditions_of(skeleton, [0], [row.known for row in skeleton.rows])


def is_false(contradiction: Contradiction, blanks: Sequence[Blank]) -> bool:
    """Whether the conditions times their factors add up to what no number satisfies."""
    factors: dict[int, Number] = {}
    constant: Number = 0
    for condition, times in zip(contradiction.conditions, contradiction.factors, strict=True):
        assert times > 0
        constant += times * condition.constant
        for b, factor in condition.factors.items():
            factors[b] = factors.get(b, 0) + times * factor
    is_strict = any(condition.is_strict for condition in contradiction.conditions)
    left = {b: factor for b, factor in factors.items() if factor}
    return all(factor * blanks[b].sign < 0 for b, factor in left.items()) and (
        constant < 0 or (constant == 0 and is_strict)
    )


def table(number: int) -> Function:
    """Return the function of bits whose truth table is a number."""
    return lambda values: number >> int("".join(map(str, values)), 2) & 1


def decide(skeleton: Skeleton) -> bool:
    """Decide one neuron, check what is said, and return whether it is a threshold function."""
    asked = conditions(skeleton)
    contradiction = find_sums(asked)
    if contradiction is not None:
        assert sum(contradiction.factors) <= 4
        assert is_false(contradiction, skeleton.blanks)
        return False
    search = Search(skeleton.blanks, asked, Wish())
    assert search.contradiction is None
    filling = search.least()
    assert filling is not None
    assert filling.is_least
    assert holds(skeleton, filling.values)
    return True


@pytest.mark.parametrize(("inputs", "count"), [(1, 4), (2, 14), (3, 104)])
def test_all_functions_of_few_bits(inputs: int, count: int) -> None:
    """As many as the literature has (A000609); the others have a proof of at most four rows."""
    tables = range(1 << (1 << inputs))
    assert sum(decide(layered(inputs, 0, [table(number)])) for number in tables) == count


def test_all_functions_of_four_bits(chunk: int, full: bool) -> None:
    numbers = range(chunk, 1 << 16, ALL if full else 5 * ALL)
    count = sum(decide(layered(4, 0, [table(number)])) for number in numbers)
    assert 0 < count < len(numbers) / 10


def test_least_weights_are_those_of_brute_force() -> None:
    random = Random(os.environ["NNC_FUZZ_SEED"])
    for _ in range(25):
        rows = random.sample(list(product((0, 1), repeat=3)), random.randrange(3, 9))
        skeleton = layered(3, 0, [table(random.randrange(256))], rows=rows)
        asked = conditions(skeleton)
        search = Search(skeleton.blanks, asked, Wish())
        answers = [
            weights
            for weights in product(range(-3, 4), repeat=3)
            if any(holds(skeleton, dict(enumerate((*weights, t)))) for t in range(-9, 10))
        ]
        filling = search.least()
        if filling is None:
            assert not answers
            assert search.contradiction is not None
            assert is_false(search.contradiction, skeleton.blanks)
            continue
        best = min(
            answers,
            key=lambda ws: (
                sum(map(abs, ws)),
                sum(1 for w in ws if w),
                max(map(abs, ws)),
                [(abs(w), w < 0) for w in ws],
            ),
        )
        assert tuple(filling.values.get(i, 0) for i in range(3)) == best
        assert filling.bound == sum(map(abs, best))


def test_known_least_sums() -> None:
    """From the prototypes: a weighted neuron of six inputs, comparisons of four and five bits."""

    def weighted(values: Sequence[int]) -> bool:
        return sum(w * v for w, v in zip((5, 4, 3, 2, 2, 1), values, strict=True)) >= 9

    def compares(bits: int) -> Function:
        return lambda values: list(values[:bits]) >= list(values[bits:])

    for inputs, function, size in [(6, weighted, 17), (8, compares(4), 30)]:
        skeleton = layered(inputs, 0, [function])
        filling = Search(skeleton.blanks, conditions(skeleton), Wish()).least()
        assert filling is not None
        assert (filling.bound, filling.is_least) == (size, True)


@pytest.mark.parametrize(
    ("wish", "weights", "threshold"),
    [
        (Wish(), [2, 1, 1], 3),
        (Wish(margin=2), [8, 4, 4], 10),
        (Wish(TENTH), [2 * TENTH, TENTH, TENTH], 3 * TENTH),
        (Wish(terms=2, groups=((0, 1, 2),)), None, None),
        (Wish(terms=3, groups=((0, 1, 2),)), [2, 1, 1], 3),
    ],
)  # fmt: skip
def test_wishes(wish: Wish, weights: list[Number] | None, threshold: Number | None) -> None:
    """`a and (b or c)`: as fine, as few and as far from the threshold as asked for."""
    skeleton = layered(3, 0, [lambda v: v[0] and (v[1] or v[2])])
    search = Search(skeleton.blanks, conditions(skeleton), wish)
    filling = search.least()
    if weights is None:
        assert filling is None
        assert search.contradiction is not None
    else:
        assert filling is not None
        assert list(filling.values.values()) == [*weights, threshold]


def test_dominated_rows_contradict_each_other() -> None:
    """With weights of at least 0, a row with more inputs cannot be silent where one fires."""
    skeleton = layered(2, 0, [lambda v: v == (1, 0)])
    blanks = tuple(Blank(b.name, 0 if b.is_weight else None) for b in skeleton.blanks)
    search = Search(blanks, conditions(skeleton), Wish())
    assert search.contradiction is not None
    assert {c.row for c in search.contradiction.conditions} == {2, 3}
    assert is_false(search.contradiction, blanks)


@pytest.mark.parametrize(("low", "high"), [(0, None), (None, 0), (0, 0), (-1, 0), (0, 1)])
@pytest.mark.parametrize(("least", "most"), [(-3, 5), (-9, 3)])
def test_a_threshold_keeps_a_bound_of_0(
    low: int | None, high: int | None, least: int, most: int
) -> None:
    """Also where the middle between the sums is beyond it."""
    asked = [Condition({0: 1}, -least, is_strict=False), Condition({0: -1}, most, is_strict=False)]
    filling = Search([Blank("t", low, high, is_weight=False)], asked, Wish()).least()
    assert filling is not None
    assert max(least, least if low is None else low) <= filling.values[0]
    assert filling.values[0] <= min(most, most if high is None else high)


def test_more_weights_than_can_be_searched_are_found_all_the_same() -> None:
    """What is left after the steps are used up is a rounded multiple of the optimum."""
    random = Random(7)
    weights = [random.randint(-3, 3) for _ in range(30)]
    rows = [[random.randrange(2) for _ in weights] for _ in range(60)]
    ones = {
        tuple(row) for row in rows if sum(w * x for w, x in zip(weights, row, strict=True)) > -10
    }
    skeleton = layered(30, 0, [lambda row: tuple(row) in ones], rows=rows)
    search = Search(skeleton.blanks, conditions(skeleton), Wish(), steps=1)
    filling = search.least()
    assert filling is not None
    assert holds(skeleton, filling.values)
    assert not filling.is_least
    assert 0 < filling.bound <= sum(abs(filling.values[b]) for b in range(30))

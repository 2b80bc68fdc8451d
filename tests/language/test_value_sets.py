"""Sets of numbers as they are written: what they hold, their one spelling, and what is refused."""

from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest

from nnc.language.ranges import format_value_set, read_value_set
from nnc.numbers.exact import Refused

HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("3", [(3, 3)]),
        ("-1.5", [(Fraction(-3, 2), Fraction(-3, 2))]),
        ("0..64", [(0, 64)]),
        ("65..", [(65, None)]),
        ("..3", [(None, 3)]),
        ("1/2..1e1", [(HALF, 10)]),
        ("10..12|2|1", [(1, 1), (2, 2), (10, 12)]),
        ("5..9|..6", [(None, 9)]),
        ("7..|..6", [(None, 6), (7, None)]),
        ("1..3 | 3..4", [(1, 4)]),
        ("..|".replace("..|", "..1|1.."), [(None, None)]),
        ("-3..-1", [(-3, -1)]),
        (".5..0.7", [(HALF, Fraction(7, 10))]),
    ],
)
def test_what_a_text_means(text: str, ranges: list[tuple[object, object]]) -> None:
    assert [tuple(each) for each in read_value_set(text)] == ranges


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("", "claim-value", "a value is missing"),
        ("1|", "claim-value", "a value is missing"),
        ("..", "bad-range", "has no end"),
        ("5..4", "bad-range", "is empty"),
        ("a", "not-a-number", "expected a number"),
        ("1..b", "not-a-number", "expected a number"),
        ("010", "leading-zero", ""),
        ("1_0..2", "underscore-in-number", ""),
        ("on", "boolean-as-number", ""),
        ("+1", "plus-sign", ""),
    ],
)
def test_what_is_refused(text: str, rule: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        read_value_set(text)
    assert refused.value.rule == rule
    assert words in refused.value.message


def test_the_one_spelling_reads_as_the_same_numbers() -> None:
    rng = Random("value sets")
    for _ in range(300):
        pieces = []
        for _ in range(rng.randint(1, 4)):
            low, high = sorted(rng.sample(range(-9, 10), 2))
            pieces.append(rng.choice([f"{low}..{high}", f"{low}..", f"..{high}", f"{low}"]))
        ranges = read_value_set("|".join(pieces))
        text = format_value_set(ranges)
        assert read_value_set(text) == ranges
        for value in (Fraction(step, 2) for step in range(-22, 23)):
            alone = [read_value_set(piece)[0] for piece in pieces]
            assert any(value in each for each in ranges) == any(value in each for each in alone)
        for before, after in pairwise(ranges):
            assert before.greatest is not None
            assert after.least is not None
            assert before.greatest < after.least

"""Ranges and blanks: what is read, and what is refused, with the fix."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.language.ranges import (
    Open,
    Range,
    added,
    leaves_open,
    open_number,
    read_range,
    show_entry,
)
from nnc.numbers.exact import Quoted, Refused


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("0..64", 0, 64),
        ("65..", 65, None),
        ("..3", None, 3),
        ("-5..5", -5, 5),
        ("-3..-1", -3, -1),
        ("1e-3..2E+3", Fraction(1, 1000), 2000),
        ("-1/3..1/2", Fraction(-1, 3), Fraction(1, 2)),
        ("0.5..1.5", Fraction(1, 2), Fraction(3, 2)),
        ("2..2", 2, 2),
    ],
)
def test_a_range(text: str, low: object, high: object) -> None:
    assert read_range(text) == Range(low, high)  # type: ignore[arg-type]
    assert open_number(text) == open_number(Quoted(text)) == Open(low, high)


@pytest.mark.parametrize(
    ("text", "rule", "hint"),
    [
        ("..", "bad-range", "write `_` for any number, or 0..5, 0.. or ..5"),
        ("5..1", "bad-range", "write `1..5`"),
        ("0.1..-1/3", "bad-range", "write `-1/3..0.1`"),
        ("1..2..3", "bad-range", "write 0..5, 0.. or ..5"),
        ("_..5", "bad-range", "write `..5`"),
        ("1.._", "bad-range", "write `1..`"),
        ("_.._", "bad-range", "write `_`"),
        ("+1..5", "plus-sign", "write `1..5`"),
        ("01..5", "leading-zero", "write `1..5`"),
        ("1..0x10", "number-in-other-base", "write `1..16`"),
        ("1..1e999", "exponent-too-large", "write a smaller exponent"),
        ("a..b", "not-a-number", "write an integer, a decimal such as 0.1, or a fraction"),
    ],
)  # fmt: skip
def test_what_is_no_range(text: str, rule: str, hint: str) -> None:
    with pytest.raises(Refused) as refused:
        open_number(text)
    assert refused.value.rule == rule
    assert refused.value.help.startswith(hint)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("?", "write `_` for a number to be found"),
        ("__", "write `_` for a number to be found"),
        ("1 to 5", "write `1..5`"),
        ("1 - 5", "write `1..5`"),
        ("1\u20265", "write `1..5`"),
        ("1..=5", "write"),
        ("1..2|4..5", "write 0..5, 0.. or ..5"),
    ],
)
def test_other_spellings_of_a_blank(text: str, hint: str) -> None:
    with pytest.raises(Refused) as refused:
        open_number(text)
    assert refused.value.help.startswith(hint)


@pytest.mark.parametrize("value", ["1", "a", "-1/3", "5.", ".5", "", "above 6", 3, None, "_a"])
def test_what_is_no_blank(value: object) -> None:
    assert open_number(value) is None
    assert not leaves_open(value)


def test_bounds_given_in_python_are_exact() -> None:
    assert open_number(Open("0.5", 2)) == Open(Fraction(1, 2), 2)
    with pytest.raises(Refused, match="empty"):
        open_number(Open(2, 1))
    with pytest.raises(Refused, match=r"float 0\.1"):
        open_number(Open(0.1))


_ENDS = st.one_of(st.integers(-99, 99), st.fractions(-9, 9, max_denominator=60), st.none())


@given(_ENDS, _ENDS)
def test_what_is_written_is_read_back(low: Fraction | None, high: Fraction | None) -> None:
    if low is not None and high is not None and low > high:
        low, high = high, low
    assert open_number(str(Open(low, high))) == Open(low, high)


@given(_ENDS, _ENDS, st.integers(-9, 9))
def test_a_sum_lies_within_the_sum_of_the_bounds(
    low: Fraction | None, high: Fraction | None, more: int
) -> None:
    whole = added(Open(low, None), Open(None, high))
    assert whole == Open()
    shifted = added(Open(low, high), more)
    assert isinstance(shifted, Open)
    assert [shifted.low, shifted.high] == [None if x is None else x + more for x in (low, high)]
    assert added(more, 2) == more + 2


def test_entries_are_shown_as_a_file_writes_them() -> None:
    assert [show_entry(Open()), show_entry(Open(None, 3)), show_entry(Fraction(1, 3))] == [
        "_", "..3", "1/3"]  # fmt: skip
    assert 2 in Open(1, 3)
    assert 4 not in Open(1, 3)

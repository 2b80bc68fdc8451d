"""Numbers read from the bytes of many cells: what each text writes by itself, or nothing at all."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnc.numbers.exact import Refused, read_number
from nnc.rows.columns import Column
from nnc.rows.inputs.octets import numbers_at, unsigned_at

DIGITS = st.text("0123456789", max_size=6)
PLAIN = st.tuples(st.sampled_from(["", "-"]), DIGITS, st.sampled_from([".", ""]), DIGITS).map(
    "".join
)
PLAIN = PLAIN.filter(lambda text: text.strip("-."))
LONG = st.sampled_from(
    ["-999999999999999999", "999999999999999999.", "-.999999999999999999", "-1.00000000000000001"]
)
ANY = st.text("0123456789.-+e/, é", min_size=1, max_size=21)


def read(
    texts: list[str], point: str = ".", reader: Callable[..., Column | None] = numbers_at
) -> Column | None:
    cells = [text.encode() for text in texts]
    lengths = np.array([len(cell) for cell in cells])
    octets = np.frombuffer(b"9." + b"".join(cells), np.uint8)
    given = [ord(point)] if reader is numbers_at else []
    return reader(octets, 2 + np.cumsum(lengths), lengths, *given)


def exact(text: str) -> Fraction | None:
    try:
        return Fraction(read_number(text, lenient=True))
    except Refused:
        return None


@given(st.lists(PLAIN, min_size=1) | st.lists(LONG, min_size=1, max_size=1))
def test_numbers_of_few_digits_are_read(texts: list[str]) -> None:
    column = read(texts)
    assert column is not None
    assert column.values() == list(map(exact, texts))
    assert column.numerators.dtype == (np.uint8 if set(map(len, texts)) == {1} else np.int64)
    assert np.gcd.reduce(column.numerators.astype(np.int64), initial=column.denominator) == 1


@given(st.lists(ANY, min_size=1, max_size=4))
@example(["-999999999999999999"])
@example(["-.999999999999999999"])
@example(["9999999999999999999"])
@example(["99999999999999999.9", "0.01"])
@example(["1.2.3"])
@example(["-"])
@example(["."])
@example(["1-"])
@example(["--1"])
def test_whatever_is_read_is_what_is_written(texts: list[str]) -> None:
    column = read(texts)
    if column is not None:
        assert column.values() == list(map(exact, texts))


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 99), min_size=1))
def test_unsigned_integers_of_64_bits_are_read(numbers: list[int]) -> None:
    texts = [f"{number:02}" for number in numbers]
    column = read(texts, reader=unsigned_at)
    if column is not None:
        assert column.values() == numbers
    else:
        assert max(numbers) < 10**10 or max(numbers) >= 2**64 - 2**34


@pytest.mark.parametrize(
    "text", ["18446744073709551616", "99999999999999999999", "1234567890.5", "-1"]
)
def test_other_integers_are_left_to_slower_readers(text: str) -> None:
    assert read([text], reader=unsigned_at) is None


@given(st.lists(PLAIN, min_size=1))
def test_a_point_may_be_another_character(texts: list[str]) -> None:
    column = read([text.replace(".", ",") for text in texts], point=",")
    assert column is not None
    assert column.values() == list(map(exact, texts))


@given(st.lists(PLAIN, min_size=6, max_size=6))
def test_cells_of_several_columns_are_read_together(texts: list[str]) -> None:
    lengths = np.array([len(text) for text in texts])
    octets = np.frombuffer("".join(texts).encode(), np.uint8)
    shape = (2, 3)
    column = numbers_at(octets, np.cumsum(lengths).reshape(shape), lengths.reshape(shape))
    assert column is not None
    assert column.numerators.shape == shape
    flat = Column(column.numerators.reshape(-1), column.denominator)
    assert flat.values() == list(map(exact, texts))

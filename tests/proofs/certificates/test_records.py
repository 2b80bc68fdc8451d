"""Lines and the parts of steps: what is read, and what is refused with its line."""

from fractions import Fraction

import pytest

from nnc.proofs.certificates import records
from nnc.proofs.certificates.refusal import RefusedError

HEADER = b'{"format_version": 1}'


def test_sections_have_their_lines() -> None:
    text = b"\n".join([b"", HEADER, b'["a",1]', b" ", b'  ["b"]\r', HEADER, b""])
    first, second = records.read_sections(text)
    assert (first.line, second.line, second.steps) == (2, 6, [])
    assert list(map(records.step_of, first.steps)) == [["a", 1], ["b"]]
    assert [line for line, _ in first.steps] == [3, 5]


@pytest.mark.parametrize(
    "text",
    [b"[]", b"[1]", b"7", b'"x"', b"null", b"[", b"[1.5]", b'["x",1.0]', b'["x",1e3]', b'["x",NaN]',
     b'["x",Infinity]', b'["x",\xff]', b'["x",{"a":1,"a":2}]', b'["x",' + b"9" * 5_000 + b"]",
     b"[" * 100_000, b'["x"] ["y"]'],
)  # fmt: skip
def test_what_is_no_step(text: bytes) -> None:
    [section] = records.read_sections(HEADER + b"\n" + text)
    with pytest.raises(RefusedError) as caught:
        records.step_of(section.steps[0])
    assert caught.value.line == 2


def test_a_long_line_is_refused() -> None:
    [section] = records.read_sections(HEADER + b'\n["x",' + b"1," * (1 << 23) + b"1]")
    with pytest.raises(RefusedError, match="bytes"):
        records.step_of(section.steps[0])


def test_numbers_are_exact() -> None:
    assert records.number(7) == 7
    assert records.number("-1/3") == Fraction(-1, 3)
    assert type(records.number("6.0")) is int
    assert [records.as_written(x) for x in (7, Fraction(-1, 3), Fraction(13, 2))] == [
        7, "-1/3", "6.5"
    ]  # fmt: skip
    for wrong in (True, None, "x", "1e999999", [], 1.5, "\u0663"):
        with pytest.raises(RefusedError):
            records.number(wrong)


@pytest.mark.parametrize("wrong", [1, "12", [True], ["1"], [[1]], None, {}])
def test_lists_of_integers(wrong: object) -> None:
    assert records.integers([1, -2]) == [1, -2]
    with pytest.raises(RefusedError):
        records.integers(wrong)


@pytest.mark.parametrize("wrong", [1, [1, 2], [[1]], [[1, 2, 3]], [[1, True]], [["1", 2]], None])
def test_literals_with_factors(wrong: object) -> None:
    assert records.terms([[1, -2]]) == [(1, -2)]
    with pytest.raises(RefusedError):
        records.terms(wrong)

"""Numbers: read from their text, refused with a rule, printed exactly."""

import contextlib
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.numbers.exact import (
    Number,
    Quoted,
    Refused,
    counted,
    exact_float,
    exact_number,
    first_names,
    fits_json,
    kind_of,
    names_and_more,
    read_number,
    show_number,
    simplest,
)

F = Fraction


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("0.1", F(1, 10)), (".5", F(1, 2)), ("5.", 5),
        ("-.5", F(-1, 2)), ("-5.", -5), ("0.0", 0), ("1e-3", F(1, 1000)), ("1E3", 1000),
        ("1e+3", 1000), (".5e1", 5), ("5.e-1", F(1, 2)), ("1e03", 1000), ("1e400", 10**400),
        ("1e-400", F(1, 10**400)), ("0e400", 0), ("2.50", F(5, 2)), ("1/3", F(1, 3)),
        ("-1/3", F(-1, 3)), ("6/3", 2), ("0/5", 0), ("-0/5", 0),
        ("1/999999999999999999", F(1, 10**18 - 1)), ("9" * 400, 10**400 - 1),
        ("0." + "1" * 399, F(int("1" * 399), 10**399)), ("9007199254740993", 2**53 + 1),
        ("0.1000000000000000055511151231257827", F("0.1000000000000000055511151231257827")),
    ],
)  # fmt: skip
def test_read(text: str, value: Any) -> None:
    number = read_number(text)
    assert number == value
    assert type(number) is type(simplest(F(value)))


@pytest.mark.parametrize(
    ("text", "rule", "fix"),
    [
        (".nan", "not-finite", "finite"), ("nan", "not-finite", "finite"),
        (".inf", "not-finite", "finite"), ("-.INF", "not-finite", "finite"),
        ("Infinity", "not-finite", "finite"),
        ("010", "leading-zero", "write 10"), ("00.5", "leading-zero", "write 0.5"),
        ("-007", "leading-zero", "write -7"), ("00", "leading-zero", "write 0"),
        ("01/3", "leading-zero", ""), ("1/03", "leading-zero", ""),
        ("0o10", "number-in-other-base", "write 8"), ("0x1F", "number-in-other-base", "write 31"),
        ("0b1", "number-in-other-base", "write 1"), ("0XfF", "number-in-other-base", "write 255"),
        ("-0x10", "number-in-other-base", "write -16"),
        ("1_000", "underscore-in-number", "write 1000"),
        ("1_0.5", "underscore-in-number", "write 10.5"),
        ("1:30", "base-60-number", "decimal"), ("1:30:00", "base-60-number", "decimal"),
        ("true", "boolean-as-number", "write 1"), ("False", "boolean-as-number", "write 0"),
        ("yes", "boolean-as-number", "write 1"), ("no", "boolean-as-number", "write 0"),
        ("on", "boolean-as-number", "write 1"), ("n", "boolean-as-number", "write 0"),
        ("+1", "plus-sign", "write 1"), ("+.5", "plus-sign", "write .5"),
        ("+1/3", "plus-sign", "write 1/3"),
        ("\u22125", "not-a-number", "write -5"), ("\u20131/3", "not-a-number", "write -1/3"),
        ("١٢", "non-ascii-digit", "write 12"), ("½", "non-ascii-digit", "digits"),
        ("１.5", "non-ascii-digit", "digits"), ("²", "non-ascii-digit", "digits"),
        ("1" * 401, "too-many-digits", "fewer"), ("0." + "1" * 400, "too-many-digits", "fewer"),
        ("1" * 401 + "/7", "too-many-digits", "fewer"),
        ("1e401", "exponent-too-large", "smaller"), ("1e-401", "exponent-too-large", "smaller"),
        ("1e99999999999", "exponent-too-large", "smaller"),
        ("0e401", "exponent-too-large", "smaller"),
        ("1/" + "9" * 19, "denominator-too-large", "smaller"),
        ("1/0", "not-a-number", "above 0"), ("1 / 3", "not-a-number", "without spaces"),
        ("1/ 3", "not-a-number", "without spaces"), ("1/-3", "not-a-number", "fraction"),
        ("0.5/2", "not-a-number", "fraction"), ("1,5", "not-a-number", "write 1.5"),
        ("", "not-a-number", ""), ("-", "not-a-number", ""), (".", "not-a-number", ""),
        ("1e", "not-a-number", ""), ("e1", "not-a-number", ""), ("1.2.3", "not-a-number", ""),
        ("--1", "not-a-number", ""), ("1/2/3", "not-a-number", ""), ("1/2e3", "not-a-number", ""),
        ("null", "not-a-number", ""), ("~", "not-a-number", ""), ("1f", "not-a-number", ""),
        ("1 000", "not-a-number", ""), (" 1", "not-a-number", ""), ("1\n", "not-a-number", ""),
        ("\u22121", "not-a-number", ""), ("50%", "not-a-number", ""),
    ],
)  # fmt: skip
def test_refused(text: str, rule: str, fix: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_number(text)
    assert refusal.value.rule == rule
    assert fix in refusal.value.help
    assert len(refusal.value.message) < 200


@pytest.mark.parametrize("text", ["1", "0.5", "1e3", "-7", "5."])
def test_a_decimal_in_quotes_is_text(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        exact_number(Quoted(text))
    assert refusal.value.rule == "quoted-number"
    assert exact_number(text) == F(text)


def test_a_fraction_may_stand_in_quotes() -> None:
    assert exact_number(Quoted("-1/3")) == F(-1, 3)


def test_rows_may_have_leading_zeros() -> None:
    assert read_number("007.50", lenient=True) == F(15, 2)
    assert read_number("-00", lenient=True) == 0


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (3, 3), (F(1, 3), F(1, 3)), (F(4, 2), 2), (Decimal("0.1"), F(1, 10)),
        (Decimal("1E+3"), 1000), (0.5, F(1, 2)), (2.0, 2), (-0.0, 0), (1e22, 10**22),
        (np.int8(-3), -3), (np.uint64(2**64 - 1), 2**64 - 1), (np.float64(0.25), F(1, 4)),
        (np.float32(0.5), F(1, 2)), ("0.1", F(1, 10)), (10**500, 10**500),
    ],
)  # fmt: skip
def test_python_numbers(given: object, value: Any) -> None:
    assert exact_number(given) == value


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (0.1, "inexact-float"), (1e23, "inexact-float"), (1 / 3, "inexact-float"),
        (float("nan"), "not-finite"), (float("-inf"), "not-finite"), (Decimal("NaN"), "not-finite"),
        (Decimal("Infinity"), "not-finite"), (True, "boolean-as-number"),
        (None, "wrong-type"), ([1], "wrong-type"), ({}, "wrong-type"), (1j, "wrong-type"),
        (b"1", "wrong-type"), (Decimal("1e500"), "exponent-too-large"),
    ],
)  # fmt: skip
def test_python_values_refused(given: object, rule: str) -> None:
    with pytest.raises(Refused) as refusal:
        exact_number(given)
    assert refusal.value.rule == rule


def test_the_inexact_float_is_told_how_to_write_it() -> None:
    with pytest.raises(Refused, match=r"0\.1") as refusal:
        exact_number(0.1)
    assert '"0.1"' in refusal.value.help


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (-7, "-7"), (10**30, "1" + "0" * 30), (F(1, 2), "0.5"), (F(-1, 2), "-0.5"),
        (F(1, 3), "1/3"), (F(-22, 7), "-22/7"), (F(1, 1000), "0.001"), (F(123, 100), "1.23"),
        (F(1, 2**20), "0.00000095367431640625"), (F(1, 6), "1/6"), (F(6, 3), "2"),
        (F(10**30 + 1, 10), "1" + "0" * 29 + ".1"), (10**5000, "1" + "0" * 5000),
        (-(10**9000) - 7, "-1" + "0" * 8999 + "7"), (F(10**5000 + 1, 2), "5" + "0" * 4999 + ".5"),
    ],
    ids=lambda one: str(one)[:20] if isinstance(one, str) else "",
)  # fmt: skip
def test_show(value: Any, text: str) -> None:
    assert show_number(value) == text


@given(st.fractions(max_denominator=10**9))
def test_what_is_shown_is_read_back(value: Fraction) -> None:
    shown = show_number(simplest(value))
    assert read_number(shown) == value
    assert "e" not in shown


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40))
def test_a_decimal_is_what_it_writes(value: Decimal) -> None:
    if abs(value.as_tuple().exponent) > 300:  # type: ignore[arg-type]
        return
    assert exact_number(value) == F(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_taken_where_both_readings_agree(value: float) -> None:
    if F(repr(value)) == F(value):
        assert exact_number(value) == F(value)
    else:
        with pytest.raises(Refused, match="not exactly"):
            exact_number(value)


@given(st.text(max_size=12) | st.text("0123456789./-+eE_x", max_size=9))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        assert read_number(text) == F(text)


@pytest.mark.parametrize(
    ("value", "name"),
    [({}, "a mapping"), ([], "a list"), ((), "a list"), (None, "nothing"), ("a", "`a`"),
     (1, "`1`"), (F(1, 3), "`1/3`"), (b"", "a bytes")],
)  # fmt: skip
def test_kinds_in_a_users_words(value: object, name: str) -> None:
    assert kind_of(value) == name


def test_long_texts_are_cut_in_messages() -> None:
    assert len(kind_of("x" * 10_000)) < 50
    assert json.dumps(kind_of("x" * 10_000))


def test_what_every_reader_of_json_takes_for_what_it_is() -> None:
    assert fits_json(2**53 - 1)
    assert fits_json(1 - 2**53)
    assert not fits_json(2**53)
    assert not fits_json(-(2**53))
    assert not fits_json(Fraction(1, 2))


@pytest.mark.parametrize("value", [0, -3, 2**53, Fraction(-1, 2), 2**53 + 2, 2**1023])
def test_numbers_that_a_float_is(value: Number) -> None:
    nearest = exact_float(value)
    assert nearest is not None
    assert Fraction(nearest) == value


@pytest.mark.parametrize("value", [2**53 + 1, Fraction(1, 10), 2**1024, Fraction(1, 2**1100)])
def test_numbers_that_no_float_is(value: Number) -> None:
    assert exact_float(value) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1 row"),
        (2000, "2,000 rows"),
        (2**64, "18,446,744,073,709,551,616 rows"),
        (2**784, "over 10^236 rows"),
        (2**100_000, "over 10^30102 rows"),  # Python writes out no number of so many digits
    ],
    ids=["one", "some", "many", "astronomic", "more than Python writes"],
)
def test_counts_of_things(number: int, text: str) -> None:
    assert counted(number, "row") == text


def test_lists_of_names() -> None:
    eight, nine = [f"n{i}" for i in range(8)], [f"n{i}" for i in range(9)]
    assert first_names(["a", "b"]) == "a, b"
    assert first_names(["a"], "`") == "`a`"
    assert first_names(eight) == "n0, n1, n2, n3, n4, n5, n6, n7"
    assert first_names(iter(nine), "`").endswith(", `n7`, …")
    assert names_and_more(eight).endswith("`n6`, `n7`")
    assert names_and_more(nine).endswith("`n7` and 1 more")
    assert names_and_more(["a", "b"] * 1000, 1, quote="") == "a and 1,999 more"
    assert first_names(["\x1b[31m" + "a" * 99]).startswith("\\x1b[31maa")


def test_words_in_y_are_counted_too() -> None:
    assert (counted(1, "property"), counted(2, "property")) == ("1 property", "2 properties")
    assert counted(2, "key") == "2 keys"

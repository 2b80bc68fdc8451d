"""Cut-offs: which numbers go right, against NumPy's own rounding; and short decimals."""

import math
from fractions import Fraction
from random import Random

import numpy as np
import pytest

from nnc.interchange.importing.models.cutoffs import (
    FloatType,
    Split,
    cut_off,
    full_label,
    label,
    least_right,
    shortest,
)
from nnc.language.firing import FIRING, Threshold

TYPES = {"float32": np.float32, "float64": np.float64}
EDGES = [
    0.0, -0.0, 1.0, -1.0, 0.1, -0.1, 5e-324, 1e-45, -1e-45, 2.0**-149, 2.0**-150, 16777216.0,
    3.4028234663852886e38, -3.4028234663852886e38, 3.5e38, -3.5e38, 0.800000011920929,
    1.7976931348623157e308, -1.7976931348623157e308,
]  # fmt: skip


def fires(limit: Threshold, number: Fraction) -> bool:
    return bool(FIRING[limit.rule].compare(number, limit.number))


def goes_right(value: float, threshold: float, split: Split) -> bool:
    """Compare as the library does: the number is rounded to the type, the threshold is not."""
    with np.errstate(over="ignore"):
        stored = float(TYPES[split.type](value))
    return stored > threshold or (stored == threshold and not split.is_left)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("is_left", [True, False])
@pytest.mark.filterwarnings("ignore:overflow encountered in nextafter")
def test_a_number_goes_right_where_the_library_sends_it(kind: FloatType, is_left: bool) -> None:
    random = Random(f"cut-offs {kind}")
    split = Split(kind, is_left)
    made = [
        random.choice([1, -1]) * random.random() * 10 ** random.randint(-8, 8) for _ in range(200)
    ]
    for threshold in EDGES + made:
        high = least_right(threshold, split)
        if high is None:
            assert not goes_right(float(np.finfo(TYPES[kind]).max), threshold, split)
            continue
        limit, short = cut_off(high, kind), cut_off(high, kind, "short")
        low = float(np.nextafter(TYPES[kind](high), TYPES[kind](-math.inf)))
        middle = float(limit.number) if abs(limit.number) < 2**1000 else 0.0
        around = [threshold, high, low, middle]
        for value in [
            *around,
            *(float(np.nextafter(x, e)) for x in around for e in (-math.inf, math.inf)),
        ]:
            if math.isfinite(value):
                wanted = goes_right(value, threshold, split)
                assert fires(limit, Fraction(value)) is wanted, (threshold, value)
        for value in (high, low):
            if math.isfinite(value):
                assert fires(short, Fraction(value)) is (value >= high), (threshold, value)


def test_next_to_0_no_number_has_too_many_digits() -> None:
    high = least_right(0.0, Split("float64"))
    assert high == 5e-324
    assert cut_off(high, "float64") == Threshold(0, "above")


def test_nothing_is_greater_than_infinity() -> None:
    assert least_right(math.inf, Split()) is None
    assert least_right(math.inf, Split(is_left=False)) == math.inf


def test_a_decimal_between_two_floats_is_rounded_as_its_text() -> None:
    """Decimals from a text are read as doubles: the cut-off of doubles is the midpoint of two."""
    limit = cut_off(0.1, "float64")
    assert limit.rule == "at_least"
    for digits in (
        "0.1",
        "0.09999999999999999861",
        "0.0999999999999999986",
        "0.10000000000000000000001",
    ):
        assert fires(limit, Fraction(digits)) is (float(digits) >= 0.1)


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [("0.79", "0.81", "0.8"), ("-0.81", "-0.79", "-0.8"), ("-1", "1", "0"), ("0", "1", "0"),
     ("-1", "0", "-1"), ("99.5", "100.5", "100"), ("101", "199", "110"), ("9.99", "10", "9.99"),
     ("0.123456", "0.123457", "0.123456"), ("-0.5", "-0.25", "-0.3"), ("1/3", "1/2", "0.4")],
)  # fmt: skip
def test_the_shortest_decimal(low: str, high: str, written: str) -> None:
    assert shortest(Fraction(low), Fraction(high)) == Fraction(written)


def test_the_greatest_float_is_where_it_is() -> None:
    middle = (Fraction(2**128) + Fraction(float(np.finfo(np.float32).max))) / 2
    assert cut_off(math.inf, "float32").number == middle


@pytest.mark.parametrize(
    ("number", "short", "long"),
    [(0.800000011920929, "0_8", "0_800000011920929"), (-2.5, "minus_2_5", "minus_2_5"),
     (3.0, "3", "3"), (1e-7, "1e_minus_07", "1e_minus_07"), (1e30, "1e30", "1e30")],
)  # fmt: skip
def test_a_number_in_a_name(number: float, short: str, long: str) -> None:
    assert (label(number), full_label(number)) == (short, long)
    assert f"over_{short}".isidentifier()

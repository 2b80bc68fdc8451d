"""Binary floats read as the shortest decimals that read back."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.rows.inputs.floats import decimal_of, decimals_of

TYPES = [np.float16, np.float32, np.float64]
EDGES = [0.0, -0.0, 0.1, 0.2, 0.1 + 0.2, 0.3, 36.6, 1e15, 1e16, 1e22, 1e23, 123456.7, 2.0**53,
         2.0**-24, 5e-324, 1.7976931348623157e308, 65504.0, 9.999999e14, -38.1]  # fmt: skip


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    kind = draw(st.sampled_from(TYPES))
    decimals = st.builds(lambda n, p: n / 10**p, st.integers(-(10**6), 10**6), st.integers(0, 8))
    values = draw(
        st.lists(st.one_of(decimals, st.sampled_from(EDGES), st.floats(width=64)), max_size=8)
    )
    with np.errstate(over="ignore", invalid="ignore"):
        array = np.array(values, kind)
        steps = draw(st.lists(st.sampled_from([-np.inf, 0, np.inf]), min_size=8, max_size=8))
        array = np.array(
            [x if not s else np.nextafter(x, kind(s)) for x, s in zip(array, steps, strict=False)],
            kind,
        )
    return array[np.isfinite(array)]


@given(arrays())
def test_every_float_is_the_decimal_that_it_prints_as(array: np.ndarray[Any, Any]) -> None:
    column = decimals_of(array)
    expected = [Fraction(Decimal(str(value))) for value in array]
    assert column.values() == expected
    assert [Fraction(decimal_of(value)) for value in array] == expected


def test_short_decimals_are_integers_over_a_power_of_ten() -> None:
    column = decimals_of(np.array([[36.6, 37.25], [-0.5, 40]]))
    assert (column.numerators.tolist(), column.denominator) == ([[3660, 3725], [-50, 4000]], 100)
    assert decimals_of(np.array([0.1 + 0.2, 0.3])).numerators.dtype == np.int64
    assert decimals_of(np.array([1e-300, 1.5])).numerators.dtype == object


@pytest.mark.parametrize("value", ["0.1", 1, True, float("nan"), float("inf"), None])
def test_what_is_no_finite_float_stays(value: Any) -> None:
    assert decimal_of(value) is value

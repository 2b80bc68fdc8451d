"""Numbers added up and compared: floats of one source with the floats beside a cut-off."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnc
from nnc.language.firing import FIRING
from nnc.rows.columns import Column
from nnc.run.engines.numbers import add_numbers

LARGEST = 1.7976931348623157e308
WEIGHTS = ["1", "-1", "3", "-0.7", "1/3", "-1e30", "1e-30", "5e-200"]
CUTS = [Fraction(0), Fraction(3, 10), Fraction(361, 10), Fraction(10**330), Fraction(-(10**330)),
        1 / Fraction(10) ** 330, Fraction(5e-324), Fraction(0.3), Fraction(LARGEST)]  # fmt: skip


@pytest.mark.parametrize("fires", FIRING)
@given(
    st.sampled_from(WEIGHTS),
    st.one_of(st.fractions(max_denominator=10**6), st.sampled_from(CUTS)),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=8),
)
def test_floats_of_one_source_compare_as_fractions(
    fires: str, weight: str, cut: Fraction, more: list[float]
) -> None:
    """Compare the floats nearest to the cut-off itself, those beside them, and others."""
    neuron = nnc.Neuron(weights={"x": 1}, threshold=0, fires=fires)  # type: ignore[arg-type]
    network = nnc.Network(inputs={"x": "real"}, neurons={"n": neuron}, outputs=["n"])
    factor, limit = Fraction(weight), cut * Fraction(weight)
    common = math.lcm(factor.denominator, limit.denominator)
    step = (
        nnc.compile(network)
        .steps[0]
        ._replace(weights=(int(factor * common),), thresholds=(int(limit * common),), scale=common)
    )
    near = (LARGEST if cut > 0 else -LARGEST) if abs(cut) > 10**308 else float(cut)
    with np.errstate(over="ignore"):
        beside = [float(np.nextafter(near, to)) for to in (-np.inf, np.inf)]
    values = [x for x in (near, *beside, 0.0, LARGEST, -LARGEST, *more) if math.isfinite(x)]
    columns = [Column(np.array(values))]
    [fired], _ = add_numbers(step, columns, len(values), wants_sum=False)
    compare = FIRING[step.fires].compare
    assert fired.tolist() == [compare(Fraction(x) * factor, limit) for x in values]

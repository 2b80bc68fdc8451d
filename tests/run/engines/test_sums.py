"""Sums of numbers: near floats within their bound, exact ones, and the largest of them."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnc
from nnc.rows.columns import Column
from nnc.run.engines import native, sums
from nnc.run.engines.sums import BoundedColumn, largest_bounded, sums_of
from nnc.run.evaluation import largest

EDGES = [0.0, -0.0, 0.1, 1.0, -1.0, 5e-324, -5e-324, 2.0**-1022, 1.7976931348623157e308, 1e-300,
         2.0**52, 2.0**53, 3.0000000000000004, 1e22]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(EDGES), st.floats(-100, 100), st.floats(allow_nan=False, allow_infinity=False)
)
WEIGHTS = st.one_of(
    st.integers(-9, 9).map(Fraction),
    st.floats(0.01, 3).map(Fraction),
    st.floats(-3, -0.01).map(Fraction),
    st.sampled_from([Fraction(1, 3), Fraction("1e-30"), Fraction(10**40), Fraction(0.1)]),
)
INTEGERS = st.sampled_from([0, 1, -7, 2**53, 2**53 + 1, 2**62, -(2**63)])


def steps_of(weights: list[list[Fraction]], thresholds: list[Fraction]) -> Any:
    """Compile neurons that read the same numbers."""
    names = [f"x{i}" for i in range(len(weights[0]))]
    network = nnc.Network(
        inputs=dict.fromkeys(names, "real"),
        neurons={
            f"n{k}": nnc.Neuron(weights=dict(zip(names, line, strict=True)), threshold=threshold)
            for k, (line, threshold) in enumerate(zip(weights, thresholds, strict=True))
        },
        outputs={"most": {"largest": [f"n{k}" for k in range(len(weights))]}},
    )
    return nnc.compile(network).steps


@st.composite
def problems(draw: Any) -> tuple[list[list[Fraction]], list[Column], list[list[Fraction]]]:
    """Draw weights, a column for each source, and the exact values of the rows."""
    fan_in, size, count = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(0, 5))
    line = st.lists(WEIGHTS, min_size=fan_in, max_size=fan_in)
    weights = draw(st.lists(line, min_size=size, max_size=size))
    if draw(st.booleans()):
        weights += weights[:1]  # a tie in every row
    columns = []
    for _ in range(fan_in):
        kind = draw(st.sampled_from(["float", "float", "integer", "decimal", "bit"]))
        if kind == "float":
            values = draw(st.lists(VALUES, min_size=count, max_size=count))
            columns.append(Column(np.array(values, np.float64)))
        elif kind == "bit":
            bits = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
            columns.append(Column(np.array(bits, np.uint8)))
        else:
            whole = draw(st.lists(INTEGERS, min_size=count, max_size=count))
            columns.append(Column(np.array(whole, np.int64), 10 if kind == "decimal" else 1))
    rows = [[Fraction(column.value(row)) for column in columns] for row in range(count)]
    return weights, columns, rows


@pytest.mark.parametrize("most", [sums._MAX_SLICES, 0], ids=["slices", "one by one"])
@given(problems())
def test_sums_are_those_of_fractions(
    most: int, problem: tuple[list[list[Fraction]], list[Column], list[list[Fraction]]]
) -> None:
    """Each sum, its near float within the bound, and the largest, first of equals."""
    weights, columns, rows = problem
    steps = steps_of(weights, [Fraction(0)] * len(weights))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "_MAX_SLICES", most)
        by_signal = dict(enumerate(columns, 2))
        found = sums_of(steps, by_signal.__getitem__, len(rows))
        own = [found[step.first] for step in steps]
        expected = [
            [sum((w * x for w, x in zip(line, row, strict=True)), Fraction()) for row in rows]
            for line in weights
        ]
        order = [totals.index(max(totals)) for totals in zip(*expected, strict=True)]
        assert largest_bounded(own).tolist() == order
        assert largest(own).tolist() == order
        for column, totals in zip(own, expected, strict=True):
            if isinstance(column, BoundedColumn):
                check_bound(column, totals)
            assert [column.value(row) for row in range(len(rows))] == totals
            assert column.values() == totals


def check_bound(column: BoundedColumn, totals: list[Fraction]) -> None:
    """Check that near floats, where there are any, are as near as their bound says."""
    for near, bound, total in zip(column.near, column.bound, totals, strict=True):
        if np.isfinite(near) and np.isfinite(bound):
            assert abs(Fraction(float(near)) - total * column.unit) <= Fraction(float(bound))


@pytest.mark.parametrize("rows", [30, 5000])
def test_only_near_ties_are_added_up_exactly(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two neurons have the same sum in one row in ten."""
    counted: list[int] = []
    exactly = sums._Sums._at

    def count(self: Any, neurons: Any, rows: Any) -> Any:
        counted.append(len(rows))
        return exactly(self, neurons, rows)

    monkeypatch.setattr(sums._Sums, "_at", count)
    network = nnc.Network(
        inputs={"x": "real", "y": "real"},
        neurons={
            "a": nnc.Neuron(weights={"x": "0.1", "y": "0.2"}, threshold=0),
            "b": nnc.Neuron(weights={"x": "0.1", "y": "0.1"}, threshold=0),
        },
        outputs={"most": {"largest": ["a", "b"]}},
    )
    x = np.full(rows, 0.1)
    y = np.where(np.arange(rows) % 10 == 0, 0.0, np.where(np.arange(rows) % 2, 0.3, -0.3))
    found = nnc.evaluate(network, {"x": x, "y": y})["most"]
    assert found.tolist() == [int(value < 0) for value in y]
    assert sum(counted) == 2 * -(-rows // 10)


WIDE = ["1/3", "-0.1", "7", "1e30", "-1e-30", "123456789012345678901234567890", "0.5", "-3"]


@pytest.mark.parametrize("rows", [25, 200])
@pytest.mark.parametrize("kernels", [True, False])
def test_sums_of_bits_with_long_weights(
    rows: int, kernels: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one word, of several, and beyond float64; the largest of them has ties."""
    if not kernels:
        monkeypatch.setattr(native, "KIND", None)
        monkeypatch.setattr(native, "is_missed", True)  # is set, and said once, else
    names = [f"x{i}" for i in range(8)]
    ends = [[str(2**bits), f"-{2**bits - 1}", *["0"] * 6] for bits in (61, 62, 63, 64)]
    lines = [
        WIDE,
        WIDE[::-1],
        ["1", "-1"] * 4,
        ["2", "-2"] * 4,
        ["-5"] * 8,
        ["1e200", "-1e-199"] * 4,
        *ends,
    ]
    network = nnc.Network(
        inputs=dict.fromkeys(names, "bit"),
        neurons={
            f"n{k}": nnc.Neuron(weights=dict(zip(names, line, strict=True)), threshold="0.5")
            for k, line in enumerate(lines)
        },
        outputs={
            "most": {"largest": [f"n{k}" for k in range(len(lines))]},
            "few": {"largest": ["n2", "n3", "n4"]},
            **{f"s{k}": {"sum": f"n{k}"} for k in range(len(lines))},
        },
    )
    bits = np.random.default_rng(rows).integers(0, 2, (8, rows)).astype(np.uint8)
    bits[:, :2] = [[0, 1]]
    results = nnc.evaluate(network, dict(zip(names, bits, strict=True)))
    totals = [
        [
            sum((Fraction(w) for w, x in zip(line, row, strict=True) if x), Fraction())
            for row in bits.T
        ]
        for line in lines
    ]
    for k, own in enumerate(totals):
        assert results[f"s{k}"].tolist() == own
    for alias, asked in (("most", totals), ("few", totals[2:5])):
        order = [line.index(max(line)) for line in zip(*asked, strict=True)]
        assert results[alias].tolist() == order


@pytest.mark.parametrize("kernels", [True, False])
@pytest.mark.parametrize("kind", ["real", "bit", "states", "zero"])
def test_sums_of_layers_of_floats(
    kind: str, kernels: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three neurons, of which the last is the first again, of real numbers and of bits."""
    if not kernels:
        monkeypatch.setattr(native, "KIND", None)
        monkeypatch.setattr(native, "is_missed", True)
    rng = np.random.default_rng(7)
    weights = rng.standard_normal((3, 5)) * 10.0 ** rng.integers(-9, 9, (3, 5))
    weights[0, 1], weights[2] = 0, weights[0]
    if kind == "zero":
        weights[:] = 0
    own: dict[str, Any] = {"type": "bit" if kind in ("bit", "states") else "real", "size": 5}
    off, on = Fraction(0), Fraction(1)
    if kind == "states":
        off, on = Fraction(-1), Fraction(1)
        own["states"] = [-1, 1]
    if own["type"] == "bit":
        rows = rng.integers(0, 2, (40, 5))
        exact = [[on if bit else off for bit in row] for row in rows.tolist()]
        rows = rows * int(on - off) + int(off)
    else:
        rows = rng.standard_normal((40, 5)) * 10.0 ** rng.integers(-5, 5, (40, 5))
        rows[0], rows[1] = 0.0, 5e-324
        exact = [[Fraction(value) for value in row] for row in rows.tolist()]
    network = nnc.Network(
        inputs={"x": own},
        fires="above",
        layers={"h": nnc.Layer(wiring="x", weights=weights, thresholds=[0.5, -2.0, 0.5])},
        outputs={"most": {"largest": "h"}, "sums": {"sum": "h"}},
    )
    results = nnc.evaluate(network, {"x": rows})
    totals = [
        [
            sum((Fraction(w) * x for w, x in zip(line, row, strict=True)), Fraction())
            for row in exact
        ]
        for line in weights.tolist()
    ]
    assert results["sums"].T.tolist() == totals
    order = [own.index(max(own)) for own in zip(*totals, strict=True)]
    assert results["most"].tolist() == order

"""Layers for many rows, by every engine: each bit and sum exactly what it is on paper."""

import dataclasses
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.compiler.plan import Plan
from nnc.language.network import Layer, Network
from nnc.numbers.exact import Number
from nnc.rows.columns import Batch, Column
from nnc.run.engines import ENGINES, Wanted, numbers, products
from nnc.run.engines import layers as engine
from nnc.run.engines.products import Values, values_of
from tests.support.both import both, objects, signal_of
from tests.support.drawn_layers import FIRES, KINDS, random_weights, rows_of, sized
from tests.support.everywhere import WAYS
from tests.support.networks import plan_of
from tests.support.oracle import COMPARE

Rows = list[list[Fraction]]


def plan_with(
    weights: Any, thresholds: Any, kinds: list[Any], widths: list[int], size: int, **more: Any
) -> Plan:
    names = [f"v{k}" for k in range(len(widths))]
    return nnc.compile(Network(
        inputs={n: sized(kind, width) for n, kind, width in zip(names, kinds, widths, strict=True)},
        fires=more.pop("fires", "above"),
        layers={"h": Layer(wiring=names, weights=weights, thresholds=thresholds, size=size,
                           **more)},
        outputs=["h"],
    ))  # fmt: skip


def check(
    one: Plan, exact: Rows, limits: list[Any], fires: str, columns: list[Column], rows: Rows
) -> None:
    """Compare both engines with sums and comparisons of Fractions."""
    found = both(one, *columns, count=len(rows))
    for i, (weights, limit) in enumerate(zip(exact, limits, strict=True)):
        sums = [sum((w * x for w, x in zip(weights, row, strict=True)), Fraction()) for row in rows]
        signal = signal_of(one, f"h({i})")
        assert found.sums[signal] == sums
        assert found.bits[signal] == [COMPARE[fires](total, Fraction(limit)) for total in sums]


# ----------------------------------------------------------------------------------- values


def drawn(kind: Any, width: int, count: int, rng: Random) -> tuple[Column, Rows]:
    """Draw a column of a bus, and the exact value of each element in each row."""
    states = kind.get("states", [0, 1]) if isinstance(kind, dict) else [0, 1]
    if kind == "bit" or kind.get("type") == "bit":
        bits = [[rng.randint(0, 1) for _ in range(width)] for _ in range(count)]
        exact = [[Fraction(states[bit]) for bit in row] for row in bits]
        return Column(np.array(bits, np.uint8).reshape(count, width)), exact
    whole = kind["type"] == "integer"
    form = rng.choice(
        ("small", "large", "huge") if whole else ("small", "decimal", "float", "wild", "huge")
    )
    below = {"decimal": 100, "small": 1 if whole else 4}.get(form, 1)
    if form in ("small", "decimal", "large"):
        most = 1 << 61 if form == "large" else 9 if form == "small" else 500
        numbers = [[rng.randint(-most, most) for _ in range(width)] for _ in range(count)]
        array: Any = np.array(numbers, np.int64).reshape(count, width)
        return Column(array, below), [[Fraction(x, below) for x in row] for row in numbers]
    if form == "huge":
        values = [
            [rng.choice((10**30, -(2**64), 3, 0)) for _ in range(width)] for _ in range(count)
        ]
        array = objects([x for row in values for x in row]).reshape(count, width)
        return Column(array), [[Fraction(x) for x in row] for row in values]
    some = (
        (0.1, 0.2, -0.3, 0.5, 2.0) if form == "float" else (1e300, -1e300, 5e-324, 1.0, 0.0, 1e16)
    )
    floats = [[rng.choice(some) for _ in range(width)] for _ in range(count)]
    return Column(np.array(floats).reshape(count, width)), [
        [Fraction(x) for x in row] for row in floats
    ]


def fitting(limit: Fraction) -> Fraction:
    """Give a threshold that may be written in a network."""
    return limit if limit.denominator < 10**17 and abs(limit) < 10**300 else Fraction(1, 3)


@pytest.mark.seconds(600)
def test_random_layers_of_every_kind() -> None:
    rng = Random(81)
    for _ in range(250):
        size, widths = rng.randint(1, 4), [rng.randint(1, 3) for _ in range(rng.randint(1, 3))]
        kinds = [rng.choice(KINDS) for _ in widths]
        if rng.random() < 0.6:
            kinds = [kinds[0]] * len(widths)
        weights, fires = random_weights(rng, size, sum(widths)), rng.choice(FIRES)
        exact = rows_of(weights, size, sum(widths))
        parts = [drawn(kind, width, 6, rng) for kind, width in zip(kinds, widths, strict=True)]
        rows = [[x for _, values in parts for x in values[k]] for k in range(6)]
        sums = [[sum((w * x for w, x in zip(ws, row, strict=True)), Fraction()) for row in rows]
                for ws in exact]  # fmt: skip
        limits = [fitting(rng.choice(own)) for own in sums]
        one = plan_with(weights, limits, kinds, widths, size, fires=fires)
        check(one, exact, limits, fires, [column for column, _ in parts], rows)


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "u1", "i2", "i4", "i8", "u8", ">i2", ">i8", "f2", "f4", "f8", ">f4"]
)
@pytest.mark.parametrize("form", ["dense", "sparse"])
@pytest.mark.parametrize("kind", [0, 1, 2, 3, 5, 6])
def test_every_stored_type(dtype: str, form: str, kind: int, full: bool, tmp_path: Path) -> None:
    """The extremes of each type, thresholds of the same type, dense and sparse."""
    draw = np.random.default_rng(len(dtype) * 10 + kind)
    size, fan_in = 5, 6
    if np.dtype(dtype).kind == "f":
        info = np.finfo(dtype)
        special: list[Any] = [0, 1, -1.5, float(info.max), -float(info.max),
                              float(info.smallest_subnormal),
                              float(info.eps)]  # fmt: skip
    elif dtype == "?":
        special = [False, True]
    else:
        limits_of = np.iinfo(dtype)
        special = [0, 1, limits_of.max, limits_of.min, limits_of.max - 1, 3]
    places = draw.integers(len(special), size=(size, fan_in))
    weights = np.array([[special[place] for place in row] for row in places.tolist()], dtype)
    thresholds = np.array([special[k % len(special)] for k in range(size)], dtype)
    given: dict[str, Any] = {"w": weights, "t": thresholds}
    written = "{file: w.npy}"
    exact = [[Fraction(x) for x in row] for row in weights.tolist()]
    if form == "sparse":
        kept = draw.random((size, fan_in)) < 0.5
        kept[1] = False
        places = np.nonzero(kept)[1]
        given |= {
            "p": np.concatenate([[0], np.cumsum(kept.sum(1))]),
            "i": places,
            "w": weights[kept],
        }
        written = "{sparse: {indptr: {file: p.npy}, indices: {file: i.npy}, values: {file: w.npy}}}"
        exact = [[w if k else Fraction() for w, k in zip(row, own, strict=True)]
                 for row, own in zip(exact, kept.tolist(), strict=True)]  # fmt: skip
    states = KINDS[kind].get("states") if isinstance(KINDS[kind], dict) else None
    declared = {5: "integer", 6: "real"}.get(kind, "bit")
    if states is not None:
        declared = f"bit, states: [{', '.join(map(str, states))}]"
    for fires in FIRES if full else (FIRES[(kind + len(dtype)) % 4],):
        one = plan_of(tmp_path, f"""\
fires: {fires}
inputs: {{v: {{type: {declared}, size: {fan_in}}}}}
layers: {{h: {{wiring: v, weights: {written}, thresholds: {{file: t.npy}}}}}}
outputs: [h]
""", given)  # fmt: skip
        rng = Random(f"{dtype} {form} {kind}")
        column, rows = drawn(KINDS[kind], fan_in, 8, rng)
        check(one, exact, [Fraction(x) for x in thresholds.tolist()], fires, [column], rows)


@pytest.mark.parametrize("rows", [1, 3, 70, 200])
def test_one_weight_for_all(rows: int) -> None:
    rng = np.random.default_rng(rows)
    for weights, limits in (
        (1, [0, 3, 7]),
        ("-1/3", ["-1", "-2/3", 0]),
        ("0.1", ["0.3", "0.2", 0]),
    ):
        bits = rng.integers(0, 2, (rows, 8)).astype(np.uint8)
        one = plan_with(weights, limits, ["bit"], [8], 3)
        exact = [[Fraction(weights)] * 8] * 3
        check(
            one,
            exact,
            limits,
            "above",
            [Column(bits)],
            [[Fraction(x) for x in row] for row in bits.tolist()],
        )


# ------------------------------------------------------------------------ edges of arithmetic


@pytest.mark.parametrize("edge", [2**24, 2**53, 2**62, 2**63, 2**64, 10**25])
@pytest.mark.parametrize("fires", FIRES)
def test_totals_at_the_edges_of_each_arithmetic(edge: int, fires: str) -> None:
    """Sums of edge - 1, edge and edge + 1 against limits of the same."""
    bits = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], np.uint8)
    rows = [[Fraction(x) for x in row] for row in bits.tolist()]
    for sign in (1, -1):
        weights = [[sign * (edge // 2), sign * (edge - edge // 2), sign]] * 5
        limits = [sign * edge + k for k in (-2, -1, 0, 1, 2)]
        one = plan_with(weights, limits, ["bit"], [3], 5, fires=fires)
        check(
            one,
            [[Fraction(w) for w in row] for row in weights],
            limits,
            fires,
            [Column(bits)],
            rows,
        )


@pytest.mark.parametrize("fan_in", [1, 2, 63, 64, 65, 1000])
def test_fan_ins_around_a_word(fan_in: int) -> None:
    rng = np.random.default_rng(fan_in)
    weights = rng.integers(-128, 128, (3, fan_in)).astype(np.int8)
    bits = rng.integers(0, 2, (67, fan_in)).astype(np.uint8)
    totals = bits.astype(int) @ weights.T.astype(int)
    limits = [int(totals[5, 0]), int(totals[6, 1]), int(totals[7, 2])]
    for fires in FIRES:
        one = plan_with(weights, limits, ["bit"], [fan_in], 3, fires=fires)
        found = both(one, Column(bits))
        for i in range(3):
            signal = signal_of(one, f"h({i})")
            assert found.sums[signal] == totals[:, i].tolist()
            assert found.bits[signal] == [
                int(COMPARE[fires](t, limits[i])) for t in totals[:, i].tolist()
            ]


def test_layers_in_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer is calculated some neurons at a time: each gets its own."""
    for module in (engine, products, numbers):
        monkeypatch.setattr(module, "TILE", 7)
    rng = Random(82)
    for _ in range(40):
        weights, fires = random_weights(rng, 5, 4), rng.choice(FIRES)
        kind = rng.choice(KINDS)
        column, rows = drawn(kind, 4, 5, rng)
        exact = rows_of(weights, 5, 4)
        sums = [sum((w * x for w, x in zip(ws, rows[0], strict=True)), Fraction()) for ws in exact]
        limits = list(map(fitting, sums))
        check(
            plan_with(weights, limits, [kind], [4], 5, fires=fires),
            exact,
            limits,
            fires,
            [column],
            rows,
        )


# ------------------------------------------------------------------------------------- floats


TIES: list[tuple[list[float], str]] = [
    ([0.1, 0.2, -0.3], "0"), ([0.1, 0.2, 0.0], "0.3"), ([1e16, 1.0, -1e16], "1"),
    ([1e308, 1e308, -1e308], "1e308"), ([1e308, 1.0, 5e-324], "1e308"),
    ([5e-324, -5e-324, 1.0], "1"),
    ([2.0**53, 1.0, 1.0], str(2**53 + 2)), ([2.0**53, 1.0, -(2.0**53)], "1"),
    ([0.1, 0.7, -0.8], "0"), ([1e-320, 1e-320, -2e-320], "0"), ([1e200, 1e-200, -1e200], "0"),
    ([0.5, 0.25, 0.125], "0.875"), ([1e308, 1e308, 1e308], "3e308"),
    ([-1e308, -1e308, -1e308], "-3e308"),
]  # fmt: skip


@pytest.mark.parametrize("fires", FIRES)
@pytest.mark.parametrize(("weights", "threshold"), TIES)
def test_float_weights_near_and_at_their_threshold(
    weights: list[float], threshold: str, fires: str
) -> None:
    """What rounding would get wrong: every row is decided as with Fractions."""
    bits = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], np.uint8)
    rows = [[Fraction(x) for x in row] for row in bits.tolist()]
    exact = [[Fraction(w) for w in weights]]
    total = sum(exact[0], Fraction())
    one = plan_with(np.array([weights]), [threshold], ["bit"], [3], 1, fires=fires)
    check(one, exact, [Fraction(threshold)], fires, [Column(bits)], rows)
    if abs(total) < 1.7e308 and Fraction(float(total)) == total:
        one = plan_with(np.array([weights]), np.array([float(total)]), ["bit"], [3], 1, fires=fires)
        check(one, exact, [total], fires, [Column(bits)], rows)


@pytest.mark.seconds(600)
def test_ties_of_random_floats_are_decided_right() -> None:
    """Thresholds that are the rounded sum, and the floats beside it."""
    rng = np.random.default_rng(83)
    naive = 0
    for _ in range(60):
        scale = 10.0 ** rng.integers(-5, 5)
        weights = (rng.random((4, 30)) - 0.5) * scale
        bits = rng.integers(0, 2, (9, 30)).astype(np.uint8)
        rows = [[Fraction(x) for x in row] for row in bits.tolist()]
        exact = [[Fraction(w) for w in row] for row in weights.tolist()]
        sums = [
            sum((w * x for w, x in zip(exact[i], rows[i], strict=True)), Fraction())
            for i in range(4)
        ]
        limits = np.array([float(total) for total in sums])
        limits[3] = np.nextafter(limits[3], np.inf)
        one = plan_with(weights, limits, ["bit"], [30], 4)
        assert one.layers[0].arithmetic == "bounded"
        check(one, exact, [Fraction(x) for x in limits.tolist()], "above", [Column(bits)], rows)
        totals = bits.astype(float) @ weights.T
        right = [[sum((w * x for w, x in zip(ws, row, strict=True)), Fraction()) > Fraction(t)
                  for ws, t in zip(exact, limits.tolist(),
                                   strict=True)] for row in rows]  # fmt: skip
        naive += int(((totals > limits) != np.array(right)).sum())
    assert naive > 5  # which plain float64 gets wrong


def test_floats_for_numbers_that_are_floats() -> None:
    """Weights and values both binary floats, in sums that cancel; and float weights on decimals."""
    weights = np.array([[0.1, 0.1, -0.2], [1e300, 1e-300, -1.0], [3.0, -1.0, 1e16]])
    values = np.array(
        [[0.1, 0.2, 0.15], [1.0, 1.0, 1.0], [1e8, 1e308, 1e-8], [1e-300, 1e-300, 0.1]]
    )
    rows = [[Fraction(x) for x in row] for row in values.tolist()]
    exact = [[Fraction(w) for w in row] for row in weights.tolist()]
    for fires in FIRES:
        for limits in ([0, 0, 0], ["1e-300", "1e300", "1e16"]):
            one = plan_with(weights, limits, ["real"], [3], 3, fires=fires)
            check(one, exact, limits, fires, [Column(values)], rows)
    tenths = np.array([[1, 2, 3], [10, -10, 5], [2**61, 1, -(2**61)]])
    rows = [[Fraction(x, 10) for x in row] for row in tenths.tolist()]
    one = plan_with(weights, [Fraction(1, 3), 0, 10**16], ["real"], [3], 3)
    check(one, exact, [Fraction(1, 3), 0, 10**16], "above", [Column(tenths, 10)], rows)


EXPONENTS = [
    (0, 0), (-600, 0), (600, -600), (-500, 170), (130, -160), (100, -140), (-160, 30), (-150, 100),
    (500, -570), (30, -170), (-1000, -20), (900, 60), (40, -10), (400, -560), (300, -545),
    (-545, 300), (10, -150),
]  # fmt: skip


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(("of_weights", "of_values"), EXPONENTS)
@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_sizes_that_over_or_underflow_on_the_way(
    of_weights: int,
    of_values: int,
    form: str,
    large: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Weights and values times powers of two: whatever that does to floats, decisions stay right.

    Totals are integers times one power of two, so that they are known exactly. A large batch is
    calculated in float32 first.
    """
    monkeypatch.setattr(numbers, "_MANY_PRODUCTS", 1 if large else 1 << 60)
    rng = np.random.default_rng(84)
    size, fan_in, count = (64, 64, 300) if large else (16, 24, 40)
    factors = rng.integers(-(2**48), 2**48, (size, fan_in)) | 1
    given = rng.integers(-150, 150, (count, fan_in))
    totals = given @ factors.T
    limits = totals[np.arange(size) % count, np.arange(size)].copy()
    limits[::3] += rng.integers(-3, 4, len(limits[::3])) << 5
    limits[1::5] = 0
    rounded = [int(float(limit)) for limit in limits.tolist()]
    exponent = of_weights + of_values
    thresholds = [np.ldexp(float(limit), exponent) for limit in rounded]
    keep = [i for i,
            t in enumerate(thresholds) if np.isfinite(t) and Fraction(t) == Fraction(rounded[i])
            * Fraction(2) ** exponent]  # fmt: skip
    factors, totals = factors[keep], totals[:, keep]
    if not keep:
        return
    weights = np.ldexp(factors.astype(float), of_weights)
    values = np.ldexp(given.astype(float), of_values)
    assert np.isfinite(weights).all()
    assert (values != 0).sum() == (given != 0).sum()
    chosen = np.array([thresholds[i] for i in keep])
    for fires in ("above", "at_most")[: 1 if large else 2]:
        if form == "dense":
            one = plan_with(weights, chosen, ["real"], [fan_in], len(keep), fires=fires)
        else:
            arrays = {"w": weights.ravel(), "t": chosen, "i": np.tile(np.arange(fan_in), len(keep)),
                      "p": np.arange(len(keep) + 1) * fan_in}  # fmt: skip
            one = plan_of(tmp_path, f"""\
fires: {fires}
inputs: {{v0: real({fan_in})}}
layers: {{h: {{wiring: v0, thresholds: {{file: t.npy}}, weights: {{sparse: {{
  indptr: {{file: p.npy}}, indices: {{file: i.npy}}, values: {{file: w.npy}}}}}}}}}}
outputs: [h]
""", arrays)  # fmt: skip
        found = nnc.evaluate(one, {"v0": values})["h"]
        right = totals > np.array([rounded[i] for i in keep])
        assert (found == (right if fires == "above" else ~right)).all()


@pytest.mark.parametrize(
    ("of_weights", "of_values"), [(140, -60), (-60, 140), (-20, 128), (110, 10)]
)
def test_numbers_beyond_float32(
    of_weights: int, of_values: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The products lie within float32, weights or values do not."""
    monkeypatch.setattr(numbers, "_MANY_PRODUCTS", 1)
    count, size = 1000, 100
    weights = np.ldexp(np.arange(1.0, size + 1)[:, None], of_weights)
    values = np.ldexp(np.arange(1.0, count + 1)[:, None], of_values)
    limits = np.ldexp(np.arange(float(size)) * 700, of_weights + of_values)
    one = plan_with(weights, limits, ["real"], [1], size)
    found = nnc.evaluate(one, {"v0": values})["h"]
    exact = np.arange(1, count + 1)[:, None] * np.arange(1, size + 1)
    assert (found == (exact > np.arange(size) * 700)).all()


@pytest.mark.parametrize("exponent", [0, -600, -1020, 500, 900])
def test_bits_on_weights_that_over_or_underflow(exponent: int) -> None:
    rng = np.random.default_rng(85)
    factors = rng.integers(-(2**53), 2**53, (30, 60)) | 1
    bits = rng.integers(0, 2, (60, 60)).astype(np.uint8)
    totals = bits.astype(int) @ factors.T
    limits = np.array([float(x) for x in totals[np.arange(30), np.arange(30)].tolist()])
    one = plan_with(
        np.ldexp(factors.astype(float), exponent), np.ldexp(limits, exponent), ["bit"], [60], 30
    )
    found = nnc.evaluate(one, {"v0": bits})["h"]
    assert (found == (totals > limits.astype(int))).all()


# -------------------------------------------------------------------------------- its values


@pytest.mark.parametrize(
    ("columns", "dtype", "denominator", "values"),
    [
        ([Column(np.array([1, 2])), Column(np.array([0, 1], np.uint8))], "int64", 1,
         [[1, 2], [0, 1]]),
        ([Column(np.array([1, 2]), 10), Column(np.array([3, 4]), 4)], "int64", 20,
         [[2, 4], [15, 20]]),
        ([Column(np.array([0.5, 0.1])), Column(np.array([1, 2]))], "float64", 1,
         [[0.5, 0.1], [1, 2]]),
        ([Column(np.array([0.5])), Column(np.array([2**53 + 1]))], "object", 1,
         [[0.5], [2**53 + 1]]),
        ([Column(np.array([0.5])), Column(np.array([1]), 3)], "object", 1, None),
        ([Column(np.array([2**62])), Column(np.array([1]), 10)], "object", 1, None),
        ([Column(np.zeros(1, np.int64)), Column(np.array([1]), 2**64)], "object", 1, None),
        ([Column(objects([10**30])), Column(np.array([1]))], "object", 1, [[10**30], [1]]),
        ([Column(np.zeros(0, np.int64))], "int64", 1, [[]]), ([], "int64", 1, []),
    ],
)  # fmt: skip
def test_columns_laid_below_each_other(
    columns: list[Column], dtype: str, denominator: int, values: Any
) -> None:
    rows = len(columns[0]) if columns else 0
    found = values_of(columns, rows)
    assert (found.array.dtype, found.denominator) == (np.dtype(dtype), denominator)
    assert found.array.shape == (len(columns), rows)
    if values is not None:
        assert found.array.tolist() == values
    exact: list[list[Number]] = [
        [Fraction(x) / found.denominator for x in line] for line in found.array.tolist()
    ]
    assert exact == [column.values() for column in columns]


def test_no_wires_one_neuron_and_no_rows() -> None:
    for thresholds, bit in ((-1, 1), (0, 0), (1, 0)):
        one = nnc.compile(Network(inputs=["a"], fires="above", outputs=["h"],
                                  layers={"h": Layer(wiring=[], thresholds=thresholds,
                                                     size=1)}))  # fmt: skip
        for rows in (0, 1, 70):
            found = both(one, Column(np.zeros(rows, np.uint8)), count=rows)
            assert found.bits[signal_of(one, "h(0)")] == [bit] * rows
            assert found.sums[signal_of(one, "h(0)")] == [0] * rows
    for kind in ("bit", "real", "integer"):
        for weights in (np.array([[1, 2]]), np.array([[0.1, 2]]), [[1, "1/3"]]):
            one = plan_with(weights, [0], [kind], [2], 1)
            dtype = np.uint8 if kind == "bit" else np.int64
            assert (
                both(one, Column(np.zeros((0, 2), dtype)), count=0).bits[signal_of(one, "h(0)")]
                == []
            )


def test_layers_one_after_another(tmp_path: Path) -> None:
    """The bits of one are the sources of the next, also with states, ranges and single elements."""
    one = plan_of(tmp_path, """\
states: [-1, 1]
inputs: {a: bit(4)}
layers:
  g: {wiring: [h(1:3), n, a(0)], weights: [[1, 1, 1, 1], [1, -1, 2, 0]], thresholds: [1, 0.5]}
  h: {wiring: a, weights: [[1, 1, 1, 1], [1, -1, 1, -1], [0.5, 0, 0, 2]], thresholds: [0, 1, -2]}
neurons: {n: {weights: {h: [1, 2, 3]}, threshold: 0, states: [0, 1]}}
outputs: {g: g, n: n, h: h, s: {sum: g}}
""")  # fmt: skip
    patterns = [[row >> k & 1 for k in range(4)] for row in range(16)]
    found = both(one, Column(np.array(patterns, np.uint8)))
    for row, pattern in enumerate(patterns):
        a = [2 * bit - 1 for bit in pattern]
        h = [
            int(s > t)
            for s, t in ((sum(a), 0), (a[0] - a[1] + a[2] - a[3], 1), (a[0] / 2 + 2 * a[3], -2))
        ]
        hs = [2 * bit - 1 for bit in h]
        n = int(hs[0] + 2 * hs[1] + 3 * hs[2] > 0)
        sums = [hs[1] + hs[2] + n + a[0], hs[1] - hs[2] + 2 * n]
        for name, bit in (
            ("h(0)", h[0]),
            ("h(2)", h[2]),
            ("n", n),
            ("g(0)", sums[0] > 1),
            ("g(1)", sums[1] > 0.5),
        ):
            assert found.bits[signal_of(one, name)][row] == bit
        assert [found.sums[signal_of(one, f"g({i})")][row] for i in range(2)] == sums


def test_sums_of_some_neurons() -> None:
    one = plan_with(
        [[1, 2], [3, 4], ["0.5", "1/3"]], 0, [{"type": "bit", "states": [-1, 1]}], [2], 3
    )
    values = Values(np.array([[0, 1, 1], [1, 0, 1]], np.uint8))
    columns = engine.sums(one.layers[0], values, [2, 0])
    assert [column.values() for column in columns] == [
        [Fraction(-1, 6), Fraction(1, 6), Fraction(5, 6)], [1, -1, 3]]  # fmt: skip
    assert engine.sums(one.layers[0], values, []) == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("weights", [[[1, 2], [3, -4]], [[0.25, 2.5], [3.0, -4.0]]])
def test_what_blas_does_beside_an_array_is_no_warning(
    weights: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    matmul = np.matmul

    def with_padding(*factors: Any) -> Any:
        np.divide(np.float64(1), np.float64(0))  # as OpenBLAS does on some processors
        return matmul(*factors)

    monkeypatch.setattr(np, "matmul", with_padding)
    one = plan_with(weights, [1, 2], ["bit"], [2], 2)
    values = Values(np.array([[0, 1, 1], [1, 0, 1]], np.uint8))
    exact = np.array(weights) @ values.array
    assert engine.fire(one.layers[0], values).tolist() == (exact > [[1], [2]]).tolist()
    columns = engine.sums(one.layers[0], values, [0, 1])
    assert [column.values() for column in columns] == exact.tolist()


def test_sums_of_nothing_times_more_than_int64_holds() -> None:
    """The states are 0 and 2**64: where all bits are 0, so are the sums."""
    states = {"type": "bit", "states": [0, 2**64]}
    one = plan_with([[1, 1], [2, -3]], [0, 1], [states], [2], 2)
    column = Column(np.array([[0, 0]], np.uint8))
    exact = [[Fraction(1), Fraction(1)], [Fraction(2), Fraction(-3)]]
    check(one, exact, [0, 1], "above", [column], [[Fraction(0), Fraction(0)]])
    column = Column(np.array([[0, 0], [0, 1]], np.uint8))
    rows = [[Fraction(0), Fraction(0)], [Fraction(0), Fraction(2**64)]]
    check(one, exact, [0, 1], "above", [column], rows)


@pytest.mark.parametrize("rows", [1, 30])
def test_numbers_whose_common_denominator_is_beyond_int64(rows: int) -> None:
    one = nnc.compile(Network(
        inputs=dict.fromkeys("xyz", "real"), fires="above",
        layers={"h": Layer(wiring=["x", "y", "z"], weights=[[1, 1, 1]], thresholds=[0])},
        outputs=["h"],
    ))  # fmt: skip
    given = {"x": 0, "y": Fraction(1, 3**38), "z": Fraction(1, 2**60)}
    found = nnc.evaluate(one, {name: [value] * rows for name, value in given.items()})
    assert found["h"].tolist() == [[1]] * rows


@pytest.mark.parametrize("value", [2**53, 2**62, -(2**63), 2**63 - 1])
@pytest.mark.parametrize("weight", [-(2**63), 2**62, 2**53 + 1, -1])
def test_products_of_numbers_at_the_edge_of_int64(value: int, weight: int) -> None:
    for kind in ("integer", "real"):
        limits = [value * weight + k for k in (-1, 0, 1)]
        weights = np.array([[weight, 0]] * 3)
        one = plan_with(weights, limits, [kind], [2], 3, fires="at_least")
        array = np.array([[value, 1], [0, value]])
        rows = [[Fraction(x) for x in row] for row in array.tolist()]
        check(one, rows_of(weights, 3, 2), limits, "at_least", [Column(array)], rows)


# ------------------------------------------------------------------------- what a file says


LIES = ("float32", "float64", "int64", "object", "bounded")


@pytest.mark.parametrize("arithmetic", LIES)
@pytest.mark.parametrize("form", ["dense", "sparse"])
@pytest.mark.parametrize("weight", [100, 2**22, 2**45, 2**52, 2**61, 2**62, 2.0**60, 0.1, 2.0**-30])
def test_bounds_are_those_of_the_weights(
    weight: float, form: str, arithmetic: str, tmp_path: Path
) -> None:
    """A file may say anything of its layers: it is calculated in what holds its weights."""
    weights = np.full((4, 40), weight)
    weights[3] *= -1
    given: dict[str, Any] = {"w": weights}
    written = "{file: w.npy}"
    if form == "sparse":
        given = {"p": np.arange(0, 161, 40), "i": np.tile(np.arange(40), 4), "w": weights.ravel()}
        written = "{sparse: {indptr: {file: p.npy}, indices: {file: i.npy}, values: {file: w.npy}}}"
    told = plan_of(tmp_path, f"""\
fires: at_least
inputs: {{v: bit(40)}}
layers: {{h: {{wiring: v, weights: {written}, thresholds: [1, 0, 2, -1]}}}}
outputs: [h]
""", given)  # fmt: skip
    lied = dataclasses.replace(told.layers[0], arithmetic=arithmetic, least=0, greatest=1)
    one = dataclasses.replace(told, layers=(lied,))
    bits = np.tile(np.arange(40) < np.array([[0], [1], [3], [40]]), (25, 1)).astype(np.uint8)
    right = [[limit <= sum((Fraction(w) * b for w, b in zip(ws, row, strict=True)), Fraction())
              for ws, limit in zip(weights.tolist(), (1, 0, 2, -1), strict=True)]
             for row in bits[:4].tolist()]  # fmt: skip
    wanted = Wanted(frozenset(range(one.first_made, one.signals)), frozenset({one.first_made + 3}))
    for name, is_native in WAYS:
        for count in (4, 100):
            found = ENGINES[name](
                one, Batch((Column(bits[:count]),), count), wanted._replace(native=is_native)
            )
            order = range(one.first_made, one.signals)
            assert found.bus(order)[:4].tolist() == right, (name, is_native)
            sums = found.sums[one.first_made + 3].values()[:4]
            assert sums == [-Fraction(weight) * k for k in (0, 1, 3, 40)]


def test_a_bound_by_the_type_alone() -> None:
    """Of small integers nothing is read for it; of others all, once."""
    for dtype, arithmetic, largest in (
        ("i1", "float32", 128 * 3), ("u1", "float32", 256 * 3), ("i2", "float32", 2**15 * 3),
        ("u4", "float32", 6), ("i8", "float32", 6),
    ):  # fmt: skip
        weights = np.array([[1, 2, 3], [0, 0, 0]], dtype)
        built = plan_with(weights, 0, ["bit"], [3], 2).layers[0]
        assert built.proved == (6, arithmetic)
        again = dataclasses.replace(built, arithmetic="object", calculated=None)
        assert again.proved == (largest, arithmetic)
    floats = plan_with(np.array([[0.5, 2.0]]), 0, ["bit"], [2], 1).layers[0]
    assert floats.proved.arithmetic == "float64"
    again = dataclasses.replace(floats, arithmetic="bounded", calculated=None)
    assert again.proved.arithmetic == "bounded"
    tenth = plan_with(np.array([[0.1, 2.0]]), 0, ["bit"], [2], 1).layers[0]
    assert dataclasses.replace(tenth, arithmetic="float64").proved.arithmetic == "bounded"

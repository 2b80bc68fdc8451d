"""Layers as they are calculated: the arithmetic, limits, factors, offsets and bounds."""

from fractions import Fraction
from math import ceil, floor, inf, nextafter
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.compiler.graph import SparseWeights
from nnc.compiler.plan import LayerStep, numbers, to_integer
from nnc.language.network import Layer, Network
from nnc.numbers.exact import Number, stored_number
from tests.support.drawn_layers import FIRES, KINDS, random_weights, rows_of, sized


def step(
    weights: Any,
    thresholds: Any = 0,
    kind: str | dict[str, Any] = "bit",
    fan_in: int = 0,
    **more: Any,
) -> LayerStep:
    """Give the step of a layer that reads one bus."""
    count = fan_in or (weights.shape[1] if hasattr(weights, "shape") else len(weights[0]))
    network = Network(
        inputs={"a": sized(kind, max(count, 1))},
        fires=more.pop("fires", "above"),
        layers={
            "h": Layer(wiring="a" if count else [], weights=weights, thresholds=thresholds, **more)
        },
        outputs=["h"],
    )
    (layer,) = nnc.compile(network).layers
    return layer


# ------------------------------------------------------------------------------- arithmetic


@pytest.mark.parametrize(
    ("weights", "arithmetic"),
    [
        (np.array([[2**24 - 1]]), "float32"), (np.array([[2**24]]), "float64"),
        (np.array([[-(2**24)]]), "float64"), (np.array([[2**23, -(2**23)]]), "float64"),
        (np.array([[2**23, 1 - 2**23]]), "float32"), (np.array([[0, 0]]), "float32"),
        (np.array([[1], [2**24]]), "float64"), (np.array([[2**53 - 1]]), "float64"),
        (np.array([[2**53]]), "int64"), (np.array([[2**52, -(2**52)]]), "int64"),
        (np.array([[2**62 - 1]]), "int64"), (np.array([[2**62]]), "object"),
        (np.array([[2**61, 2**61]]), "object"), (np.array([[-(2**63)]]), "object"),
        (np.array([[2**63 - 1]]), "object"), (np.array([[2**64 - 1]], np.uint64), "object"),
        (np.array([[2**53 - 1]], np.uint64), "float64"), (np.array([[-128, 127]], np.int8),
                                                          "float32"),
        (np.full((1, 1000), -128, np.int8), "float32"), (np.full((1, 1 << 17), -128, np.int8),
                                                         "float64"),
        (np.full((1, 1 << 17), 127, np.int8), "float32"),
        (np.full((2, 70), 1 << 24, ">i4"), "float64"),
        (np.full((1, 260), 0x7F000100, ">i4"), "float64"),
        (np.array([[-(2**15)] * 600], ">i2"), "float64"),
        (np.array([[True, False]]), "float32"), ([[10**30]], "object"), ([[2**62, 1]], "object"),
        ([["0.1", "0.2"]], "float32"), ([["1e-9", 1]], "float64"), ([["1/3", "1/7"]], "float32"),
        (np.array([[0.5, 0.25]]), "float64"), (np.array([[0.1]]), "bounded"),
        (np.array([[0.0, 0.0]]), "float64"), (np.array([[1.5]], np.float16), "float64"),
        (np.array([[6e-8, 65504]], np.float16), "float64"),
        (np.array([[0.1, 0.2]], np.float32), "float64"),
        (np.array([[1e30, 1.0]], np.float32), "bounded"), (np.array([[2.0**52, 1.0]]), "float64"),
        (np.array([[2.0**52, 0.5]]), "bounded"), (np.array([[2.0**53, 1.0]]), "bounded"),
        (np.array([[1e308, 1e308]]), "bounded"), (np.array([[5e-324]]), "bounded"),
        (np.array([[1e308, -1e308], [1.0, 2.0]]), "bounded"), (np.array([[0.5]], ">f8"), "float64"),
    ],
)  # fmt: skip
def test_the_arithmetic_for_bits(weights: Any, arithmetic: str) -> None:
    """What all sizes of weights add up to decides; floats have to be multiples of one unit."""
    one = step(weights)
    assert one.arithmetic == arithmetic
    assert step(weights, kind={"type": "real"}).arithmetic == "numbers"
    assert step(weights, kind={"type": "integer"}).arithmetic == "numbers"


@pytest.mark.parametrize(
    "dtype", ["i1", "u1", "i2", "i4", "i8", "u8", ">i2", ">i4", ">i8", ">u4", "?"]
)
def test_bounds_of_integers_are_exact(dtype: str) -> None:
    rng = np.random.default_rng(5)
    info = np.iinfo(dtype) if dtype != "?" else np.iinfo("u1")
    high = 1 if dtype == "?" else min(info.max, 2**61)
    weights = rng.integers(max(info.min, -(2**61)), high, (4, 3), endpoint=True).astype(dtype)
    weights[0] = weights.min()
    one = step(weights)
    rows = [[int(x) for x in row] for row in weights.tolist()]
    assert one.least == min(0, *(sum(x for x in row if x < 0) for row in rows))
    assert one.greatest == max(0, *(sum(x for x in row if x > 0) for row in rows))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4"])
def test_bounds_of_floats_hold(dtype: str) -> None:
    rng = np.random.default_rng(6)
    for scale in (1.0, 1e-3, 6e4 if dtype == "f2" else 1e30):
        weights = ((rng.random((5, 40)) - 0.5) * scale).astype(dtype)
        one = step(weights)
        rows = [[Fraction(x) for x in row] for row in weights.tolist()]
        least, greatest = (min(sum(x for x in row if x < 0) for row in rows),
                           max(sum(x for x in row if x > 0) for row in rows))  # fmt: skip
        assert one.least <= least
        assert one.greatest >= greatest
        assert one.greatest - greatest <= abs(greatest) / 2**16 + 1
        assert least - one.least <= abs(least) / 2**16 + 1


def test_bounds_beyond_every_float() -> None:
    weights = np.array([[1e308] * 10, [-1e308] * 10])
    one = step(weights)
    assert one.arithmetic == "bounded"
    assert one.least <= -10 * Fraction(1e308)
    assert one.greatest >= 10 * Fraction(1e308)


# ---------------------------------------------------------------------------------- limits


@pytest.mark.parametrize("fires", FIRES)
@pytest.mark.parametrize(
    "threshold", [0, 1, -1, "0.5", "-0.5", "1/3", "-7/3", "1e30", "-1e30", "99999999999.5"]
)
def test_a_limit_between_integers_is_brought_to_one(fires: str, threshold: Any) -> None:
    one = step([[1, 1]], threshold, fires=fires)
    exact = Fraction(threshold)
    limit = stored_number(one.limits[0])
    assert limit == (floor(exact) if fires in ("above", "at_most") else ceil(exact))
    assert one.threshold(0) == exact
    for total in (-2, -1, 0, 1, 2, 10**30, -(10**30)):
        compare = {"above": total > exact, "at_least": total >= exact, "below": total < exact,
                   "at_most": total <= exact}  # fmt: skip
        brought = {"above": total > limit, "at_least": total >= limit, "below": total < limit,
                   "at_most": total <= limit}  # fmt: skip
        assert compare[fires] == brought[fires]
        assert to_integer(exact, fires) == limit  # type: ignore[arg-type]


@pytest.mark.parametrize("fires", FIRES)
@pytest.mark.parametrize(
    "threshold", ["0.1", "-0.1", "1/3", "1e309", "-1e309", "1e-330", "-1e-330", "0.5"]
)
def test_a_limit_between_floats_is_brought_to_one(fires: str, threshold: str) -> None:
    """Where totals are floats, exactly: the float on the side that decides the same way.

    Totals have sizes below 2**953 there.
    """
    one = step(np.array([[0.5, 0.25]]), threshold, fires=fires)
    exact, limit = Fraction(threshold), float(one.limits[0])
    assert one.arithmetic == "float64"
    around = [nextafter(limit, -inf), limit, nextafter(limit, inf), 0.0, 1.0, -1.0]
    for total in (one for one in around if abs(one) < 2.0**1000):  # as totals are
        compare = {"above": total > exact, "at_least": total >= exact, "below": total < exact,
                   "at_most": total <= exact}  # fmt: skip
        brought = {"above": total > limit, "at_least": total >= limit, "below": total < limit,
                   "at_most": total <= limit}  # fmt: skip
        assert compare[fires] == brought[fires], total


@pytest.mark.parametrize(
    ("thresholds", "as_written"),
    [
        (0, [0, 0]), ("1/3", [Fraction(1, 3)] * 2), ([1, "0.5"], [1, Fraction(1, 2)]),
        (np.array([0.1, 2]), [Fraction(0.1), 2]), (np.array([3, -4], np.int8), [3, -4]),
        (np.array([True, False]), [1, 0]), (np.array([2**64 - 1, 0], np.uint64), [2**64 - 1, 0]),
        (np.array([0.5, 1.5], np.float16), [Fraction(1, 2), Fraction(3, 2)]),
        (np.array([1, 2], ">i4"), [1, 2]), (["1e40", "-1e-40"], [10**40, Fraction(-1, 10**40)]),
    ],
)  # fmt: skip
def test_thresholds_as_written(thresholds: Any, as_written: list[Number]) -> None:
    for kind in ("bit", {"type": "bit", "states": [-1, 1]}, {"type": "real"}):
        one = step([[1, 2], [3, 4]], thresholds, kind=kind)
        assert [one.threshold(i) for i in range(2)] == as_written


# ---------------------------------------------------------------------------------- states


def test_states_are_a_factor_and_an_offset() -> None:
    one = step([[1, 2], [3, -4]], [0, 1], kind={"type": "bit", "states": [-1, 1]})
    assert (one.factor, one.fires, one.arithmetic) == (2, "above", "float32")
    assert [one.offset(i) for i in range(2)] == [-3, 1]
    assert [one.scale(i) for i in range(2)] == [1, 1]
    assert numbers(one.limits) == [1, 0]  # (0 + 3) / 2 and (1 - 1) / 2, brought down


def test_states_turned_around_turn_the_rule() -> None:
    for fires, turned in (("above", "below"), ("at_least", "at_most"), ("below", "above"),
                          ("at_most", "at_least")):  # fmt: skip
        one = step([[1, 2]], 0, kind={"type": "bit", "states": [1, -1]}, fires=fires)
        assert (one.fires, one.written_fires, one.factor) == (turned, fires, -2)
        plain = step([[1, 2]], 0, fires=fires)
        assert plain.fires == plain.written_fires == fires


def test_the_parts_of_a_layer_are_what_is_written() -> None:
    """Factor * total / scale + offset is the sum; the limit decides the total as written."""
    rng = Random(72)
    for _ in range(300):
        size, widths = rng.randint(1, 4), [rng.randint(1, 3) for _ in range(rng.randint(1, 3))]
        kinds = [rng.choice(KINDS) for _ in widths]
        if rng.random() < 0.5:
            kinds = [kinds[0]] * len(kinds)
        fan_in = sum(widths)
        weights, fires = random_weights(rng, size, fan_in), rng.choice(FIRES)
        exact = rows_of(weights, size, fan_in)
        pairs: list[Any] = []
        for kind, width in zip(kinds, widths, strict=True):
            states = None if isinstance(kind, dict) and "states" not in kind else (0, 1)
            if isinstance(kind, dict) and "states" in kind:
                states = tuple(map(Fraction, kind["states"]))
            pairs += [states] * width
        values, given = [], []
        for states in pairs:
            bit = rng.randint(0, 1)
            drawn = Fraction(rng.randint(-9, 9), rng.choice((1, 1, 3)))
            whole = any(one == {"type": "integer"} for one in kinds)
            drawn = Fraction(int(drawn)) if whole else drawn
            values.append(drawn if states is None else states[bit])
            given.append(drawn if states is None else bit)
        sums = [sum((w * v for w, v in zip(row, values, strict=True)), Fraction()) for row in exact]
        thresholds = [rng.choice((s, Fraction(0), Fraction(1, 2))) for s in sums]
        limits = [
            t if t.denominator < 10**9 and abs(t) < 10**300 else Fraction(0) for t in thresholds
        ]
        network = Network(
            inputs={f"v{k}": sized(kind, width)
                    for k, (kind, width) in enumerate(zip(kinds, widths, strict=True))},
            fires=fires,
            layers={"h": Layer(wiring=[f"v{k}" for k in range(len(widths))], weights=weights,
                               thresholds=limits, size=size)},
            outputs=["h"],
        )  # fmt: skip
        (one,) = nnc.compile(network).layers
        for i in range(size):
            sources, row = one.row(i)
            assert len(sources) == len(row) == fan_in
            total = sum(
                (Fraction(w) * given[s - 2] for s, w in zip(sources, row, strict=True)), Fraction()
            )
            assert one.factor * total / one.scale(i) + one.offset(i) == sums[i]
            compare = {"above": sums[i] > limits[i], "at_least": sums[i] >= limits[i],
                       "below": sums[i] < limits[i], "at_most": sums[i] <= limits[i]}  # fmt: skip
            limit = stored_number(one.limits[i])
            brought = {"above": total > limit, "at_least": total >= limit, "below": total < limit,
                       "at_most": total <= limit}  # fmt: skip
            assert compare[fires] == brought[one.fires]
            if one.arithmetic != "numbers":
                assert one.least <= total <= one.greatest


# ------------------------------------------------------------------------------ its shape


def test_the_shape_of_a_layer() -> None:
    one = step([[1, 0, -2], [0, 1, 1]])
    assert (one.size, one.synapses, one.dtype, one.row(0)) == (
        2,
        6,
        "int8",
        ([2, 3, 4], [1, 0, -2]),
    )
    assert isinstance(one.sources, range)
    with_bools = step(np.eye(3, dtype=bool))
    assert (with_bools.dtype, with_bools.row(1)[1]) == ("uint8", [0, 1, 0])
    alone = step(3, fan_in=4, size=5)
    assert (alone.synapses, alone.row(4)[1]) == (20, [3] * 4)
    none = step([[], []], -1)
    assert (none.synapses, none.row(1), none.least, none.greatest) == (0, ([], []), 0, 0)


def test_weights_are_not_copied() -> None:
    weights = np.ones((30, 40), np.float32)
    assert np.shares_memory(step(weights).weights, weights)
    assert step(7, fan_in=1000, size=1000).weights.strides == (0, 0)


def test_a_sparse_layer(tmp_path: Any) -> None:
    arrays: dict[str, Any] = {
        "indptr": [0, 2, 2, 3],
        "indices": [2, 0, 1],
        "values": [0.5, -1.5, 2.0],
    }
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", np.array(array))
    files = {key: {"file": f"{key}.npy"} for key in arrays}
    for kind, factor, offsets in (
        ("bit", 1, [0, 0, 0]), ({"type": "bit", "states": [-1, 1]}, 2, [1, 0, -2]),
    ):  # fmt: skip
        network = Network(
            inputs={"a": sized(kind, 3)}, fires="above", folder=tmp_path,
            layers={"h": Layer(wiring="a", weights={"sparse": files}, thresholds=0)}, outputs=["h"],
        )  # fmt: skip
        (one,) = nnc.compile(network).layers
        assert isinstance(one.weights, SparseWeights)
        assert (one.size, one.synapses, one.dtype, one.arithmetic) == (3, 3, "float64", "float64")
        assert [one.row(i) for i in range(3)] == [
            ([4, 2], [Fraction(1, 2), Fraction(-3, 2)]), ([], []), ([3], [2])]  # fmt: skip
        assert (one.factor, [one.offset(i) for i in range(3)]) == (factor, offsets)


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (0.1, Fraction(0.1)), (2.0, 2), (np.float32(0.1), Fraction(float(np.float32(0.1)))),
        (np.float16(0.5), Fraction(1, 2)), (np.bool_(1), 1), (np.int8(-3), -3),
        (np.uint64(2**64 - 1), 2**64 - 1), (10**40, 10**40), (Fraction(1, 3), Fraction(1, 3)),
        (5e-324, Fraction(5e-324)), (1e308, int(1e308)),
    ],
)  # fmt: skip
def test_a_stored_number_is_exact(value: Any, exact: Number) -> None:
    assert stored_number(value) == exact
    assert type(stored_number(value)) in (int, Fraction)

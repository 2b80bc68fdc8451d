"""Both engines at the edges: types, ties of binary floats, batches, sums beyond every integer."""

from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.columns import Batch, Column
from nnc.engines import ENGINES, FEW_ROWS, engine_for
from nnc.engines.columns import run as run_columns
from nnc.engines.rows import COMPARE, evaluate_row, input_values
from nnc.engines.signals import Signals, Wanted
from nnc.plan import Plan

FIRES = list(COMPARE)


def plan(neurons: str, outputs: str = "[n]", inputs: str = "[a, b]") -> Plan:
    return nnc.compile(nnc.loads(f"nnc: 1\ninputs: {inputs}\nneurons: {{{neurons}}}\n"
                                 f"outputs: {outputs}\n"))  # fmt: skip


def both(one: Plan, *columns: Column) -> Signals:
    """Give what both engines give, which must be the same."""
    wanted = Wanted(frozenset(range(2 + len(one.inputs), len(one.signals))),
                    frozenset(range(len(one.steps))))  # fmt: skip
    batch = Batch(columns, len(columns[0]) if columns else 1)
    without_sums = Wanted(wanted.signals, frozenset())
    found = {name: run(one, batch, wanted) for name, run in ENGINES.items()}
    for run in ENGINES.values():
        bits = run(one, batch, without_sums).bits
        for signal, column in found["rows"].bits.items():
            assert bits[signal].tolist() == column.tolist()
            assert bits[signal].dtype == np.uint8
    for place, sums in found["rows"].sums.items():
        assert found["columns"].sums[place].values() == sums.values()
    return found["columns"]


def fired(one: Plan, *columns: Column) -> list[int]:
    signals = both(one, *columns)
    bits: list[int] = signals.bits[one.signals.index("n")].tolist()
    return bits


def bits(*values: int) -> Column:
    return Column(np.array(values, np.uint8))


def test_the_engine_depends_on_the_number_of_rows() -> None:
    assert engine_for(1) == engine_for(FEW_ROWS) == "rows"
    assert engine_for(FEW_ROWS + 1) == "columns"
    assert set(ENGINES) == {"rows", "columns"}


@pytest.mark.parametrize(
    "limit", [127, 128, 32767, 32768, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**30]
)
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("fires", FIRES)
def test_edges_of_the_integer_types(limit: int, sign: int, fires: str) -> None:
    half = limit // 2
    weights = f"{{a: {sign * half}, b: {sign * (limit - half)}}}"
    a, b = bits(0, 0, 1, 1), bits(0, 1, 0, 1)
    sums = [0, sign * (limit - half), sign * half, sign * limit]
    for threshold in (0, sign * limit, sign * (limit - 1), sign * (limit + 1)):
        one = plan(f"n: {{weights: {weights}, threshold: {threshold}, fires: {fires}}}")
        assert fired(one, a, b) == [COMPARE[fires](s, threshold) for s in sums]
        assert both(one, a, b).sums[0].values() == sums


def test_partial_sums_beyond_the_total_do_not_overflow() -> None:
    names = [f"i{k}" for k in range(8)]
    weights = ", ".join(f"{n}: {100 if k % 2 else -100}" for k, n in enumerate(names))
    one = plan(f"n: {{weights: {{{weights}}}, threshold: 0, fires: at_least}}",
               inputs=f"[{', '.join(names)}]")  # fmt: skip
    columns = [bits(*(row >> k & 1 for row in range(256))) for k in range(8)]
    expected = [sum(1 if k % 2 else -1 for k in range(8) if row >> k & 1) >= 0
                for row in range(256)]  # fmt: skip
    assert fired(one, *columns) == expected


@pytest.mark.parametrize("fires", FIRES)
def test_binary_floats_mean_exactly_the_number_stored(fires: str) -> None:
    """0.1 + 0.2 as binary floats is not 0.3 as one: 2.8e-17 more, and not 5.6e-17."""
    neuron = f"n: {{weights: {{x: 1, y: 1, z: -1}}, threshold: 0, fires: {fires}}}"
    one = plan(neuron, inputs="{x: real, y: real, z: real}")
    x = np.array([0.1, 0.1, 0.1, 0.5, 1e16, 1e308, 5e-324, 0.1])
    y = np.array([0.2, 0.2, 0.2, 0.25, 1.0, 1e308, 5e-324, 0.7])
    z = np.array([0.3, 0.30000000000000004, 0.29999999999999993, 0.75, 1e16, 1.7e308, 1e-323, 0.8])
    exact = [Fraction(p) + Fraction(q) - Fraction(r)
             for p, q, r in zip(x.tolist(), y.tolist(), z.tolist(), strict=True)]  # fmt: skip
    assert exact[0] > 0 > exact[1]
    assert exact[3] == exact[6] == 0
    expected = [COMPARE[fires](total, 0) for total in exact]
    assert fired(one, Column(x), Column(y), Column(z)) == expected


@pytest.mark.parametrize("fires", FIRES)
def test_decimals_mean_what_is_written(fires: str) -> None:
    one = plan(f"n: {{weights: {{x: 1, y: 1}}, threshold: 0.3, fires: {fires}}}",
               inputs="{x: real, y: real}")  # fmt: skip
    x, y = Column(np.array([1, 1, 1]), 10), Column(np.array([20, 21, 19]), 100)
    assert fired(one, x, y) == [COMPARE[fires](total, 0) for total in (0, 1, -1)]


def random_column(rng: Random, count: int) -> Column:
    kind = rng.randrange(7)
    if kind == 0:
        return Column(np.array([rng.randint(-5, 5) for _ in range(count)]), rng.choice((1, 10, 7)))
    if kind == 1:
        return Column(np.array([rng.choice((-1, 1)) * (2**rng.randint(50, 63) - 1)
                                for _ in range(count)]), rng.choice((1, 10**9)))  # fmt: skip
    if kind == 2:
        return Column(np.array([rng.choice((0.1, 0.2, 0.3, -0.3, 0.5, 0.7)) for _ in range(count)]))
    if kind == 3:
        return Column(np.array([rng.choice((1e300, -1e300, 1e-300, 5e-324, 1.0, 0.0, 1e17))
                                for _ in range(count)]))  # fmt: skip
    if kind == 4:
        return Column(np.zeros(count, np.int64))
    stored = np.empty(count, object)
    stored[:] = [rng.choice((10**30, Fraction(1, 3), -(2**63), 0, Fraction(-7, 10)))
                 for _ in range(count)]  # fmt: skip
    return Column(stored, rng.choice((1, 1, 3)))


def test_numbers_of_every_kind_mixed() -> None:
    rng = Random(21)
    count = 12
    for _ in range(300):
        columns = [random_column(rng, count) for _ in range(3)]
        weights = [rng.choice((0, 1, -1, 3, Fraction(1, 10), Fraction(-1, 3), 10**25, 2**62))
                   for _ in columns]  # fmt: skip
        values = [column.values() for column in columns]
        pairs = list(zip(map(Fraction, weights), values, strict=True))
        sums = [sum((w * v[row] for w, v in pairs), Fraction()) for row in range(count)]
        low, high = sorted((rng.choice(sums), rng.choice((*sums, Fraction(0)))))
        fires = rng.choice(FIRES)
        wires = ", ".join(f"{n}: {w}" for n, w in zip("xyz", weights, strict=True))
        try:
            one = plan(f'n: {{weights: {{{wires}}}, thresholds: {{lo: {written(low)}, '
                       f"hi: {written(high)}}}, fires: {fires}}}",
                       inputs="{x: real, y: real, z: real}")  # fmt: skip
        except nnc.InvalidNetworkError:  # a threshold with too many digits
            continue
        signals = both(one, *columns)
        for port, limit in (("n.lo", low), ("n.hi", high)):
            told = signals.bits[one.signals.index(port)].tolist()
            assert told == [COMPARE[fires](total, limit) for total in sums]
        assert signals.sums[0].values() == sums


def written(value: Fraction) -> str:
    from nnc.exact import show_number, simplest

    return show_number(simplest(value))


def test_int64_does_not_overflow_at_its_edge() -> None:
    one = plan("n: {weights: {x: 1, y: 1}, threshold: 0}", inputs="{x: integer, y: integer}")
    edges = [2**63 - 1, -(2**63), 2**62, 2**62 - 1, -(2**62), 1, -1, 0]
    x = Column(np.array([p for p in edges for _ in edges]))
    y = Column(np.array(edges * len(edges)))
    assert fired(one, x, y) == [p + q > 0 for p in edges for q in edges]


def test_batches_larger_than_a_part() -> None:
    count = (1 << 16) + 5
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 2, count, np.uint8), rng.integers(0, 2, count, np.uint8)
    x = rng.integers(-9, 9, count)
    one = plan("n: {weights: {a: 1, b: 2, x: 0.5}, threshold: 1}",
               inputs="{a: bit, b: bit, x: real}")  # fmt: skip
    batch = Batch((Column(a), Column(b), Column(x, 2)), count)
    found = run_columns(one, batch, Wanted(frozenset({5}), frozenset({0})))
    total = 4 * a.astype(int) + 8 * b + x
    assert (found.bits[5] == (total > 4)).all()
    column = found.sums[0]
    assert len(column) == count
    assert column.values()[-50:] == [Fraction(int(t), 4) for t in total[-50:]]


def test_no_rows_and_no_inputs() -> None:
    one = plan("n: {weights: {a: 1}, threshold: 0}", "{n: n, s: {sum: n}}")
    empty = Column(np.zeros(0, np.uint8))
    for run in ENGINES.values():
        found = run(one, Batch((empty, empty), 0), Wanted(frozenset({4}), frozenset({0})))
        assert found.bits[4].shape == (0,)
        assert found.sums[0].values() == []
    constant = plan("n: {weights: {1: 2}, threshold: 1}", inputs="[]")
    for run in ENGINES.values():
        found = run(constant, Batch((), 3), Wanted(frozenset({2}), frozenset({0})))
        assert found.bits[2].tolist() == [1, 1, 1]
        assert found.sums[0].values() == [2, 2, 2]


def test_one_row_looked_at_from_inside() -> None:
    one = plan("n: {weights: {a: 0.5, m: 1}, threshold: 1, fires: at_least}, "
               "m: {wiring: [a, b], thresholds: {x: 0, y: 1}}", "[n]")  # fmt: skip
    values, totals = evaluate_row(one, (1, 0))
    assert dict(zip(one.signals, values, strict=True)) == {
        "0": 0, "1": 1, "a": 1, "b": 0, "n": 1, "m.x": 1, "m.y": 0}  # fmt: skip
    assert [step.name for step in one.steps] == ["m", "n"]
    assert totals == [1, 3]


def test_the_inputs_row_by_row() -> None:
    batch = Batch((bits(0, 1), Column(np.array([5, 7]), 10)), 2)
    rows: list[Any] = list(input_values(batch))
    assert rows == [(0, Fraction(1, 2)), (1, Fraction(7, 10))]
    assert list(input_values(Batch((), 2))) == [(), ()]

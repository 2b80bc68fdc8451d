"""Every engine at the edges: types, ties of binary floats, batches, sums beyond every integer."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest

import nnc
from nnc.compiler.plan import DTYPES
from nnc.numbers.exact import show_number, simplest
from nnc.rows.columns import Batch, Column, Labels
from nnc.run.engines import ENGINES, Wanted
from tests.support.both import bits, both, everything, fired, objects, plan, signal_of, sums
from tests.support.networks import plan_of
from tests.support.oracle import COMPARE

FIRES = list(COMPARE)


@pytest.mark.parametrize(
    "limit", [127, 128, 32767, 32768, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**30]
)
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("fires", FIRES)
def test_edges_of_the_integer_types(limit: int, sign: int, fires: str) -> None:
    half = limit // 2
    weights = f"{{a: {sign * half}, b: {sign * (limit - half)}}}"
    a, b = bits(0, 0, 1, 1), bits(0, 1, 0, 1)
    exact = [0, sign * (limit - half), sign * half, sign * limit]
    for threshold in (0, sign * limit, sign * (limit - 1), sign * (limit + 1)):
        one = plan(f"n: {{weights: {weights}, threshold: {threshold}, fires: {fires}}}")
        assert fired(one, a, b) == [COMPARE[fires](s, threshold) for s in exact]
        assert sums(one, a, b) == exact


@pytest.mark.parametrize("together", [1, 5])
def test_partial_sums_beyond_the_total_do_not_overflow(together: int) -> None:
    """Alone and in a group of equal neurons."""
    names = [f"i{k}" for k in range(8)]
    weights = ", ".join(f"{n}: {100 if k % 2 else -100}" for k, n in enumerate(names))
    neuron = f"{{weights: {{{weights}}}, threshold: 0, fires: at_least}}"
    neurons = ", ".join(f"n{k}: {neuron}" for k in range(1, together))
    one = plan(f"n: {neuron}, {neurons}", inputs=f"[{', '.join(names)}]")
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
    values = [rng.choice((10**30, Fraction(1, 3), -(2**63), 0, Fraction(-7, 10)))
              for _ in range(count)]  # fmt: skip
    return Column(objects(values), rng.choice((1, 1, 3)))


def written(value: Fraction) -> str:
    return show_number(simplest(value))


@pytest.mark.seconds(600)
@pytest.mark.parametrize("shape", ["neuron", "layer"])
def test_numbers_of_every_kind_mixed(shape: str, full: bool) -> None:
    rng = Random(21)
    count = 12
    for _ in range(1000 if full else 150):
        columns = [random_column(rng, count) for _ in range(3)]
        weights = [rng.choice((0, 1, -1, 3, Fraction(1, 10), Fraction(-1, 3), 10**25, 2**62))
                   for _ in columns]  # fmt: skip
        values = [column.values() for column in columns]
        pairs = list(zip(map(Fraction, weights), values, strict=True))
        exact = [sum((w * v[row] for w, v in pairs), Fraction()) for row in range(count)]
        low, high = sorted((rng.choice(exact), rng.choice((*exact, Fraction(0)))))
        fires = rng.choice(FIRES)
        text = {
            "neuron": "neurons: {n: {weights: {x: %s, y: %s, z: %s}, thresholds: {lo: %s, hi: "
                      "%s}}}",
            "layer": "layers: {n: {wiring: [x, y, z], weights: [[%s, %s, %s]], thresholds: [%s]}, "
                     "m: {wiring: [x, y, z], weights: [[%s, %s, %s]], thresholds: [%s]}}",
        }[shape]  # fmt: skip
        given = (*weights, written(low), written(high))
        if shape == "layer":
            given = (*weights, written(low), *weights, written(high))
        head = f"nnc: 1\nfires: {fires}\ninputs: {{x: real, y: real, z: real}}\n"
        try:
            one = nnc.compile(nnc.loads(f"{head}{text % given}\noutputs: [n]\n"))
        except nnc.InvalidNetworkError:  # a threshold with too many digits
            continue
        found = both(one, *columns)
        ports = ("n.lo", "n.hi") if shape == "neuron" else ("n(0)", "m(0)")
        for port, limit in zip(ports, (low, high), strict=True):
            told = found.bits[signal_of(one, port)]
            assert told == [COMPARE[fires](total, limit) for total in exact]
        for port in ports[: 1 if shape == "neuron" else 2]:
            assert found.sums[signal_of(one, port)] == exact


def test_int64_does_not_overflow_at_its_edge() -> None:
    edges = [2**63 - 1, -(2**63), 2**62, 2**62 - 1, -(2**62), 1, -1, 0]
    x = Column(np.array([p for p in edges for _ in edges]))
    y = Column(np.array(edges * len(edges)))
    one = plan("n: {weights: {x: 1, y: 1}, threshold: 0}", inputs="{x: integer, y: integer}")
    assert fired(one, x, y) == [p + q > 0 for p in edges for q in edges]
    assert sums(one, x, y) == [p + q for p in edges for q in edges]


def test_states_and_choices(tmp_path: Path) -> None:
    one = plan_of(tmp_path, """\
states: [-1, 1]
inputs: {a: bit(2), c: {type: choice, of: [x, y, z]}, h: {type: bit, states: [0, 1/2]}}
neurons:
  n: {weights: {a: [1, 2], c: [4, 5, 6], h: 3}, thresholds: {lo: 4, hi: 7}, states: [1/3, -1]}
  m: {weights: {n: [3, 3], a(0): 1}, threshold: 0}
outputs: [m]
""")  # fmt: skip
    columns = (
        Column(np.array([[1, 1], [0, 1], [1, 0], [0, 0]], np.uint8)),
        Labels(np.array([0, 1, 2, 0]), ("x", "y", "z")), bits(1, 0, 1, 0))  # fmt: skip
    exact = [3 + 4 + Fraction(3, 2), 1 + 5, -1 + 6 + Fraction(3, 2), -3 + 4]
    assert sums(one, *columns, name="n.lo") == exact
    assert fired(one, *columns, name="n.lo") == [1, 1, 1, 0]
    assert fired(one, *columns, name="n.hi") == [1, 0, 0, 0]
    assert sums(one, *columns, name="m") == [-3 - 3 + 1, -3 + 1 - 1, -3 + 1 + 1, 1 + 1 - 1]


def test_batches_larger_than_a_part() -> None:
    count = (1 << 16) + 5
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 2, count, np.uint8), rng.integers(0, 2, count, np.uint8)
    x = rng.integers(-9, 9, count)
    one = plan("n: {weights: {a: 1, b: 2, x: 0.5}, threshold: 1}",
               inputs="{a: bit, b: bit, x: real}")  # fmt: skip
    batch = Batch((Column(a), Column(b), Column(x, 2)), count)
    found = ENGINES["packed"](one, batch, Wanted(frozenset({5}), frozenset({5})))
    total = 4 * a.astype(int) + 8 * b + x
    assert (found.bit(5) == (total > 4)).all()
    column = found.sums[5]
    assert len(column) == count
    assert column.values()[-50:] == [Fraction(int(t), 4) for t in total[-50:]]


def test_no_rows_and_no_inputs() -> None:
    one = plan("n: {weights: {a: 1}, threshold: 0}", "{n: n, s: {sum: n}}")
    empty = Column(np.zeros(0, np.uint8))
    for run in ENGINES.values():
        found = run(one, Batch((empty, empty), 0), Wanted(frozenset({4}), frozenset({4})))
        assert found.bit(4).shape == (0,)
        assert found.sums[4].values() == []
    constant = plan("n: {weights: {1: 2}, threshold: 1}", inputs="[]")
    for run in ENGINES.values():
        found = run(constant, Batch((), 3), Wanted(frozenset({2}), frozenset({2})))
        assert found.bit(2).tolist() == [1, 1, 1]
        assert found.sums[2].values() == [2, 2, 2]


@pytest.mark.parametrize("together", [1, 5])
@pytest.mark.parametrize("edge", [2**31, 2**62, 2**63, 2**64])
def test_offsets_at_the_edges_of_the_integer_types(edge: int, together: int) -> None:
    """States near an edge: the totals are small, what they are beside the sums is not."""
    for off, on in ((edge - 8, edge + 2), (-edge - 1, -edge + 1), (edge, -edge)):
        neurons = ", ".join(f"n{k}: {{weights: {{a: 1, b: -1}}, threshold: 0}}"
                            for k in range(1, together))  # fmt: skip
        one = plan(
            f"n: {{weights: {{a: 1, b: 1}}, threshold: {off}}}, "
            f"m: {{weights: {{a: 3}}, threshold: {2 * on}}}, {neurons}",
            inputs=f"{{a: {{type: bit, states: [{off}, {on}]}}, "
            f"b: {{type: bit, states: [{off}, {on}]}}}}",
        )
        a, b = bits(0, 0, 1, 1), bits(0, 1, 0, 1)
        exact = [2 * off, off + on, off + on, 2 * on]
        assert sums(one, a, b) == exact
        assert fired(one, a, b) == [total > off for total in exact]
        assert sums(one, a, b, name="m") == [3 * off, 3 * off, 3 * on, 3 * on]


def test_a_sum_of_states_near_the_edge_of_int64() -> None:
    one = nnc.compile(
        nnc.loads("""\
nnc: 1
fires: above
inputs: {a: {type: bit, states: [9223372036854775800, 9223372036854775810]}}
neurons: {p: {weights: {a: 1}, threshold: 0}, q: {weights: {a: 1/2}, threshold: 0}}
outputs: {s: {sum: p}, big: {largest: [q, p]}}
""")
    )
    for rows in (24, 25, 4096):
        for engine in ("auto", "numpy"):
            given = {"a": [9223372036854775810] * rows}
            found = nnc.evaluate(one, given, engine=engine)  # type: ignore[arg-type]
            assert found["s"].tolist() == [9223372036854775810] * rows
            assert found["big"].tolist() == [1] * rows


@pytest.mark.parametrize("dtype", DTYPES[:5])
def test_sums_are_added_in_what_holds_them(dtype: str) -> None:
    """A file may say anything of its neurons: the type is that of their weights and thresholds."""
    told = plan("n: {weights: {a: 100, b: 100}, threshold: 150}, "
                "m: {weights: {a: 1, b: -1}, threshold: 9223372036854775808}, "
                "k: {weights: {a: 4294967296, b: 9223372036854775807}, threshold: 4294967296}, "
                "l: {weights: {a: 1, b: 1}, threshold: 1}")  # fmt: skip
    place = DTYPES.index(dtype)
    dtypes = np.full(len(told.neurons), place, np.int8)
    table = replace(told.neurons, columns={**told.neurons.columns, "dtypes": dtypes})
    one = replace(told, neurons=table)
    assert {step.dtype for step in one.steps} == {dtype}
    columns = (bits(*[0, 0, 1, 1] * 20), bits(*[0, 1, 0, 1] * 20))
    wanted = everything(one)
    for run in ENGINES.values():
        for native in (True, False):
            found = run(one, Batch(columns, 80), wanted._replace(native=native))
            for name, right in (("n", [0, 0, 0, 1]), ("m", [0] * 4), ("k", [0, 1, 0, 1]),
                                ("l", [0, 0, 0, 1])):  # fmt: skip
                assert found.bit(signal_of(one, name)).tolist() == right * 20, (run, name)
            total = found.sums[signal_of(one, "k")].values()
            assert total[:4] == [0, 2**63 - 1, 2**32, 2**63 - 1 + 2**32]

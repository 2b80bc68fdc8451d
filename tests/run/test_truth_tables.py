"""Truth tables: every row, packed; and what is counted of them."""

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.rows.columns import TruthTableColumn
from nnc.rows.inputs.truth_table import truth_table
from nnc.run.engines import How, done_work, native
from nnc.run.truth_tables import count_ones

TEXT = """\
nnc: 1
fires: at_least
inputs: {a: bit(3), b: bit, c: {type: choice, of: [x, y, z]}, age: {type: integer, default: 3}}
neurons:
  n: {weights: {a: [1, 2, 4], b: -3, c.y: 2, age: 1}, threshold: 5}
  m: {weights: {n: 1, b: 1}, thresholds: {one: 1, two: 2}}
layers:
  h: {wiring: [a, n], weights: [[1, 1, 1, -2], [-1, 2, 0.5, 1]], thresholds: [1, 0.5]}
outputs:
  n: n
  h: h
  s: [m, b, 1]
  level: {level: m, labels: [none, one, both]}
  most: {largest: h}
  total: {sum: n}
"""


@pytest.mark.parametrize("engine", ["native", "numpy"])
@pytest.mark.parametrize("fixed", [{"age": 3}, {"age": 4, "b": 1}, {"age": 0, "c": "y", "a": 5}])
def test_the_table_is_that_of_all_rows(engine: Any, fixed: dict[str, Any]) -> None:
    plan = nnc.compile(nnc.loads(TEXT))
    values: dict[str, list[Any]] = {
        "a": list(range(8)),
        "b": [0, 1],
        "c": ["x", "y", "z"],
        "age": [3],
    }
    free = [name for name in values if name not in fixed]
    rows = [
        dict(zip(free, row, strict=True)) | fixed for row in product(*(values[n] for n in free))
    ]
    table = nnc.truth_table(plan, fixed, engine=engine)
    expected = nnc.evaluate(plan, {name: [row[name] for row in rows] for name in values})
    assert table.rows == len(rows)
    assert list(table.packed) == ["n", "h", "s"]  # bits only
    for alias in table.packed:
        wanted = expected[alias].reshape(len(rows), -1).T
        assert (table.bits(alias) == wanted).all()
        assert table.ones()[alias] == wanted.sum(1).tolist()
    assert list(table.inputs) == free
    given = [table.row(number) for number in range(table.rows)]
    columns = {name: [row[name] for row in given] for name in values if name in given[0]}
    again = nnc.evaluate(plan, columns)
    assert all((again[alias] == expected[alias]).all() for alias in expected)


def test_a_table_prints_in_one_line() -> None:
    bits = [f"x{i}" for i in range(11)]
    text = f"{{nnc: 1, inputs: [{', '.join(bits)}], states: [1, 0], outputs: [x0, x10]}}"
    table = nnc.truth_table(nnc.loads(text), {"x9": 1})
    assert repr(table) == (
        "<TruthTable: 1,024 rows of x0, x1, x2, x3, x4, x5, x6, x7 and 2 more; outputs x0, x10>"
    )
    assert table.row(1) == dict.fromkeys(bits, 1) | {"x10": 0}
    with pytest.raises(IndexError, match="1,024 rows, counted from 0"):
        table.row(1024)
    table = nnc.truth_table(nnc.loads(text.replace("[1, 0]", "[1, -1]")), {"x9": 1})
    assert repr(table).endswith("x7 and 2 more>")


def test_a_table_larger_than_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    neuron = "  n: {weights: {a: 1}, threshold: 6}\n"
    text = f"nnc: 1\ninputs: {{a: bit(12)}}\nneurons:\n{neuron}outputs: {{n: n, a: a}}\n"
    plan = nnc.compile(nnc.loads(text))
    whole = nnc.truth_table(plan)
    monkeypatch.setattr("nnc.run.truth_tables._BATCH", 256)
    in_parts = nnc.truth_table(plan)
    for alias, words in whole.packed.items():
        assert (in_parts.packed[alias] == words).all()
    assert whole.ones()["n"] == [sum(i.bit_count() > 6 for i in range(4096))]
    assert whole.ones()["a"] == [2048] * 12


def test_what_is_counted() -> None:
    plan = nnc.compile(nnc.loads(TEXT))
    rows, counts = count_ones(plan, truth_table(plan.inputs, 16, fixed={"age": 3}), How("numpy"))
    a, b = np.repeat(np.arange(8), 6), np.tile(np.repeat([0, 1], 3), 8)
    given = nnc.evaluate(plan, {"a": a, "b": b, "c": ["x", "y", "z"] * 16, "age": 3})
    assert rows == 48
    assert list(counts) == [
        "n", "h(0)", "h(1)", "s(0)", "s(1)", "s(2)", "s(3)",
        "level=none", "level=one", "level=both", "most=0", "most=1"]  # fmt: skip
    assert counts["n"] == given["n"].sum()
    assert counts["h(1)"] == given["h"][:, 1].sum()
    assert counts["s(3)"] == 48
    assert counts["level=both"] == sum(one == "both" for one in given["level"])
    assert counts["most=1"] == given["most"].sum()


WAYS = [None, *range(0 if native.KIND is None else native.KIND + 1)]


@pytest.mark.parametrize("kind", WAYS)
@pytest.mark.parametrize("width", [3, 8, 13])
def test_ones_that_are_counted_are_those_of_the_bits(
    kind: int | None, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In several parts, the last of fewer rows than a word or a part has; beside NumPy's counts."""
    monkeypatch.setattr(native, "KIND", kind)
    monkeypatch.setattr(native, "is_missed", False)
    monkeypatch.setattr("nnc.run.engines.packed._NEAR_BYTES", 1)
    monkeypatch.setattr("nnc.run.engines.packed._LEAST_ROWS", 1024)
    text = (
        f"nnc: 1\ninputs: {{c: {{type: choice, of: [x, y, z]}}, a: bit({width})}}\nneurons:\n"
        f"  n: {{wiring: [a, c.y], threshold: 2}}\n  m: {{weights: {{c.x: 1, n: -1, a(0): 1}}, "
        "threshold: 0}\noutputs: {n: n, m: m, both: [n, a, 1, m, m]}\n"
    )
    plan = nnc.compile(nnc.loads(text))
    done_work(plan).synapses = 1 << 60
    kept, counted = (nnc.truth_table(plan, keep=keep, threads=1) for keep in (True, False))
    ones = {
        alias: np.unpackbits(words.view(np.uint8), axis=1).sum(1).tolist()
        for alias, words in kept.packed.items()
    }
    assert counted.ones() == kept.ones() == ones
    assert counted.ones()["both"][width + 1] == counted.rows == 3 << width
    assert repr(counted) == repr(kept)
    assert counted.row(5) == kept.row(5)
    with pytest.raises(ValueError, match=r"not kept; call nnc.truth_table without keep=False"):
        counted.bits("n")


def test_rows_that_are_left_out_are_not_counted() -> None:
    plan = nnc.compile(nnc.loads(
        "nnc: 1\ninputs: {a: bit(9)}\nassume: [{at_most_one: a}]\n"
        "neurons: {n: {weights: {a(0): 1, a(5): 2}, threshold: 0}}\noutputs: [n, a]\n"
    ))  # fmt: skip
    kept, counted = (nnc.truth_table(plan, keep=keep) for keep in (True, False))
    assert counted.ones() == kept.ones() == {"n": [2], "a": [1] * 9}
    assert (counted.rows, counted.left_out) == (10, 502)
    assert [counted.row(i) for i in range(10)] == [kept.row(i) for i in range(10)]


def test_nothing_is_counted_where_no_output_is_a_bit() -> None:
    network = nnc.loads("nnc: 1\ninputs: [a, b]\nneurons: {n: {wiring: [a, b], threshold: 1}}\n"
                        "outputs: {s: {sum: n}}\n")  # fmt: skip
    table = nnc.truth_table(network, keep=False)
    assert (table.rows, table.ones()) == (4, {})


def test_numbers_have_no_truth_table() -> None:
    with pytest.raises(InvalidRowsError, match="no-truth-table"):
        nnc.truth_table(nnc.loads(TEXT), {})


def test_bits_of_the_numbers_of_rows() -> None:
    column = TruthTableColumn(128, 100, (0, 3, 7, 40), is_bus=True)
    numbers = np.arange(128, 228)
    assert (column.numerators == (numbers[:, None] >> np.array([0, 3, 7, 40]) & 1)).all()
    assert len(column) == 100
    words = column.packed()
    bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little", count=100)
    assert (column.numerators == bits.T).all()
    part = column.cut(64, 90)
    assert (part.numerators == column.numerators[64:90]).all()
    single = TruthTableColumn(5, 3, (0,), is_bus=False)
    assert single.numerators.tolist() == [1, 0, 1]


STATES = """\
nnc: 1
fires: at_least
inputs: {c: {type: choice, of: [x, y, z]}, a: bit(5), o: {type: bit, states: [1, 0]}}
neurons:
  n: {weights: {a: 1, c.y: 1, o: 2}, threshold: 3, states: [1, 0]}
  m: {weights: {n: 2, a(0): 1}, threshold: 2}
  s: {weights: {m: 1, c.x: 1}, threshold: 1, states: STATES}
layers: {h: {wiring: a, weights: 1, thresholds: [1, 2, 5], states: [1, 0]}}
outputs: {n: n, m: m, s: s, h: h, o: o, all: [m, n, o, 1], mixed: [n, s]}
"""


@pytest.mark.parametrize("assumes", ["", "assume: [{at_least_one: [a]}]\n"])
@pytest.mark.parametrize("engine", ["native", "numpy"])
@pytest.mark.parametrize("states", ["[1, -1]", "[-1, 1]", "[2, 5]", "[0.5, 1/3]"])
def test_a_table_has_the_values_of_outputs_whatever_fires(
    states: str, engine: Any, assumes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnc.run.truth_tables._BATCH", 64)
    plan = nnc.compile(nnc.loads(STATES.replace("STATES", states) + assumes))
    table = nnc.truth_table(plan, engine=engine)
    values = [table.row(number) for number in range(table.rows)]
    given = {name: [row[name] for row in values] for name in plan.inputs}
    wanted = nnc.evaluate(plan, given)
    assert table.rows == (186 if assumes else 192)
    assert list(table.packed) == ["n", "m", "h", "o", "all"]  # not of the other states
    for alias, words in table.packed.items():
        bits = wanted[alias].reshape(table.rows, -1).T
        assert (table.bits(alias) == bits).all()
        assert table.ones()[alias] == bits.sum(1).tolist()
        assert (
            sum(map(int.bit_count, words.ravel().tolist())) == bits.sum()
        )  # 0 beyond the last row
    counted = nnc.truth_table(plan, engine=engine, keep=False)
    assert counted.ones() == table.ones()
    with pytest.raises(ValueError, match="no bits of `s`; it has those of `n`, `m`, `h`, `o`, `a"):
        table.bits("s")
    if not assumes:
        out = {alias: np.full_like(words, 7) for alias, words in table.packed.items()}
        nnc.truth_table(plan, engine=engine, out=out)
        assert all((out[alias] == words).all() for alias, words in table.packed.items())
        refused = "`s`, which is not an output of the values 0 and 1; the outputs of the values"
        with pytest.raises(ValueError, match=refused):
            nnc.truth_table(plan, out={**out, "s": out["n"]})


@pytest.mark.parametrize("engine", ["native", "numpy"])
@pytest.mark.parametrize("states", ["[1, -1]", "[-1, 1]", "[2, 5]", "[0.5, 1/3]"])
def test_values_are_counted_whatever_fires(states: str, engine: Any) -> None:
    plan = nnc.compile(nnc.loads(STATES.replace("STATES", states)))
    table = nnc.truth_table(plan, keep=False)
    rows = [table.row(number) for number in range(table.rows)]
    wanted = nnc.evaluate(plan, {name: [row[name] for row in rows] for name in plan.inputs})
    count, counts = count_ones(plan, truth_table(plan.inputs, 50), How(engine))
    off, on = states[1:-1].split(", ")
    of_s = [f"s={off}", f"s={on}"]
    of_mixed = ["mixed(0)", f"mixed(1)={off}", f"mixed(1)={on}"]
    bits = [f"h({i})" for i in range(3)] + ["o"] + [f"all({i})" for i in range(4)]
    assert list(counts) == ["n", "m", *of_s, *bits, *of_mixed]
    assert count == 192
    for name, ones in counts.items():
        element, _, value = name.partition("=")
        alias, _, index = element.partition("(")
        column = wanted[alias][:, int(index[:-1])] if index else wanted[alias]
        assert ones == sum(each == Fraction(value or 1) for each in column.tolist())

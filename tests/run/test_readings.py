"""Floats read as what is stored or as decimals, by every route, and the rows that depend on it."""

from __future__ import annotations

import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as pq

import nnc
from nnc.cli.main import run
from tests.support import oracle

SUM = """
nnc: 1
fires: at_least
inputs: {x: real, y: {type: real, default: 0}}
neurons: {n: {weights: {x: 1, y: 1}, threshold: 0.3}}
outputs: [n]
"""
ROWS = {"x": [0.1, 0.3, 0.30], "y": [0.2, 0.0, 0.0]}


def write(form: str, path: Path, kind: Any = np.float64) -> None:
    table = pa.table({name: pa.array(np.array(values, kind)) for name, values in ROWS.items()})
    if form == "npy":
        np.save(path, np.array(list(ROWS.values()), kind).T)
    elif form == "parquet":
        pq.write_table(table, str(path))
    else:
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)


# ------------------------------------------------------------------------------ command line


@pytest.mark.parametrize("form", ["npy", "parquet", "arrow"])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("more", [[], ["--trace", "--to", "json"], ["--count"]])
def test_a_file_of_floats(
    form: str, kind: Any, more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net, rows = tmp_path / "n.nn.yaml", tmp_path / f"rows.{form}"
    net.write_text(SUM, "utf-8")
    write(form, rows, kind)
    assert run(["eval", str(net), str(rows), *more]) == 0
    out, err = capsys.readouterr()
    if kind is np.float64:
        assert "NNC520] float-reading: 2 of 3 rows depend on how floats are read: in row 2" in err
        assert "`x` is 0.3, stored as 0.2999999999999999888977…" in err
        assert "help: `--floats decimal` reads what was typed; `--floats binary` says" in err
        assert more or out.split() == ["n", "1", "0", "0"]
    assert run(["eval", str(net), str(rows), "--floats", "decimal", *more]) == 0
    out, err = capsys.readouterr()
    assert not err
    assert more or out.split() == ["n", "1", "1", "1"]
    assert run(["eval", str(net), str(rows), "--floats", "binary", *more]) == 0
    assert not capsys.readouterr().err


def test_one_row_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, rows = tmp_path / "n.nn.yaml", tmp_path / "rows.npy"
    net.write_text(SUM, "utf-8")
    write("npy", rows)
    assert run(["eval", str(net), str(rows), "--row", "3"]) == 0
    assert "1 of 1 row depends on how floats are read: in row 3 `x`" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["r.csv"], ["--set", "x=1"], ["-", "--from", "json"]])
def test_floats_where_there_are_none(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = tmp_path / "n.nn.yaml"
    net.write_text(SUM, "utf-8")
    assert run(["eval", str(net), *arguments, "--floats", "decimal"]) == 2
    message = "--floats is about binary floats, in rows as npy, npz, parquet, arrow; remove it"
    assert message in " ".join(capsys.readouterr().err.split())


# ------------------------------------------------------------------------------------ Python


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        {name: np.array(values) for name, values in ROWS.items()},
        {name: pd.Series(values) for name, values in ROWS.items()},
        {"x": ["0.1", 0.3, 0.3], "y": [Decimal("0.2"), 0, 0.0]},
        [dict(zip(ROWS, row, strict=True)) for row in zip(*ROWS.values(), strict=True)],
        np.array(list(ROWS.values())).T,
        np.array(list(ROWS.values()), object).T,
        pd.DataFrame(ROWS),
        pl.DataFrame(ROWS),
        pa.table(ROWS),
    ],
    ids=["lists", "arrays", "series", "mixed", "records", "array", "objects", "pandas", "polars",
         "arrow"],
)  # fmt: skip
def test_rows_of_python(rows: Any) -> None:
    network = nnc.loads(SUM)
    with pytest.warns(UserWarning, match="2 of 3 rows depend on how floats are read: in row 2"):
        assert nnc.evaluate(network, rows)["n"].tolist()[1:] == [0, 0]
    assert nnc.evaluate(network, rows, floats="decimal")["n"].tolist() == [1, 1, 1]
    assert nnc.evaluate(network, rows, floats="binary")["n"].tolist()[1:] == [0, 0]
    table = nnc.evaluate_frame(network, rows, floats="decimal")
    assert table["n"].to_pylist() == [1, 1, 1]
    with pytest.warns(UserWarning, match="2 of 3 rows depend") as caught:
        nnc.reader(network, rows).read_all()
    assert caught[0].filename == __file__


def test_a_scalar_and_a_bus() -> None:
    network = nnc.loads(SUM)
    with pytest.warns(UserWarning, match="1 of 1 row depends on how floats are read"):
        assert nnc.evaluate(network, {"x": 0.3})["n"] == 0
    assert nnc.evaluate(network, {"x": 0.3}, floats="decimal")["n"] == 1
    assert nnc.evaluate(network, {"x": np.float32(0.3)}, floats="decimal")["n"] == 1
    bus = nnc.loads(SUM.replace("x: real, y: {type: real, default: 0}", "v: real(2)")
                    .replace("x: 1, y: 1", "v(0): 1, v(1): 1"))  # fmt: skip
    for rows in ({"v": [0.3, 0.0]}, {"v": [[0.3, 0.0]]}, {"v(0)": 0.3, "v(1)": 0.0},
                 {"v(0)": [0.3], "v(1)": [0.0]}, pa.table({"v": [[0.3, 0.0]]}),
                 pa.table({"v(0)": [0.3], "v(1)": [0.0]})):  # fmt: skip
        with pytest.warns(UserWarning, match=r"in row 1 `v\(0\)` is 0.3, stored as 0.29"):
            assert np.ravel(nnc.evaluate(bus, rows)["n"]).tolist() == [0]
        assert np.ravel(nnc.evaluate(bus, rows, floats="decimal")["n"]).tolist() == [1]


def test_floats_that_mean_nothing() -> None:
    with pytest.raises(ValueError, match='floats is \'exact\'; write "binary" or "decimal"'):
        nnc.evaluate(nnc.loads(SUM), {"x": 1}, floats="exact")  # type: ignore[arg-type]


def test_bounds_and_states_are_those_of_the_decimal() -> None:
    network = nnc.loads("nnc: 1\nfires: at_least\ninputs: {x: {type: real, max: 0.1},"
                        " b: {type: bit, states: [0.1, 0.9]}}\noutputs: [x, b]")  # fmt: skip
    rows = {"x": np.array([0.1], np.float32), "b": [0.9]}
    for each in (rows, pa.table(rows), {"x": np.float32(0.1), "b": 0.9}):
        with pytest.raises(nnc.InvalidRowsError):
            nnc.evaluate(network, each)
        outputs = nnc.evaluate(network, each, floats="decimal")
        assert [Fraction(np.ravel(value)[0]) for value in outputs.values()] == [
            Fraction(1, 10), Fraction(9, 10)
        ]  # fmt: skip
    for each in ({"x": np.array([0.1, 0.2], np.float32), "b": [0.9, 0.9]},
                 pa.table({"x": np.array([0.1, 0.2], np.float32), "b": [0.9, 0.9]})):  # fmt: skip
        with pytest.raises(nnc.InvalidRowsError) as caught:
            nnc.evaluate(network, each, floats="decimal")
        [diagnostic] = caught.value.diagnostics
        assert "0.2 is above max 0.1" in diagnostic.message


def test_integers_are_what_is_stored() -> None:
    network = nnc.Network(inputs={"n": "integer"}, outputs={"n": "n"})
    large = {"n": np.array([2.0**80])}
    assert nnc.evaluate(network, large, floats="decimal")["n"].tolist() == [2**80]


# ----------------------------------------------------------------------------------- oracle

NETWORK = """
nnc: 1
inputs:
  x: {type: real, default: 0.7}
  y: real
  b: bit
neurons:
  hot: {weights: {x: 1}, thresholds: {a: CUT, b: above SECOND}, fires: at_least}
  cold: {weights: {y: -3}, threshold: -0.9, fires: below}
  band: {weights: {x: {CUT: 1, above SECOND: 2}}, threshold: 2, fires: at_least}
  mix:
    {weights: {x: 1, y: 0.5, b: 2, cold: 0.1}, thresholds: {l: CUT, h: SECOND}, fires: at_most}
outputs:
  hot_a: hot.a
  hot_b: hot.b
  cold: cold
  points: {sum: band}
  level: {level: mix}
"""
CUTS = ["0.1", "0.3", "0.30000000000000004", "1/3", "36.6", "38.1", "0.5", "100000.1", "1e-7"]


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, str, Any, list[tuple[Any, Any, int]]]:
    cuts = draw(st.lists(st.sampled_from(CUTS), min_size=2, max_size=2, unique=True))
    first, second = sorted(cuts, key=Fraction)
    kind = draw(st.sampled_from([np.float32, np.float64]))
    near = [kind(float(Fraction(cut))) for cut in (first, second)]
    near += [kind(0.3), kind(0.1) + kind(0.2), kind(0)]
    near += [kind(2) * (value - near[0]) for value in near]
    values = st.builds(
        lambda value, to, steps: value if not steps else np.nextafter(value, kind(to)),
        st.sampled_from(near), st.sampled_from([-np.inf, np.inf]), st.booleans(),
    )  # fmt: skip
    rows = draw(st.lists(st.tuples(values, values, st.integers(0, 1)), min_size=1, max_size=40))
    return first, second, kind, rows


@given(cases())
def test_both_readings_and_the_rows_that_differ_are_those_of_the_oracle(case: Any) -> None:
    first, second, kind, rows = case
    text = NETWORK.replace("CUT", first).replace("SECOND", second)
    network, file = nnc.loads(text), oracle.loads(text)
    expected: dict[str, list[dict[str, Any]]] = {}
    for floats, read in (
        ("binary", lambda x: Fraction(float(x))),
        ("decimal", lambda x: Fraction(Decimal(str(x)))),
    ):
        expected[floats] = [
            oracle.evaluate(file, {"x": read(x), "y": read(y), "b": b}) for x, y, b in rows
        ]
    differ = sum(one != two for one, two in zip(*expected.values(), strict=True))
    columns = {
        "x": np.array([row[0] for row in rows], kind),
        "y": np.array([row[1] for row in rows], kind),
        "b": np.array([row[2] for row in rows]),
    }
    for form in (columns, pa.table(columns)):
        for floats, outputs in expected.items():
            results = nnc.evaluate(network, form, floats=floats)  # type: ignore[arg-type]
            for alias, values in results.items():
                assert list(map(Fraction, values.tolist())) == [
                    Fraction(row[alias]) for row in outputs
                ]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            nnc.evaluate(network, form)
        assert len(caught) == (differ > 0)
        if differ:
            assert f": {differ} of {len(rows)} row" in str(caught[0].message)

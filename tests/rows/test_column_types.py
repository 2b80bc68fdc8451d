"""A column of JSON has one type, which the network decides; and what stands for no value."""

import json
from pathlib import Path

import numpy as np
import pytest

import nnc
from nnc.cli.main import run
from nnc.compiler.plan import build_plan
from nnc.rows.column_types import column_types_of

INPUTS = """\
  a: {type: integer, min: 0, max: 9}
  free: integer
  most: {type: integer, min: -9007199254740991, max: 9007199254740991}
  more: {type: integer, min: 0, max: 9007199254740992}
  r: real
  byte: bit(8)
  w53: bit(53)
  w54: bit(54)
  spin: {type: bit, states: [-1, 1]}
  half: {type: bit, states: [0, 0.5]}
"""
NETWORK = f"""\
nnc: 1
fires: above
inputs:
{INPUTS}neurons:
  n: {{weights: {{a: 1, byte: 2}}, threshold: 2}}
  eighth: {{weights: {{a: 0.125}}, threshold: 2}}
  whole: {{weights: {{free: 2}}, threshold: 2}}
  turned: {{weights: {{spin: 1}}, threshold: 0}}
  halves: {{weights: {{spin: 0.5}}, threshold: 0}}
  large: {{weights: {{a: 2000000000000000}}, threshold: 0}}
  real: {{weights: {{r: 1}}, threshold: 0}}
layers:
  bits: {{wiring: byte, weights: 3, size: 2, thresholds: 1}}
  numbers: {{wiring: a, weights: 3, size: 2, thresholds: 1}}
outputs:
  n: n
  points: {{sum: n}}
  s_eighth: {{sum: eighth}}
  s_whole: {{sum: whole}}
  s_turned: {{sum: turned}}
  s_halves: {{sum: halves}}
  s_large: {{sum: large}}
  s_real: {{sum: real}}
  a1: a
  free1: free
  most1: most
  more1: more
  r1: r
  byte1: byte
  w531: w53
  w541: w54
  spin1: spin
  half1: half
  place: {{largest: [n, eighth]}}
  level: {{level: n}}
  told: {{level: n, labels: [low, high]}}
  s_bits: {{sum: bits}}
  s_numbers: {{sum: numbers}}
"""
WHOLE = {
    "n", "points", "s_turned", "a1", "most1", "byte1", "w531", "spin1", "place", "level",
    "s_bits(0)", "s_bits(1)", "free1", "s_whole", "s_numbers(0)", "s_numbers(1)",
}  # fmt: skip
ROW = {"a": 8, "free": 1, "most": 3, "more": 4, "r": 2, "byte": 3, "w53": 5, "w54": 6,
       "spin": 1, "half": 0}  # fmt: skip


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "net.nn.yaml"
    path.write_text(NETWORK)
    return path


def _rows(network: Path, rows: list[dict[str, object]], *options: str) -> list[dict[str, object]]:
    given = network.with_name("rows.jsonl")
    given.write_text("".join(json.dumps(row) + "\n" for row in rows))
    written = network.with_name("out.json")
    assert run(["eval", str(network), str(given), "-o", str(written), *options]) == 0
    found: list[dict[str, object]] = json.loads(written.read_text())
    return found


def test_the_network_decides_the_type_of_a_column(network: Path) -> None:
    graph = nnc.check_file(str(network)).graph
    assert graph is not None
    types = column_types_of(build_plan(graph))
    assert {name for name, kind in types.items() if kind.fits_json} == WHOLE


def test_a_column_of_rows_has_one_type(network: Path) -> None:
    rows = [ROW, {**ROW, "a": 1, "free": -7, "r": 0.5, "half": 0.5}, {**ROW, "a": 0, "spin": -1}]
    found = _rows(network, rows)
    assert len(found) == 3
    for name in found[0]:
        types = {type(row[name]) for row in found}
        assert types == ({int} if name in WHOLE else {str}), name
    assert [row["s_eighth"] for row in found] == ["1", "0.125", "0"]
    assert [row["free1"] for row in found] == [1, -7, 1]
    assert [row["told"] for row in found] == ["high", "high", "high"]
    assert found[0]["s_large"] == "16000000000000000"


def test_an_integer_without_bounds_that_is_too_large_is_a_text(network: Path) -> None:
    found = _rows(network, [{**ROW, "free": 2**53 - 1}, {**ROW, "free": 2**53}])
    assert [row["free1"] for row in found] == [9007199254740991, "9007199254740992"]
    found = _rows(network, [{**ROW, "free": 3}, {**ROW, "free": 2**53}], "--numbers", "float")
    assert [row["free1"] for row in found] == [3, 2.0**53]


def test_with_bits_each_is_a_number(network: Path) -> None:
    (row,) = _rows(network, [ROW], "--bits")
    assert [row[f"w541({i})"] for i in range(4)] == [0, 1, 1, 0]


def test_floats_where_they_are_asked_for(network: Path) -> None:
    rows: list[dict[str, object]] = [ROW, {**ROW, "a": 1}]
    found = _rows(network, rows, "--numbers", "float")
    assert [row["s_eighth"] for row in found] == [1, 0.125]
    assert found[0]["s_large"] == 1.6e16
    assert found[0]["told"] == "high"
    exact = _rows(network, rows, "--numbers", "exact")
    assert exact == _rows(network, rows)


def test_what_no_float_holds_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = tmp_path / "net.nn.yaml"
    net.write_text("nnc: 1\ninputs: {x: real}\noutputs: {x1: x}\n")
    options = ["--set", "x=1e400", "--to", "json", "--numbers", "float"]
    assert run(["eval", str(net), *options, "--report", "concise"]) == 1
    told = capsys.readouterr()
    assert (
        "error[NNC514] not-representable: column `x1` has a value beyond what a float of 64 bits "
        "holds (remove `--numbers float`: then it is a text, exact)"
    ) in told.out + told.err


@pytest.mark.parametrize("options", [["--to", "csv"], ["--to", "json", "--trace"]])
def test_numbers_are_of_json_alone(
    options: list[str], network: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = [f"--set={name}={value}" for name, value in ROW.items()]
    assert run(["eval", str(network), *sets, "--numbers", "float", *options]) == 2
    assert "--numbers goes with rows --to json or jsonl" in capsys.readouterr().err


# ----------------------------------------------------------------------------- no value


DEFAULTS = nnc.Network(
    inputs={
        "n": {"type": "integer", "default": 7},
        "c": {"type": "choice", "of": ["x", "y"], "default": "y"},
        "b": {"type": "bit", "size": 3, "default": 5},
    },
    outputs={"n1": "n", "c1": "c.y", "b1": "b"},
)


def test_null_is_the_default(tmp_path: Path) -> None:
    net = tmp_path / "net.nn.yaml"
    net.write_text(nnc.to_yaml(DEFAULTS))
    rows: list[dict[str, object]] = [
        {"n": None, "c": None, "b": None},
        {"n": 1, "c": "x", "b": 2},
    ]
    found = _rows(net, rows)
    assert found == [{"n1": 7, "c1": 1, "b1": 5}, {"n1": 1, "c1": 0, "b1": 2}]
    assert _rows(net, rows[:1]) == found[:1]
    assert nnc.evaluate(DEFAULTS, {"n": None, "c": None, "b": None})["n1"] == 7
    given = nnc.evaluate(DEFAULTS, {"n": [None, 1], "c": [None, "x"], "b": [5, 2]})
    assert {name: array.tolist() for name, array in given.items()} == {
        "n1": [7, 1], "c1": [1, 0], "b1": [[1, 0, 1], [0, 1, 0]]
    }  # fmt: skip


@pytest.mark.parametrize("value", [float("nan"), np.float64("nan")])
def test_nan_is_refused(value: float) -> None:
    for given in (value, [value], np.array([value])):
        with pytest.raises(nnc.InvalidRowsError, match="not-finite"):
            nnc.evaluate(DEFAULTS, {"n": given})


def test_null_without_a_default_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = tmp_path / "net.nn.yaml"
    net.write_text("nnc: 1\ninputs: [a]\noutputs: [a]\n")
    (tmp_path / "r.json").write_text('[{"a": null}]')
    assert run(["eval", str(net), str(tmp_path / "r.json"), "--report", "concise"]) == 1
    told = capsys.readouterr()
    assert (
        "error[NNC505] missing-value: input `a`: the value is null, and there is no default "
        "(write a value, or give the input a `default`)"
    ) in told.out + told.err


# --------------------------------------------------------------------- rows of other kinds


@pytest.mark.parametrize(("rows", "name"), [([1, 0], "list"), ("a=1", "str"), (3, "int")])
def test_rows_of_another_type(rows: object, name: str) -> None:
    network = nnc.Network(inputs=["a", "b"], outputs={"o": "a"})
    with pytest.raises(nnc.InvalidRowsError, match=f"rows cannot be of type {name}") as caught:
        nnc.evaluate(network, rows)  # type: ignore[arg-type]
    assert "a list of mappings, a frame, or an array" in (caught.value.diagnostics[0].help or "")

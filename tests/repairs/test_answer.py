"""`nnc.repair`: networks in Python and in files, parts, layers, sums, levels, and refusals."""

from pathlib import Path

import pytest

import nnc

ADDER = """\
nnc: 1
fires: at_least
inputs: [a, b, cin]
neurons:
  cout: {weights: {a: 1, b: 1, cin: 1}, threshold: 2}
  sum: {weights: {a: 1, b: 1, cin: 1, cout: -2}, threshold: 1}
outputs: [sum, cout]
"""
RIPPLE = """\
nnc: 1
inputs: {a: bit(3), b: bit(3)}
parts:
  adder:
    use: adder.nn.yaml
    repeat: 3
    wiring: {a: a(i), b: b(i), cin: adder(i-1).cout}
    first: {cin: 0}
outputs: {sum: [adder.sum, adder(2).cout]}
"""
PAIRS = [(a, b) for a in range(8) for b in range(8)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table() -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Give every row of the adder, and the sums that arithmetic has for them."""
    rows = {"a": [a for a, _ in PAIRS], "b": [b for _, b in PAIRS]}
    return rows, {"sum": [a + b for a, b in PAIRS]}


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("threshold: 2", "threshold: 3", "cout.threshold"),
        ("cout: -2", "cout: -1", "sum.weights.cout"),
        ("weights: {a: 1, b: 1, cin: 1}", "weights: {a: 0, b: 1, cin: 1}", "cout.weights.a"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_number_of_a_repeated_part_is_one_number(old: str, new: str, name: str) -> None:
    Path("adder.nn.yaml").write_text(ADDER.replace(old, new))
    Path("ripple.nn.yaml").write_text(RIPPLE)
    rows, labels = table()
    repair = nnc.repair("ripple.nn.yaml", rows, labels=labels)
    assert [(each.name, each.file) for each in repair.changes] == [(name, "adder.nn.yaml")]
    assert repair.proof == "proved"
    assert repair.network is not None
    given = nnc.evaluate(repair.network, rows)["sum"]
    assert [sum(bit << i for i, bit in enumerate(bits)) for bits in given.tolist()] == labels["sum"]
    Path("adder_repair.nn.yaml").write_text(repair.overlay or "")
    Path("better.nn.yaml").write_text(RIPPLE.replace("adder.nn", "adder_repair.nn"))
    better = nnc.load("better.nn.yaml")
    assert nnc.evaluate(better, rows)["sum"].tolist() != []
    assert nnc.repair("better.nn.yaml", rows, labels=labels).holds


def test_the_network_of_a_file_in_python_has_no_overlay() -> None:
    repair = nnc.repair(nnc.loads(ADDER), {"a": 1, "b": 0, "cin": 0}, labels={"cout": [1]})
    assert repair.overlay is None
    assert repair.network is not None
    assert nnc.evaluate(repair.network, {"a": 1, "b": 0, "cin": 0})["cout"] == 1


LAYERS = """\
nnc: 1
fires: at_least
inputs: {x: integer(2)}
layers:
  hidden: {wiring: x, weights: [[1, 2], [3, 1], [0, 1]], thresholds: [3, 4, 5]}
  last: {wiring: hidden, weights: 1, size: 2, thresholds: [1, 2]}
outputs:
  best: {largest: hidden, labels: [red, green, blue]}
  bits: last
  first: {sum: hidden(0)}
"""


@pytest.mark.parametrize(
    ("output", "value", "way"),
    [
        ("best", "red", "hidden.weights(1)(0)  3 -> 2  (at most 2)"),
        ("bits", 1, "last.thresholds(1)  2 -> 3  (above 2)"),
        ("first", 7, "hidden.weights(0)(0)  1 -> 5  (exactly 5)"),
        ("first", "15/2", "hidden.weights(0)(0)  1 -> 5.5  (exactly 5.5)"),
    ],
)
def test_layers_largest_buses_and_sums(output: str, value: object, way: str) -> None:
    network = nnc.loads(LAYERS)
    labels = {output: [value]}
    repair = nnc.repair(network, {"x": [[1, 1]]}, labels=labels)
    assert way in [str(each) for each in repair.ways]
    assert nnc.repair(repair.network or network, {"x": [[1, 1]]}, labels=labels).holds


SCORE = """\
nnc: 1
fires: at_least
inputs: {age: {type: integer, min: 0}, bad: bit}
neurons:
  risk: {weights: {age: {65: 1, 80: 3}, bad: 2}, thresholds: {mid: 2, high: above 4}}
outputs: {tier: {level: risk, labels: [low, mid, high]}, points: {sum: risk}}
"""


def test_points_of_steps_and_thresholds_with_rules() -> None:
    rows = {"age": [70, 85, 85, 20], "bad": [0, 0, 1, 0]}
    labels = {"tier": ["mid", "mid", "high", "low"]}
    repair = nnc.repair(nnc.loads(SCORE), rows, labels=labels)
    assert [str(way) for way in repair.ways] == [
        "risk.weights.age.65  1 -> 2  (at least 2 and at most 4)",
        "risk.thresholds.mid  2 -> 1  (above 0 and at most 1)",
    ]
    assert [str(change) for change in repair.changes] == ["risk.thresholds.mid  2 -> 1"]
    kept = nnc.repair(nnc.loads(SCORE), rows, labels=labels, change=["risk.weights"])
    assert [str(change) for change in kept.changes] == ["risk.weights.age.65  1 -> 2"]
    assert kept.network is not None
    assert nnc.evaluate(kept.network, {"age": 70, "bad": 0})["points"] == 2
    above = nnc.repair(nnc.loads(SCORE), {"age": [80], "bad": [1]}, labels={"tier": ["mid"]})
    assert [str(change) for change in above.changes] == ["risk.thresholds.high  4 -> 5"]
    assert "above 5" in nnc.to_yaml(above.network or nnc.loads(SCORE))


def test_what_means_nothing_is_refused() -> None:
    network = nnc.loads(ADDER)
    row = {"a": 1, "b": 0, "cin": 0}
    with pytest.raises(ValueError, match="rows and labels go together"):
        nnc.repair(network, row)
    with pytest.raises(ValueError, match="change: no number has the name `bias`"):
        nnc.repair(network, row, labels={"sum": [1]}, change=["bias"])
    with pytest.raises(ValueError, match=r"did you mean `cout\.threshold`"):
        nnc.repair(network, row, labels={"sum": [0]}, change=["cout.treshold"])
    with pytest.raises(ValueError, match=r"no number has the name `cout\.treshold`"):
        nnc.repair(network, row, labels={"sum": [0]}, change="cout.treshold")
    with pytest.raises(ValueError, match="decimals is -1; write a whole number"):
        nnc.repair(network, row, labels={"sum": [0]}, decimals=-1)
    with pytest.raises(nnc.InvalidRowsError, match="has 2 labels for 1 rows"):
        nnc.repair(network, row, labels={"sum": [1, 1]})
    with pytest.raises(nnc.InvalidRowsError, match="in row 1: expected 0 or 1, found 2"):
        nnc.repair(network, row, labels={"sum": [2]})
    with pytest.raises(nnc.InvalidRowsError, match="no-cases"):
        nnc.repair(network)
    wide = ADDER.replace("inputs: [a, b, cin]", "inputs: {a: bit, b: bit, cin: bit, w: bit(20)}")
    with pytest.raises(nnc.InvalidRowsError, match=r"more than 2\^20 rows"):
        nnc.repair(nnc.loads(wide), row | {"w": 0}, labels={"sum": [1]}, guard="all")


def test_a_name_stands_for_all_numbers_of_a_matrix() -> None:
    rows, labels = {"x": [[1, 2]]}, {"bits": [0]}
    for keep in ("last.thresholds", "last.thresholds(0)", "last"):
        repair = nnc.repair(nnc.loads(LAYERS), rows, labels=labels, keep=keep)
        assert repair.changes
        assert not any(change.name.startswith(keep) for change in repair.changes)
    repair = nnc.repair(nnc.loads(LAYERS), rows, labels=labels, change="hidden.weights(1)")
    assert {change.name[:17] for change in repair.changes} <= {"hidden.weights(1)"}

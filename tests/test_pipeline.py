"""The steps in order, and the way in from Python."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import nnc
from nnc.pipeline import check, check_file, load_checked

AND = "nnc: 1\ninputs: [a, b]\nneurons: {n: {weights: {a: 1, b: 1}, threshold: 1, fires: above}}\n"
TEXT = AND + "outputs: [n]\n"


def test_a_valid_file_is_read_as_far_as_its_graph() -> None:
    checked = check(TEXT.encode(), "dir/and.nn.yaml")
    assert checked.diagnostics == checked.errors == []
    assert checked.network is not None
    assert checked.graph is not None
    assert checked.network.name == "and"


@pytest.mark.parametrize(
    ("file", "name"),
    [("xor.nn.yaml", "xor"), ("a/b.nn.yml", "b"), ("x.yaml", "x"), ("x.y.nn.yaml", "x.y"),
     ("plain", "plain"), (".nn.yaml", "")],
)  # fmt: skip
def test_the_name_is_the_stem(file: str, name: str) -> None:
    network = check(TEXT.encode(), file).network
    assert network is not None
    assert network.name == name


def test_a_name_of_its_own_wins() -> None:
    network = check(f"name: mine\n{TEXT}".encode(), "x.nn.yaml").network
    assert network is not None
    assert network.name == "mine"


def test_warnings_are_for_files_without_errors() -> None:
    warned = TEXT.replace("threshold: 1", "threshold: 5")
    assert [one.rule for one in check(warned.encode(), "f").diagnostics] == ["never-fires"]
    wrong = warned.replace("outputs: [n]", "outputs: [m]")
    assert [one.rule for one in check(wrong.encode(), "f").diagnostics] == ["unknown-source"]


def test_load_and_loads(tmp_path: Path) -> None:
    file = tmp_path / "and.nn.yaml"
    file.write_text(TEXT)
    assert nnc.load(file) == nnc.load(str(file)) == nnc.loads(f"name: and\n{TEXT}")
    assert check_file(str(file)).file == str(file)
    graph, name = load_checked(str(file), root=None, max_bytes=1000)
    assert (len(graph.nodes), name) == (1, "and")


def test_what_load_raises(tmp_path: Path) -> None:
    with pytest.raises(nnc.FileError, match="no such file"):
        nnc.load(tmp_path / "missing.nn.yaml")
    file = tmp_path / "wrong.nn.yaml"
    file.write_text(AND + "outputs: [m, o]\n")
    with pytest.raises(nnc.InvalidNetworkError) as error:
        nnc.load(file)
    assert len(error.value.diagnostics) == 2
    with pytest.raises(nnc.InvalidNetworkError):
        nnc.loads("nnc: 1\n\ud800")
    with pytest.raises(nnc.FileError):
        load_checked(str(file), root=None, max_bytes=10)
    with pytest.raises(nnc.InvalidNetworkError):
        load_checked(str(file), root=None, max_bytes=1000)


def test_a_network_built_in_python_has_the_same_messages() -> None:
    neurons = {"n": {"weights": {"c": 1}, "threshold": 1}}
    with pytest.raises(nnc.InvalidNetworkError, match="neither an input nor a neuron") as error:
        nnc.compile(nnc.Network(inputs=["a"], neurons=neurons, outputs=["n"]))
    (one,) = error.value.diagnostics
    assert one.path == ("neurons", "n", "weights", "c")
    assert one.span is None
    assert str(one).startswith("neurons.n.weights.c: error[NNC301]")


def test_evaluate_in_every_form() -> None:
    network = nnc.loads(TEXT.replace("[n]", "{n: n, s: {sum: n}, bus: [n, a], l: {level: n, "
                                     "labels: [no, yes]}}"))  # fmt: skip
    plan = nnc.compile(network)
    rows = {"a": [0, 1, 1], "b": np.array([1, 0, 1], bool)}
    for one in (network, plan):
        results = nnc.evaluate(one, rows)
        assert results["n"].dtype == np.uint8
        assert results["n"].tolist() == [0, 0, 1]
        assert results["s"].dtype == np.int64
        assert results["s"].tolist() == [1, 1, 2]
        assert results["bus"].tolist() == [[0, 0], [0, 1], [1, 1]]
        assert results["l"].tolist() == ["no", "no", "yes"]
    scalar = nnc.evaluate(network, {"a": 1, "b": "1"})
    assert {k: v for k, v in scalar.items() if k != "bus"} == {"n": 1, "s": 2, "l": "yes"}
    assert scalar["bus"].tolist() == [1, 1]
    assert nnc.evaluate(network, {"a": [], "b": []})["n"].shape == (0,)
    assert nnc.evaluate(network, {"a": [], "b": 1})["bus"].shape == (0, 2)
    assert nnc.evaluate(network, {"a": [1, 0], "b": 1})["n"].tolist() == [1, 0]


def test_a_network_without_inputs_has_one_row() -> None:
    network = nnc.loads("nnc: 1\ninputs: []\nneurons: {n: {weights: {}, threshold: -1/3}}\n"
                        "outputs: {n: n, s: {sum: n}, k: 1}\n")  # fmt: skip
    assert nnc.evaluate(network) == {"n": 1, "s": 0, "k": 1}


def test_exact_sums() -> None:
    network = nnc.loads("nnc: 1\ninputs: {x: real}\nneurons: {n: {weights: {x: 1/3}, threshold: 0}}"
                        "\noutputs: {s: {sum: n}, x: x}\n")  # fmt: skip
    results = nnc.evaluate(network, {"x": ["0.1", 3, Fraction(1, 7)]})
    assert results["s"].tolist() == [Fraction(1, 30), 1, Fraction(1, 21)]
    assert results["x"].tolist() == [Fraction(1, 10), 3, Fraction(1, 7)]


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ({}, "missing-value"), ({"a": [1]}, "missing-value"),
        ({"a": [1], "b": [2]}, "bad-value"), ({"a": [1], "b": [0.5]}, "bad-value"),
        ({"a": [1, 0], "b": [1]}, "row-length"), ({"a": 1, "b": 1, "c": 1}, "column-not-input"),
        ({"a": [[1]], "b": [1]}, None), ({"a": float("nan"), "b": 1}, "not-finite"),
        ({"a": np.ones((2, 2)), "b": 1}, "bad-value"),
        ({"a": "0x1", "b": 1}, "number-in-other-base"),
    ],
)  # fmt: skip
def test_rows_that_mean_nothing(rows: dict[str, object], rule: str | None) -> None:
    with pytest.raises(nnc.InvalidRowsError) as error:
        nnc.evaluate(nnc.loads(TEXT), rows)
    assert rule is None or rule in {one.rule for one in error.value.diagnostics}

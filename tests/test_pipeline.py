"""The steps in order, and the way in from Python."""

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.language.network import Layer, Network, Part
from nnc.pipeline import check, check_file, is_compiled, load_plan
from tests.support.networks import checked as check_in
from tests.support.networks import place, put

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
    loaded = load_plan(str(file), root=None, max_bytes=1000)
    assert (len(loaded.plan.neurons), loaded.plan.name) == (1, "and")
    assert loaded.files == (file,)


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
        load_plan(str(file), root=None, max_bytes=10)
    with pytest.raises(nnc.InvalidNetworkError):
        load_plan(str(file), root=None, max_bytes=1000)


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


# ------------------------------------------------------------------- buses, choices, layers, parts

CELL = "inputs: {x: bit(2)}\nneurons: {n: {weights: {x: [1, 2]}, threshold: 1}}\noutputs: {o: n}\n"
USER = """\
inputs: {a: bit(4)}
parts: {p: {use: cell.nn.yaml, repeat: 2, wiring: {x: a(2*i:2*i+2)}}}
layers: {h: {wiring: p.o, weights: {file: w.npy}, thresholds: 0}}
outputs: {h: h, o: p.o}
"""
FILES = {"cell": CELL, "w": np.array([[1, -1], [1, 1]])}


def test_a_network_of_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = check_in(tmp_path, USER, FILES)
    assert checked.diagnostics == []
    assert checked.network is not None
    assert (checked.network.folder, checked.network.root) == (tmp_path, tmp_path)
    assert checked.digests == {
        (tmp_path / f"{stem}.nn.yaml").resolve(): hashlib.sha256(
            (tmp_path / f"{stem}.nn.yaml").read_bytes()).hexdigest()
        for stem in ("main", "cell")
    }  # fmt: skip
    monkeypatch.chdir("/")  # it knows where it lies
    found = nnc.evaluate(checked.network, {"a": [0b1011, 0b0010]})
    assert found["h"].tolist() == [[0, 1], [1, 1]]
    plan = load_plan(str(tmp_path / "main.nn.yaml"), root=tmp_path, max_bytes=10**6).plan
    assert plan == nnc.compile(checked.network)


def test_the_root_bounds_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    put(tmp_path, CELL, FILES)
    path = put(tmp_path / "sub", USER.replace("cell.nn", "../cell.nn").replace("w.npy", "../w.npy"))
    assert check_file(str(path), root=tmp_path).errors == []
    assert nnc.evaluate(nnc.load(path, root=tmp_path), {"a": 3})["o"].tolist() == [1, 0]
    for root in (None, tmp_path / "sub"):
        assert [one.rule for one in check_file(str(path), root=root).errors] == [
            "outside-project"
        ] * 2
    (tmp_path / ".git").mkdir()
    assert check_file(str(path)).errors == []


def test_mistakes_are_in_the_order_of_files_and_places(tmp_path: Path) -> None:
    files: dict[str, Any] = {
        "bad": "inputs: [x]\nneurons: {n: {wiring: z, threshold: 0}, m: {wiring: y, threshold: "
               "0}}\n"
               "outputs: {o: n}\n",
        "cell": CELL,
    }  # fmt: skip
    text = """\
inputs: [a]
neurons: {n: {wiring: [z, p.o], threshold: 0}}
parts: {p: {use: bad.nn.yaml, wiring: {x: b}}, q: {use: cell.nn.yaml, wiring: {x: a}}}
outputs: {o: q.o, n: m}
"""
    found = check_in(tmp_path, text, files).diagnostics
    assert [(one.rule, place(one)) for one in found] == [
        ("unknown-source", "bad:4:23"), ("unknown-source", "bad:4:53"),
        ("unknown-source", "main:4:24"), ("unknown-source", "main:5:43"),
        ("size-mismatch", "main:5:83"), ("unknown-source", "main:6:22"),
    ]  # fmt: skip
    assert [one.file for one in found] == sorted(one.file or "" for one in found)


def test_labels_are_placed_in_their_own_file(tmp_path: Path) -> None:
    text = (
        "inputs: [a]\nparts: {p: {use: cell.nn.yaml, wiring: {x: [a, 1, 0]}}}\noutputs: {o: p.o}\n"
    )
    (one,) = check_in(tmp_path, text, FILES).errors
    assert (one.rule, place(one)) == ("size-mismatch", "main:4:44")
    assert [(place(label), label.excerpt) for label in one.labels] == [
        ("cell:3:10", "inputs: {x: bit(2)}")]  # fmt: skip


def test_evaluate_every_kind_of_input_and_output() -> None:
    network = Network(
        inputs={
            "a": "bit(3)", "v": "integer(2)", "r": "real",
            "s": {"type": "bit", "states": [-1, 1], "default": 1},
            "c": {"type": "choice", "of": ["x", "y"]},
        },
        fires="at_least",
        layers={"h": Layer(wiring=["a", "s"], weights=[[1, 2, 4, 1], ["0.5", 0, 0, -1]],
                           thresholds=[3, 0])},
        outputs={"h": "h", "a": "a", "v": "v", "s": "s", "c": "c", "sum": {"sum": "h"},
                 "top": {"largest": "h", "labels": ["p", "q"]}, "mixed": ["s", "r"]},
    )  # fmt: skip
    rows = {"a": [5, 0], "v": [[1, 2], [3, 4]], "r": ["0.1", 2], "c": ["y", "x"]}
    found = nnc.evaluate(network, rows)
    assert {alias: values.tolist() for alias, values in found.items()} == {
        "h": [[1, 0], [0, 0]], "a": [[1, 0, 1], [0, 0, 0]], "v": [[1, 2], [3, 4]], "s": [1, 1],
        "c": [[0, 1], [1, 0]], "sum": [[6, Fraction(-1, 2)], [1, -1]], "top": ["p", "p"],
        "mixed": [[1, Fraction(1, 10)], [1, 2]]}  # fmt: skip
    one = nnc.evaluate(network, {"a": 5, "v": (1, 2), "r": "0.1", "c": "y", "s": -1})
    assert {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in one.items()} == {
        "h": [1, 1], "a": [1, 0, 1], "v": [1, 2], "s": -1, "c": [0, 1], "sum": [4, Fraction(3, 2)],
        "top": "p", "mixed": [-1, Fraction(1, 10)]}  # fmt: skip
    none = nnc.evaluate(network, {"a": [], "v": [], "r": [], "c": []})
    assert {alias: values.shape for alias, values in none.items()} == {
        "h": (0, 2), "a": (0, 3), "v": (0, 2), "s": (0,), "c": (0, 2), "sum": (0, 2), "top": (0,),
        "mixed": (0, 2)}  # fmt: skip


def test_a_network_in_a_network_in_python() -> None:
    cell = nnc.loads(f"nnc: 1\nfires: above\n{CELL}")
    network = Network(
        inputs={"a": "bit(4)"},
        parts={"p": Part(use=cell, repeat=2, wiring={"x": "a(2*i:2*i+2)"})},
        outputs={"o": "p.o"},
    )
    assert nnc.evaluate(network, {"a": [0b1011, 0b0001]})["o"].tolist() == [[1, 1], [0, 0]]
    wrong = network.model_copy(update={"parts": {"p": Part(use=cell, wiring={"y": "a"})}})
    with pytest.raises(nnc.InvalidNetworkError) as error:
        nnc.compile(wrong)
    assert ("parts", "p", "wiring", "y") in {one.path for one in error.value.diagnostics}


def test_what_is_a_compiled_network(tmp_path: Path) -> None:
    for name, data, told in (
        ("a", b"\x10\0\0\0\0\0\0\0{", True), ("b", b"nnc: 1\n", False), ("c", b"", False),
        ("d", b"\x10\0\0\0\0\0\0\0x", False), ("e", b"\x10\0\0\0\1\0\0\0{", False),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        assert is_compiled(str(tmp_path / name)) == told
    assert not is_compiled(str(tmp_path / "gone"))
    assert not is_compiled(str(tmp_path))
    assert not is_compiled("-")

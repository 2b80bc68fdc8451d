"""The way in from Python."""

import doctest
import inspect
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import nnc
from nnc.cli.main import run
from nnc.compiler.artifact import write_compiled
from nnc.compiler.plan import build_plan
from nnc.language.network import Layer, Network, Part
from nnc.opening.checking import check_file, sources_of
from nnc.opening.loading import load_plan
from tests.fuzz.compiled import Forgery

AND = "nnc: 1\ninputs: [a, b]\nneurons: {n: {weights: {a: 1, b: 1}, threshold: 1, fires: above}}\n"
TEXT = AND + "outputs: [n]\n"
CELL = "inputs: {x: bit(2)}\nneurons: {n: {weights: {x: [1, 2]}, threshold: 1}}\noutputs: {o: n}\n"


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


def compiled(file: Path, text: str) -> Path:
    """Write a network and what it is compiled to, beside it."""
    file.with_suffix(".yaml").write_text(text)
    checked = check_file(str(file.with_suffix(".yaml")))
    assert checked.graph is not None
    with file.open("wb") as stream:
        write_compiled(build_plan(checked.graph, file.stem), sources_of(checked), stream)
    return file


def test_a_compiled_network_loads(tmp_path: Path) -> None:
    file = compiled(tmp_path / "and.nnc", TEXT)
    plan = nnc.load_compiled(file)
    assert isinstance(plan, nnc.Plan)
    network = nnc.load(tmp_path / "and.yaml")
    assert plan == nnc.load_compiled(str(file), root=tmp_path, verify=True) == nnc.compile(network)
    rows = {"a": [0, 1, 1], "b": [1, 0, 1]}
    assert nnc.evaluate(plan, rows)["n"].tolist() == [0, 0, 1]
    assert nnc.truth_table(plan).ones() == {"n": [1]}
    assert nnc.digest(plan) == nnc.digest(network)
    assert nnc.digest(plan, "behaviour") == nnc.digest(network, "behaviour")


def test_what_load_compiled_raises(tmp_path: Path) -> None:
    file = compiled(tmp_path / "and.nnc", TEXT)
    for name in (tmp_path / "none.nnc", tmp_path):
        with pytest.raises(nnc.FileError, match="cannot open the file"):
            nnc.load_compiled(name)
    for name in (tmp_path / "and.yaml", "-"):
        with pytest.raises(nnc.InvalidNetworkError) as error:
            nnc.load_compiled(name)
        (wrong,) = error.value.diagnostics
        assert str(wrong) == f"{name}: error[NNC905] bad-compiled: this is not a compiled network"
        advice = "nnc.load reads a network file, and nnc.compile makes a plan of it"
        assert wrong.help == advice
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(nnc.InvalidNetworkError, match="bad-compiled"):
        nnc.load_compiled(file)


def test_load_compiled_compares_only_where_asked(tmp_path: Path) -> None:
    file = compiled(tmp_path / "and.nnc", TEXT)
    forged = Forgery.of(file.read_bytes())
    forged.plan["neurons"]["limits"] = forged.plan["neurons"]["least"]
    file.write_bytes(forged.together())
    assert nnc.evaluate(nnc.load_compiled(file), {"a": 1, "b": 0})["n"] == 1
    with pytest.raises(nnc.InvalidNetworkError, match="is not what its sources compile to"):
        nnc.load_compiled(file, verify=True)


def test_load_compiled_warns_of_its_sources(tmp_path: Path) -> None:
    file = compiled(tmp_path / "and.nnc", TEXT)
    plan = nnc.load_compiled(file)
    source = tmp_path / "and.yaml"
    source.write_text(TEXT + "# changed\n")
    for verify in (False, True):
        with pytest.warns(UserWarning, match=r"NNC906.*`and.yaml` has changed; compile it again"):
            assert nnc.load_compiled(file, verify=verify) == plan
    source.unlink()
    assert nnc.load_compiled(file) == plan
    with pytest.warns(UserWarning, match="NNC907.*was not compared with its sources"):
        assert nnc.load_compiled(file, verify=True) == plan


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
        ({"a": [1, 0], "b": [1]}, "row-length"), ({"a": 1, "bb": 1}, "missing-value"),
        ({"a": [[1]], "b": [1]}, None), ({"a": float("nan"), "b": 1}, "not-finite"),
        ({"a": np.ones((2, 2)), "b": 1}, "bad-value"),
        ({"a": "0x1", "b": 1}, "number-in-other-base"),
    ],
)  # fmt: skip
def test_rows_that_mean_nothing(rows: dict[str, object], rule: str | None) -> None:
    with pytest.raises(nnc.InvalidRowsError) as error:
        nnc.evaluate(nnc.loads(TEXT), rows)
    assert rule is None or rule in {one.rule for one in error.value.diagnostics}


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


PUBLIC = [name for name in nnc.__all__ if inspect.isfunction(getattr(nnc, name))]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_functions_say_what_they_raise_and_show_how(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every one has an example, which is run, names its errors, and a page that says more."""
    root = Path(__file__).parents[2]
    for folder in ("configs", "docs", "tests"):
        (tmp_path / folder).symlink_to(root / folder)
    monkeypatch.chdir(tmp_path)
    assert run(["compile", "configs/gates/xor.nn.yaml", "-o", "xor.nnc"]) == 0
    votes = "configs/voting/two_of_three.nn.yaml"
    assert run(["prove", votes, "--certificate", "votes.jsonl"]) == 0
    (tmp_path / "in").mkdir()
    for day in ("monday", "tuesday"):
        (tmp_path / f"in/{day}.csv").write_text("a,b\n0,1\n1,1\n")
    function = getattr(nnc, name)
    text = inspect.getdoc(function)
    assert text is not None
    assert "Raises " in text
    test = doctest.DocTestParser().get_doctest(text, {}, name, None, None)
    assert test.examples
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert runner.run(test).failed == 0
    for page in set(re.findall(r"docs/\w+\.md", text)):
        assert Path(page).is_file()

"""A network written as a file reads as the same network."""

import re
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import nnc
from nnc.language.formatting.formatted import formatted
from nnc.opening.checking import check
from tests.support.strategies import EVERY, Example, example, examples

ROOT = Path(__file__).parents[3]
FILES = sorted([*ROOT.glob("configs/**/*.nn.yaml"), *ROOT.glob("tests/schema_corpus/*.nn.yaml")])


def comparable(network: nnc.Network) -> nnc.Network:
    return network.model_copy(update={"meta": None, "folder": None, "root": None})


def same(network: nnc.Network, path: Path | None = None, root: Path | None = None) -> None:
    """Write a network and read it again, as the text of the file at `path`."""
    text = nnc.to_yaml(network)
    checked = check(text.encode(), str(path or "<text>"), path=path, root=root)
    assert checked.network is not None, [text, *map(str, checked.errors)]
    assert comparable(checked.network) == comparable(network), text
    assert nnc.to_yaml(checked.network) == text
    assert formatted(checked.document) == text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".nn.yaml"))
def test_the_networks_people_use(path: Path) -> None:
    same(nnc.load(path, root=ROOT), path, ROOT)


def test_seeded_networks(chunk: int, tmp_path: Path) -> None:
    rng = Random(f"formatting {chunk}")
    for number in range(60):
        path = example(rng, features=EVERY).put(tmp_path / str(number))
        same(nnc.load(path), path)


WITHOUT_FILES = {"buses", "choice", "states", "layers", "largest"}


@given(examples(WITHOUT_FILES))
def test_networks_that_shrink(one: Example) -> None:
    same(nnc.loads(one.text))


@pytest.mark.parametrize(
    "text",
    ["a: b", "# no", "1", "null", "", "it's",
     '"', "a, b", "two\nlines", "é 비 𝒳", "\u2028", "{",
     "-", "yes", "x" * 300, " a ", "a #b", "a\tb", "\\", "%", "&a", "*a", "!x", "?", "- a", "[",
     "~", "\x85"],
    ids=repr,
)  # fmt: skip
def test_any_text(text: str) -> None:
    same(nnc.Network(
        name=text, description=text, inputs={"a": {"type": "real", "description": text}},
        neurons={"n": {"weights": {"a": 1}, "thresholds": {"x": 1, "y": 2}, "description": text}},
        outputs={"l": {"level": "n", "labels": [text, f"{text}.", "z"]}},
        cases=[{"name": text, "given": {"a": "1/3"}, "expect": {"l": text}}],
    ))  # fmt: skip


def test_numbers_are_written_exactly() -> None:
    neuron = {"weights": {"a": Fraction(1, 3), "b": 0.5}, "threshold": 10**30}
    text = nnc.to_yaml(nnc.Network(inputs=["a", "b"], neurons={"n": neuron}, outputs=["n"]))
    assert "a: 1/3" in text
    assert "b: 0.5" in text
    assert f"threshold: {10**30}" in text
    assert check(text.encode(), "f").errors == []


def test_every_form() -> None:
    network = nnc.Network(
        fires="at_least",
        states=[-1, 1],
        inputs={
            "a": "bit(3)",
            "b": nnc.Input(type="bit", size=2000, default=2**1200, states=[0, 1]),
            "c": nnc.Input(type="choice", of=["x", "null"], default="null"),
            "d": nnc.Input(type="real", size=2, min=0, default=["0.1", "1/3"]),
            "e": nnc.Input(type="integer", size=2, default=3),
            "f": nnc.Input(type="bit", states=["1/3", 2]),
        },
        neurons={"n": nnc.Neuron(weights={"a(0:2)": [1, 2]}, threshold=0, states=[0, 1])},
        layers={
            "l": nnc.Layer(wiring=["a", "n"], weights=[[1, 2, 3, "1/3"]], thresholds=["0.1"]),
            "m": nnc.Layer(wiring="l", thresholds=1, size=2, fires="below", states=[0, 2]),
        },
        outputs={
            "n": "n", "bus": ["l", "a(1)"], "place": nnc.Output(largest=["l(0)", "m"]),
            "label": {"largest": "m", "labels": ["1", "a, b"]}, "sums": {"sum": "l"},
        },
        cases=[{"given": {"a": ["-1", "1", "1"], "f": "2", "d(0)": "0.5", "d(1)": "2"},
                "expect": {"label": "1", "bus(0)": "1"}}],
    )  # fmt: skip
    same(network)


def test_a_default_of_any_length() -> None:
    network = nnc.Network(inputs={"a": {"type": "bit(2000)", "default": 2**1999}}, outputs=["a"])
    assert comparable(nnc.loads(nnc.to_yaml(network))) == network


def test_files_are_named_as_they_are() -> None:
    file = nnc.TensorFile(file="in a folder/w.safetensors", tensor="1", sha256="0" * 64)
    sparse = nnc.Sparse(indptr=file, indices=file, values=file, description="a, b")
    network = nnc.Network(
        inputs=["a"],
        layers={"l": nnc.Layer(wiring="a", weights=sparse, thresholds={"file": "t.npy"})},
        parts={"p": nnc.Part(use="../é.nn.yaml", wiring={"x": "a", "y": ["a", "p.z"]}),
               "q": nnc.Part(use="q", repeat=2, wiring={"x": "q(i-1).x"}, first={"x": 0}, last={})},
        outputs=["a"],
    )  # fmt: skip
    reference = f'''
          file: "in a folder/w.safetensors"
          tensor: "1"
          sha256: "{"0" * 64}"'''
    assert (
        nnc.to_yaml(network)
        == f"""\
nnc: 1
inputs: [a]
layers:
  l:
    wiring: [a]
    weights:
      sparse:
        indptr:{reference}
        indices:{reference}
        values:{reference}
        description: "a, b"
    thresholds: {{file: t.npy}}
parts:
  p: {{use: "../é.nn.yaml", wiring: {{x: a, y: [a, p.z]}}}}
  q: {{use: q, repeat: 2, wiring: {{x: q(i-1).x}}, first: {{x: 0}}, last: {{}}}}
outputs: {{a: a}}
"""
    )


def layered(**more: Any) -> nnc.Network:
    layer = nnc.Layer(**{"wiring": "a", "thresholds": 0, **more})
    return nnc.Network(inputs={"a": "bit(2)"}, layers={"l": layer}, outputs=["l"])


@pytest.mark.parametrize(
    ("array", "written"),
    [
        (np.array([[1, -2], [127, -128]], np.int8), "[[1, -2], [127, -128]]"),
        (np.array([[2**64 - 1, 0]], np.uint64), "[[18446744073709551615, 0]]"),
        (np.array([[True, False]]), "[[1, 0]]"),
        (np.array([[0.5, -0.0]], np.float16), "[[0.5, 0]]"),
        (np.array([[0.1, 1e9]], ">f4"), "[[0.100000001490116119384765625, 1000000000]]"),
        (np.zeros((0, 2)), "[]"),
    ],
    ids=str,
)  # fmt: skip
def test_arrays_are_written_out(array: Any, written: str) -> None:
    text = nnc.to_yaml(layered(weights=array))
    assert f"weights: {written}" in text
    if written != "[]":
        assert nnc.compile(nnc.loads(text)).layers[0].weights.tolist()


def test_thresholds_of_an_array() -> None:
    weights = [[1, 2], [3, 4]]
    text = nnc.to_yaml(layered(weights=weights, thresholds=np.array([0.5, 2**-1])))
    assert "thresholds: [0.5, 0.5]" in text


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (layered(weights=np.zeros((5001, 2))), "layer `l` cannot be written: an array of 10,002"),
        (layered(weights=np.array([[5e-324, 0]])), "the number 5e-324 has too many digits"),
        (nnc.Network(inputs=["a"], outputs=["a"], parts={"p": nnc.Part(
            use=nnc.Network(inputs=[], outputs={"x": 1}), wiring={})}),
         "part `p` cannot be written: it uses a network that is not in a file"),
    ],
    ids=["large", "digits", "part"],
)  # fmt: skip
def test_what_one_text_cannot_hold(network: nnc.Network, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        nnc.to_yaml(network)


def test_values_of_cases() -> None:
    network = nnc.Network(
        fires="above",
        inputs={"a": "real", "b": nnc.Input(type="bit", states=[0, 2]), "c": "bit(2)"},
        neurons={"n": nnc.Neuron(wiring=["a", "b"], threshold=0)},
        outputs=["n"],
        cases=[nnc.Case(given={"a": 0.1, "b": True, "c": [False, 1]}, expect={"n": 1})],
    )
    line = "{a: 0.1000000000000000055511151231257827021181583404541015625, b: 2, c: [0, 1]}"
    text = nnc.to_yaml(network)
    assert line in text
    assert check(text.encode(), "f").errors == []

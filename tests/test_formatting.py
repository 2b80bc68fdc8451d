"""A network written as a file reads as the same network."""

from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings

import nnc
from nnc.pipeline import check
from strategies import Example, example, examples

CONFIGS = sorted((Path(__file__).parents[1] / "configs").rglob("*.nn.yaml"))


def comparable(network: nnc.Network) -> nnc.Network:
    return network.model_copy(update={"meta": None})


def same(network: nnc.Network) -> None:
    text = nnc.to_yaml(network)
    assert comparable(nnc.loads(text)) == comparable(network), text
    assert nnc.to_yaml(nnc.loads(text)) == text
    assert max(map(len, text.splitlines())) < 400 or "description" in text


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name.removesuffix(".nn.yaml"))
def test_the_networks_people_use(path: Path) -> None:
    same(nnc.load(path))


def test_seeded_networks(chunk: int) -> None:
    rng = Random(f"formatting {chunk}")
    for _ in range(60):
        same(nnc.loads(example(rng).text))


@settings(max_examples=60)
@given(examples())
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

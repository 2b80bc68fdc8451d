"""Faults that the first drawings had: each has a test that it is not there."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import nnc
from nnc.drawing import heatmaps, svg
from nnc.drawing.heatmaps import heatmap
from tests.drawing.test_declared import ROOT, drawn, element
from tests.drawing.test_svg import contrast
from tests.support.networks import checked

CONFIGS = ROOT / "configs"
ADDER = nnc.load(CONFIGS / "arithmetic/adder_64bit.nn.yaml")


def limited(limits: str) -> str:
    """Write a network of one neuron with some thresholds."""
    neuron = f"n: {{weights: {{a: 500}}, thresholds: {{{limits}}}}}"
    head = "nnc: 1\nfires: at_least\ninputs: [a]\n"
    return f"{head}neurons: {{{neuron}}}\noutputs: {{o: {{level: n}}}}\n"


def texts(picture: str) -> list[str]:
    root = ElementTree.fromstring(picture)
    return [each.text or "" for each in root.iter() if each.tag.endswith("}text")]


def test_the_colours_of_a_part_stay_in_its_header() -> None:
    """No style reaches into what a box holds, and cards in a part have headers of their own."""
    for line in svg._STYLES.splitlines():
        selectors = line.partition("{{")[0].split(",")
        assert not [each for each in selectors if re.search(r"[ >~+]", each.strip())]
    picture = nnc.draw(ADDER, unfold=["adder"]).svg
    headers = re.findall(r'<rect x="1" y="1"[^>]*class="([^"]*)"', picture)
    assert headers == ["part", "head", "head"]


def test_every_threshold_has_its_name_however_near(tmp_path: Path) -> None:
    limits = ", ".join(f"limit_{i}: {100 + i}" for i in range(40))
    picture = drawn(checked(tmp_path, limited(limits)))
    words = texts(svg.render(picture))
    assert all(f"limit_{i} {100 + i}" in words for i in range(40))


def test_a_bus_shows_its_whole_value() -> None:
    values = {"a": 2**64 - 2, "b": 1}
    words = texts(nnc.draw(ADDER, values).svg)
    assert str(2**64 - 2) in words
    assert str(2**64 - 1) in words


def test_a_part_shows_its_values_in_a_run() -> None:
    words = texts(nnc.draw(ADDER, {"a": 200, "b": 55}).svg)
    assert "sum 255" in words
    assert "cout 0" in words
    inner = texts(nnc.draw(ADDER, {"a": 1, "b": 1}, unfold=["adder(1)"]).svg)
    assert "adder(1) of 64" in inner
    assert "sum 1, on 1" in inner


@pytest.mark.parametrize(
    ("limits", "note"),
    [("low: 1", "Σ ≥ 1"), ("low: 1, high: above 2", "Σ ≥ 1, > 2"),
     ("low: 1, high: 2, top: 3", "3 thresholds")],
)  # fmt: skip
def test_a_rule_lists_up_to_two_thresholds(tmp_path: Path, limits: str, note: str) -> None:
    picture = drawn(checked(tmp_path, limited(limits)))
    assert element(picture, "n", "neuron").note == note


def test_heat_maps_suit_a_dark_page() -> None:
    assert heatmap(np.zeros((2, 2))) != heatmap(np.ones((2, 2)))
    for colour in (heatmaps._ABOVE, heatmaps._BELOW):
        text = "#" + bytes(colour).hex()
        for theme in (svg._LIGHT, svg._DARK):
            assert contrast(text, theme["card"]) >= 3

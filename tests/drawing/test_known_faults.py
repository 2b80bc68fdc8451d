"""Faults that the first drawings had: each has a test that it is not there."""

import re
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import nnc
from nnc.drawing.graphics import shapes, svg
from nnc.drawing.graphics.shapes import heatmap
from nnc.rows.inputs.row import row_from_values
from tests.drawing.elements.test_declared import ROOT, drawn, element
from tests.drawing.graphics.test_layout import check_geometry
from tests.drawing.graphics.test_svg import contrast
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
    for colour in (shapes._ABOVE, shapes._BELOW):
        text = "#" + bytes(colour).hex()
        for theme in (svg._LIGHT, svg._DARK):
            assert contrast(text, theme["card"]) >= 3


def test_the_legend_has_what_is_in_parts_and_in_maps() -> None:
    assert "below 0" not in texts(nnc.draw(ADDER).svg)
    assert {"weight above 0", "below 0"} <= set(texts(nnc.draw(ADDER, unfold=["adder"]).svg))
    digits = nnc.load(CONFIGS / "digits/digits.nn.yaml")
    assert {"weight above 0", "below 0"} <= set(texts(nnc.draw(digits).svg))


def test_long_numbers_stay_in_their_box(tmp_path: Path) -> None:
    """They are rounded, and the title has them exactly."""
    long = "123456789012345678901234567890.123456789"
    text = (
        "fires: at_least\ninputs: {a: integer, b: real, c: integer}\n"
        f"neurons: {{n: {{weights: {{a: -{long}, b: 1/3, c: {{0: {long}, 1{'0' * 40}: 2}}}}, "
        "threshold: 1e40}}\noutputs: [n]\n"
    )
    checked_ = checked(tmp_path, text)
    assert checked_.graph is not None
    row = row_from_values({"a": 10**30, "b": Fraction(1, 7), "c": 5}, checked_.graph.inputs)
    for picture in (drawn(checked_), drawn(checked_, row)):
        check_geometry(picture)
        assert {"≈-1.235e29", "≈1.000e40"} <= set(texts(svg.render(picture)))
        assert long in element(picture, "n").title


def test_steps_that_have_changed_show_their_old_points() -> None:
    """Both strips are drawn, below each other, with their cut-offs."""
    text = "fires: at_least\ninputs: {a: {type: integer, min: 0}}\noutputs: [n]\n"
    before, after = (
        nnc.loads(f"nnc: 1\n{text}neurons: {{n: {{weights: {{a: {steps}}}, threshold: 3}}}}\n")
        for steps in ("{0: 3, 9: 1}", "{0: 4, 8: 1}")
    )
    drawing = nnc.draw(after, against=before)
    assert re.findall(r'class="(points|old)">([^<]*)<', drawing.svg)[:4] == [
        ("points", "4"), ("points", "1"), ("old", "3"), ("old", "1"),
    ]  # fmt: skip
    assert {"8", "9"} <= set(texts(drawing.svg))
    assert drawing.picture is not None
    check_geometry(drawing.picture)

"""SVG: sound XML without anything from outside, in both themes, and hostile names."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nnc.drawing.graphics.svg import render
from nnc.opening.checking import check_file
from tests.drawing.elements.test_declared import CONFIGS, ROOT, batches, drawn
from tests.support.networks import checked


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_it_is_xml_and_needs_nothing_from_outside(path: Path) -> None:
    checked_ = check_file(str(path), root=ROOT)
    for batch in [None, *batches(checked_, 1)]:
        svg = render(drawn(checked_, batch, depth=1))
        ElementTree.fromstring(svg)
        assert len(svg) < 400_000
        addresses = re.findall(r"(?:href|src|url)\W+([a-z]+:)", svg)
        assert set(addresses) <= {"data:"}
        assert not re.search(r"<script|foreignObject|var\(|@import|@font", svg)


def test_themes(tmp_path: Path) -> None:
    picture = drawn(checked(tmp_path, "nnc: 1\ninputs: [a]\noutputs: [a]\n"))
    light, dark, auto = (render(picture, theme=theme) for theme in ("light", "dark", "auto"))  # type: ignore[arg-type]
    assert "#12161d" not in light
    assert "prefers-color-scheme" not in light + dark
    assert "#ffffff" not in dark
    assert "@media screen and (prefers-color-scheme:dark)" in auto  # print is light


def test_hostile_texts(tmp_path: Path) -> None:
    text = (
        'nnc: 1\nname: "</svg><script>alert(1)</script>\\e[31m"\ninputs:\n'
        '  a: {type: bit, description: "\\u202e <b>& \\\\"}\noutputs: [a]\n'
    )
    svg = render(drawn(checked(tmp_path, text)))
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert "&lt;b&gt;&amp;" in svg


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["_LIGHT", "_DARK"])
def test_contrast(name: str) -> None:
    """WCAG 2.2: 4.5 for texts, 3 for what has to be told apart (1.4.3 and 1.4.11)."""
    from nnc.drawing.graphics import svg

    colours = getattr(svg, name)
    for behind in ("page", "box", "card", "head", "part", "layer", "on"):
        assert contrast(colours["ink"], colours[behind]) >= 4.5
    for behind in ("page", "box", "card", "head", "part", "layer"):
        assert contrast(colours["soft"], colours[behind]) >= 4.5, behind
    assert contrast(colours["faint"], colours["card"]) >= 4.5
    for line in ("above", "below", "line"):
        assert contrast(colours[line], colours["page"]) >= 3, line
    for step in ("step1", "step2", "step3", "minus1", "minus2", "minus3"):
        assert contrast(colours["ink"], colours[step]) >= 4.5, step

"""Charts: what they say, that no two texts overlap, and what cannot be drawn."""

import json
import re
import sys
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import numpy as np
import pytest

import nnc
from nnc.drawing.charts import confusion_chart, round_numbers, staggered, sums_chart
from nnc.drawing.graphics.shapes import text_width
from nnc.opening.cases.confusion import Comparison
from nnc.rows.columns import Column
from nnc.run.histograms import Boundary, Histogram
from nnc.run.truth_tables import whole_table

ROOT = Path(__file__).parents[2]
SPAM = nnc.load(ROOT / "configs/mail/spam_score.nn.yaml")
SVG = "{http://www.w3.org/2000/svg}"


def all_rows(network: nnc.Network) -> dict[str, list[int]]:
    table = whole_table(nnc.compile(network), {})
    rows = [table.row(i) for i in range(table.rows)]
    return {name: [row[name] for row in rows] for name in network.inputs}


def rectangles(svg: str) -> list[tuple[float, float, float, float, str]]:
    """Left, top, right and bottom of every text."""
    places = []
    for each in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        size, text = int(each.get("font-size", "0")), each.text or ""
        width = text_width(text, size)
        x, y = int(each.get("x", "0")), int(each.get("y", "0"))
        x -= {"end": width, "middle": width // 2}.get(each.get("text-anchor", ""), 0)
        places.append((x, y - size * 0.75, x + width, y + size * 0.2, text))
    return places


def check_texts(svg: str) -> None:
    width, height = map(int, re.findall(r'(?:width|height)="(\d+)"', svg)[:2])
    texts = rectangles(svg)
    for i, (left, top, right, bottom, text) in enumerate(texts):
        assert left >= 0, text
        assert right <= width, text
        assert bottom <= height, text
        for other in texts[:i]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (text, other[4])


def titles(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}title")][1:]


def test_margins_of_a_score() -> None:
    chart = nnc.chart(SPAM, all_rows(SPAM))
    words = [text for *_, text in rectangles(chart.svg)]
    assert chart.title == "spam_score: sums of 512 rows"
    for text in ("score", "suspicious ≥ 3", "280 of 512 rows fire", "nearest 3, margin 0",
                 "spam ≥ 5", "140 of 512 rows fire"):  # fmt: skip
        assert text in words
    check_texts(chart.svg)
    counted = [int(re.findall(r": (\d+) rows?", title)[0]) for title in set(titles(chart.svg))]
    assert sum(counted) == 512


def test_near_thresholds_are_staggered() -> None:
    """Texts of thresholds that are near each other, at every distance, do not overlap."""
    rng = Random(1)
    for _ in range(30):
        numbers = sorted({rng.choice([rng.randint(0, 99), 50 + rng.randint(0, 4)])
                          for _ in range(rng.randint(1, 6))})  # fmt: skip
        limits = tuple(Boundary(f"limit_{n}" * rng.randint(1, 4), n, "at_least") for n in numbers)
        histogram = Histogram("n", limits)
        histogram.add(Column(np.array([rng.randint(0, 99) for _ in range(50)])))
        check_texts(sums_chart("n", [histogram], 50).svg)
    spans = [(0, 50), (10, 60), (20, 30), (55, 70)]
    tiers = staggered(spans)
    for i, j in [(0, 1), (0, 2), (1, 2), (1, 3)]:
        assert tiers[i] > tiers[j]


def test_round_numbers() -> None:
    assert round_numbers(Fraction(-13, 5), Fraction(46, 5), 8) == [-2, 0, 2, 4, 6, 8]
    rng = Random(2)
    for _ in range(200):
        low = Fraction(rng.randint(-(10**6), 10**6), 10 ** rng.randint(0, 7))
        high = low + Fraction(rng.randint(1, 10**6), 10 ** rng.randint(0, 7))
        numbers = round_numbers(low, high, 8)
        assert 1 <= len(numbers) <= 8
        assert all(low <= number <= high for number in numbers)
        assert len({b - a for a, b in pairwise(numbers)}) <= 1


def test_confusion() -> None:
    rows = [json.loads(line) for line in (
        '{"a": 0, "b": 0, "is": 0}', '{"a": 0, "b": 1, "is": 1}', '{"a": 1, "b": 1, "is": 1}',
        '{"a": 1, "b": 0, "is": null}')]  # fmt: skip
    xor = nnc.load(ROOT / "configs/gates/xor.nn.yaml")
    given = {name: [row[name] for row in rows] for name in ("a", "b")}
    chart = nnc.chart(xor, given, "confusion", expected={"out": [row["is"] for row in rows]})
    words = [text for *_, text in rectangles(chart.svg)]
    assert "2 of 3 rows right (66.7 %)" in words
    assert "expected 1, got 0: 1 row" in titles(chart.svg)
    check_texts(chart.svg)


def test_large_counts_and_long_labels_fit() -> None:
    pairs = Counter({(a, b): 12_345_678 for a in ("low", "a label of " * 9) for b in ("low", "ok")})
    comparison = Comparison("is", "verdict", rows=49_382_712, right=12_345_678, pairs=pairs)
    check_texts(confusion_chart("n", comparison).svg)


def test_what_cannot_be_drawn() -> None:
    rows = all_rows(SPAM)
    with pytest.raises(ValueError, match="'margin' is no chart; write 'margins', 'sums'"):
        nnc.chart(SPAM, rows, "margin")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='goes with kind="confusion"'):
        nnc.chart(SPAM, rows, "confusion")
    with pytest.raises(ValueError, match="`verdct` is no output with one value; did you mean"):
        nnc.chart(SPAM, rows, "confusion", expected={"verdct": []})
    with pytest.raises(ValueError, match="`expected` has 1 values, and there are 512 rows"):
        nnc.chart(SPAM, rows, "confusion", expected={"verdict": ["ham"]})
    with pytest.raises(ValueError, match="no row says what `verdict` is expected to be"):
        nnc.chart(SPAM, rows, "confusion", expected={"verdict": [None] * 512})
    with pytest.raises(ValueError, match="more than 20 different values"):
        nnc.chart(SPAM, rows, "confusion", expected={"points": [0] * 512})
    with pytest.raises(ValueError, match="neither a number nor a text"):
        nnc.chart(SPAM, rows, "confusion", expected={"points": [[]] * 512})
    with pytest.raises(ValueError, match="no output of the network has margins"):
        nnc.chart(nnc.loads("{nnc: 1, inputs: [a], outputs: [a]}"), {"a": [1]})


def test_a_file_and_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = nnc.chart(SPAM, all_rows(SPAM), "sums")
    assert "score" not in [text for *_, text in rectangles(chart.svg)]
    chart.save(tmp_path / "points.svg")
    assert (tmp_path / "points.svg").read_text() == chart.svg
    chart.save(tmp_path / "points.png")
    assert (tmp_path / "points.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"`\.pdf` is no format of a chart; use \.svg or \.png"):
        chart.save(tmp_path / "points.pdf")
    assert {*chart._repr_mimebundle_()} == {"text/plain", "image/svg+xml", "image/png"}
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert "image/png" not in chart._repr_mimebundle_()

"""Places: nothing overlaps, no wire crosses a box, and the same picture everywhere."""

import itertools
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given

from nnc.drawing.graphics.layout import MAX_READERS, Extent, Link, place
from nnc.drawing.graphics.model import Picture
from nnc.opening.checking import check_file
from tests.drawing.elements.test_declared import CONFIGS, ROOT, batches, drawn
from tests.support.placed import placed
from tests.support.strategies import Example, examples

Box = dict[str, Any]


def overlap(a: Box, b: Box) -> bool:
    return bool(
        a["x"] < b["x"] + b["width"] and b["x"] < a["x"] + a["width"]
        and a["y"] < b["y"] + b["height"] and b["y"] < a["y"] + a["height"]
    )  # fmt: skip


def on_the_way(points: list[list[int]]) -> list[tuple[float, float]]:
    """Points of a wire, close to each other: straight pieces and curves in turn."""
    found: list[tuple[float, float]] = []
    for i, ((x1, y1), (x2, y2)) in enumerate(itertools.pairwise(points)):
        for step in range(33):
            t = step / 32
            bent = 3 * (1 - t) * t**2 + t**3 if i % 2 else t
            along = x1 + (x2 - x1) * t
            if i % 2:
                middle = (x1 + x2) // 2
                along = (1 - t) ** 3 * x1 + 3 * (1 - t) * t * middle + t**3 * x2
            found.append((along, y1 + (y2 - y1) * bent))
    return found


def check_geometry(drawn_picture: Picture) -> None:
    picture = placed(drawn_picture)
    boxes = picture["boxes"]
    for box in boxes:
        holder = boxes[box["inside"]] if "inside" in box else picture | {"x": 0, "y": 0}
        assert holder["x"] <= box["x"]
        assert box["x"] + box["width"] <= holder["x"] + holder["width"]
        assert holder["y"] <= box["y"]
        assert box["y"] + box["height"] <= holder["y"] + holder["height"]
        for word in box["texts"]:
            assert box["x"] <= word["x"], word
            assert word["x"] + word["width"] <= box["x"] + box["width"], word
            assert box["y"] <= word["y"], word
            assert word["y"] + word["height"] <= box["y"] + box["height"], word
    for i, box in enumerate(boxes):
        beside = [other for other in boxes[:i] if other.get("inside") == box.get("inside")]
        assert not [other["name"] for other in beside if overlap(box, other)], box["name"]
    for wire in picture["wires"]:
        inside = boxes[wire["source"]].get("inside")
        others = [box for box in boxes if box.get("inside") == inside
                  and box["id"] not in (wire["source"], wire["target"])]  # fmt: skip
        for x, y in on_the_way(wire["points"]):
            crossed = [box["name"] for box in others
                       if box["x"] < x < box["x"] + box["width"]
                       and box["y"] < y < box["y"] + box["height"]]  # fmt: skip
            assert not crossed, (wire, crossed)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_geometry_of_configs(path: Path) -> None:
    checked = check_file(str(path), root=ROOT)
    for depth in (0, 2):
        check_geometry(drawn(checked, depth=depth))
    for batch in batches(checked, 1):
        check_geometry(drawn(checked, batch, depth=1))


@given(example=examples())
def test_geometry_of_drawn_networks(
    tmp_path_factory: pytest.TempPathFactory, example: Example
) -> None:
    folder = tmp_path_factory.mktemp("drawn")
    checked = check_file(str(example.put(folder)), root=folder)
    check_geometry(drawn(checked, depth=1))


def test_random_links(chunk: int) -> None:
    """Any links, circles too, end; boxes of a column stand below each other in some order."""
    rng = Random(chunk)
    for _ in range(40):
        count = rng.randrange(1, 15)
        boxes = [Extent(rng.randrange(10, 99), rng.randrange(20, 90), (5, 15), (5, 12))
                 for _ in range(count)]  # fmt: skip
        links = [Link(rng.randrange(count), rng.randrange(2), rng.randrange(count),
                      rng.randrange(2)) for _ in range(rng.randrange(30))]  # fmt: skip
        layout = place(boxes, links)
        rectangles = [
            {"x": x, "y": y, "width": box.width, "height": box.height}
            for (x, y), box in zip(layout.places, boxes, strict=True)
        ]
        for i, box in enumerate(rectangles):
            assert not any(overlap(box, other) for other in rectangles[:i])
            assert 0 <= box["x"] <= layout.width - box["width"]
            assert 0 <= box["y"] <= layout.height - box["height"]
        for link, route, ends in zip(links, layout.routes, layout.ends, strict=True):
            if link.source == link.target:
                assert route is None
            if route is not None:
                assert (route.points[0], route.points[-1]) == ends
                xs = [x for x, _ in route.points]
                assert xs == sorted(xs)


def test_an_outlet_with_many_readers_has_no_wires() -> None:
    for readers in (MAX_READERS, MAX_READERS + 1):
        boxes = [Extent(50, 30, (5,), (5,))] * (readers + 1)
        layout = place(boxes, [Link(0, 0, i + 1, 0) for i in range(readers)])
        assert (layout.routes[0] is None) == (readers > MAX_READERS)


def test_inputs_come_late_and_outputs_last() -> None:
    boxes = [
        Extent(50, 30, (), (5,), "first"),
        Extent(50, 30, (), (5,), "first"),
        Extent(80, 60, (5, 15), (5,)),
        Extent(80, 60, (5, 15), (5,)),
        Extent(50, 30, (5,), (), "last"),
        Extent(50, 30, (5,), (), "last"),
    ]
    links = [Link(0, 0, 2, 0), Link(2, 0, 3, 0), Link(1, 0, 3, 1), Link(3, 0, 4, 0),
             Link(2, 0, 5, 0)]  # fmt: skip
    places = place(boxes, links).places
    assert places[0][0] < places[2][0] < places[3][0] < places[4][0] == places[5][0]
    assert places[2][0] <= places[1][0] < places[3][0]  # beside its reader, not at the far left


def test_no_boxes() -> None:
    assert place([], []).places == []


SCRIPT = """
import sys
import nnc
load = lambda name: nnc.load(f"configs/{name}.nn.yaml")
news2, spam, shop = map(load, ("medicine/news2", "mail/spam_score", "mail/spam_score_shop"))
print(nnc.draw(news2).svg, nnc.draw(shop, against=spam).svg)
print(nnc.draw(load("digits/digits")).svg, nnc.draw(load("grids/outline"), unfold=[1]).svg)
"""


def test_the_same_bytes_under_another_hash_seed() -> None:
    pictures = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=ROOT, env={"PYTHONHASHSEED": seed}, check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(pictures) == 1

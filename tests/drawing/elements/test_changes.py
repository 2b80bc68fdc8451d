"""A picture of a change: what is new, gone, changed, and what decides otherwise."""

import re
from pathlib import Path

import pytest
from hypothesis import given

from nnc.compiler.linking import Linked
from nnc.drawing.elements.changes import RENAMED, SAME, changed_picture
from nnc.drawing.graphics.model import Picture
from nnc.drawing.graphics.svg import render
from nnc.opening.checking import Checked, check_file
from nnc.rows.inputs.row import row_from_values
from tests.drawing.elements.test_declared import drawn, element
from tests.drawing.graphics.test_layout import check_geometry
from tests.support.networks import checked
from tests.support.strategies import Example, examples

BEFORE = """\
nnc: 1
fires: at_least
inputs: [a, b, c]
neurons:
  score: {weights: {a: 1, b: 2, c: 3}, thresholds: {low: 2, high: 4}}
  old: {weights: {a: 1}, threshold: 1}
outputs: {low: score.low, points: {sum: score}, old: old}
"""
AFTER = """\
nnc: 1
fires: at_least
inputs: [a, b, d]
neurons:
  score: {weights: {a: 1, b: 5, d: 3}, thresholds: {low: 2, high: 6}}
  new: {weights: {b: 1}, threshold: 1}
outputs: {low: score.low, points: {sum: score}, new: new}
"""


def linked(checked_: Checked) -> Linked:
    assert checked_.linked is not None
    return checked_.linked


def change(folder: Path, values: dict[str, int] | None = None) -> Picture:
    sides, networks = [], []
    for name, text in (("before", BEFORE), ("after", AFTER)):
        (folder / name).mkdir()
        one = checked(folder / name, text)
        assert one.graph is not None
        batch = None
        if values is not None:
            inputs = one.graph.inputs
            known = {name: value for name, value in values.items() if name in inputs}
            batch = row_from_values(known, inputs)
        sides.append(drawn(one, batch))
        networks.append(linked(one))
    return changed_picture(sides[0], sides[1], (networks[0], networks[1]))


def test_what_is_new_gone_and_changed(tmp_path: Path) -> None:
    picture = change(tmp_path)
    assert {(each.kind, each.name): each.change for each in picture.elements} == {
        ("input", "a"): "",
        ("input", "b"): "",
        ("input", "c"): "removed",
        ("input", "d"): "added",
        ("neuron", "score"): "changed",
        ("neuron", "old"): "removed",
        ("neuron", "new"): "added",
        ("output", "low"): "",
        ("output", "points"): "",
        ("output", "old"): "removed",
        ("output", "new"): "added",
    }
    score = element(picture, "score")
    assert [(row.source, row.change, row.old) for row in score.rows] == [
        ("a", "", ""), ("b", "changed", "+2"), ("d", "added", ""), ("c", "removed", ""),
    ]  # fmt: skip
    assert score.scale is not None
    assert [(limit.name, limit.number) for limit in score.scale.gone] == [("high", 4)]
    assert "before: neuron score" in score.title
    removed = [wire for wire in picture.wires if wire.change]
    names = {(picture.elements[wire.source].name, picture.elements[wire.target].name)
             for wire in removed}  # fmt: skip
    assert names == {("c", "score"), ("a", "old"), ("old", "old")}
    check_geometry(picture)


def test_what_decides_otherwise(tmp_path: Path) -> None:
    picture = change(tmp_path, {"a": 0, "b": 1, "c": 0, "d": 0})
    points = element(picture, "points")
    assert (points.change, points.old_value, points.value) == ("otherwise", "2", "5")
    low = element(picture, "low")
    assert (low.change, low.old_value, low.value) == ("", None, "1")
    score = element(picture, "score")
    assert score.scale is not None
    assert (score.scale.old_sum, score.scale.sum) == (2, 5)


@given(before=examples(), after=examples())
def test_any_two_networks(
    tmp_path_factory: pytest.TempPathFactory, before: Example, after: Example
) -> None:
    sides, networks = [], []
    for example in (before, after):
        folder = tmp_path_factory.mktemp("drawn")
        one = check_file(str(example.put(folder)), root=folder)
        sides.append(drawn(one, depth=1))
        networks.append(linked(one))
    picture = changed_picture(sides[0], sides[1], (networks[0], networks[1]))
    check_geometry(picture)
    same = changed_picture(sides[0], sides[0], (networks[0], networks[0]))
    assert same.remark == SAME
    assert not any(each.change for each in same.elements)
    assert not any(wire.change for wire in same.wires)
    assert same.changed == frozenset()


ADDER = """\
nnc: 1
fires: at_least
inputs: [a, b, cin]
neurons:
  cout: {weights: {a: 1, b: 1, cin: 1}, threshold: 2}
  sum: {weights: {a: 1, b: 1, cin: 1, cout: -2}, threshold: LIMIT}
outputs: {sum: sum, cout: cout}
"""
ADDERS = """\
nnc: 1
inputs: {a: bit(4), b: bit(4)}
parts:
  adder:
    use: adder.nn.yaml
    repeat: 4
    wiring: {a: a(i), b: b(i), cin: adder(i-1).cout}
    first: {cin: 0}
outputs: {sum: adder.sum, carry: adder(3).cout}
"""


def adders(folder: Path, limits: tuple[int, int], depth: int = 0) -> Picture:
    sides, networks = [], []
    for i, limit in enumerate(limits):
        home = folder / str(i)
        home.mkdir()
        files = {"adder": ADDER.replace("LIMIT", str(limit))}
        one = checked(home, ADDERS, files)
        sides.append(drawn(one, depth=depth))
        networks.append(linked(one))
    return changed_picture(sides[0], sides[1], (networks[0], networks[1]))


def test_a_part_that_has_changed_inside(tmp_path: Path) -> None:
    adder = element(adders(tmp_path, (1, 2)), "adder ×4")
    assert adder.change == "changed"
    assert adder.note == "changed · adder: sum"
    assert "changed inside: sum" in adder.title


def test_an_unfolded_part_shows_what_has_changed_in_it(tmp_path: Path) -> None:
    picture = adders(tmp_path, (1, 2), depth=1)
    inner = element(picture, "adder ×4").inner
    assert inner is not None
    changes = {(each.kind, each.name): each.change for each in inner.elements if each.change}
    assert changes == {("neuron", "sum"): "changed"}
    scale = element(inner, "sum", "neuron").scale
    assert scale is not None
    assert [limit.number for limit in scale.gone] == [1]
    check_geometry(picture)


def test_equal_networks_get_a_sentence(tmp_path: Path) -> None:
    picture = adders(tmp_path, (1, 1))
    assert picture.remark == SAME
    assert SAME in render(picture)
    assert picture.remark.startswith("Nothing has changed")


def test_another_name_is_no_change(tmp_path: Path) -> None:
    sides, networks = [], []
    for name in ("score", "points"):
        (tmp_path / name).mkdir()
        text = BEFORE.replace("score", name).replace("points: {sum", "all: {sum")
        one = checked(tmp_path / name, text)
        sides.append(drawn(one))
        networks.append(linked(one))
    picture = changed_picture(sides[0], sides[1], (networks[0], networks[1]))
    assert picture.remark == RENAMED
    points = element(picture, "points", "neuron")
    assert (points.change, points.note) == ("", "Σ ≥ 2, ≥ 4 (was score)")
    check_geometry(picture)


def test_a_change_is_told_without_colour(tmp_path: Path) -> None:
    """A frame has a word beside it, or dashes; what is new is not struck through."""
    picture = change(tmp_path, {"a": 0, "b": 1, "c": 0, "d": 0})
    for each in picture.elements:
        word = {"added": "new", "removed": "gone", "changed": "changed"}.get(each.change)
        assert word is None or each.note.startswith(word), each
    svg = render(picture)
    struck = re.findall(r'<text[^>]*class="(?:old|[^"]*removed)[^"]*"[^>]*>([^<]*)<', svg)
    assert "+2" in struck
    assert not any("new" in text or "+5" in text for text in struck)
    assert re.search(r'<text[^>]*class="note"[^>]*>new<', svg)
    assert re.search(r"\.otherwise[^{]*{stroke-dasharray", svg)
    assert ".old,text.removed{text-decoration:line-through" in svg


def test_a_gate_and_a_type_say_what_they_were(tmp_path: Path) -> None:
    text = "nnc: 1\ninputs: {a: bit, b: TYPE}\n"
    text += "neurons: {g: {wiring: [a, b], fires: RULE}}\noutputs: [g]\n"
    sides, networks = [], []
    for i, (kind, rule) in enumerate([("bit", "any"), ("{type: bit, default: 0}", "all")]):
        (tmp_path / str(i)).mkdir()
        one = checked(tmp_path / str(i), text.replace("TYPE", kind).replace("RULE", rule))
        sides.append(drawn(one))
        networks.append(linked(one))
    picture = changed_picture(sides[0], sides[1], (networks[0], networks[1]))
    assert element(picture, "g", "neuron").note == "changed · all of 2 (was any of 2)"
    assert element(picture, "b").note == "changed · bit = 0 (was bit)"
    check_geometry(picture)

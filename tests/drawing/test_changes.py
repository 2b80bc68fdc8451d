"""A picture of a change: what is new, gone, changed, and what decides otherwise."""

from pathlib import Path

import pytest
from hypothesis import given

from nnc.checking import check_file
from nnc.drawing.changes import changed_picture
from nnc.drawing.forms import as_json
from nnc.drawing.model import Picture
from nnc.rows.inputs.arrays import row_from_values
from tests.drawing.test_declared import drawn, element
from tests.drawing.test_layout import check_geometry
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
  new: {weights: {a: 1}, threshold: 1}
outputs: {low: score.low, points: {sum: score}, new: new}
"""


def change(folder: Path, values: dict[str, int] | None = None) -> Picture:
    sides = []
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
    return changed_picture(*sides)


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
    check_geometry(as_json(picture))


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
    sides = []
    for example in (before, after):
        folder = tmp_path_factory.mktemp("drawn")
        sides.append(drawn(check_file(str(example.put(folder)), root=folder)))
    picture = changed_picture(*sides)
    check_geometry(as_json(picture))
    same = changed_picture(sides[0], sides[0])
    assert not any(each.change for each in same.elements)
    assert not any(wire.change for wire in same.wires)
    assert same.changed == frozenset()

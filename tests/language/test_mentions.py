"""Every name in the networks of configs/ is found, and is what it is declared to be."""

from pathlib import Path

import pytest

from nnc.language.document.reader import read_document
from nnc.language.keys import DECLARED
from nnc.language.mentions import mentions

CONFIGS = sorted((Path(__file__).parents[2] / "configs").rglob("*.nn.yaml"))


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_names_are_declared_where_the_network_says(file: Path) -> None:
    value = read_document(file.read_bytes(), str(file)).value
    assert isinstance(value, dict)
    if "extends" in value:
        return
    text = file.read_text("utf-8")
    if len(text) > 300_000:
        return
    found = list(mentions(text))
    assert all(text[each.start : each.end] == each.name for each in found)
    names = {name for key in DECLARED for name in value.get(key, ())}
    assert {each.name for each in found if each.space == "name" and each.declares} == names
    assert {each.name for each in found if each.space == "name"} == names
    aliases = set(value["outputs"])
    assert {each.name for each in found if each.space == "output"} == aliases
    assert {each.name for each in found if each.space == "signal"} <= names | aliases


def test_defaults_counts_and_near_rows_name_what_is_declared() -> None:
    text = """\
inputs: {ward: {type: choice, of: [icu, home], default: icu}, age: {type: real, default: 3}}
assume: [{never: {at_most: {1: [a, b]}}}]
properties: [{unchanged: out, given: {age: 1}, within: {changes: 1, of: [c]}}]
"""
    used = [each for each in mentions(text) if not each.declares]
    assert [(each.space, each.name, each.owner) for each in used] == [
        ("port", "icu", "ward"),
        ("name", "at_most", ""),
        ("name", "a", ""),
        ("name", "b", ""),
        ("signal", "out", ""),
        ("name", "age", ""),
        ("name", "c", ""),
    ]

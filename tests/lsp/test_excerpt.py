"""What is found in a neuron at once is what the whole check finds there."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from nnc.lsp.excerpt import changed_entries, quick_check, shifted
from nnc.lsp.texts import Text
from nnc.opening.checking import check

ROOT = Path(__file__).parents[2] / "configs"
FILES = [
    ROOT / name
    for name in (
        "medicine/news2.nn.yaml", "arithmetic/adder_4.nn.yaml", "circuits/c17.nn.yaml",
        "medicine/curb65.nn.yaml", "mail/spam_score.nn.yaml", "gates/xor.nn.yaml",
    )
]  # fmt: skip


def change(text: Text, line: int, start: int, end: int, new: str) -> list[tuple[str, int, int]]:
    """Change a line, and return what is found at once."""
    where = types.Range(types.Position(line, start), types.Position(line, end))
    done = text.apply(types.TextDocumentContentChangePartial(where, new))
    entries = changed_entries(text, done)
    found = quick_check(text, entries, {}) if entries else None
    return [(each.rule, *(each.span or (0, 0))[:2]) for each in found or ()]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_it_finds_nothing_that_is_not_there(file: Path, data: st.DataObject) -> None:
    text = Text(file.as_uri(), file.read_text("utf-8"), 1)
    section = text.outline.section("neurons")
    assert section is not None
    line = data.draw(st.integers(section.first + 1, section.stop - 1))
    size = len(text.lines[line]) - 1
    start = data.draw(st.integers(0, size))
    end = min(start + data.draw(st.integers(0, 2)), size)
    found = change(
        text, line, start, end, data.draw(st.sampled_from(["", "x", "1", ": ", "{", "_"]))
    )
    whole = check(text.data, text.name, path=text.path).diagnostics
    wanted = [(each.rule, *(each.span or (0, 0))[:2]) for each in whole]
    if not any(each.about.code.startswith("NNC0") for each in whole):
        assert set(found) <= set(wanted)


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("risk.high: 1", "rusk.high: 1", "unknown-source"),
        ("risk.high: 1", "risk.hihg: 1", "unknown-port"),
        ("risk.high: 1", "risk.high: one", "not-a-number"),
        ("threshold: 1}", "treshold: 1}", "unknown-key"),
        ("threshold: 1}", "threshold: 1", "syntax-error"),
    ],
)
def test_mistakes_in_a_neuron(before: str, after: str, rule: str) -> None:
    content = (
        "nnc: 1\nfires: at_least\ninputs: [a, b]\nneurons:\n"
        "  risk: {weights: {a: 1}, thresholds: {mid: 0, high: 1}}\n"
        "  alarm: {weights: {risk.high: 1, b: 2}, threshold: 1}\n"
        "  next: {wiring: [alarm], threshold: 1}\noutputs: [next]\n"
    )
    text = Text("untitled:1", content, 1)
    start = text.lines[5].index(before)
    found = change(text, 5, start, start + len(before), after)
    whole = check(text.data, text.name).diagnostics
    assert found == [(each.rule, *(each.span or (0, 0))[:2]) for each in whole]
    assert [name for name, *_ in found] == [rule]


def test_what_is_known_moves_with_its_lines() -> None:
    content = "nnc: 1\ninputs: [a]\nneurons:\n  n: {weights: {b: 1}, threshold: 0}\noutputs: [n]\n"
    text = Text("untitled:1", content, 1)
    known = check(text.data, text.name).diagnostics
    where = types.Range(types.Position(0, 0), types.Position(0, 0))
    done = text.apply(types.TextDocumentContentChangePartial(where, "# one\n# two\n"))
    assert changed_entries(text, done) is None
    [moved] = shifted(known, done, ())
    assert moved.span is not None
    assert moved.span.line == 6

"""Names with combining characters are composed, and nothing else is."""

import unicodedata
from pathlib import Path

import pytest

from nnc.language.document.reader import read_document
from nnc.language.formatting.formatted import format_file
from nnc.language.mentions import composed, compositions
from nnc.opening.checking import check
from nnc.terminal.commands.validate import fixed

NET = """\
nnc: 1
fires: at_least
description: größe
inputs:
  größe: {type: bit, description: größe}
  tag: {type: choice, of: [früh, spät], default: früh}
neurons:
  süß: {weights: {größe: 1, tag.spät: 1}, thresholds: {nötig: 1, möglich: 2}}
  out: {wiring: [süß.nötig, größe], threshold: 1}
parts:
  p: {use: größe.nn.yaml, wiring: {größe: größe}}
outputs:
  größe: größe
  stufe: {level: süß, labels: [klein, größe, groß]}
  name: süß.möglich
assume: [{never: {größe: 1, tag: spät}}]
properties: [{equal: größe.nn.yaml}, {increasing: stufe, in: größe}]
cases:
  - {name: größe, given: {größe: 1, tag: spät}, expect: {größe: 1, stufe: größe}}
meta: {größe: größe}
"""
KEPT = {3: 1, 5: 1, 11: 1, 14: 1, 16: 1, 17: 1, 19: 3, 20: 2}
"""How many texts of each line are left as they are; the other lines have none."""


def spread(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def test_only_names_are_composed() -> None:
    document = composed(read_document(spread(NET).encode(), "f"))
    assert unicodedata.normalize("NFC", document.text) == NET
    for number, line in enumerate(document.text.splitlines(), 1):
        decomposed = sum(not unicodedata.is_normalized("NFC", word) for word in line.split())
        assert decomposed == KEPT.get(number, 0), line


def test_one_message_a_name() -> None:
    text = "".join(spread(NET).partition("assume:")[0].splitlines(keepends=True))
    found = check(text.encode(), "f").diagnostics
    messages = [unicodedata.normalize("NFC", each.message) for each in found
                if each.rule == "name-not-nfc"]  # fmt: skip
    assert messages == [
        f"the name `{name}` is not in Unicode normal form C"
        for name in ("größe", "früh", "spät", "süß", "nötig", "möglich")
    ]
    assert "write `größe` with composed letters (NFC); `nnc fmt` does so" in str(found[0].help)


def test_a_fix_and_fmt_compose_alike(tmp_path: Path) -> None:
    text = "nnc: 1\ninputs: [größe]\nneurons:\n  süß: {wiring: größe, threshold: 0}\n"
    text += "outputs: [süß]\ncases:\n  - {given: {größe: 1}, expect: {süß: 1}}\n"
    data = spread(text).encode()
    again = lambda data: check(data, "f")  # noqa: E731
    after = fixed(data, again(data), again, unsafe=False)
    assert after.data.decode() == text
    assert after.checked.errors == after.checked.case_errors == []
    file = tmp_path / "f.nn.yaml"
    file.write_bytes(data)
    formatted = format_file(str(file), None, root=None, max_bytes=1 << 20, with_digests=False)
    assert formatted.after == text.encode()


@pytest.mark.parametrize("text", ["a: 1\nb: [x, y]\n", "größe: [ä]\n"])
def test_composed_names_need_nothing(text: str) -> None:
    document = read_document(text.encode(), "f")
    assert compositions(document) == []
    assert composed(document) is document


def test_names_that_would_become_equal_stay() -> None:
    text = f"inputs: {{{spread('ä')}: bit, ä: bit}}\n"
    document = read_document(text.encode(), "f")
    assert not document.diagnostics
    assert composed(document) is document
    double, *_ = check(f"nnc: 1\n{text}outputs: [ä]\n".encode(), "f").diagnostics
    message = "two names here are the same when they are composed (NFC): `ä`"
    assert (double.rule, double.message, double.fix) == ("duplicate-name", message, ())
    assert double.help == "give one of them another name, wherever it is used"

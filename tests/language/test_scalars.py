"""The scalars of a text, up to where it cannot be read."""

import pytest

from nnc.language.document.parser import scalars
from nnc.language.document.reader import read_document


def test_paths_of_keys_and_values() -> None:
    text = "a: {b: [1, 'c'], ? [x] : 2}\nd: |\n  e\n"
    assert [(each.path, each.is_key, each.text, each.is_quoted) for each in scalars(text)] == [
        (("a",), True, "a", False),
        (("a", "b"), True, "b", False),
        (("a", "b", 0), False, "1", False),
        (("a", "b", 1), False, "c", True),
        (("a", 0), False, "x", False),
        (("a", ""), False, "2", False),
        (("d",), True, "d", False),
        (("d",), False, "e\n", True),
    ]


@pytest.mark.parametrize("text", ["n: {weights: {a: 1, b", "n: {weights: {a: 1, b\nm: 1\n"])
def test_what_stands_before_the_break_is_known(text: str) -> None:
    *_, last, _ = scalars(text)
    assert last.path == ("n", "weights", last.text)


@pytest.mark.parametrize("tail", ["", "\n  m: {wiring: n, threshold: 1}"])
def test_half_a_key_is_one_mistake(tail: str) -> None:
    text = f"nnc: 1\nneurons:\n  alarm: {{wir{tail}\noutputs: [n]\n"
    [mistake] = read_document(text.encode(), "half").diagnostics
    assert mistake.rule == "syntax-error"

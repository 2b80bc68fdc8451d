"""How wide texts are on a terminal."""

from nnc.diagnostics.width import display_width


def test_wide_and_combining_characters() -> None:
    assert [display_width(text) for text in ("", "abc", "비", "e\u0301", "ｆ")] == [0, 3, 2, 1, 2]

"""Names chosen by a word of the command line."""

import pytest

from nnc.terminal.selecting import chosen, matches

NAMES = ["points", "tier", "tier*", "risk"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["risk", "points"], ("risk", "points")),
        (["*i*"], ("points", "tier", "tier*", "risk")),
        (["tier*"], ("tier*",)),  # a name before a pattern
        (["r?sk", "risk"], ("risk",)),
        (["tie", "x*"], ("tie", "x*")),  # which no output has
        ([], ()),
    ],
)
def test_names_that_words_choose(words: list[str], expected: tuple[str, ...]) -> None:
    assert chosen(words, NAMES) == expected


def test_what_matches() -> None:
    assert matches("a[1]", "a[1]")
    assert matches("a[1]", "a*")
    assert not matches("Risk", "risk")

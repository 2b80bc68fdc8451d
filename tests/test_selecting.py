"""Words of the command line that select by name."""

import pytest

from nnc.selecting import Reach, selected, selecting_help, unmatched

NAMES = ["points", "tier", "tier*", "risk", "a.b", "a(1).b", "ab"]
ROWS = ["row [a] 1", "row a 1"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["risk", "points"], ["risk", "points"]),
        (["*i*"], ["points", "tier", "tier*", "risk"]),
        (["tier*"], ["tier*"]),  # a name before a pattern
        (["r?sk", "risk"], ["risk"]),
        (["a"], ["a.b", "a(1).b"]),  # what is in it
        (["Risk", "oint", ""], []),
        ([], []),
    ],
)
def test_names_that_words_select(words: list[str], expected: list[str]) -> None:
    assert selected(words, NAMES) == expected


def test_brackets_are_no_signs_of_a_pattern() -> None:
    assert selected(["row [a]*"], ROWS) == ["row [a] 1"]


def test_words_that_select_nothing() -> None:
    assert unmatched(["risk", "tie", "x*", "t*"], NAMES) == ["tie", "x*"]


@pytest.mark.parametrize(
    ("word", "help_"),
    [
        ("rsik", "did you mean `risk`?"),
        ("RISK", "did you mean `risk`?"),
        ("oint", "did you mean `points`?"),
        ("TIE", "write `*tie*` for all whose names contain it"),  # as two names do
        ("s", "write `*s*` for all whose names contain it"),
        ("zzzz", "the outputs are points, tier, tier*, risk, a.b, a(1).b, ab"),
        ("+risk", "did you mean `risk`?"),
    ],
)
def test_help_for_a_word_that_selects_nothing(word: str, help_: str) -> None:
    assert selecting_help(word, NAMES, "outputs") == help_


def test_help_where_there_are_no_names() -> None:
    assert selecting_help("a", [], "outputs") == "there are no outputs"


@pytest.mark.parametrize(
    ("word", "reach"),
    [
        ("a", Reach("a")),
        ("+a", Reach("a", sources=True)),
        ("a+", Reach("a", readers=True)),
        ("+a+", Reach("a", sources=True, readers=True)),
        ("+b", Reach("+b")),  # which is a name
        ("+", Reach("+")),
        ("++", Reach("++")),
    ],
)
def test_what_is_read_and_what_reads(word: str, reach: Reach) -> None:
    assert Reach.of(word, {"+b"}.__contains__) == reach

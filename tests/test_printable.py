"""Texts of others, shown: nothing of them steers a terminal or CI."""

import pytest

from nnc.printable import display_width, line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("größe 비비 é", "größe 비비 é"),
        ("a\x1b]0;x\x07", r"a\x1b]0;x\x07"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("a\nb\r\tc\x85d\u2028e\u2029", r"a\nb\r\tc\x85d\u2028e\u2029"),
        ("\u202egnp.exe\u202c", r"\u202egnp.exe\u202c"),
        ("\u2066a\u2069\u200e\u200f\u061c", r"\u2066a\u2069\u200e\u200f\u061c"),
        ("a\u200bb\ufeff\xa0", r"a\u200bb\ufeff\xa0"),
        ("caf\udce9", r"caf\udce9"),  # a byte of a file name that is not UTF-8
        ("\U000e0041", r"\U000e0041"),
        (r"\x1b", r"\x1b"),
        ("## [1] ##x", "## [1] ##x"),
        ("a ##[error]b ##vso[task]", r"a \x23#[error]b \x23#vso[task]"),
    ],
)
def test_what_does_not_print_is_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", r"\x3a:error::x"),
        ("  ::error::x", r"  \x3a:error::x"),
        (":::", r"\x3a::"),
        ("a ::error::", "a ::error::"),
        (": a", ": a"),
        ("\n::error::x", r"\n::error::x"),
    ],
)
def test_a_line_does_not_begin_as_a_command(text: str, shown: str) -> None:
    assert line(text) == shown
    assert line(shown) == shown


def test_wide_and_combining_characters() -> None:
    assert [display_width(text) for text in ("", "abc", "비", "e\u0301", "ｆ")] == [0, 3, 2, 1, 2]

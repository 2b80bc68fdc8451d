"""The form for people: the lines, the carets, the fix; and texts that would harm a terminal."""

import re
from dataclasses import replace

import pytest

from nnc.diagnostics.diagnostic import Diagnostic, Label, Span
from nnc.printable import printable
from nnc.terminal.findings.findings import render_full
from tests.support.findings import ALL, ERROR, FAILED, FILELESS, NOWHERE, WARNING, found


def test_a_finding_as_the_bar_shows_it() -> None:
    assert render_full(found(ERROR)) == """\
error[NNC301] unknown-source: neuron `out` reads `h3`, which is neither an input nor a neuron
  --> nets/xor.nn.yaml:7:19
   |
 4 |   h1: {weights: {x1: 1, x2: 1}, threshold: 1.5}
   |   -- a neuron with a similar name
 7 |   out: {weights: {h3: -2, h2: 1}, threshold: 0.5}
   |                   ^^ not declared
   = help: did you mean `h1`?   (nnc explain NNC301)

1 error in 1 file
"""  # fmt: skip


def test_findings_without_a_place() -> None:
    text = render_full(found(FILELESS, NOWHERE, files=2))
    assert "error[NNC505] missing-value: input `b` has no value and no default\n" in text
    assert "  --> none.yaml\n" in text
    assert "-->" not in text.partition("NNC901")[0]
    assert text.endswith("\n2 errors in 2 files\n")


def test_nothing_found() -> None:
    assert render_full(found()) == "no problems in 1 file\n"
    assert render_full(found(files=1234)) == "no problems in 1,234 files\n"


def test_the_totals() -> None:
    assert render_full(found(*ALL, files=3)).endswith("\n4 errors, 1 warning, 1 note in 3 files\n")
    cases = found(FAILED)._replace(cases=1200, failed=1)
    assert render_full(cases).endswith("\n1,199 of 1,200 cases hold, 1 error in 1 file\n")


def test_at_most_fifty_of_a_rule() -> None:
    text = render_full(found(*[WARNING] * 51, *[ERROR] * 50, *[NOWHERE] * 1052))
    assert [text.count(f"[{code}] ") for code in ("NNC701", "NNC301", "NNC901")] == [50, 50, 50]
    assert text.splitlines()[-3:] == [
        "and 1 more of never-fires; --max-errors 0 lists all",
        "and 1,002 more of cannot-open; --max-errors 0 lists all",
        "1,102 errors, 51 warnings in 1 file"]  # fmt: skip


def test_traces_of_the_first_failed_cases_only() -> None:
    many = found(*[FAILED] * 8, ERROR)
    text = render_full(many)
    assert (text.count("\n   given a=1\n"), text.count("] case-failed: ")) == (5, 8)
    assert text.splitlines()[-5:-1] == [
        *[str(FAILED)] * 3, "traces of the first 5 failed cases; --max-errors 0 shows more"
    ]  # fmt: skip
    assert render_full(many._replace(max_of_a_rule=None)).count("\n   given a=1\n") == 8


def test_details_stand_below() -> None:
    text = render_full(found(FAILED))
    assert "\n   given a=1\n     x = 0  silent\n" in text
    assert text.index("given a=1") > text.index("nnc explain")


def test_places_in_other_files_have_their_own_heading() -> None:
    label = Label("the other", file="rows.csv", span=Span(12, 3, 12, 4), excerpt="1,2")
    text = render_full(found(replace(ERROR, labels=(label,))))
    assert "::: rows.csv:12:3\n" in text
    assert text.index(" 7 | ") < text.index("::: rows.csv") < text.index(" 12 | 1,2")
    assert "\n    |   - the other\n" in text


def test_two_marks_on_one_line_share_it() -> None:
    label = Label("first here", span=Span(7, 3, 7, 6), excerpt=ERROR.excerpt)
    text = render_full(found(replace(ERROR, labels=(label,))))
    assert text.count("  out: {weights") == 1
    assert text.index("--- first here") < text.index("^^ not declared")


def test_colours_change_nothing_else() -> None:
    plain = render_full(found(*ALL))
    coloured = render_full(found(*ALL)._replace(colour=True))
    assert "\033[31;1merror[NNC301] unknown-source\033[0m" in coloured
    assert "\033[33;1mwarning[NNC701]" in coloured
    assert "\033[36;1mnote[NNC707]" in coloured
    assert re.sub(r"\033\[[\d;]*m", "", coloured) == plain
    assert "\033" not in plain


# ---------------------------------------------------------------------------------- carets


def caret(line: str, column: int, end: int) -> tuple[str, str]:
    """Give the line shown, and the line with its caret, without the gutter."""
    one = Diagnostic("tab", "m", file="f", span=Span(1, column, 1, end), excerpt=line)
    lines = render_full(found(one)).splitlines()
    at = next(i for i, text in enumerate(lines) if text.startswith(" 1 |"))
    return lines[at][5:], lines[at + 1][5:]


@pytest.mark.parametrize(
    ("line", "column", "end", "width", "carets"),
    [
        ("abc", 2, 3, 1, 1),
        ("abc", 4, 4, 3, 1),  # behind the last character
        ("", 1, 1, 0, 1),
        ("abc", 1, 4, 0, 3),
        ("비비x", 3, 4, 4, 1),  # wide characters take two columns
        ("x비비", 2, 4, 1, 4),
        ("é́x", 3, 4, 1, 1),  # and combining ones none
        ("\tx", 2, 3, 1, 1),
        ("a\0b", 3, 4, 5, 1),  # as wide as what stands for them
        ("a\0b", 2, 3, 1, 4),
    ],
)
def test_the_caret_stands_below(line: str, column: int, end: int, width: int, carets: int) -> None:
    shown, below = caret(line, column, end)
    assert below == " " * width + "^" * carets
    assert shown == printable(line.replace("\t", " "))


def test_a_long_line_is_cut_around_its_caret() -> None:
    line = "".join(f"[{i:06}]" for i in range(5000))
    for column in (1, 9, 777, 20_001, len(line) - 7):
        shown, below = caret(line, column, column + 8)
        assert len(shown) <= 160
        assert shown[below.index("^") : below.rindex("^") + 1] == line[column - 1 : column + 7]
    assert caret(line, 1, 5)[0].endswith("…")
    assert caret(line, len(line) - 7, len(line) + 1)[0].startswith("…")


def test_a_span_of_several_lines_is_marked_to_the_end_of_the_first() -> None:
    one = Diagnostic("tab", "m", file="f", span=Span(1, 3, 4, 2), excerpt="ab cde")
    assert "\n   |   ^^^^\n" in render_full(found(one))


# ------------------------------------------------------------------------ hostile texts


@pytest.mark.parametrize(
    "harm", ["\033[2J", "\r", "\b", "\0", "\u202e", "\x9b31m", "\udcff", "\u2028"]
)
def test_nothing_harms_the_terminal(harm: str) -> None:
    text = f"a{harm}b"
    start = Span(1, 1, 1, 2)
    labels = (Label(text, file="b", span=start, excerpt=text),)
    one = Diagnostic("tab", text, caret=text, help=text, details=(text,), file=text, span=start,
                     excerpt=text, labels=labels)  # fmt: skip
    shown = render_full(found(one))
    assert harm not in shown
    assert shown.replace("\n", "").isprintable()


def test_a_message_takes_one_line() -> None:
    one = Diagnostic("tab", "two\nlines", file="a\nb")
    assert render_full(found(one)).splitlines()[:2] == [
        r"error[NNC005] tab: two\nlines", r"  --> a\nb"]  # fmt: skip

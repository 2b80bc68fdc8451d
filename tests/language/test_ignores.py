"""Comments that silence warnings: what they silence, and what is told of those that do not."""

from pathlib import Path

import pytest

from nnc.opening.checking import check, check_file

HEAD = "nnc: 1\nfires: at_least\ninputs: [a, b]\n"
ZERO = HEAD + "neurons: {n: {weights: {a: 1, b: 0}, threshold: 1}}"
NEVER = HEAD + "neurons: {n: {weights: {a: 1, b: 0}, threshold: 2}}"
END = "\noutputs: [n]\n"


def told(text: str) -> list[str]:
    return [
        f"{one.about.code}:{one.span and one.span.line}"
        for one in check(text.encode(), "f").diagnostics
    ]


@pytest.mark.parametrize(
    "comment",
    ["# nnc: ignore[NNC705]", "#nnc:ignore[NNC705]", "# nnc : ignore [ NNC705 ] a reason",
     "# nnc: ignore[zero-weight]", "#\tnnc: ignore[NNC705, NNC705,] twice"],
)  # fmt: skip
def test_a_comment_silences_what_its_line_has(comment: str) -> None:
    assert told(ZERO + END) == ["NNC705:4"]
    assert told(ZERO + "  " + comment + END) == []


def test_it_silences_what_it_names_and_no_more() -> None:
    assert told(NEVER + END) == ["NNC705:4", "NNC701:4"]
    assert told(NEVER + "  # nnc: ignore[NNC705]" + END) == ["NNC701:4"]
    assert told(NEVER + "  # nnc: ignore[NNC705, NNC701]" + END) == []


def test_it_silences_notes() -> None:
    note = "nnc: 1\ninputs: [a, b]\nneurons: {n: {weights: {a: 1, b: 1}, threshold: 1}}"
    assert told(note + END) == ["NNC707:3"]
    assert told(note + "  # nnc: ignore[NNC707]" + END) == []


def test_a_comment_counts_for_its_own_line_only() -> None:
    assert told(HEAD + "# nnc: ignore[NNC705]\n" + ZERO[len(HEAD) :] + END) == [
        "NNC708:4",
        "NNC705:5",
    ]


@pytest.mark.parametrize("comment", ["# say nnc: ignore[NNC705]", "# nnc: ignored", "# nnc"])
def test_other_comments_are_none_of_its_business(comment: str) -> None:
    assert told(ZERO + "  " + comment + END) == ["NNC705:4"]


def test_what_looks_like_one_inside_a_text_is_none() -> None:
    text = ZERO + END + "description: 'a # nnc: ignore[NNC705] b'\n"
    assert told(text) == ["NNC705:4"]


def test_errors_are_never_silenced_and_leave_open_what_is_unused() -> None:
    wrong = ZERO.replace("b: 0", "c: 1")
    assert told(wrong + "  # nnc: ignore[NNC705]" + END) == ["NNC301:4"]
    assert told(wrong + "  # nnc: ignore[NNC301]" + END) == ["NNC301:4", "NNC709:4"]


def test_each_code_that_is_wrong_has_its_place() -> None:
    text = ZERO + "  # nnc: ignore[NNC704, NNC705, NNC001, NNC75]" + END
    found = check(text.encode(), "f").diagnostics
    line = text.splitlines()[3]
    marked = [line[one.span.column - 1 : one.span.end_column - 1] for one in found if one.span]
    assert [one.about.code for one in found] == ["NNC708", "NNC709", "NNC709"]
    assert marked == ["NNC704", "NNC001", "NNC75"]


@pytest.mark.parametrize("comment", ["# nnc: ignore", "# nnc: ignore[]", "# nnc: ignore[ , ] x",
                                     "# nnc: ignore[NNC705", "# nnc: ignore NNC705"])  # fmt: skip
def test_one_that_names_nothing_is_told(comment: str) -> None:
    assert told(ZERO + "  " + comment + END) == ["NNC705:4", "NNC709:4"]


def test_comments_of_a_base_silence_what_is_told_there(tmp_path: Path) -> None:
    base = tmp_path / "base.nn.yaml"
    over = tmp_path / "over.nn.yaml"
    over.write_text("nnc: 1\nextends: base.nn.yaml\n")
    base.write_text(ZERO + END)
    assert [one.file for one in check_file(str(over)).diagnostics] == [str(base)]
    base.write_text(ZERO + "  # nnc: ignore[NNC705]" + END)
    assert check_file(str(over)).diagnostics == []
    base.write_text(ZERO.replace("b: 0", "b: 1") + "  # nnc: ignore[NNC705, what]" + END)
    assert check_file(str(over)).diagnostics == []
    assert [one.rule for one in check_file(str(base)).diagnostics] == [
        "unused-ignore",
        "bad-ignore",
    ]

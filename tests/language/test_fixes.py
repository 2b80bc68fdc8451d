"""The edits that a diagnostic advises: from its help, and nothing else changes."""

import pytest

from nnc.diagnostics.diagnostic import Diagnostic, Edit, Span
from nnc.language.document.reader import read_document
from nnc.language.fixes import edited, without_overlaps
from nnc.opening.checking import check


def network(neuron: str, more: str = "") -> str:
    return (
        f"nnc: 1\nfires: above\ninputs: [a, b]\nneurons: {{n: {{{neuron}}}}}\noutputs: [n]\n{more}"
    )


def fixed_text(text: str) -> tuple[str, bool]:
    """Make the edits of the first diagnostic that has some; and say whether they are safe."""
    checked = check(text.encode(), "f")
    first = next(each for each in checked.diagnostics if each.fix)
    return edited(checked.document, first.fix), first.is_fix_safe


W = "weights: {a: 1, b: 1}"


@pytest.mark.parametrize(
    ("before", "after", "is_safe"),
    [
        ("weights: {a: 1_000}, threshold: 1", "weights: {a: 1000}, threshold: 1", True),
        ("weights: {a: +1}, threshold: 1", "weights: {a: 1}, threshold: 1", True),
        ("weights: {a: '1'}, threshold: 1", "weights: {a: 1}, threshold: 1", True),
        ("weights: {a: true}, threshold: 1", "weights: {a: 1}, threshold: 1", True),
        ("weights: {a: 0x10}, threshold: 1", "weights: {a: 16}, threshold: 1", True),
        ("weights: {a: ١}, threshold: 1", "weights: {a: 1}, threshold: 1", True),
        ("weights: {a: 010}, threshold: 1", "weights: {a: 10}, threshold: 1", False),
        (f"{W}, bias: -1.5", f"{W}, threshold: 1.5", True),
        (f"{W}, bias: 1/3", f"{W}, threshold: -1/3", True),
        (f"{W}, thresold: 1", f"{W}, threshold: 1", False),
        (f"{W}, threshold: 1, fires: at-least", f"{W}, threshold: 1, fires: at_least", False),
        ("weights: {a: 1, c: 1}, threshold: 1", None, False),
        (f"{W}, threshold: '>1'", f"{W}, threshold: 1", None),
        (f"{W}, threshold: 1, description: on, off",
         f'{W}, threshold: 1, description: "on, off"', True),
    ],
)  # fmt: skip
def test_a_neuron(before: str, after: str | None, is_safe: bool | None) -> None:
    text = network(before)
    found = [each for each in check(text.encode(), "f").diagnostics if each.fix]
    if after is None or is_safe is None:
        assert not found
        return
    assert fixed_text(text) == (network(after), is_safe)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("inputs: [a]\n", "nnc: 1\ninputs: [a]\n"),
        ("# yaml-language-server: x\n# y\ninputs: [a]\n",
         "# yaml-language-server: x\n# y\nnnc: 1\ninputs: [a]\n"),
    ],
)  # fmt: skip
def test_the_version_that_is_missing(before: str, after: str) -> None:
    assert fixed_text(before + "outputs: [a]\n") == (after + "outputs: [a]\n", True)


def test_one_name_is_a_list() -> None:
    text = "nnc: 1\ninputs: a\noutputs: [a]\n"
    assert fixed_text(text) == (text.replace("inputs: a", "inputs: [a]"), True)


def test_an_index_in_square_brackets() -> None:
    text = "nnc: 1\ninputs: {v: bit(2)}\noutputs: {o: v[1]}\n"
    assert fixed_text(text) == (text.replace("[1]", "(1)"), True)


@pytest.mark.parametrize(
    ("comment", "after"),
    [
        ("  # nnc: ignore[NNC705] a reason", ""),
        ("  # nnc: ignore[NNC705, NNC701]", "  # nnc: ignore[NNC701]"),
        ("  # nnc: ignore[NNC701, NNC705] x", "  # nnc: ignore[NNC701] x"),
        ("\n# nnc: ignore[NNC705]", ""),
    ],
)
def test_an_ignore_that_is_not_used(comment: str, after: str) -> None:
    begin = "nnc: 1\nfires: above\ninputs: [a]\nneurons:\n  n: {weights: {a: 1}, threshold: 9}"
    end = "\noutputs: [n]\n"
    assert fixed_text(begin + comment + end) == (begin + after + end, True)


def test_edits_change_nothing_else() -> None:
    document = read_document("a: b\r\nc: ä비d\n".encode(), "f")
    edits = [Edit(Span(2, 5, 2, 6), "xy"), Edit(Span(1, 1, 1, 1), "# z\n")]
    assert edited(document, edits) == "# z\na: b\r\nc: äxyd\n"
    assert edited(document, []) == document.text


def test_edits_that_overlap_are_made_one_after_the_other() -> None:
    each = [
        Diagnostic("tab", "m", fix=(Edit(Span(1, start, 1, end), ""),))
        for start, end in ((1, 4), (3, 5), (4, 6))
    ]
    assert without_overlaps(each) == [each[0], each[2]]

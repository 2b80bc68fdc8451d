"""Colour is added to texts that are already made, and changes nothing else."""

import re
from typing import get_args

import pytest

from nnc.terminal.colour import STYLES, Kind, highlighted, paint

SGR = re.compile(r"\033\[[\d;]*m")
TEXTS = {
    "concise": "a.yaml:1:2: error[NNC301] unknown-source: x\nwarning[NNC701] never-fires: y\n"
    "b: note[NNC707] n: z\n2 errors in 1 file\n",
    "diff": "a -> b: 1 change in meaning\n  neuron n added: x\n    cut-off  pain  7 -> 8\n"
    "behaviour\n  y  differs for 2 of 4 (x)\n  z  equal: same\n  w  unknown: tried\n",
    "verdicts": "a: 1 change in meaning; 1 output differs, 2 equal\n",
    "log": "4ed1bb2474 2026-05-04 Ada: Triage\n  behaviour differs\n",
    "patch": "--- a\n+++ a\n@@ -1 +1 @@\n-x\n+y\n z\n",
    "trace": "row 1: a=1\n  n = 1  fires: sum 2\n  m = 0  silent: sum 0\n",
    "table": "a   b\n─────\n1   2\n",
    "explain": "NNC301 name (error)\nText.\n\nFor example:\n\n    x\n\nBetter:\n\nFix: y\n",
}
PAINTED = {
    "concise": ["error[NNC301] unknown-source", "warning[NNC701] never-fires", "note[NNC707] n"],
    "diff": ["a -> b", "added", "7", "8", "behaviour", "differs", "equal", "unknown"],
    "verdicts": ["differs", "equal"],
    "log": ["4ed1bb2474", "differs"],
    "patch": ["--- a", "+++ a", "@@ -1 +1 @@", "-x", "+y"],
    "trace": ["row 1", "fires", "silent"],
    "table": ["a   b", "─────"],
    "explain": ["NNC301 name (error)", "For example", "Better", "Fix"],
}


def test_every_kind_has_an_example() -> None:
    assert {*TEXTS} == {*PAINTED} == {*get_args(Kind)}


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_words_that_are_coloured(kind: Kind) -> None:
    coloured = highlighted(TEXTS[kind], kind)
    assert SGR.sub("", coloured) == TEXTS[kind]
    assert re.findall(r"\033\[[\d;]+m(.*?)\033\[0m", coloured) == PAINTED[kind]


@pytest.mark.parametrize("kind", get_args(Kind))
def test_no_text_is_changed(kind: Kind) -> None:
    for text in ("", "\n", *TEXTS.values(), "".join(TEXTS.values()), "equal -> differs\n" * 3):
        assert SGR.sub("", highlighted(text, kind)) == text


@pytest.mark.parametrize(
    ("summary", "is_painted"),
    [
        ("no problems in 1 file", True),
        ("30 of 30 cases hold in 8 files", True),
        ("29 of 30 cases hold, 1 error in 8 files", True),
        ("1 error in 1 file", False),
    ],
)
def test_the_totals(summary: str, is_painted: bool) -> None:
    assert (highlighted(summary, "concise") != summary) == is_painted
    if is_painted:
        style = "removed" if summary.startswith("29") else "equal"
        assert highlighted(summary, "concise").startswith(f"\033[{STYLES[style]}")


def test_nothing_is_not_painted() -> None:
    assert paint("", "error") == ""
    assert paint("x", "error") == "\033[31;1mx\033[0m"

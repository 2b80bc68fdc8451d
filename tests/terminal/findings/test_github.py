"""Annotations for GitHub Actions."""

import re

from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.terminal.findings.github import render
from tests.support.findings import ALL, ERROR, FILELESS, found

_COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-zA-Z]+=[^,:\n\r]*,?)*)::([^\n\r]+)")


def test_an_annotation_beside_its_line() -> None:
    assert render(found(ERROR)).splitlines()[0] == (
        "::error file=nets/xor.nn.yaml,line=7,col=19,endLine=7,endColumn=21,"
        "title=NNC301 unknown-source::neuron `out` reads `h3`, which is neither an input nor a "
        "neuron%0Ahelp: did you mean `h1`?"
    )


def test_every_kind() -> None:
    *lines, total = render(found(*ALL, files=3)).splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "::error", "::warning", "::notice", "::error", "::error", "::error"]  # fmt: skip
    assert all(_COMMAND.fullmatch(line) for line in lines)
    assert total == "4 errors, 1 warning, 1 note in 3 files"


def test_a_finding_without_a_file_names_none() -> None:
    assert "file=" not in render(found(FILELESS)).replace("file=,", "")


def test_texts_cannot_add_commands() -> None:
    one = Diagnostic("tab", "100 %\r\n::error::x", file="a,b:c%\n::error::", span=Span(1, 1, 1, 2))
    lines = render(found(one)).splitlines()
    assert len(lines) == 2
    assert "file=a%2Cb%3Ac%25%0A%3A%3Aerror%3A%3A," in lines[0]
    assert lines[0].endswith("::100 %25%0D%0A::error::x")


def test_nothing_found() -> None:
    assert render(found()) == "no problems in 1 file\n"

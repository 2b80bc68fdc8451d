"""One line a finding."""

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.terminal.findings.findings import render_concise
from tests.support.findings import ALL, ERROR, FAILED, WARNING, found


def test_one_line_each() -> None:
    lines = render_concise(found(*ALL, files=3)).splitlines()
    assert len(lines) == len(ALL) + 1
    assert lines[4] == (
        "nets/xor.nn.yaml:7:19: error[NNC301] unknown-source: neuron `out` reads `h3`, which is "
        "neither an input nor a neuron (did you mean `h1`?)"
    )
    assert lines[1] == "b.nn.yaml:3:1: warning[NNC701] never-fires: `x` can never fire"
    assert lines[5] == "none.yaml: error[NNC901] cannot-open: there is no such file"
    assert lines[-1] == "4 errors, 1 warning, 1 note in 3 files"


def test_details_are_left_out() -> None:
    assert "silent" not in render_concise(found(FAILED))


def test_at_most_fifty_of_a_rule() -> None:
    lines = render_concise(found(*[ERROR] * 60, WARNING)).splitlines()
    assert len(lines) == 53
    assert lines[-2:] == [
        "and 10 more of unknown-source; --max-errors 0 lists all",
        "60 errors, 1 warning in 1 file",
    ]


def test_whatever_the_texts_hold_it_is_one_line() -> None:
    one = Diagnostic("tab", "a\nb\033[2J", help="c\r\nd", file="e\nf")
    text = render_concise(found(one))
    assert len(text.splitlines()) == 2
    assert text.replace("\n", "").isprintable()


def test_nothing_found() -> None:
    assert render_concise(found()) == "no problems in 1 file\n"

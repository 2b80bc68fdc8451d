"""A case with a mistake: what reads the network alone goes on, and what runs cases reports it."""

from pathlib import Path

import pytest

import nnc as library
from nnc.diagnostics.diagnostic import InvalidNetworkError
from tests.support.running import Nnc

NET = """\
nnc: 1
fires: at_least
inputs: [a, b, added]
neurons:
  n: {weights: {a: 1, b: 1, added: 1}, threshold: 2}
outputs: [n]
properties:
  - {increasing: n, in: [a]}
cases:
  - {given: {a: 1, b: 1}, expect: {n: 1}}
  - {name: all, given: {a: 1, b: 1, added: 1}, expect: {n: 1}}
"""
REPORT = """\
error[NNC602] bad-case: input `added` has no value and no default
  --> net.nn.yaml:10:6
"""
ROW = ("a=1", "b=1", "added=0")


@pytest.fixture
def file(nnc: Nnc) -> Nnc:
    Path("net.nn.yaml").write_text(NET)
    return nnc


@pytest.mark.parametrize(
    "words",
    [
        ("eval", *ROW),
        ("eval", "--all"),
        ("draw", "-o", "net.svg"),
        ("view", "-o", "net.html"),
        ("cuts",),
        ("diff", "net.nn.yaml"),
        ("why", *ROW),
        ("prove",),
        ("export", "--to", "c"),
        ("compile", "-o", "net.nnc"),
        ("digest",),
        ("fmt", "--check"),
    ],
)
def test_cases_do_not_change_a_network(file: Nnc, words: tuple[str, ...]) -> None:
    code, out, err = file(words[0], "net.nn.yaml", *words[1:])
    assert (code, "NNC602" in out + err) == (0, False)


@pytest.mark.parametrize(
    "words",
    [
        ("validate",),
        ("test",),
        ("solve",),
        ("repair",),
        ("why", "--case", "all"),
        ("draw", "--case", "all", "-o", "net.svg"),
        ("view", "--case", "*", "-o", "net.html"),
        ("export", "--to", "c", "--verify", "-o", "net.c"),
    ],
)
def test_what_runs_cases_reports_them_once(file: Nnc, words: tuple[str, ...]) -> None:
    code, out, err = file(words[0], "net.nn.yaml", *words[1:])
    assert code == 1
    assert (out + err).count(REPORT) == (out + err).count("NNC602]") == 1


def test_an_open_network_reports_them_too(nnc: Nnc) -> None:
    Path("net.nn.yaml").write_text(NET.replace("threshold: 2", "threshold: _"))
    for words in (("test",), ("solve", "net.nn.yaml"), ("validate",)):
        code, out, err = nnc(*words)
        assert (code, REPORT in out + err) == (1, True)


def test_in_python(file: Nnc) -> None:
    assert file("compile", "net.nn.yaml", "-o", "net.nnc").code == 0
    assert library.evaluate(library.load("net.nn.yaml"), {"a": 1, "b": 1, "added": 0}) == {"n": 1}
    checked = library.check_file("net.nn.yaml")
    assert [each.rule for each in checked.diagnostics] == ["bad-case"]
    assert checked.errors == []
    assert checked.case_errors == checked.diagnostics
    with pytest.raises(InvalidNetworkError, match="input `added` has no value"):
        library.run_cases("net.nn.yaml")


def test_other_mistakes_still_count(nnc: Nnc) -> None:
    Path("net.nn.yaml").write_text(NET.replace("outputs: [n]", "outputs: [m]"))
    code, _, err = nnc("eval", "net.nn.yaml", *ROW)
    assert (code, "NNC301" in err) == (1, True)


@pytest.mark.parametrize(
    ("start", "place"), [("given: {a: 1, b: 0.5}", "8:37"), ("case: wrong", "10:36")]
)
def test_a_row_that_a_property_starts_from_counts(nnc: Nnc, start: str, place: str) -> None:
    Path("net.nn.yaml").write_text(
        "nnc: 1\nfires: at_least\ninputs: [a, b]\n"
        "neurons: {n: {weights: {a: 1, b: 1}, threshold: 1}}\n"
        "outputs: [n]\n"
        "# a property\n"
        "properties:\n"
        f"  - {{unchanged: n, {start}, within: {{changes: 1}}}}\n"
        "cases:\n"
        "  - {name: wrong, given: {a: 1, b: 0.5}, expect: {}}\n"
    )
    checked = library.check_file("net.nn.yaml")
    assert checked.graph is None
    assert f"net.nn.yaml:{place}:" in nnc("digest", "net.nn.yaml", "--report", "concise").err

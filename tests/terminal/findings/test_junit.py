"""JUnit XML."""

from dataclasses import replace
from xml.etree import ElementTree

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.terminal.findings import Outcome
from nnc.terminal.findings.findings import Report
from nnc.terminal.findings.junit import render
from tests.support.findings import ALL, ERROR, FAILED, WARNING, found


def suites(report: Report) -> ElementTree.Element:
    return ElementTree.fromstring(render(report))


def test_a_suite_for_each_file_with_what_was_found_in_it() -> None:
    whole = suites(found(*ALL, files=3))
    assert whole.attrib == {"name": "nnc", "tests": "6", "failures": "4", "errors": "0"}
    assert [(s.get("name"), s.get("tests"), s.get("failures")) for s in whole] == [
        ("nnc", "1", "1"), ("b.nn.yaml", "3", "1"), ("nets/xor.nn.yaml", "1", "1"),
        ("none.yaml", "1", "1")]  # fmt: skip
    case = whole[2][0]
    assert case.attrib == {
        "classname": "nets/xor.nn.yaml", "file": "nets/xor.nn.yaml", "line": "7",
        "name": "NNC301 unknown-source at 7:19"}  # fmt: skip
    (failure,) = case
    assert failure.tag == "failure"
    assert failure.attrib == {"type": "unknown-source", "message": ERROR.message}
    assert failure.text is not None
    assert "^^ not declared" in failure.text


def test_a_warning_does_not_fail() -> None:
    (suite,) = suites(found(WARNING))
    assert suite.get("failures") == "0"
    assert [each.tag for each in suite[0]] == ["system-out"]


def test_cases_that_hold_and_that_fail() -> None:
    outcomes = (
        Outcome("b.nn.yaml", "both are on"), Outcome("b.nn.yaml", "case 1", FAILED),
        Outcome("c.nn.yaml", "none is on"))  # fmt: skip
    report = Report((FAILED, WARNING), 2, cases=3, failed=1, outcomes=outcomes)
    whole = suites(report)
    assert (whole.get("tests"), whole.get("failures")) == ("4", "1")
    assert [[case.get("name") for case in suite] for suite in whole] == [
        ["both are on", "case 1", "NNC701 never-fires at 3:1"], ["none is on"]]  # fmt: skip
    assert not list(whole[0][0])
    assert whole[0][1][0].tag == "failure"


def test_nothing_found_is_a_test_that_holds() -> None:
    whole = suites(found())
    assert (whole.get("tests"), whole.get("failures")) == ("1", "0")
    assert whole[0][0].get("name") == "no problems in 1 file"


def test_texts_that_xml_cannot_hold() -> None:
    text = "a\0\x1b<&\"'>\ud800\ufffe\n]]>"
    report = found(replace(FAILED, message=text, file=text, help=text), Diagnostic("tab", text))
    report = report._replace(outcomes=(Outcome(text, text),))
    data = render(report)
    data.encode("utf-8")
    assert len(suites(report)) == 2
    assert "\\x00\\x1b&lt;" in data

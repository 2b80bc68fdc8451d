"""JUnit XML, which CI servers show as tests: one per case and one per other finding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.printable import printable
from nnc.terminal.findings.findings import Outcome, Report, path_from, repository_root

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def render(report: Report) -> str:
    """Return a test suite for each file, with its cases and its other findings.

    Paths are relative to the root of the repository, as CI servers expect.
    """
    root = repository_root()
    failures = {id(outcome.failure) for outcome in report.outcomes}
    others = [diagnostic for diagnostic in report.diagnostics if id(diagnostic) not in failures]
    tests = [*report.outcomes, *(Outcome(other.file or "", "", other) for other in others)]
    by_file: dict[str, list[Outcome]] = {}
    for test in tests:
        by_file.setdefault(test.file, []).append(test)
    whole = ElementTree.Element("testsuites", {"name": "nnc", **_counts(tests)})
    for file, outcomes in by_file.items():
        path = printable(file and (path_from(root, file) or file))
        words = {"name": path or "nnc", **_counts(outcomes)}
        suite = ElementTree.SubElement(whole, "testsuite", words)
        suite.extend(_case(outcome, path) for outcome in outcomes)
    if not tests:
        suite = ElementTree.SubElement(whole, "testsuite", {"name": "nnc", **_counts((), 1)})
        suite.append(_element("testcase", {"classname": "nnc", "name": report.summary()}))
        whole.set("tests", "1")
    ElementTree.indent(whole)
    return ElementTree.tostring(whole, "unicode", xml_declaration=False).join((_HEAD, "\n"))


_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


def _counts(outcomes: Iterable[Outcome], passed: int = 0) -> dict[str, str]:
    failing = [
        bool(outcome.failure and outcome.failure.about.severity == "error") for outcome in outcomes
    ]
    return {"tests": str(len(failing) + passed), "failures": str(sum(failing)), "errors": "0"}


def _case(outcome: Outcome, path: str) -> Element:
    """Return one test case; a warning goes to its output and does not fail it."""
    failure = outcome.failure
    place = {"classname": path or "nnc", "file": path}
    line = failure.span.line if failure is not None and failure.span else outcome.line
    if line is not None:
        place["line"] = str(line)
    name = outcome.name or _title(failure)
    case = _element("testcase", {**place, "name": printable(name)})
    if failure is None:
        return case
    if failure.about.severity == "error":
        words = {"type": failure.rule, "message": printable(failure.message)}
        case.append(_element("failure", words, failure.in_full()))
    else:
        case.append(_element("system-out", {}, failure.in_full()))
    return case


def _title(diagnostic: Diagnostic | None) -> str:
    """Return the test name of a finding that is not the failure of a case."""
    if diagnostic is None:
        return ""
    span = diagnostic.span
    place = f" at {span.line}:{span.column}" if span else ""
    return f"{diagnostic.about.code} {diagnostic.rule}{place}"


def _element(tag: str, attributes: dict[str, str], text: str | None = None) -> Element:
    element = ElementTree.Element(tag, attributes)
    element.text = text
    return element

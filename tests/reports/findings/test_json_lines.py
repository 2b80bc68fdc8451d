"""One JSON object a line."""

import json

from nnc.reports.findings import json as whole
from nnc.reports.findings.json_lines import render
from tests.support.findings import ALL, found


def test_the_same_findings_as_in_the_json_report() -> None:
    lines = render(found(*ALL)).splitlines()
    assert list(map(json.loads, lines)) == json.loads(whole.render(found(*ALL)))["diagnostics"]


def test_nothing_found() -> None:
    assert render(found()) == ""

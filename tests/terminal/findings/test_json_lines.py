"""One JSON object a line."""

import json

from nnc.terminal.findings import json as whole
from nnc.terminal.findings.json import render_lines
from tests.support.findings import ALL, found


def test_the_same_findings_as_in_the_json_report() -> None:
    lines = render_lines(found(*ALL)).splitlines()
    assert list(map(json.loads, lines)) == json.loads(whole.render(found(*ALL)))["diagnostics"]


def test_nothing_found() -> None:
    assert render_lines(found()) == ""

"""What programs read about rules."""

import json
from pathlib import Path

from nnc.diagnostics.rules import RULES
from nnc.terminal.rules import rules_as_json, url_of
from tests.support.explanations import EXPLANATIONS


def test_all_that_is_said_of_a_rule() -> None:
    rule = RULES["unknown-source"]
    about = EXPLANATIONS["unknown-source"]
    (record,) = json.loads(rules_as_json([rule]))["rules"]
    assert record == {
        "code": "NNC301", "name": "unknown-source", "severity": "error",
        "summary": rule.summary, "why": about.why, "files": {}, "language": "yaml",
        "bad": about.bad, "good": about.good, "help": about.hint, "url": url_of(rule),
    }  # fmt: skip


def test_the_page_has_a_heading_for_the_address_of_each_rule() -> None:
    page = (Path(__file__).parents[2] / "docs/diagnostics.md").read_text("utf-8")
    for rule in RULES.values():
        anchor = url_of(rule).rpartition("#")[2]
        assert f"(#{anchor})" in page

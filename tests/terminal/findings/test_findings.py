"""Counting, and what every form has in common."""

import pytest

from nnc.terminal.reporter import FORMATS, FORMS
from tests.support.findings import ALL, found


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_ends_its_last_line(form: str) -> None:
    for findings in (found(), found(*ALL)):
        text = FORMS[form].render(findings)
        assert text == "" or text.endswith("\n")
        assert not text.endswith("\n\n")


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_tells_every_finding(form: str) -> None:
    text = FORMS[form].render(found(*ALL))
    for one in ALL:
        assert one.about.code in text


def test_counts() -> None:
    findings = found(*ALL)
    assert [findings.count(one) for one in ("error", "warning", "note")] == [4, 1, 1]

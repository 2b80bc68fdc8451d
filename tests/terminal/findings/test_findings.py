"""Counting, and what every form has in common."""

import pytest

from nnc.terminal.findings import REPORTS
from nnc.terminal.options import FORMATS, MACHINE
from tests.support.findings import ALL, found


def test_there_is_a_report_for_every_form() -> None:
    assert tuple(REPORTS) == FORMATS
    assert set(MACHINE) < set(FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_ends_its_last_line(form: str) -> None:
    for findings in (found(), found(*ALL)):
        text = REPORTS[form](findings)
        assert text == "" or text.endswith("\n")
        assert not text.endswith("\n\n")


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_tells_every_finding(form: str) -> None:
    text = REPORTS[form](found(*ALL))
    for one in ALL:
        assert one.about.code in text


def test_counts() -> None:
    findings = found(*ALL)
    assert [findings.count(one) for one in ("error", "warning", "note")] == [4, 1, 1]

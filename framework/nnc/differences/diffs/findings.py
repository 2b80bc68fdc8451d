"""Changes as findings: the forms that CI servers, code hosts and editors read."""

from __future__ import annotations

from collections.abc import Iterable

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.terminal.findings import Report
from nnc.terminal.forms import FORMATS, FORMS

OWN_FORMS = ("full", "concise", "json")  # which a comparison writes in its own way
FINDING_FORMS = tuple(form for form in FORMATS if form not in OWN_FORMS)


def as_findings(form: str, changes: Iterable[tuple[str, str]]) -> str:
    """Return a note for each change, which is a file and what has changed in it."""
    notes = [Diagnostic("network-changed", words, file=file) for file, words in changes]
    files = len({note.file for note in notes})
    return FORMS[form].render(Report(tuple(notes), files, max_of_a_rule=None))

"""The forms of a report of findings, in one table."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nnc.terminal.findings import Report


class Form(NamedTuple):
    """A form: the module of `terminal.findings` and the function that render it, and its readers.

    Programs read a form that `is_machine`; one that `is_data` is JSON of nnc itself, which can hold
    more than findings. One that `is_shortened` lists only the first findings of each rule.
    """

    module: str
    function: str = "render"
    is_machine: bool = False
    is_data: bool = False
    is_shortened: bool = False

    def render(self, report: Report) -> str:
        """Return the whole text, which ends in a newline unless it is empty."""
        module = import_module(f"nnc.terminal.findings.{self.module}")
        return str(getattr(module, self.function)(report))


FORMS = {
    "full": Form("text", "render_full", is_shortened=True),
    "concise": Form("text", "render_concise", is_shortened=True),
    "json": Form("json", is_machine=True, is_data=True),
    "json-lines": Form("json", "render_lines", is_machine=True, is_data=True),
    "github": Form("github"),
    "gitlab": Form("gitlab", is_machine=True),
    "sarif": Form("sarif", is_machine=True),
    "junit": Form("junit", is_machine=True),
}
FORMATS = tuple(FORMS)
OTHER_FORMS = ("stat", "oneline", "markdown")  # of single commands

"""Write to the terminal, with progress bars, and write reports in any form."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TextIO, cast

import click

from nnc.diagnostics.diagnostic import MAX_OF_A_RULE, Diagnostic, NncError, in_file_order
from nnc.files.opening import STDIN, is_same_file
from nnc.files.writing import write_whole
from nnc.opening.settings import Projects
from nnc.printable import line, printable
from nnc.terminal.colour import Kind, highlighted
from nnc.terminal.findings import Report

if TYPE_CHECKING:
    from nnc.rows.columns import Batch
    from nnc.terminal.colour import Kind


def progress(batches: Iterator[Batch], share: Callable[[int], float | None]) -> Iterator[Batch]:
    """Yield the batches; on a terminal, show the rate and the time left after one second.

    `share` returns the fraction of the work, 0 to 1, that a number of rows represents, if known.
    """
    if not sys.stderr.isatty():
        yield from batches
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f} per second"),
        BarColumn(),
        TimeRemainingColumn(),
    )
    display = Progress(*columns, console=Console(stderr=True), transient=True)
    task = display.add_task("", total=None, rows=0, rate=0.0)
    start, rows = time.monotonic(), 0
    with contextlib.ExitStack() as stack:
        for batch in batches:
            yield batch
            rows += batch.count
            spent, part = time.monotonic() - start, share(rows)
            total = None if part is None else 1.0
            display.update(task, total=total, completed=part, rows=rows, rate=rows / (spent or 1))
            if spent > 1 and not display.live.is_started:
                stack.enter_context(display)


def has_colour(stream: TextIO, choice: str = "auto") -> bool:
    """Return True if output is coloured, by option, NO_COLOR, FORCE_COLOR or terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


class _Painted:
    """A stream that colours complete texts before passing them on."""

    def __init__(self, stream: BinaryIO, kind: Kind) -> None:
        self._stream, self._kind = stream, kind

    def write(self, data: bytes) -> int:
        """Colour and write a UTF-8 text."""
        text = data.decode("utf-8", "surrogateescape")
        painted = highlighted(text, self._kind)
        return self._stream.write(painted.encode("utf-8", "surrogateescape"))

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()


def painted(stream: BinaryIO, kind: Kind) -> BinaryIO:
    """Return a stream that colours the texts written to it."""
    return cast("BinaryIO", _Painted(stream, kind))


def write(text: str, stream: TextIO | None = None) -> None:
    """Write a text; escape characters that the stream cannot encode."""
    stream = stream or sys.stdout
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except OSError:
        if stream is not sys.stderr:
            raise
        forget(stream)  # nobody is reading; the work goes on


def unified_diff(file: str, before: bytes, after: bytes) -> str:
    """Return the changes to a file as a unified diff, empty if there are none."""
    import difflib

    old, new = (
        data.decode("utf-8", "replace").splitlines(keepends=True) for data in (before, after)
    )
    diff, name = "", printable(file)
    for difference in difflib.unified_diff(old, new, name, name):
        text, end, _ = difference.partition("\n")
        diff += line(text) + (end or "\n\\ No newline at end of file\n")
    return diff


def terminal_width(stream: TextIO | None = None) -> int:
    """Return the width of the terminal, from 20 to 100 columns; 88 if it is not one."""
    if not (stream or sys.stdout).isatty():
        return 88
    return max(20, min(shutil.get_terminal_size((88, 24)).columns, 100))


def laid_out(page: str) -> str:
    """Format a Markdown page for the width of the terminal, without colour."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(width=terminal_width(), color_system=None)
    with console.capture() as capture:
        console.print(Markdown(page))
    return "".join(f"{each.rstrip()}\n" for each in capture.get().splitlines())


def forget(stream: TextIO) -> None:
    """Redirect a closed stream to the null device, so later writes are discarded."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say(text: str, stream: TextIO | None = None) -> None:
    """Write one line, with unprintable characters in names escaped."""
    write(f"{line(text)}\n", stream)


class Form(NamedTuple):
    """A form of a report: the module of `terminal.findings` and the function that render it.

    `is_machine` forms are read by programs; `is_data` forms are nnc's own JSON, which can contain
    more than findings; `is_shortened` forms list only the first findings of each rule.
    """

    module: str
    function: str = "render"
    is_machine: bool = False
    is_data: bool = False
    is_shortened: bool = False

    def render(self, report: Report) -> str:
        """Return the report, which ends in a newline unless it is empty."""
        module = import_module(f"nnc.terminal.findings.{self.module}")
        return str(getattr(module, self.function)(report))


FORMS = {
    "full": Form("findings", "render_full", is_shortened=True),
    "concise": Form("findings", "render_concise", is_shortened=True),
    "json": Form("json", is_machine=True, is_data=True),
    "json-lines": Form("json", "render_lines", is_machine=True, is_data=True),
    "github": Form("github"),
    "gitlab": Form("gitlab", is_machine=True),
    "sarif": Form("sarif", is_machine=True),
    "junit": Form("junit", is_machine=True),
}
FORMATS = tuple(FORMS)
OTHER_FORMS = ("stat", "oneline", "markdown")  # of individual commands


AsJson = Callable[[None, Report, str], str]
"""A function that returns an answer (None if there is none) and findings as JSON."""

_KINDS: dict[str, Kind] = {"full": "diff", "concise": "verdicts", "stat": "verdicts"}
"""The kinds of text, which select colours, by report form of a comparison."""


class Reporter:
    """Write the findings of a command to a stream and, with --report-file, to a file."""

    def __init__(
        self,
        form: str = "full",
        file: str | None = None,
        color: str = "auto",
        *,
        max_of_a_rule: int | None = MAX_OF_A_RULE,
        strict: bool = False,
        exit_zero: bool = False,
    ) -> None:
        self.form, self.color, self.max_of_a_rule = form, color, max_of_a_rule
        self.projects: Projects | None = None
        self._strict, self._exit_zero = strict, exit_zero
        self._has_warned = False
        self.file = None if file == STDIN else file  # `-` is standard output, the default

    def protect(self, inputs: Iterable[str | None], made_of: Iterable[Path] = ()) -> None:
        """Raise UsageError if the report would overwrite an input file."""
        if self.file is not None:
            outputs = {"--report-file": self.file}
            check_outputs(outputs, {"an input": inputs})
            check_made_of(outputs, made_of)

    @property
    def is_machine(self) -> bool:
        """Return True if programs read the report, so nothing else may be printed."""
        return self.form in FORMS and FORMS[self.form].is_machine

    @property
    def is_data(self) -> bool:
        """Return True if the report is nnc's own JSON, which can contain more than findings."""
        return self.form in FORMS and FORMS[self.form].is_data

    @property
    def lists_all(self) -> bool:
        """Return True if the report lists all findings of a rule, no matter how many."""
        return self.max_of_a_rule is None or not FORMS[self.form].is_shortened

    def configured(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return findings with the severities that project settings give them."""
        return list(diagnostics) if self.projects is None else self.projects.applied(diagnostics)

    def unmatched_settings(self, files: Iterable[str]) -> list[Diagnostic]:
        """Return warnings for settings that apply to no file."""
        return self.projects.unmatched(files) if self.projects is not None else []

    def code_of(self, diagnostics: Iterable[Diagnostic]) -> int:
        """Return 1 if there are errors, else 0; warnings are remembered for `final_code`."""
        severities = {diagnostic.about.severity for diagnostic in self.configured(diagnostics)}
        self._has_warned = self._has_warned or "warning" in severities
        return int("error" in severities)

    def final_code(self, code: int) -> int:
        """Return the exit code of a command, adjusted for --strict and --exit-zero."""
        is_failing = code == 1 or (code == 0 and self._strict and self._has_warned)
        return int(is_failing and not self._exit_zero) if code in (0, 1) else code

    def report(
        self, diagnostics: Iterable[Diagnostic], files: int, *, to: TextIO | None = None
    ) -> None:
        """Write the report of diagnostics of a number of `files`."""
        self.report_findings(Report(tuple(diagnostics), files), to)

    def report_findings(self, findings: Report, to: TextIO | None = None) -> None:
        """Write the report of all findings in file order."""
        stream = to or sys.stdout
        in_order = tuple(in_file_order(self.configured(findings.diagnostics)))
        self.code_of(in_order)
        plain = findings._replace(diagnostics=in_order, max_of_a_rule=self.max_of_a_rule)
        coloured = plain._replace(colour=has_colour(stream, self.color))
        if self.file is None:
            write(FORMS[self.form].render(coloured), stream)
            return
        write(FORMS["full"].render(coloured), stream)
        self._write_file(FORMS[self.form].render(plain))

    def write(
        self,
        full: str,
        report: str,
        form: str | None = None,
        kinds: Mapping[str, Kind] = _KINDS,
    ) -> None:
        """Write the report; if it goes to a file, also write the full text to the terminal.

        `kinds` says which forms are coloured, and how.
        """
        if self.file is None:
            self.show(report, kinds.get(form or self.form))
            return
        self.show(full, kinds.get("full"))
        self._write_file(report)

    def show(self, text: str, kind: Kind | None, stream: TextIO | None = None) -> None:
        """Write a text, in colour if the options allow it."""
        if kind is not None and has_colour(stream or sys.stdout, self.color):
            text = highlighted(text, kind)
        write(text, stream)

    def painted(self, stream: BinaryIO, kind: Kind) -> BinaryIO:
        """Return a stream that colours its texts if the options allow it."""
        return painted(stream, kind) if has_colour(sys.stdout, self.color) else stream

    def _write_file(self, report: str) -> None:
        assert self.file is not None
        write_whole(self.file, report, "backslashreplace")

    def wrote(self, file: str | None, *about: str) -> None:
        """Report on stderr that a file was written, with remarks.

        Print nothing for standard output and devices, or if a program reads the report.
        """
        if file is None or file == STDIN or self.is_machine or Path(file).is_char_device():
            return
        words = ", ".join(about)
        say(f"wrote {file}{words and f': {words}'}", sys.stderr)

    def report_nothing(self) -> None:
        """Write an empty report to the report file, if there is one."""
        if self.file is not None:
            self.report((), 1, to=sys.stderr)

    def report_warnings(self, warnings: Collection[Diagnostic]) -> None:
        """Write the warnings of a command whose output is not the report."""
        if warnings:
            self.report(warnings, 1, to=sys.stderr)
        else:
            self.report_nothing()

    def fail(self, error: NncError, files: int | None = None) -> None:
        """Report the mistakes of a command whose output is not the report.

        `files` is the number of files in the totals, by default of those that the mistakes name.
        """
        if files is None:
            files = _count_files(error.diagnostics)
        self.report(error.diagnostics, files, to=sys.stdout if self.is_machine else sys.stderr)

    def fail_as(self, as_json: AsJson, diagnostics: Iterable[Diagnostic]) -> None:
        """Report mistakes as `fail` does, or for a JSON report, in the format of the answer."""
        if self.is_data and self.file is None:
            report = Report(tuple(diagnostics), 1)
            files = _count_files(report.diagnostics)
            write(as_json(None, report._replace(files=files), self.form))
        else:
            self.fail(NncError(diagnostics))


def _count_files(diagnostics: Iterable[Diagnostic]) -> int:
    """Return the number of files that diagnostics name, at least 1."""
    return len({diagnostic.file for diagnostic in diagnostics if diagnostic.file is not None}) or 1


def check_outputs(
    outputs: Mapping[str, str | None], inputs: Mapping[str, Iterable[str | None]]
) -> None:
    """Reject an output that names the same file as an input or another output.

    Raises UsageError, which names the option.
    """
    taken = [(what, file) for what, files in inputs.items() for file in files if file is not None]
    for option, output in outputs.items():
        if output is None or output == STDIN:
            continue
        for what, file in taken:
            if is_same_file(output, file):
                raise click.UsageError(f"{option} and {what} name the same file, {output}")
        taken.append((option, output))


def check_made_of(outputs: Mapping[str, str | None], files: Iterable[Path]) -> None:
    """Reject an output that would overwrite a file that a network consists of.

    Raises UsageError, which names the option.
    """
    for option, output in outputs.items():
        if output is not None and any(is_same_file(output, file) for file in files):
            message = f"{option} {output} would replace a file that the network is made of"
            raise click.UsageError(message)

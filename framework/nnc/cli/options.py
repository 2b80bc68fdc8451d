"""What the commands share at the terminal: options, colour, and telling findings."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from nnc.diagnostics.diagnostic import Diagnostic, NncError, in_file_order
from nnc.files.opening import MAX_BYTES, STDIN, find_networks, is_same_file
from nnc.printable import line

if TYPE_CHECKING:
    from nnc.reports.findings.findings import Changes
    from nnc.rows.columns import Batch

FORMATS = ("full", "concise", "json", "json-lines", "github", "sarif")
MACHINE = ("json", "json-lines", "sarif")
_FILES = "nnc.files.writing"
FINE, FINDINGS, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


class Reporter:
    """Tells what a command found: on a stream, and in a file beside it."""

    def __init__(self, form: str, file: str | None, color: str) -> None:
        self.form, self.color = form, color
        self.file = None if file == STDIN else file  # which is where it goes anyway

    def spare(self, inputs: Iterable[str | None], made_of: Iterable[Path] = ()) -> None:
        """Refuse a report that would replace a file that is read. Raises UsageError."""
        if self.file is not None:
            outputs = {"--output-file": self.file}
            check_outputs(outputs, {"an input": inputs})
            check_made_of(outputs, made_of)

    @property
    def is_machine(self) -> bool:
        """Whether a program reads the report, so that nothing else may stand beside it."""
        return self.form in MACHINE

    def tell(
        self,
        diagnostics: Iterable[Diagnostic],
        files: int,
        *,
        to: TextIO | None = None,
        cases: int | None = None,
        failed: int = 0,
        changes: Changes | None = None,
    ) -> None:
        """Write the report of all diagnostics."""
        from nnc.reports.findings import REPORTS
        from nnc.reports.findings.findings import Findings

        stream = to or sys.stdout
        ordered = tuple(in_file_order(diagnostics))
        colour = has_colour(stream, self.color)
        findings = Findings(ordered, files, colour, cases, failed, changes)
        if self.file is None:
            write(REPORTS[self.form](findings), stream)
            return
        from nnc.files.writing import open_atomically

        write(REPORTS["full"](findings), stream)
        with open_atomically(self.file) as target:
            plain = findings._replace(colour=False)
            target.write(REPORTS[self.form](plain).encode("utf-8", "backslashreplace"))

    def write(self, full: str, report: str) -> None:
        """Write the report; where it goes to a file, the text for people goes to the terminal."""
        if self.file is None:
            write(report)
            return
        from nnc.files.writing import open_atomically

        write(full)
        with open_atomically(self.file) as target:
            target.write(report.encode("utf-8", "backslashreplace"))

    def tell_nothing(self) -> None:
        """Write the empty report to the report's file, if one is asked for."""
        if self.file is not None:
            self.tell((), 1, to=sys.stderr)

    def fail(self, error: NncError, files: int = 1) -> None:
        """Tell the mistakes of a command that writes something else to its output."""
        self.tell(error.diagnostics, files, to=sys.stdout if self.is_machine else sys.stderr)


def check_outputs(
    outputs: Mapping[str, str | None], inputs: Mapping[str, Iterable[str | None]]
) -> None:
    """Refuse an output that names the file of an input, or of another output."""
    taken = [(what, file) for what, files in inputs.items() for file in files if file is not None]
    for option, output in outputs.items():
        if output is None or output == STDIN:
            continue
        for what, file in taken:
            if is_same_file(output, file):
                raise click.UsageError(f"{option} and {what} name the same file, {output}")
        taken.append((option, output))


def check_made_of(outputs: Mapping[str, str | None], files: Iterable[Path]) -> None:
    """Refuse an output that would replace one of the files that a network is made of."""
    for option, output in outputs.items():
        if output is not None and any(is_same_file(output, file) for file in files):
            message = f"{option} {output} would replace a file that the network is made of"
            raise click.UsageError(message)


def progress(batches: Iterator[Batch], share: Callable[[int], float | None]) -> Iterator[Batch]:
    """Pass batches on; on a terminal, show the rate, and the time left, after the first second.

    `share` tells which part of all, from 0 to 1, has come after so many rows, where that is known.
    """
    if not sys.stderr.isatty():
        yield from batches
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f} a second"),
        BarColumn(),
        TimeRemainingColumn(),
    )
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    task = shown.add_task("", total=None, rows=0, rate=0.0)
    start, rows = time.monotonic(), 0
    with contextlib.ExitStack() as stack:
        for batch in batches:
            yield batch
            rows += batch.count
            spent, part = time.monotonic() - start, share(rows)
            total = None if part is None else 1.0
            shown.update(task, total=total, completed=part, rows=rows, rate=rows / (spent or 1))
            if spent > 1 and not shown.live.is_started:
                stack.enter_context(shown)


def has_colour(stream: TextIO, choice: str = "auto") -> bool:
    """Tell whether to colour: as asked, else NO_COLOR, FORCE_COLOR, else on a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def write(text: str, stream: TextIO | None = None) -> None:
    """Write a text as it is; what the stream cannot encode is written as escapes."""
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
        forget(stream)  # nobody can be told; the work goes on


def forget(stream: TextIO) -> None:
    """Let go of a stream that takes nothing any more; what is still written to it is lost."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say(text: str, stream: TextIO | None = None) -> None:
    """Write one line, printable whatever names stand in it."""
    write(f"{line(text)}\n", stream)


def reports(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of every command that reports; they arrive as one `reporter`."""

    def with_reporter(output_format: str, output_file: str | None, color: str, **rest: Any) -> Any:
        return command(reporter=Reporter(output_format, output_file, color), **rest)

    with_reporter.__doc__ = command.__doc__
    with_reporter.__name__ = command.__name__
    with_reporter.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        click.option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            help="When to colour; `auto` heeds NO_COLOR and FORCE_COLOR.",
        ),
        click.option(
            "--output-file",
            metavar="FILE",
            type=click.Path(dir_okay=False),
            help="Write the report there, and the text for people to the terminal.",
        ),
        click.option(
            "--output-format",
            type=click.Choice(FORMATS),
            default="full",
            help="The form of the report.",
        ),
    ):
        with_reporter = option(with_reporter)
    return with_reporter


def reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of every command that reads network files."""
    for option in (
        click.option(
            "--max-bytes",
            type=click.IntRange(min=1),
            default=MAX_BYTES,
            metavar="N",
            help="Refuse files larger than this (128 MiB).",
        ),
        click.option(
            "--root",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="The folder that files named in a network must lie in; by default the "
            "nearest one upward with .git, else the network's own.",
        ),
    ):
        command = option(command)
    return command


class WithFiles(click.Command):
    """A command whose arguments are revisions before `--` and files after it: see `files_of`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the files after `--` away, so that revisions are left."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[_FILES] = args[at + 1 :]
            args = args[:at]
        return super().parse_args(ctx, args)


def files_of(ctx: click.Context) -> list[str] | None:
    """Give the files after `--`; None where there is no `--`."""
    files: list[str] | None = ctx.meta.get(_FILES)
    return files


def naming(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option of every command that takes network files from standard input too."""
    return click.option(
        "--stdin-filename",
        metavar="FILE",
        help="What to call `-` in messages, and the file whose place it takes.",
    )(command)


def choosing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of every command that looks at many network files: see `networks`."""
    return click.option(
        "--changed-since",
        metavar="REV",
        help="Only files that were changed, or use a file that was, since this branch left "
        "REV, a branch, tag or commit of git.",
    )(command)


def networks(
    paths: tuple[str, ...], changed_since: str | None
) -> tuple[list[str], list[Diagnostic]]:
    """Give the files that paths stand for, of those the changed ones, and what is not to be had."""
    if changed_since is not None and STDIN in paths:
        raise click.UsageError("--changed-since goes with files, not with `-`")
    files, missing = find_networks(paths or (".",))
    if changed_since is not None:
        from nnc.versions.revisions import changed_since as among

        there = {file: None for file in files if os.path.lexists(file)}
        try:
            changed = set(among(changed_since, there))
        except NncError as error:
            return [], [*missing, *error.diagnostics]
        files = [file for file in files if file in changed or file not in there]
        if not files and not missing:
            say(f"no network file has changed since {changed_since}", sys.stderr)
    return files, missing


def code_of(error: NncError) -> int:
    """Give the exit code of an error: 2 for files that cannot be opened, told or taken, else 1."""
    from nnc.diagnostics.diagnostic import FileError

    about_files = all(
        one.rule in ("unknown-format", "missing-library") for one in error.diagnostics
    )
    return USAGE if about_files or isinstance(error, FileError) else FINDINGS

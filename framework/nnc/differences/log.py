"""`nnc log`: the commits that changed a network, and their changes."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice, tee
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnc.diagnostics.diagnostic import NncError
from nnc.differences.diffs.compared import Compared, Named
from nnc.differences.diffs.json import ComparisonRecord, comparison_record
from nnc.differences.diffs.text import (
    FINDING_FORMS,
    as_findings,
    concise_words,
    full_lines,
    section,
    stat_words,
)
from nnc.differences.history import CommitChange, History
from nnc.differences.row_changes import Comparison
from nnc.files.writing import write_whole
from nnc.numbers.exact import counted, shorten
from nnc.opening.revisions import open_revisions
from nnc.printable import line
from nnc.records import Versioned, json_text
from nnc.terminal import options
from nnc.terminal.findings.json import Finding, finding
from nnc.terminal.options import Reporter

if TYPE_CHECKING:
    from nnc.differences.history import CommitChange
    from nnc.terminal.colour import Kind

_LONGEST = 200

# --------------------------------------------------------------------------- words of all forms


def _title_words(change: CommitChange) -> tuple[str, str]:
    """Return the abbreviated commit, its date, author and subject."""
    commit = change.commit
    return (
        change.name,
        f"{commit.day} {shorten(commit.author)}: {shorten(commit.subject, _LONGEST)}",
    )


def _notes(change: CommitChange) -> list[str]:
    """Name the status of the file, and the version it is compared with."""
    notes = []
    if change.renamed_from is not None:
        notes.append(
            f"renamed {shorten(change.renamed_from, _LONGEST)} -> {shorten(change.path, _LONGEST)}"
        )
    words = {
        "added": "added",
        "removed": "removed",
        "first": "the first valid version",
        "cut": "the clone is shallow: what was there before is not known",
    }
    if change.kind in words:
        notes.append(words[change.kind])
    if change.kind == "invalid":
        more = change.diagnostics[1:]
        rest = f"; and {counted(len(more), 'more error')}"
        notes.append(f"not valid: {change.diagnostics[0]}{rest if more else ''}")
    if change.passed and change.before is not None:
        between = counted(change.passed, "invalid version")
        notes.append(f"compared with {change.before.name}: {between} between")
    return notes


def _compared(change: CommitChange, comparison: Comparison) -> Compared:
    """Name the versions of a comparison as git names files of commits."""
    assert change.before is not None
    before = Named(change.before.path, change.before.commit)
    return Compared(before, Named(change.path, change.commit.oid), comparison)


# ----------------------------------------------------------------------------- text for people


def _full(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return a line for each commit, its changes below it, and a blank line between commits."""
    for i, change in enumerate(changes):
        yield "\n" * (i > 0) + "".join(f"{line(text)}\n" for text in _lines(change))


def _lines(change: CommitChange) -> Iterator[str]:
    yield " ".join(_title_words(change))
    yield from (f"  {note}" for note in _notes(change))
    if change.comparison is not None:
        compared = _compared(change, change.comparison)
        yield from (f"  {text}" for text in (compared.headline, *full_lines(compared)))


# ------------------------------------------------------------------------- one line, for people


def _concise(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return a line for each commit, change and verdict, each with its commit."""
    for change in changes:
        yield "".join(f"{line(text)}\n" for text in _concise_words(change))


def _concise_words(change: CommitChange) -> Iterator[str]:
    yield " ".join(_title_words(change))
    others = _notes(change)
    if change.comparison is not None:
        others += concise_words(_compared(change, change.comparison))
    yield from (f"{change.name}: {text}" for text in others)


def _oneline(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return a line for each commit, with the number of its changes."""
    for change in changes:
        words = change.kind if change.kind == "invalid" else "; ".join(_notes(change))
        if change.comparison is not None:
            words = stat_words(_compared(change, change.comparison))
            if change.renamed_from is not None:
                words = f"renamed; {words}"
        title = " ".join(_title_words(change))
        yield f"{line(f'{title} ({words})')}\n"


# ------------------------------------------------------------------------------------- Markdown


def _markdown(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return a section for each commit, with the lines of the text."""
    for i, change in enumerate(changes):
        title, *lines = _lines(change)
        yield "\n" * (i > 0) + section(title, (text.removeprefix("  ") for text in lines))


# ----------------------------------------------------------------------------------------- JSON


@dataclass(frozen=True, slots=True)
class CommitRecord:
    """The change of the network by one commit."""

    commit: str
    """The commit, in full."""
    date: str
    """The day on which it was written."""
    author: str
    """The author of the commit."""
    title: str
    """The first line of its message."""
    file: str
    """The file, as it was named."""
    renamed_from: str | None
    """The name of the file in the first parent, if it was another."""
    kind: str
    """The kind of change, in one word."""
    passed_over: int
    """The number of invalid versions between those that are compared."""
    comparison: ComparisonRecord | None
    """The comparison with the version before; null where there is none."""
    diagnostics: tuple[Finding, ...]
    """Every finding, by file and location."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport(Versioned):
    """The report of `nnc log`."""

    commits: tuple[CommitRecord, ...]
    """Every commit that touched the network, the newest first."""


def _json(changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return all commits as one indented JSON object."""
    yield json_text(LogReport(commits=tuple(map(_commit, changes))))


def _commit(change: CommitChange) -> CommitRecord:
    commit, comparison = change.commit, change.comparison
    record = None if comparison is None else comparison_record(_compared(change, comparison))
    return CommitRecord(
        commit=commit.oid,
        date=commit.day,
        author=commit.author,
        title=commit.subject,
        file=change.path,
        renamed_from=change.renamed_from,
        kind=change.kind,
        passed_over=change.passed,
        comparison=record,
        diagnostics=tuple(map(finding, change.diagnostics)),
    )


def _findings(form: str, changes: Iterable[CommitChange]) -> Iterator[str]:
    """Return a note for each line of the concise form."""
    findings = ((change.path, words) for change in changes for words in _concise_words(change))
    yield as_findings(form, findings)


LOGS: dict[str, Callable[[Iterable[CommitChange]], Iterator[str]]] = {
    "full": _full,
    "concise": _concise,
    "oneline": _oneline,
    "json": _json,
    "markdown": _markdown,
    **{form: partial(_findings, form) for form in FINDING_FORMS},
}
"""Every form of a history, by its name on the command line; it is given in pieces as it is read."""


FORMS = (*options.FORMATS, "oneline", "markdown")


@click.command("log", cls=options.WithFiles)
@click.argument("words", nargs=-1, metavar="[REV | REV..REV --] FILE")
@click.option("--behaviour", is_flag=True, help="Only commits that change the outputs.")
@click.option(
    "-n",
    "--max-count",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show at most N commits.",
)
@options.budget_option(" with a commit", is_counted=True)
@options.form_options(FORMS)
@options.file_options
@click.pass_context
def command(
    ctx: click.Context,
    reporter: Reporter,
    words: tuple[str, ...],
    max_count: int | None,
    budget: float,
    root: Path | None,
    max_bytes: int,
    *,
    behaviour: bool,
) -> int:
    """List the commits that changed a network, and what each changed.

    Lists the commits that touched FILE or a file that it uses (a part, a base, a weight file),
    newest first: from HEAD, from the commit REV, or those in the second REV and not in the first.
    Follows FILE across renames.

    Each is compared with its first parent, as nnc diff does. An invalid version is reported and
    skipped: the next one is compared with the last valid one.
    """
    form = reporter.form
    revision, file = _asked(words, options.files_of(ctx))
    options.check_outputs({"--report-file": reporter.file}, {"FILE": [file]})
    hidden, dots, tip = revision.rpartition("..")
    try:
        with open_revisions(file) as revisions:
            history = History(
                revisions,
                revisions.repository.place_of(file),
                tip=tip or "HEAD",
                hidden=hidden or "HEAD" if dots else None,
                root=root,
                max_bytes=max_bytes,
            )
            changes: Iterable[CommitChange] = history.changes(budget)
            if behaviour:
                changes = (change for change in changes if change.is_of_behaviour)
            _write(islice(changes, max_count), form, reporter)
    except NncError as error:
        is_known = form in options.FORMATS and reporter.file is None
        Reporter(form if is_known else "full", color=reporter.color).fail(error)
        return options.code_of(error)
    return options.FINE


def _asked(words: tuple[str, ...], files: list[str] | None) -> tuple[str, str]:
    """Return the revision or range, and the file. Raises UsageError for other arguments."""
    if files is None:
        if len(words) == 2:
            raise click.UsageError(
                f"a revision goes before `--`: nnc log {shlex.join([words[0], '--', words[1]])}"
            )
        words, files = (), list(words)
    if len(words) > 1:
        raise click.UsageError(f"at most one revision goes before `--`, found {len(words)}")
    if len(files) != 1:
        raise click.UsageError(f"name one network file, found {len(files)}: nnc log FILE")
    if words and "..." in words[0]:
        raise click.UsageError("`...` has no meaning here: write REV..REV")
    if Path(files[0]).is_dir():
        raise click.UsageError(f"`{files[0]}` is a folder: name one network file")
    return (words[0] if words else ""), files[0]


def _write(changes: Iterable[CommitChange], form: str, reporter: Reporter) -> None:
    """Write each commit as soon as it is compared."""
    file = reporter.file
    kept: Iterable[CommitChange] = ()
    if file is not None:
        changes, kept = tee(changes)
    count = 0
    first_form = "full" if file else form
    kind: Kind | None = "log" if first_form in ("full", "concise", "oneline") else None
    for count, piece in enumerate(LOGS[first_form](changes), 1):  # noqa: B007
        reporter.show(piece, kind)
    if file is not None:
        write_whole(file, "".join(LOGS[form](kept)), "backslashreplace")
    if not count:
        options.write("no commit has changed it\n", sys.stderr)

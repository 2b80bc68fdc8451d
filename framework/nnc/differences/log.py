"""`nnc log`: the commits that changed a network, and what each of them did."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from itertools import islice, tee
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnc.diagnostics.diagnostic import NncError
from nnc.differences.history import History
from nnc.differences.logs import LOGS
from nnc.files.writing import write_whole
from nnc.opening.revisions import open_revisions
from nnc.terminal import options
from nnc.terminal.options import Reporter

if TYPE_CHECKING:
    from nnc.differences.history import CommitChange
    from nnc.terminal.colour import Kind

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
    """Return the revision or range, and the file. Raises UsageError for other words."""
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
    """Write each commit as soon as it is found."""
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

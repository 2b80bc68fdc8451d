"""`nnc diff`: what a change of a network means, and for which inputs it matters."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from nnc.cli import options
from nnc.cli.options import Reporter
from nnc.diagnostics.diagnostic import FileError, InvalidNetworkError, InvalidRowsError, NncError
from nnc.files.opening import STDIN, find_networks, open_to_read
from nnc.rows.formats import FORMATS, READABLE, format_of

if TYPE_CHECKING:
    from nnc.checking import Checked
    from nnc.comparison.row_changes import Comparison
    from nnc.diagnostics.diagnostic import Diagnostic
    from nnc.reports.diffs import Compared, Named
    from nnc.versions.revisions import Revision

FORMS = ("full", "concise", "json", "markdown")
HEAD = "HEAD"


@click.command("diff", cls=options.WithFiles)
@click.argument("words", nargs=-1, metavar="[A B | [REV [REV]] -- FILE... | FILE...]")
@click.option(
    "--within",
    multiple=True,
    metavar="NAME=RANGE",
    help="Limit an input to these values: age=0..64, mode=on|off.",
)
@click.option(
    "--rows",
    metavar="FILE",
    type=click.Path(),
    help="Count the rows of FILE whose outputs change, with old and new values.",
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0),
    default=10.0,
    metavar="SECONDS",
    help="Seconds to try inputs if there are more than 2^24 (10).",
)
@click.option(
    "--context",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show up to N changed rows of each layer.",
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if the meaning has changed.")
@options.form_options(FORMS)
@options.file_options
@click.pass_context
def command(
    ctx: click.Context,
    words: tuple[str, ...],
    within: tuple[str, ...],
    budget: float,
    rows: str | None,
    context: int,
    output_format: str,
    output_file: str | None,
    root: Path | None,
    max_bytes: int,
    *,
    exit_code: bool,
) -> int:
    """Show what changed between two networks, and its effect.

    A and B are two files. With `--`, FILE is compared between two revisions of git, or between one
    (without any, HEAD) and the work tree. FILE alone is compared with HEAD; without files, every
    network that differs from HEAD is compared.

    First it lists changes in meaning; order, layout, comments, spelling and names of inner neurons
    never count. Then, for each output, whether it is proved equal, or an input for which it
    differs, traced in both networks.
    """
    from nnc.api import compare_checked
    from nnc.reports.diffs import DIFFS

    files = options.files_of(ctx)
    reporter = Reporter(output_format, output_file)
    reporter.protect([*words, *(files or ()), rows])
    if rows == STDIN:
        raise click.UsageError("--rows needs a file, because it may be read twice")
    warnings: dict[Diagnostic, None] = {}
    compare_two = partial(
        compare_checked,
        within=within,
        budget=budget,
        context=context,
        rows=rows,
        report=lambda warning: warnings.setdefault(replace(warning, help=None)),
    )
    failing = Reporter("json" if output_format == "json" else "full")
    try:
        _check_format(rows)
        every_pair = _Networks(root, max_bytes).sides(words, files)
        compared, errors, count = _compare_all(every_pair, compare_two, reporter)
    except NncError as error:
        failing.fail(error)
        return options.code_of(error)
    if warnings:
        Reporter().report(warnings, 1, to=sys.stderr)
    if errors:
        failing.fail(InvalidNetworkError(errors), count)
        if failing.is_machine or not compared:
            return options.FINDINGS
    elif not compared:
        options.write(f"no network has changed since {HEAD}\n", sys.stderr)
    reporter.write(DIFFS["full"](compared), DIFFS[output_format](compared))
    is_other = exit_code and not all(pair.comparison.structure.is_same for pair in compared)
    return options.FINDINGS if errors or is_other else options.FINE


def _compare_all(
    every_pair: Iterable[_Sides],
    compare_two: Callable[[Checked, Checked], Comparison],
    reporter: Reporter,
) -> tuple[list[Compared], list[Diagnostic], int]:
    """Compare pair after pair; return that, the mistakes of invalid ones, and how many files."""
    compared: list[Compared] = []
    errors: list[Diagnostic] = []
    count = 0
    for sides in every_pair:
        networks = [side for side in (sides.before, sides.after) if side is not None]
        count += len(networks)
        for network in networks:
            reporter.protect([], network.files)
        try:
            compared.append(sides.compare(compare_two))
        except InvalidNetworkError as error:
            errors += error.diagnostics
    return compared, errors, count


def _check_format(rows: str | None) -> None:
    """Refuse a file of rows whose name does not say its format. Raises InvalidRowsError."""
    try:
        format_of(rows or ".csv")
    except InvalidRowsError as error:
        readable = ", ".join(FORMATS[name].suffixes[0] for name in READABLE)
        hint = f"rename it to end in {readable}"
        raise InvalidRowsError(
            replace(diagnostic, help=hint) for diagnostic in error.diagnostics
        ) from None


class _Sides(NamedTuple):
    """Two networks that are to be compared, by their names; None where there is none."""

    before: Checked | None
    after: Checked | None
    names: tuple[Named, Named]

    def compare(self, compare_two: Callable[[Checked, Checked], Comparison]) -> Compared:
        """Compare them, or describe the one that is there. Raises what `compare_two` does."""
        from nnc.api import lone_comparison
        from nnc.reports.diffs import Compared

        if self.before is None:
            assert self.after is not None
            return Compared(*self.names, lone_comparison(self.after, "added"), "added")
        if self.after is None:
            return Compared(*self.names, lone_comparison(self.before, "removed"), "removed")
        return Compared(*self.names, compare_two(self.before, self.after))


class _Networks(NamedTuple):
    """Reads the networks that are to be compared, below a root and up to a size."""

    root: Path | None
    max_bytes: int

    def sides(self, words: tuple[str, ...], files: list[str] | None) -> Iterator[_Sides]:
        """Read each two networks that are to be compared.

        Raises UsageError for words that mean nothing, and FileError.
        """
        from nnc.reports.diffs import Named

        if files is not None:
            if len(words) > 2:
                message = f"at most two revisions go before `--`, found {len(words)}"
                raise click.UsageError(message)
            if not files:
                raise click.UsageError("the network file comes after `--`: nnc diff REV -- FILE")
            for file in _network_files(files):
                yield self._of_revisions(words or (HEAD,), file)
            return
        if not words:
            yield from self._since_head()
            return
        for word in words:
            _check_there(word, words)
        if len(words) == 2 and all(map(_is_file, words)):
            before, after = map(self._work_tree, words)
            yield _Sides(before, after, (Named(before.file), Named(after.file)))
            return
        for file in _network_files(words):
            yield self._of_revisions((HEAD,), file)

    def _work_tree(self, file: str) -> Checked:
        from nnc.checking import check_file

        return check_file(file, root=self.root, max_bytes=self.max_bytes)

    def _at(self, revision: Revision, place: str) -> Checked:
        return revision.check(place, root=self.root, max_bytes=self.max_bytes)

    def _since_head(self) -> Iterator[_Sides]:
        """Read every network that is not as it was in HEAD: changed, moved, new or gone."""
        from nnc.reports.diffs import Named
        from nnc.versions.revisions import changed_since, gone_since, open_revisions

        gone = gone_since(HEAD)
        files, missing = find_networks(["."])
        if missing and not gone:
            raise FileError(missing)
        moved = {new: old for old, new in gone.items() if new is not None}
        for file in changed_since(HEAD, files):
            yield self._of_revisions((HEAD,), file, moved.get(os.path.normpath(file)))
        with open_revisions(".") as revisions:
            for place, new in gone.items():
                if new is None:
                    names = (Named(place, HEAD), Named(place))
                    yield _Sides(self._at(revisions.at(HEAD), place), None, names)

    def _of_revisions(self, names: tuple[str, ...], file: str, was: str | None = None) -> _Sides:
        """Read a network at one or two revisions; the second is else the work tree.

        `was` is where it lay in the first.
        """
        from nnc.reports.diffs import Named
        from nnc.versions.revisions import open_revisions

        with open_revisions(file) as opened:
            place = opened.repository.place_of(file)
            revisions = [opened.at(name) for name in names]
            places = [was or place, place]
            is_there = [revision.has(at) for revision, at in zip(revisions, places, strict=False)]
            is_tree = len(names) == 1
            if is_tree:
                is_there.append(_is_file(file))
            # one that is nowhere is a mistake, reported with the names that are near
            is_read = [here or not any(is_there) for here in is_there]
            sides = [
                self._at(revision, at) if reads else None
                for revision, at, reads in zip(revisions, places, is_read, strict=False)
            ]
            if is_tree:
                sides.append(self._work_tree(file) if is_read[1] else None)
            called = [
                Named(at, revision.name) for revision, at in zip(revisions, places, strict=False)
            ]
        return _Sides(sides[0], sides[1], (called[0], Named(file) if is_tree else called[1]))


def _is_file(word: str) -> bool:
    return word == STDIN or Path(word).is_file()


def _check_there(word: str, words: tuple[str, ...]) -> None:
    """Refuse a word that is not a file: as one, or as a revision that is in the wrong place.

    Raises FileError, or UsageError.
    """
    if word == STDIN or glob.has_magic(word) or Path(word).exists():
        return
    if word.endswith((".yaml", ".yml")):
        with open_to_read(word):  # which raises what is in the way
            return
    others = " ".join(other for other in words if Path(other).exists())
    hint = f"write a revision before `--`: nnc diff {word} -- {others or 'FILE'}"
    raise click.UsageError(f"there is no file `{word}`; {hint}")


def _network_files(paths: Sequence[str]) -> list[str]:
    """Return the network files that paths stand for. Raises FileError where one is not there."""
    files, missing = find_networks(paths)
    if missing:
        raise FileError(missing)
    return files

"""`nnc diff`: what a change of a network means, and for which inputs it matters."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from nnc.cli import options as console
from nnc.diagnostics.diagnostic import FileError, InvalidNetworkError, InvalidRowsError, NncError
from nnc.files.opening import STDIN, find_networks, open_to_read
from nnc.rows.formats import FORMATS, READABLE, format_of

if TYPE_CHECKING:
    from nnc.checking import Checked
    from nnc.diagnostics.diagnostic import Diagnostic
    from nnc.reports.diffs import Compared, Named

FORMS = ("full", "concise", "json", "markdown")
HEAD = "HEAD"


@click.command("diff", cls=console.WithFiles)
@click.argument("words", nargs=-1, metavar="[A B | [REV [REV]] -- FILE... | FILE...]")
@click.option(
    "--within",
    multiple=True,
    metavar="NAME=RANGE",
    help="Compare only where an input has these values: age=0..64, mode=on|off.",
)
@click.option(
    "--rows",
    metavar="FILE",
    type=click.Path(),
    help="Count the rows of this file that change, and tell from what to what.",
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0),
    default=10.0,
    metavar="SECONDS",
    help="How long to try inputs that are more than 2^24 (10).",
)
@click.option(
    "--context",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show up to N changed rows of each layer.",
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 where the meaning has changed.")
@click.option("--output-format", type=click.Choice(FORMS), default="full", help="The form.")
@click.option(
    "--output-file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write that form there, and the text for people to the terminal.",
)
@console.reading
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
    """Show what changed between two networks, and what that does.

    A and B are two files. With `--`, FILE is compared between two revisions of git, or between one
    (without any, HEAD) and the work tree. FILE alone is compared with HEAD; without files, all
    that differ from it are.

    First comes what changed in meaning: order, layout, comments, spelling and the names of inner
    neurons never do. Then, for each output, whether it is proved to be equal, or an input for which
    it differs, traced in both networks.
    """
    from nnc.reports.diffs import DIFFS

    reporter = console.Reporter(output_format, output_file, "auto")
    reporter.spare([*words, *(console.files_of(ctx) or ()), rows])
    if rows == STDIN:
        raise click.UsageError("--rows names a file, for it may be read twice")
    warnings: dict[Diagnostic, None] = {}
    how: dict[str, Any] = {"within": within, "budget": budget, "context": context}
    how |= {"rows": rows, "report": lambda one: warnings.setdefault(replace(one, help=None))}
    options = {"root": root, "max_bytes": max_bytes}
    failing = console.Reporter("json" if output_format == "json" else "full", None, "auto")
    told: list[Compared] = []
    wrong: list[Diagnostic] = []
    files = 0
    try:
        _check_format(rows)
        for sides in _sides(words, console.files_of(ctx), options):
            files += sum(side is not None for side in sides[:2])
            for side in sides[:2]:
                reporter.spare([], side.files if side is not None else [])
            try:
                told.append(sides.compare(how))
            except InvalidNetworkError as error:
                wrong += error.diagnostics
    except NncError as error:
        failing.fail(error)
        return console.code_of(error)
    if warnings:
        console.Reporter("full", None, "auto").tell(warnings, 1, to=sys.stderr)
    if wrong:
        failing.fail(InvalidNetworkError(wrong), files)
        if failing.is_machine or not told:
            return console.FINDINGS
    elif not told:
        console.write(f"no network has changed since {HEAD}\n", sys.stderr)
    reporter.write(DIFFS["full"](told), DIFFS[output_format](told))
    is_other = exit_code and not all(one.comparison.structure.is_same for one in told)
    return console.FINDINGS if wrong or is_other else console.FINE


def _check_format(rows: str | None) -> None:
    """Refuse a file of rows whose name does not tell its format."""
    try:
        format_of(rows or ".csv")
    except InvalidRowsError as error:
        readable = ", ".join(FORMATS[name].suffixes[0] for name in READABLE)
        fix = f"name it as what it is: {readable}"
        raise InvalidRowsError(replace(one, help=fix) for one in error.diagnostics) from None


class _Sides(NamedTuple):
    """Two networks that are to be compared, by their names; None where there is none."""

    before: Checked | None
    after: Checked | None
    names: tuple[Named, Named]

    def compare(self, how: dict[str, Any]) -> Compared:
        """Compare them, or tell the one that is there."""
        from nnc.api import compare_checked, lone_comparison
        from nnc.reports.diffs import Compared

        if self.before is None:
            assert self.after is not None
            found = lone_comparison(self.after, "added")
            return Compared(*self.names, found, "added")
        if self.after is None:
            found = lone_comparison(self.before, "removed")
            return Compared(*self.names, found, "removed")
        found = compare_checked(self.before, self.after, **how)
        return Compared(*self.names, found)


def _sides(
    words: tuple[str, ...], files: list[str] | None, options: dict[str, Any]
) -> Iterator[_Sides]:
    """Read each two networks that are to be compared."""
    from nnc.reports.diffs import Named

    if files is not None:
        if len(words) > 2:
            raise click.UsageError(f"at most two revisions stand before `--`, found {len(words)}")
        if not files:
            raise click.UsageError("after `--` stands the network file: nnc diff REV -- FILE")
        for file in _networks(files):
            yield _of_revisions(words or (HEAD,), file, options)
        return
    if not words:
        yield from _since_head(options)
        return
    for word in words:
        _check_there(word, words)
    if len(words) == 2 and all(map(_is_file, words)):
        before, after = (_work_tree(word, options) for word in words)
        yield _Sides(before, after, (Named(before.file), Named(after.file)))
        return
    for file in _networks(list(words)):
        yield _of_revisions((HEAD,), file, options)


def _is_file(word: str) -> bool:
    return word == STDIN or Path(word).is_file()


def _check_there(word: str, words: tuple[str, ...]) -> None:
    """Tell a word that is no file: as one, or as a revision that stands in the wrong place."""
    if word == STDIN or glob.has_magic(word) or Path(word).exists():
        return
    if word.endswith((".yaml", ".yml")):
        with open_to_read(word):  # which raises what is in the way
            return
    others = " ".join(one for one in words if Path(one).exists())
    fix = f"write a revision before `--`: nnc diff {word} -- {others or 'FILE'}"
    raise click.UsageError(f"there is no file `{word}`; {fix}")


def _networks(paths: list[str]) -> list[str]:
    files, missing = find_networks(paths)
    if missing:
        raise FileError(missing)
    return files


def _work_tree(file: str, options: dict[str, Any]) -> Checked:
    from nnc.checking import check_file

    return check_file(file, **options)


def _since_head(options: dict[str, Any]) -> Iterator[_Sides]:
    """Read every network that is not as it was in HEAD: changed, moved, new or gone."""
    from nnc.reports.diffs import Named
    from nnc.versions.revisions import changed_since, gone_since, open_revisions

    gone = gone_since(HEAD)
    files, missing = find_networks(["."])
    if missing and not gone:
        raise FileError(missing)
    moved = {new: old for old, new in gone.items() if new is not None}
    for file in changed_since(HEAD, files):
        yield _of_revisions((HEAD,), file, options, moved.get(os.path.normpath(file)))
    with open_revisions(".") as repository:
        for place, new in gone.items():
            if new is None:
                names = (Named(place, HEAD), Named(place))
                yield _Sides(repository.at(HEAD).check(place, **options), None, names)


def _of_revisions(
    names: tuple[str, ...], file: str, options: dict[str, Any], was: str | None = None
) -> _Sides:
    """Read a network at one or two revisions; the second is else the work tree.

    `was` is where it lay in the first.
    """
    from nnc.reports.diffs import Named
    from nnc.versions.revisions import open_revisions

    with open_revisions(file) as repository:
        place = repository.repository.place_of(file)
        revisions = [repository.at(name) for name in names]
        places = [was or place, place]
        there = [one.has(at) for one, at in zip(revisions, places, strict=False)]
        is_tree = len(names) == 1
        if is_tree:
            there.append(_is_file(file))
        # one that is nowhere is told as a mistake, with the names that are near
        asked = [has or not any(there) for has in there]
        sides = [
            one.check(at, **options) if wanted else None
            for one, at, wanted in zip(revisions, places, asked, strict=False)
        ]
        if is_tree:
            sides.append(_work_tree(file, options) if asked[1] else None)
        called = [Named(at, one.name) for one, at in zip(revisions, places, strict=False)]
    return _Sides(sides[0], sides[1], (called[0], Named(file) if is_tree else called[1]))

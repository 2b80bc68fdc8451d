"""`nnc diff`: what a change of a network means, and for which inputs it matters."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnc import console
from nnc.diagnostics import InvalidNetworkError, NncError
from nnc.paths import find_networks

if TYPE_CHECKING:
    from nnc.pipeline import Checked

FORMS = ("full", "concise", "json", "markdown")
_FILES = "nnc.diff.files"
HEAD = "HEAD"


class _Diff(click.Command):
    """Keeps apart what stands before and after `--`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the files after `--` away, so that revisions are left."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[_FILES] = args[at + 1 :]
            args = args[:at]
        return super().parse_args(ctx, args)


@click.command("diff", cls=_Diff)
@click.argument("words", nargs=-1, metavar="[A B | [REV [REV]] -- FILE... | FILE...]")
@click.option(
    "--within",
    multiple=True,
    metavar="NAME=RANGE",
    help="Compare only where an input has these values: age=0..64, mode=on|off.",
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
    from nnc.diffs import DIFFS, Compared
    from nnc.pipeline import compare_checked

    reporter = console.Reporter(output_format, output_file, "auto")
    told: list[Compared] = []
    code = console.FINE
    try:
        for before, after in _sides(words, ctx.meta.get(_FILES), root, max_bytes):
            found = compare_checked(before, after, within=within, budget=budget, context=context)
            told.append(Compared(before.file, after.file, found))
    except NncError as error:
        _fail(error, machine=output_format == "json")
        return console.code_of(error)
    if not told:
        console.write("no network has changed since HEAD\n", sys.stderr)
    if exit_code and not all(one.comparison.structure.is_same for one in told):
        code = console.FINDINGS
    reporter.write(DIFFS["full"](told), DIFFS[output_format](told))
    return code


def _fail(error: NncError, *, machine: bool) -> None:
    """Tell what is in the way, as a report for people or for programs."""
    console.Reporter("json" if machine else "full", None, "auto").fail(error, 2)


def _sides(
    words: tuple[str, ...], files: list[str] | None, root: Path | None, max_bytes: int
) -> Iterator[tuple[Checked, Checked]]:
    """Read each two networks that are to be compared."""
    options: dict[str, Any] = {"root": root, "max_bytes": max_bytes}
    if files is not None:
        if len(words) > 2:
            raise click.UsageError(f"at most two revisions stand before `--`, found {len(words)}")
        if not files:
            raise click.UsageError("after `--` stands the network file: nnc diff REV -- FILE")
        for file in _networks(files):
            yield _of_revisions(words or (HEAD,), file, options)
        return
    missing = [word for word in words if word != "-" and not Path(word).exists()]
    if missing:
        _tell_missing(missing[0], words)
    if len(words) == 2 and all(Path(word).is_file() for word in words):
        yield _valid(_work_tree(words[0], options)), _valid(_work_tree(words[1], options))
        return
    if words:
        for file in _networks(list(words)):
            yield _of_revisions((HEAD,), file, options)
        return
    from nnc.revisions import changed_since

    for file in changed_since(HEAD, _networks(["."])):
        yield _of_revisions((HEAD,), file, options)


def _tell_missing(word: str, words: tuple[str, ...]) -> None:
    others = " ".join(one for one in words if Path(one).exists())
    fix = f"write a revision before `--`: nnc diff {word} -- {others or 'FILE'}"
    raise click.UsageError(f"there is no file `{word}`; {fix}")


def _networks(paths: list[str]) -> list[str]:
    files, missing = find_networks(paths)
    if missing:
        from nnc.diagnostics import FileError

        raise FileError(missing)
    return files


def _work_tree(file: str, options: dict[str, Any]) -> Checked:
    from nnc.pipeline import check_file

    return check_file(file, **options)


def _of_revisions(
    revisions: tuple[str, ...], file: str, options: dict[str, Any]
) -> tuple[Checked, Checked]:
    """Read a network at one or two revisions; the second is else the work tree."""
    from nnc.revisions import open_revisions

    with open_revisions(file) as repository:
        place = repository.repository.place_of(file)
        sides = [repository.at(name).check(place, **options) for name in revisions]
    if len(sides) == 1:
        sides.append(_work_tree(file, options))
    return _valid(sides[0]), _valid(sides[1])


def _valid(checked: Checked) -> Checked:
    if checked.graph is None:
        raise InvalidNetworkError(checked.diagnostics)
    return checked

"""`nnc git`: let git show and merge networks by neuron; and what git then runs."""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import click

from nnc.diagnostics.diagnostic import Diagnostic, closest
from nnc.differences.versions.drivers import Drivers
from nnc.differences.versions.merging import MarkerLabels, merge
from nnc.files.git import ask_git
from nnc.files.opening import MAX_BYTES, read_bytes
from nnc.files.writing import open_atomically
from nnc.language.canonical import declared_lines
from nnc.language.document.reader import read_document
from nnc.language.document.text import line_end_of, with_line_ends
from nnc.opening.checking import check
from nnc.opening.repository import Repository
from nnc.terminal import options

_MAX_MARK = 1000  # characters of a conflict marker


class _Actions(click.Group):
    """The commands of `nnc git`; for an unknown one the nearest is suggested."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first word names."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            near = closest(args[0], ["install", "uninstall"])
            near = f"did you mean `{near}`?" if near else "`nnc git --help` lists the commands"
            raise click.UsageError(f"there is no command `git {args[0]}`: {near}", ctx)
        return super().resolve_command(ctx, args)


@click.group("git", cls=_Actions, no_args_is_help=True)
def command() -> None:
    """Let git show and merge network files by neuron and synapse.

    \b
      nnc git install      write the settings, and lines in .gitattributes
      git diff             shows one line per neuron, whatever the layout
      git merge            merges by neuron and synapse, and keeps comments
      nnc git uninstall    undo it

    Without nnc, git shows and merges as usual.
    """


_for_user = click.option("--global", "is_global", is_flag=True, help="For all your repositories.")


@command.command("install")
@_for_user
def _install(*, is_global: bool) -> int:
    """Set up git to show and merge network files.

    Writes three settings into the repository's .git/config, and two lines between marks into its
    .gitattributes, which you should commit. It touches nothing else, and you can run it again.
    """
    if not _change(is_global=is_global, install=True):
        options.write("already set up\n")
    if shutil.which("nnc") is None:
        note = "note: nnc is not in the PATH, so git will not use it\n"
        options.write(note, sys.stderr)
    return options.FINE


@command.command("uninstall")
@_for_user
def _uninstall(*, is_global: bool) -> int:
    """Undo `nnc git install`, and nothing else."""
    if not _change(is_global=is_global, install=False):
        options.write("there is nothing to undo\n")
    return options.FINE


def _change(*, is_global: bool, install: bool) -> int:
    """Install or uninstall, say each thing that was done, and return how many there were."""
    count = 0
    with ExitStack() as stack:
        repository = None if is_global else stack.enter_context(Repository.of(Path.cwd()))
        drivers = Drivers(repository)
        for line in drivers.install() if install else drivers.uninstall():
            options.say(line)
            count += 1
    return count


@command.command("textconv", hidden=True)
@click.argument("file", type=click.Path())
def _textconv(file: str) -> int:
    """Print FILE as git compares it: one line for each declaration; as it is, if it is invalid."""
    data = read_bytes(file, MAX_BYTES)
    lines = declared_lines(read_document(data, file))
    if lines is not None:
        data = "".join(f"{line}\n" for line in lines).encode()
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
    return options.FINE


@command.command("merge-driver", hidden=True)
@click.argument("base", type=click.Path())
@click.argument("ours", type=click.Path())
@click.argument("theirs", type=click.Path())
@click.argument("size", type=click.IntRange(1, _MAX_MARK))
@click.argument("path", type=click.Path())
@click.argument("labels", nargs=-1)
def _merge_driver(
    base: str, ours: str, theirs: str, size: int, path: str, labels: tuple[str, ...]
) -> int:
    """Merge BASE, OURS and THEIRS into OURS, as git runs it for PATH.

    Prints `merged` or `conflict` once OURS is written; without one of them git merges by itself.
    """
    try:
        contents = [read_bytes(file, MAX_BYTES) for file in (base, ours, theirs)]
        sides = [content.decode("utf-8") for content in contents]
        texts = [with_line_ends(text, "\n") for text in sides]
        merged = merge(texts[0], texts[1], texts[2], _labels(labels, size))
    except UnicodeDecodeError:
        merged = None
    if merged is None:
        note = f"note: {path} is not a network file on all sides: git merges it line by line"
        options.say(note, sys.stderr)
        return options.FINDINGS
    with open_atomically(ours, before=contents[1]) as stream:
        stream.write(with_line_ends(merged.text, line_end_of(sides[1])).encode())
    wrong = [
        Diagnostic("merge-conflict", f"both sides changed {name}", file=path, help=_MEND)
        for name in merged.conflicts
    ] or _made_invalid(merged.text, texts[1:], path)
    if wrong:
        options.Reporter().report(wrong, 0, to=sys.stderr)
    options.write("conflict\n" if wrong else "merged\n")
    return options.FINDINGS if wrong else options.FINE


def _labels(names: tuple[str, ...], size: int) -> MarkerLabels:
    """Return the labels of the conflict markers; git before 2.44 does not expand `%S`."""
    style = ask_git("config", "merge.conflictStyle").stdout.strip()
    labels = MarkerLabels(size=size, shows_base=style in (b"diff3", b"zdiff3"))
    if len(names) != 3 or any(not name or name.startswith("%") for name in names):
        return labels
    base, ours, theirs = names
    return labels._replace(ours=ours, base=base, theirs=theirs)


_MEND = "choose between the markers, then `git add` the file"


def _made_invalid(text: str, sides: list[str], path: str) -> list[Diagnostic]:
    """Return the diagnostics of a merge of two valid networks."""

    def errors(text: str) -> list[Diagnostic]:
        return check(text.encode(), path, path=Path(path), with_notes=False).errors

    wrong = errors(text)
    if not wrong or any(map(errors, sides)):
        return []
    message = "each side is a valid network, but both together are not"
    hint = "fix what is reported here, then `git add` the file"
    return [Diagnostic("merge-conflict", message, file=path, help=hint), *wrong]

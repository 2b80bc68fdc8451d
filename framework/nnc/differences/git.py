"""`nnc git`: the settings by which git shows and merges networks, and the commands it then runs."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import click

from nnc.diagnostics.diagnostic import Diagnostic, FileError, closest
from nnc.differences.merging import MarkerLabels, merge
from nnc.files.git import ask_git
from nnc.files.opening import MAX_BYTES, read_bytes, reason_of
from nnc.files.selection import SUFFIXES
from nnc.files.writing import open_atomically, remove_file
from nnc.language.canonical import declared_lines
from nnc.language.document.reader import read_document
from nnc.language.document.text import line_end_of, with_line_ends
from nnc.opening.checking import check
from nnc.opening.repository import Repository
from nnc.terminal import options

SETTINGS = {
    "diff.nnc.textconv": """sh -c 'nnc git textconv -- "$0" 2>/dev/null || cat "$0"'""",
    "merge.nnc.name": "networks, by neuron and synapse (nnc)",
    "merge.nnc.driver": (
        'case "$(command -v nnc >/dev/null && nnc git merge-driver -- %O %A %B %L %P %S %X %Y)" in '
        "merged) exit 0;; conflict) exit 1;; esac; "
        "git merge-file -q --marker-size=%L -L ours -L base -L theirs %A %O %B"
    ),
}
"""The settings of git. Without nnc, or where it fails, git shows and merges as it always does."""

_FIRST = "# nnc git install: networks are shown and merged by neuron"
_LAST = "# nnc git install: end"
_BLOCK = re.compile(
    f"^{re.escape(_FIRST)}.*\r?\n(?:.*\n)*?{re.escape(_LAST)}\r?\n?",
    re.MULTILINE,
)


class Drivers:
    """The git settings and attributes of one repository, or of the user if `repository` is None."""

    def __init__(self, repository: Repository | None) -> None:
        self._repository = repository

    def install(self) -> Iterator[str]:
        """Write missing settings, and yield a line for each. Raises FileError."""
        attributes = self._attributes()
        text = _read(attributes)
        whole = _with_block(text, _block_in(text, attributes))
        for name, value in SETTINGS.items():
            before = self._setting(name)
            if before != value:
                self._config("--replace-all", name, value)
                yield f"set {name}" if before is None else f"set {name}, which was {before}"
        if whole != text:
            _write(attributes, whole, before=text)
            yield f"wrote {len(SUFFIXES)} patterns to {_short_path(attributes)}"

    def uninstall(self) -> Iterator[str]:
        """Remove what `install` wrote, and yield a line for each change. Raises FileError."""
        attributes = self._attributes()
        text = _read(attributes)
        block = _block_in(text, attributes)
        for name in SETTINGS:
            if self._setting(name) is not None:
                self._config("--unset-all", name)
                yield f"removed {name}"
        if block is None:
            return
        rest = text[: block.start()] + text[block.end() :]
        if rest:
            _write(attributes, rest, before=text)
            yield f"removed {len(SUFFIXES)} patterns from {_short_path(attributes)}"
        else:
            remove_file(attributes, before=os.fsencode(text))
            yield f"removed {_short_path(attributes)}, which held nothing else"

    # ---------------------------------------------------------------------------- places

    def _attributes(self) -> Path:
        """Return the path of the attributes file, of the repository or the user."""
        if self._repository is not None:
            if self._repository.top is None:
                message = "a bare repository has no .gitattributes"
                hint = "run it in a clone, or write the user's own with --global"
                at = str(self._repository.folder)
                raise FileError([Diagnostic("no-repository", message, file=at, help=hint)])
            return self._repository.top / ".gitattributes"
        configured = ask_git("config", "--global", "--path", "core.attributesFile").stdout
        if configured.strip():
            return Path(os.fsdecode(configured).removesuffix("\n"))
        home = os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser()
        return Path(home) / "git/attributes"

    def _setting(self, name: str) -> str | None:
        value = self._run("--get", name)
        return None if value is None else value.removesuffix("\n")

    def _config(self, *arguments: str) -> None:
        if self._run(*arguments) is None:
            at = str(self._repository.folder) if self._repository is not None else None
            message = "git could not write its settings"
            hint = f"run `git config {' '.join(arguments[:2])}` to see why"
            raise FileError([Diagnostic("git-failed", message, file=at, help=hint)])

    def _run(self, *arguments: str) -> str | None:
        if self._repository is None:
            ran = ask_git("config", "--global", *arguments)
        else:
            ran = self._repository.try_to("config", "--local", *arguments)
        return None if ran.returncode else os.fsdecode(ran.stdout)


# ------------------------------------------------------------------------------ attributes


def _read(file: Path) -> str:
    """Read a file of attributes, with any bytes kept; a missing file is empty."""
    try:
        return os.fsdecode(file.read_bytes())
    except FileNotFoundError:
        return ""
    except OSError as error:
        message = f"cannot open the file: {reason_of(error)}"
        raise FileError([Diagnostic("cannot-open", message, file=str(file))]) from None


def _short_path(file: Path) -> str:
    """Return the relative path of a file, unless the absolute one is shorter."""
    return min(str(file), os.path.relpath(file), key=len)


def _write(file: Path, text: str, *, before: str) -> None:
    with suppress(OSError):  # reported when the file is opened
        file.parent.mkdir(parents=True, exist_ok=True)
    with open_atomically(file, before=os.fsencode(before)) as stream:
        stream.write(os.fsencode(text))


def _block_in(text: str, file: Path) -> re.Match[str] | None:
    """Find the marked lines. Raises FileError if a mark is missing or repeated."""
    blocks = list(_BLOCK.finditer(text))
    firsts, lasts = text.count(_FIRST), text.count(_LAST)
    if firsts != len(blocks) or lasts != len(blocks) or len(blocks) > 1:
        message = (
            "the lines between the marks of `nnc git install` cannot be told apart from others"
        )
        hint = f"remove them by hand, from `{_FIRST}` to `{_LAST}`"
        raise FileError([Diagnostic("attributes-damaged", message, file=str(file), help=hint)])
    return blocks[0] if blocks else None


def _with_block(text: str, block: re.Match[str] | None) -> str:
    """Replace the marked lines, or append them."""
    lines = (_FIRST, *(f"*{suffix} diff=nnc merge=nnc" for suffix in SUFFIXES), _LAST)
    marked = "".join(f"{line}\n" for line in lines)
    if block is not None:
        return text[: block.start()] + marked + text[block.end() :]
    return text + "\n" * (bool(text) and not text.endswith("\n")) + marked


_MAX_MARK = 1000  # characters of a conflict marker


class _Actions(click.Group):
    """The commands of `nnc git`; for an unknown one the nearest is suggested."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command named by the first argument."""
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
    """Install or uninstall, print each step taken, and return their number."""
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
    """Return the errors in the merge of two valid networks."""

    def errors(text: str) -> list[Diagnostic]:
        return check(text.encode(), path, path=Path(path), with_notes=False).errors

    wrong = errors(text)
    if not wrong or any(map(errors, sides)):
        return []
    message = "each side is a valid network, but both together are not"
    hint = "fix what is reported here, then `git add` the file"
    return [Diagnostic("merge-conflict", message, file=path, help=hint), *wrong]

"""Tell files from revisions in the arguments of `nnc diff`."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click

from nnc.diagnostics.diagnostic import FileError
from nnc.files.opening import DISK, STDIN, open_to_read
from nnc.terminal.options import Decorator

HEAD = "HEAD"
_RANGE = re.compile(r"(.*?)(\.{2,3})([^./].*|)")
_IN_TREE = re.compile(r"([^:]+):(.+)")


class FileAt(NamedTuple):
    """A file at a revision, such as `main:nets/xor.nn.yaml`."""

    revision: str
    path: str


class Operands(NamedTuple):
    """The operands of a comparison: two files, or two trees with all or some of their networks.

    `pair` are the two files; the second is None for the same file in the work tree. Without `pair`,
    there are one or two `revisions`; the second defaults to the work tree. `from_base` replaces the
    first revision by its merge base with the second. `paths` limit the comparison. `guess` is an
    argument that was taken for a revision because no such file exists.
    """

    pair: tuple[str | FileAt, str | FileAt | None] | None = None
    revisions: tuple[str, ...] = (HEAD,)
    from_base: bool = False
    paths: tuple[str, ...] = ()
    guess: str | None = None


def read_operands(words: Sequence[str], files: Sequence[str] | None) -> Operands:
    """Parse the arguments of `nnc diff`; `files` are those after `--`, None if there is no `--`.

    Without `--`, an argument that names a file or folder means that, even if a revision has the
    same name; revisions come first. Raises UsageError, or FileError if a file does not exist.
    """
    if files is not None:
        return _of_revisions(words, files)
    operands = [word if _is_there(word) else file_at(word) or word for word in words]
    if any(isinstance(operand, FileAt) for operand in operands):
        return Operands(_pair_of(words, operands))
    if len(words) == 2 and all(map(is_file, words)):
        return Operands((words[0], words[1]))
    rows = [word for word in words if word.endswith((".csv", ".tsv", ".jsonl", ".parquet"))]
    if len(words) == 3 and rows and all(map(is_file, words)):
        raise click.UsageError(f"`{rows[0]}` is no network: rows are given by --rows {rows[0]}")
    if words == (STDIN,):
        message = "standard input is compared with a file: nnc diff FILE -, or nnc diff REV:FILE -"
        raise click.UsageError(message)
    first = next((i for i, word in enumerate(words) if _is_there(word)), len(words))
    missing = [word for word in words[:first] if word.endswith((".yaml", ".yml"))]
    if missing:
        revisions = [word for word in words if word not in missing]
        _raise_missing(missing[0], revisions if first == len(words) else None)
    for word in words[first:]:
        _check_there(word, words)
    guess = words[0] if first and not _RANGE.fullmatch(words[0]) else None
    return _of_revisions(words[:first], words[first:])._replace(guess=guess)


def file_at(word: str) -> FileAt | None:
    """Parse git's notation `REV:path`; return None for others, such as `HEAD@{12:00}`."""
    match = _IN_TREE.fullmatch(word)
    if match is None or match[1].count("{") > match[1].count("}"):
        return None
    return FileAt(match[1], match[2])


def is_file(word: str) -> bool:
    """Return True if an argument is a file or standard input."""
    return word == STDIN or (os.path.lexists(word) and DISK.kind_of(Path(word)) != "folder")


def _of_revisions(words: Sequence[str], files: Sequence[str]) -> Operands:
    for word in words:
        at = file_at(word)
        if at is not None:
            hint = f"write nnc diff {at.revision} -- {at.path}"
            raise click.UsageError(f"`{word}` is a file, and no revision; {hint}")
    ranges = [match for word in words if (match := _RANGE.fullmatch(word)) is not None]
    if ranges and len(words) > 1:
        raise click.UsageError(f"`{ranges[0][0]}` stands for two revisions: leave the other away")
    if len(words) > 2:
        raise click.UsageError(f"at most two revisions can be compared, found {len(words)}")
    if not ranges:
        return Operands(revisions=tuple(words) or (HEAD,), paths=tuple(files))
    old, dots, new = ranges[0].groups()
    if not old and not new:
        raise click.UsageError(f"`{dots}` stands between two revisions: main{dots}HEAD")
    return Operands(None, (old or HEAD, new or HEAD), dots == "...", tuple(files))


def _pair_of(
    words: Sequence[str], operands: Sequence[str | FileAt]
) -> tuple[str | FileAt, str | FileAt | None]:
    """Return two operands, at least one of which is a file at a revision. Raises UsageError."""
    if len(operands) > 2:
        raise click.UsageError(f"two files are compared, found {len(operands)}")
    before, after = (*operands, None)[:2]
    assert before is not None
    for operand, word, other in zip(operands, words, reversed(words), strict=True):
        if isinstance(operand, FileAt) or is_file(operand):
            continue
        if operand.endswith((".yaml", ".yml")):
            with open_to_read(operand):
                pass
        message = f"`{other}` is a file, and `{word}` is none"
        raise click.UsageError(f"{message}; name two files: nnc diff {other} FILE")
    return before, after


def _is_there(word: str) -> bool:
    return word == STDIN or glob.has_magic(word) or os.path.lexists(word)


def _raise_missing(word: str, revisions: Sequence[str] | None) -> None:
    """Raise FileError if a file does not exist; a hint says how to name it in `revisions`."""
    try:
        with open_to_read(word):
            return
    except FileError as error:
        (diagnostic,) = error.diagnostics
        if revisions is None or diagnostic.help is not None:
            raise
        command = " ".join(["nnc diff", *revisions, "--", word])
        hint = f"a file that only a revision has goes after `--`: {command}"
        raise FileError([replace(diagnostic, help=hint)]) from None


def _check_there(word: str, words: Sequence[str]) -> None:
    """Raise FileError or UsageError if an argument after a file does not exist."""
    if _is_there(word):
        return
    if word.endswith((".yaml", ".yml")):
        with open_to_read(word):
            return
    others = " ".join(other for other in words if other != word)
    hint = f"a revision stands before the files: nnc diff {word} -- {others}"
    raise click.UsageError(f"there is no file `{word}`; {hint}")


def against_option(help_: str) -> Decorator:
    """Return the option `--against` for an earlier network; see `compared_with`."""
    return click.option("--against", metavar="FILE|REV", help=help_)


def compared_with(network: str, against: str | None) -> Operands | None:
    """Return the operands to compare a network with another file or revision, or None.

    Raises UsageError.
    """
    if against is None:
        return None
    other = against if is_file(against) else file_at(against)
    if other is not None or against.endswith((".yaml", ".yml")):
        return Operands((other or against, network))
    if network == STDIN:
        raise click.UsageError("--against REV goes with a file, not with `-`")
    return Operands(revisions=(against,), paths=(network,))

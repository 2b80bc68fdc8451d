"""The words of `nnc diff`: which of them are files, and which are revisions."""

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
    """A file as it was at a revision: `main:nets/xor.nn.yaml`."""

    revision: str
    path: str


class Operands(NamedTuple):
    """The operands of a comparison: two files, or all or some networks of two trees.

    `pair` are the two files; the second is None if it is the same one in the work tree. Without
    `pair` there are one or two `revisions`, the second of which is else the work tree; `from_base`
    means the first as it was where the second left it. `paths` limit what is compared. `guess` is
    the word that was taken for a revision because there is no file of that name.
    """

    pair: tuple[str | FileAt, str | FileAt | None] | None = None
    revisions: tuple[str, ...] = (HEAD,)
    from_base: bool = False
    paths: tuple[str, ...] = ()
    guess: str | None = None


def read_operands(words: Sequence[str], files: Sequence[str] | None) -> Operands:
    """Say what words mean, of which `files` stood after `--`; None if there is no `--`.

    Without `--` a word that is a file or a folder is that, also where a revision has the same name;
    revisions come first. Raises UsageError, and FileError for a file that is not there.
    """
    if files is not None:
        return _of_revisions(words, files)
    operands = [word if _is_there(word) else file_at(word) or word for word in words]
    if any(isinstance(operand, FileAt) for operand in operands):
        return Operands(_pair_of(words, operands))
    if len(words) == 2 and all(map(is_file, words)):
        return Operands((words[0], words[1]))
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
    """Read a file of a revision as git writes it; None for other words, such as `HEAD@{12:00}`."""
    match = _IN_TREE.fullmatch(word)
    if match is None or match[1].count("{") > match[1].count("}"):
        return None
    return FileAt(match[1], match[2])


def is_file(word: str) -> bool:
    """Return True if a word is a file, or standard input."""
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
    """Return the two files of which one is, or both are, of a revision. Raises UsageError."""
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
    """Refuse a file that is not there; `revisions` may have it. Raises FileError."""
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
    """Refuse a word after a file that is not a file. Raises FileError, or UsageError."""
    if _is_there(word):
        return
    if word.endswith((".yaml", ".yml")):
        with open_to_read(word):
            return
    others = " ".join(other for other in words if other != word)
    hint = f"a revision stands before the files: nnc diff {word} -- {others}"
    raise click.UsageError(f"there is no file `{word}`; {hint}")


def against_option(help_: str) -> Decorator:
    """Make the option that names an earlier network: see `compared_with`."""
    return click.option("--against", metavar="FILE|REV", help=help_)


def compared_with(network: str, against: str | None) -> Operands | None:
    """Return the network to compare with, if any: a file, or the same file at a revision.

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

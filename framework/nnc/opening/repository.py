"""Run the `git` program: find the repository of a file, and read its objects.

Nothing is checked out or written. Paths are exchanged with NUL between them, so any name that git
can hold works; a name that is not UTF-8 has surrogates, as from `os.fsdecode`.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from nnc.diagnostics.diagnostic import Diagnostic, FileError, closest
from nnc.files.git import MAX_LENGTH, Answer, Process, ask_git, run_git, start_git, words_of
from nnc.numbers.exact import shorten

FOLDER, LINK, SUBMODULE = 0o040000, 0o120000, 0o160000
_BLOCK = 1 << 20
_MAX_TREES = 4096  # cached folders, and as many cached commits
_MAX_BLOBS, _MAX_KEPT = 16, 1 << 18  # cached files, and the largest size in bytes


class TreeEntry(NamedTuple):
    """An entry of a tree: its mode and object ID."""

    mode: int
    oid: str

    @property
    def is_file(self) -> bool:
        """True for a regular file."""
        return self.mode not in (LINK, SUBMODULE, FOLDER)


class Commit(NamedTuple):
    """A commit; `seconds` is its commit time, by which git orders, and `day` the author's date."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    seconds: int
    day: str
    author: str
    subject: str


class Repository:
    """A repository that is read by running git; use it in a `with` block or call `close`.

    `top` is the top folder of the work tree, with links resolved, or None for a bare repository.
    """

    def __init__(self, folder: Path, top: Path | None) -> None:
        self.folder, self.top = folder, top
        self.objects = Objects(self)

    @classmethod
    def of(cls, file: str | Path) -> Self:
        """Return the repository that contains a file or folder, which need not exist.

        If GIT_DIR is set, as in a hook, it takes precedence. Raises FileError if there is none.
        """
        place = Path(file)
        at = None if "GIT_DIR" in os.environ else _nearest_folder(place)
        ran = ask_git("rev-parse", "--is-inside-work-tree", "--absolute-git-dir", folder=at)
        if ran.returncode:
            raise FileError([_no_repository(str(file), ran.stderr)])
        inside, folder = os.fsdecode(ran.stdout).removesuffix("\n").split("\n", 1)
        top = None
        if inside == "true":
            answer = ask_git("rev-parse", "--show-toplevel", folder=at)
            top = Path(os.fsdecode(answer.stdout).removesuffix("\n")).resolve()
        return cls(Path(folder), top)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the `git` process that reads objects."""
        self.objects.close()

    # ------------------------------------------------------------------------ asking git

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that runs git in this repository from any folder."""
        words = ["git", "-C", str(self.top or self.folder), f"--git-dir={self.folder}"]
        words += [f"--work-tree={self.top}"] if self.top is not None else []
        return [*words, *arguments]

    def ask(self, *arguments: str) -> bytes:
        """Run git and return its output. Raises FileError with git's message if it fails."""
        ran = self.try_to(*arguments)
        if ran.returncode:
            message = f"`git {arguments[0]}` failed: {words_of(ran.stderr)}"
            raise FileError([Diagnostic("git-failed", message, file=str(self.top or self.folder))])
        return ran.stdout

    def try_to(self, *arguments: str) -> Answer:
        """Run git and return its exit code and output. Raises FileError if git is not installed."""
        return run_git(self.command(*arguments))

    def names(self, *arguments: str) -> list[str]:
        """Run git and return the NUL-terminated names that it prints. Raises FileError."""
        return [os.fsdecode(name) for name in self.ask(*arguments).split(b"\0") if name]

    # ------------------------------------------------------------------------- revisions

    def resolve(self, revision: str) -> str:
        """Return the commit that a revision names: a branch, a tag, `HEAD~2`, a hash.

        Raises FileError if there is none.
        """
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options")
        oid = revision
        if revision.startswith(":/"):  # which takes no `^{…}`
            oid = self.try_to(*asked, revision).stdout.decode().strip()
        ran = self.try_to(*asked, f"{oid}^{{commit}}") if oid else None
        if ran is None or ran.returncode:
            raise FileError([self._unknown(revision)])
        return ran.stdout.decode().strip()

    def _unknown(self, revision: str) -> Diagnostic:
        called = shorten(revision, MAX_LENGTH)
        if not revision or (revision == "HEAD" and self.has_no_commit()):
            hint = (
                "commit something first" if revision else "write HEAD, a branch, a tag or a commit"
            )
            message = "the repository has no commit yet" if revision else "the revision is empty"
            return Diagnostic("unknown-revision", message, help=hint)
        words = words_of(self.try_to("rev-parse", "--verify", "--end-of-options", revision).stderr)
        reason = "" if "Needed a single revision" in words or not words else f": {words}"
        known = self.ask("for-each-ref", "--format=%(refname:short)").decode("utf-8", "replace")
        names = ["HEAD", *known.splitlines()]
        stem = re.split("[~^@]", revision, maxsplit=1)[0]  # if it exists, the suffix is wrong
        near = None if stem in names else closest(revision, names)
        hint = f"did you mean `{near}`?" if near else "`git log --oneline --all` lists the commits"
        if near is None and self.is_shallow():
            hint = "the clone is shallow: `git fetch --unshallow` gets the commits it lacks"
        message = f"there is no revision `{called}`{reason}"
        return Diagnostic("unknown-revision", message, help=hint)

    def has_no_commit(self) -> bool:
        """Return True if the current branch has no commit yet."""
        return self.try_to("rev-parse", "--verify", "--quiet", "HEAD^{commit}").returncode != 0

    def is_shallow(self) -> bool:
        """Return True if this is a shallow clone. Raises FileError."""
        return self.ask("rev-parse", "--is-shallow-repository").strip() == b"true"

    def shallow_help(self) -> str | None:
        """Return a hint to fetch more commits if the clone is shallow, or None."""
        hint = "the clone is shallow: fetch more of it with `git fetch --unshallow`"
        return hint if self.is_shallow() else None

    def common_base(self, revision: str, tip: str = "HEAD") -> str:
        """Return the merge base of `tip` and `revision`. Raises FileError."""
        ran = self.try_to("merge-base", self.resolve(revision), self.resolve(tip))
        if not ran.returncode:
            return ran.stdout.decode().split("\n", 1)[0]
        other = "HEAD" if tip == "HEAD" else f"`{shorten(tip, MAX_LENGTH)}`"
        message = f"`{shorten(revision, MAX_LENGTH)}` and {other} have no commit in common"
        grown = "this branch" if tip == "HEAD" else other
        hint = self.shallow_help() or f"name a revision that {grown} grew from"
        raise FileError([Diagnostic("unknown-revision", message, help=hint)])

    def between(self, hidden: str, tip: str) -> set[str]:
        """Return the commits reachable from `tip` but not from `hidden`. Raises FileError."""
        asked = ("rev-list", self.resolve(tip), f"^{self.resolve(hidden)}")
        return set(self.ask(*asked).decode().split())

    # ----------------------------------------------------------------------------- paths

    def changed(self, before: str, after: str | None) -> dict[str, str]:
        """Return every path that differs between two commits, with git's status letter.

        If `after` is None, compare with the work tree, without its untracked files. Renames are not
        detected. Raises FileError.
        """
        words = self._compare("--no-renames", before, after)
        return dict(zip(words[1::2], (status[0] for status in words[::2]), strict=True))

    def renames(self, before: str, after: str | None, *patterns: str) -> dict[str, str]:
        """Return the earlier name of each file renamed between two commits.

        If `after` is None, compare with the work tree. `patterns` are git pathspecs that limit the
        search. Raises FileError.
        """
        words = self._compare("--find-renames", before, after, "--diff-filter=R", paths=patterns)
        return dict(zip(words[2::3], words[1::3], strict=True))

    def _compare(
        self, how: str, before: str, after: str | None, *options: str, paths: Sequence[str] = ()
    ) -> list[str]:
        """Return the statuses and names that `git diff` prints for two commits."""
        command = ["diff", "--no-ext-diff"] if after is None else ["diff-tree", "-r"]
        trees = [before] if after is None else [before, after]
        return self.names(*command, "-z", "--name-status", how, *options, *trees, "--", *paths)

    def tracked(self, commit: str) -> list[str]:
        """Return the names of all files of a commit. Raises FileError."""
        return self.names("ls-tree", "-r", "-z", "--full-tree", "--name-only", commit)

    def present(self) -> Iterator[tuple[str, bool]]:
        """Yield each file of the work tree that is not ignored, and whether it is untracked."""
        which = ("--cached", "--others", "--exclude-standard")
        for name in self.names("ls-files", "-z", "-t", *which, "--full-name", "--", ":/"):
            yield name[2:], name.startswith("?")

    def place_of(self, file: str | Path) -> str:
        """Return the path of a file relative to the top of the repository.

        In a bare repository, names are already relative to it. Raises FileError for a file outside
        it.
        """
        if self.top is None:
            return os.path.normpath(file).replace(os.sep, "/")
        path = Path(file)
        is_folder = path.name in ("", "..")
        place = path.resolve() if is_folder else path.parent.resolve() / path.name
        if not place.is_relative_to(self.top):
            message = f"the file is outside the repository `{shorten(str(self.top), MAX_LENGTH)}`"
            hint = "name a file in it, or unset GIT_DIR"
            raise FileError([Diagnostic("no-repository", message, file=str(file), help=hint)])
        return place.relative_to(self.top).as_posix()


class Objects:
    """Read git objects through one `git cat-file --batch` process, started on first use.

    Methods that read an object raise FileError if the repository lacks it.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._process: Process | None = None
        self._trees: dict[str, dict[str, TreeEntry]] = {}
        self._commits: dict[str, Commit] = {}
        self._blobs: dict[str, bytes] = {}

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def blob(self, oid: str) -> bytes:
        """Return the bytes of a blob. Raises FileError."""
        data = self._blobs.get(oid)
        if data is None:
            data = b"".join(self.pieces(oid))
            if len(data) <= _MAX_KEPT:
                if len(self._blobs) >= _MAX_BLOBS:
                    del self._blobs[next(iter(self._blobs))]
                self._blobs[oid] = data
        return data

    def copy(self, oid: str, to: BinaryIO) -> None:
        """Write the bytes of a blob, which may be larger than memory. Raises FileError."""
        to.writelines(self.pieces(oid))

    def tree(self, oid: str) -> dict[str, TreeEntry]:
        """Return the entries of a folder by name. Raises FileError."""
        if oid not in self._trees:
            if len(self._trees) >= _MAX_TREES:
                self._trees.clear()
            self._trees[oid] = _entries_of(b"".join(self.pieces(oid)), len(oid) // 2)
        return self._trees[oid]

    def commit(self, oid: str) -> Commit:
        """Read a commit. Raises FileError."""
        if oid not in self._commits:
            if len(self._commits) >= _MAX_TREES:
                self._commits.clear()
            self._commits[oid] = _commit_of(oid, b"".join(self.pieces(oid)))
        return self._commits[oid]

    def _answer(self, oid: str) -> Iterator[bytes] | None:
        """Request an object; return its bytes in pieces, or None if it does not exist."""
        process = self._process = self._process or start_git(
            self._repository.command("cat-file", "--batch")
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # then there is no answer
            process.stdin.write(f"{oid}\n".encode())
            process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            self.close()
        words = line.split()
        return self._rest(oid, process, int(words[2])) if len(words) == 3 else None

    def _rest(self, oid: str, process: Process, size: int) -> Iterator[bytes]:
        assert process.stdout is not None
        left = size + 1  # and a newline
        while left > 1:
            piece = process.stdout.read(min(left - 1, _BLOCK))
            if not piece:
                raise FileError([self._missing(oid)])
            left -= len(piece)
            yield piece
        process.stdout.read(1)

    def has(self, oid: str) -> bool:
        """Return True if an object exists; a shallow clone lacks parents of its oldest commits."""
        return not self._repository.try_to("cat-file", "-e", oid).returncode

    def pieces(self, oid: str) -> Iterator[bytes]:
        """Yield the bytes of an object in pieces. Raises FileError if it does not exist."""
        answer = self._answer(oid)
        if answer is None:
            raise FileError([self._missing(oid)])
        yield from answer

    def _missing(self, oid: str) -> Diagnostic:
        hint = self._repository.shallow_help() or "`git fsck` says what else is damaged"
        message = f"the repository lacks the object {oid[:12]}"
        at = str(self._repository.top or self._repository.folder)
        return Diagnostic("missing-object", message, file=at, help=hint)


def _entries_of(data: bytes, size: int) -> dict[str, TreeEntry]:
    """Parse a tree object whose hashes have `size` bytes."""
    entries, at = {}, 0
    while at < len(data):
        blank, end = data.index(b" ", at), data.index(b"\0", at)
        digest = data[end + 1 : end + 1 + size].hex()
        name = os.fsdecode(data[blank + 1 : end])
        entries[name] = TreeEntry(int(data[at:blank], 8), digest)
        at = end + 1 + size
    return entries


def _commit_of(oid: str, data: bytes) -> Commit:
    head, _, message = data.partition(b"\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.decode("utf-8", "replace").split("\n"):
        key, _, value = line.partition(" ")
        fields.setdefault(key, []).append(value)
    author, _, written_at = fields["author"][0].rpartition("> ")
    committed = fields["committer"][0].rpartition("> ")[2].split()[0]
    return Commit(
        oid,
        fields["tree"][0],
        tuple(fields.get("parent", ())),
        int(committed),
        _day(*written_at.split()[:2]),
        author.partition(" <")[0],
        message.decode("utf-8", "replace").strip().split("\n")[0],
    )


def _day(seconds: str, zone: str = "+0000") -> str:
    """Return the local date of a git timestamp such as `1700000000 +0100`."""
    hours, minutes = int(zone[:-2]), int(zone[0] + zone[-2:])
    moment = int(seconds) + 3600 * hours + 60 * minutes
    return (datetime(1970, 1, 1) + timedelta(seconds=moment)).date().isoformat()


def _nearest_folder(place: Path) -> Path:
    """Return a folder itself, or else the nearest parent that exists."""
    place = place.absolute()
    return next(folder for folder in (place, *place.parents) if folder.is_dir())


def _no_repository(file: str, error: bytes) -> Diagnostic:
    words = words_of(error)
    if "not a git repository" in words:
        what = "folder" if Path(file).is_dir() else "file"
        message, hint = f"the {what} lies in no git repository", "`git init` makes one"
    else:
        message, hint = f"git cannot read the repository: {words}", None
    return Diagnostic("no-repository", message, file=file, help=hint)

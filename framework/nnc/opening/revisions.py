"""Read networks at a commit with everything they use, and list those changed since."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from io import BufferedReader
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.opening import MAX_BYTES, check_size, project_root, similar_file
from nnc.files.selection import is_network_name
from nnc.language.document.reader import read_document
from nnc.language.library import Uses, uses_of
from nnc.numbers.exact import shorten
from nnc.opening.checking import Checked, check
from nnc.opening.repository import FOLDER, LINK, SUBMODULE, Repository, TreeEntry

_MAX_LINKS = 40  # links followed to one file
_LFS_POINTER = re.compile(rb"version https://git-lfs[^\n]*\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n")
_MAX_POINTER_BYTES = 1024
_MAX_LENGTH = 200
_MAY_NAME = re.compile(rb"extends|use|file|equal|\\")
"""Text that names other files has one of these keys, or an escape that may spell one."""


class Destination(NamedTuple):
    """The path that a path in a tree leads to, with links resolved, and its entry, if any."""

    path: str
    entry: TreeEntry | None


class Revisions:
    """Read the networks of one repository at any of its commits."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._uses: dict[str, Uses] = {}

    def at(self, name: str) -> Revision:
        """Return the revision called `name`. Raises FileError if there is none."""
        return Revision(self, name, self.repository.resolve(name))

    def uses(self, oid: str, limit: int) -> Uses:
        """Return the files that the network in a blob names; none if it exceeds `limit` bytes."""
        if oid not in self._uses:
            data = self.repository.objects.blob(oid)
            self._uses[oid] = _uses_in(data, oid) if len(data) <= limit else Uses()
        return self._uses[oid]


def _uses_in(data: bytes, name: str) -> Uses:
    """Return the files that a text names; most texts can be ruled out without parsing."""
    return uses_of(read_document(data, name)) if _MAY_NAME.search(data) else Uses()


@contextmanager
def open_revisions(file: str | Path) -> Iterator[Revisions]:
    """Open the repository that contains a file, to read its revisions. Raises FileError."""
    with Repository.of(file) as repository:
        yield Revisions(repository)


class Revision:
    """The files of one commit, as `Files`, and the networks among them.

    `name` is the revision in messages, as in `HEAD~2:nets/xor.nn.yaml`. Weight files are
    memory-mapped and so must be on disk: each is written once to a temporary folder, which `close`
    removes. Everything else is read from git objects.
    """

    def __init__(self, revisions: Revisions, name: str, commit: str) -> None:
        self.name, self.commit = name, commit
        self.lfs_fetch = f"git lfs fetch origin {name}"
        self._revisions, self._objects = revisions, revisions.repository.objects
        self._root = Path(f"{commit}:")
        self._oid = self._objects.commit(commit).tree
        self._copies: TemporaryDirectory[str] | None = None

    def check(
        self,
        path: str,
        *,
        root: Path | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Checked:
        """Read and check the network at `path`, with everything it uses, at this commit.

        Warnings are not reported. `root` is the project root, a folder of the work tree, by default
        the top of the tree. The result has no `path`, and its files are called `REV:path`. Raises
        FileError if the revision has no such file.
        """
        files = self.closure(path, max_bytes=max_bytes, cases=True)
        self._require(path, files)
        below = self._revisions.repository.place_of(root / "_") if root is not None else "_"
        with closing(self):
            at, within = self.at(path), self.at(below).parent
            file = self.called(at)
            data = self.read(self.resolve(at), within, max_bytes + 1)
            check_size(data, file, max_bytes)
            checked = check(data, file, path=at, root=within, files=self, with_notes=False)
        return replace(checked, path=None, root=None, digests={}, weight_files=())

    def _require(self, path: str, files: dict[str, TreeEntry | None]) -> None:
        """Raise FileError if a file is missing from the revision, or in a submodule."""
        for place, entry in files.items():
            if entry is not None and entry.mode == SUBMODULE:
                message = (
                    f"the network uses `{shorten(place, _MAX_LENGTH)}`, which lies in a submodule"
                )
                otherwise = "compare networks that lie in one repository"
                raise FileError([self._lacking(message, path, otherwise)])
        if self.has(path):
            return
        near = self.similar(path)
        hint = f"did you mean `{near}`?" if near else None
        message = f"the revision `{shorten(self.name)}` has no such file"
        raise FileError([self._lacking(message, path, hint)])

    def similar(self, path: str) -> str | None:
        """Return the most similar path in the folder of a missing one."""
        folder, _, name = path.rpartition("/")
        near = similar_file(self.at(folder) / name, self)
        return f"{folder}/{near}" if folder and near else near

    def _lacking(self, message: str, path: str, hint: str | None) -> Diagnostic:
        return Diagnostic("not-in-revision", message, file=f"{self.name}:{path}", help=hint)

    def has(self, path: str) -> bool:
        """Return True if a path is a file or a link to one in this revision."""
        return self.kind_of(self.at(path)) == "file"

    def has_folder(self, path: str) -> bool:
        """Return True if a path is a folder or a link to one in this revision."""
        return self.kind_of(self.at(path)) == "folder"

    def networks(self) -> list[str]:
        """Return the names of all network files, and of links that are named like one."""
        names = self._revisions.repository.tracked(self.commit)
        return [name for name in names if is_network_name(name)]

    def closure(
        self, path: str, *, max_bytes: int = MAX_BYTES, cases: bool = False
    ) -> dict[str, TreeEntry | None]:
        """Return every file that the network at `path` consists of, and the links to them.

        A missing file has the entry None. `cases` includes case files, which are not part of the
        meaning of a network. Raises FileError if the repository is damaged.
        """
        entries: dict[str, TreeEntry | None] = {}
        work = [(path, True)]
        seen = set()
        while work:
            path, is_network = work.pop()
            parent, _, name = path.rpartition("/")
            folder = self.place(parent, entries).path  # names are relative to the target of links
            named = f"{folder}/{name}" if folder else name
            if (named, is_network) in seen:
                continue
            seen.add((named, is_network))
            place = self.place(named, entries)
            entries[place.path] = place.entry
            if place.entry is None or not place.entry.is_file or not is_network:
                continue
            uses = self._revisions.uses(place.entry.oid, max_bytes)
            data = uses.data + (uses.cases if cases else ())
            networks = uses.networks + (uses.equals if cases else ())
            work += [(f"{folder}/{file}", True) for file in networks if not is_absolute(file)]
            work += [(f"{folder}/{file}", False) for file in data if not is_absolute(file)]
        return entries

    def close(self) -> None:
        """Remove the copies of weight files; existing memory maps remain valid."""
        if self._copies is not None:
            self._copies.cleanup()
            self._copies = None

    # ------------------------------------------------------------------- as git names them

    def at(self, path: str) -> Path:
        """Return the path in these `Files` of a git path such as `nets/xor.nn.yaml`."""
        return self._root / path.lstrip("/")

    def place(self, path: str, links: dict[str, TreeEntry | None] | None = None) -> Destination:
        """Resolve the links of a path; the ones followed are added to `links`."""
        way = follow(path, self._target)
        if links is not None:
            links |= {link: self._entry(link) for link in way[:-1]}
        return Destination(way[-1], self._entry(way[-1]))

    def _target(self, path: str) -> str | None:
        """Return the target of a link, or None if the path is not a link."""
        entry = self._entry(path)
        if entry is None or entry.mode != LINK:
            return None
        return os.fsdecode(self._objects.blob(entry.oid))

    def _entry(self, path: str) -> TreeEntry | None:
        """Look up a path without links, folder by folder; in a submodule, return its entry."""
        entry = TreeEntry(FOLDER, self._oid)
        for step in filter(None, path.split("/")):
            if entry.mode == SUBMODULE:
                break
            if entry.mode != FOLDER or step not in (tree := self._objects.tree(entry.oid)):
                return None
            entry = tree[step]
        return entry

    # --------------------------------------------------------------------------- as `Files`

    def called(self, path: Path) -> str:
        """Return the name of a file at this commit in git's notation, `REV:path`."""
        return f"{self.name}:{self._within(path)}"

    def resolve(self, path: Path) -> Path:
        """Resolve the links of a path, which may lead out of the tree and so out of any root.

        Raises OSError for circular links.
        """
        if not path.is_relative_to(self._root):
            return path
        place = self.place(self._within(path))
        if place.entry is not None and place.entry.mode == LINK:  # its target is not in the tree
            target = self._target(place.path) or ""
            if not is_absolute(target):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            return Path(target)
        return Path(place.path) if place.path.startswith("..") else self._root / place.path

    def look(self, path: Path) -> None:
        """Raise OSError for circular links."""
        self.resolve(path)

    def kind_of(self, path: Path) -> Literal["file", "folder"] | None:
        """Return the type of a path, or None if it does not exist."""
        entry = self.place(self._within(path)).entry
        if entry is None:
            return None
        return "file" if entry.is_file else "folder" if entry.mode == FOLDER else None

    def names(self, folder: Path) -> Iterable[str]:
        """Return the names of the files in a folder. Raises OSError if there is no such folder."""
        is_within = folder.is_relative_to(self._root)
        entry = self.place(self._within(folder)).entry if is_within else None
        if entry is None or entry.mode != FOLDER:
            raise NotADirectoryError
        return (
            name
            for name, there in self._objects.tree(entry.oid).items()
            if there.is_file or (there.mode == LINK and self.kind_of(folder / name) == "file")
        )

    def read(self, target: Path, root: Path, most: int) -> bytes:  # noqa: ARG002
        """Read at most `most` bytes of a file. Raises OSError if there is no such file."""
        data = self._objects.blob(self._file(target).oid)
        kept = self._kept_by_lfs(data)
        return (data if kept is None else kept.read_bytes())[:most]

    def open(self, target: Path, root: Path) -> tuple[Path, BufferedReader]:  # noqa: ARG002
        """Open a temporary copy of a file. Raises OSError if there is no such file."""
        oid = self._file(target).oid
        if self._copies is None:
            self._copies = TemporaryDirectory(prefix="nnc-", ignore_cleanup_errors=True)
        copy = Path(self._copies.name, oid)
        if not copy.exists():
            with copy.open("wb") as stream:
                self._objects.copy(oid, stream)
        if copy.stat().st_size < _MAX_POINTER_BYTES:
            copy = self._kept_by_lfs(copy.read_bytes()) or copy
        return copy, copy.open("rb")

    def _within(self, path: Path) -> str:
        return "/".join(path.relative_to(self._root).parts)

    def _file(self, path: Path) -> TreeEntry:
        entry = self._entry(self._within(path))
        if entry is None or entry.mode == SUBMODULE:
            raise FileNotFoundError
        if not entry.is_file:
            raise IsADirectoryError
        return entry

    def _kept_by_lfs(self, pointer: bytes) -> Path | None:
        """Return the file that a Git LFS pointer refers to, if it has been fetched."""
        match = _LFS_POINTER.match(pointer) if len(pointer) < _MAX_POINTER_BYTES else None
        if match is None:
            return None
        digest = match[1].decode()
        asked = ("rev-parse", "--path-format=absolute", "--git-common-dir")
        common = Path(os.fsdecode(self._revisions.repository.ask(*asked)).removesuffix("\n"))
        kept = common / "lfs/objects" / digest[:2] / digest[2:4] / digest
        return kept if kept.is_file() else None  # else the pointer is read, and reported as one


def is_absolute(name: str) -> bool:
    """Return True if a path is absolute."""
    return name.startswith("/")


def follow(path: str, target_of: Callable[[str], str | None]) -> list[str]:
    """Return the links that a path in a tree leads through, in order, and finally its target.

    `target_of` returns the target of a link, and None for anything else. The path ends at a link
    that leads out of the tree or into a circle.
    """
    left, at, links = path.split("/")[::-1], list[str](), list[str]()
    while left:
        step = left.pop()
        if step in ("", "."):
            continue
        if step == ".." and at and at[-1] != "..":
            at.pop()
            continue
        at.append(step)
        target = target_of("/".join(at)) if step != ".." else None
        if target is None:
            continue
        links.append("/".join(at))
        if is_absolute(target) or len(links) > _MAX_LINKS:
            return links
        at.pop()
        left += target.split("/")[::-1]
    return [*links, "/".join(at)]


# --------------------------------------------------------------------------------- changes


def changed_since(revision: str, files: Iterable[str]) -> list[str]:
    """Return the network files that have changed since this branch diverged from a revision.

    A file has changed if it, or a file that it uses, extends or reads, was committed, modified,
    deleted or added since then. Raises FileError.
    """
    trees: dict[Path, tuple[WorkTree, Container[str]]] = {}
    chosen = []
    for file in files:
        root = project_root(Path(file))
        if root not in trees:
            with Repository.of(root) as repository:
                tree = WorkTree(repository, file)
                trees[root] = tree, tree.changed(repository.common_base(revision))
        tree, changed = trees[root]
        if touches(changed, tree.closure(Path(file).absolute(), cases=True)):
            chosen.append(file)
    return chosen


def touches(changed: Container[str], paths: Iterable[str]) -> bool:
    """Return True if one of the paths has changed, or a folder above it, such as a submodule."""
    return any(
        str(folder) in changed
        for path in paths
        for folder in (PurePosixPath(path), *PurePosixPath(path).parents)
    )


class WorkTree:
    """The current files of a work tree, by their git paths.

    Raises FileError for a bare repository; `file` is its name in messages.
    """

    name = None
    """The name of the revision in messages; the work tree has none."""

    def __init__(self, repository: Repository, file: str = ".") -> None:
        if repository.top is None:
            message = "the file lies in a bare repository, where nothing can be changed"
            wrong = Diagnostic("no-repository", message, file=file, help="run it in a clone")
            raise FileError([wrong])
        self.top = repository.top
        self._repository = repository
        self._uses: dict[Path, Uses] = {}

    @cached_property
    def _names(self) -> list[tuple[str, bool]]:
        return list(self._repository.present())

    def changed(self, commit: str) -> dict[str, str]:
        """Return every path that differs from a commit, with git's status letter.

        Raises FileError.
        """
        statuses = self._repository.changed(commit, None)
        for name, is_new in self._names:
            if is_new:
                statuses[name] = "M" if name in statuses else "A"
        return statuses

    def has(self, path: str) -> bool:
        """Return True if there is a file."""
        return (self.top / path).is_file()

    def has_folder(self, path: str) -> bool:
        """Return True if there is a folder."""
        return (self.top / path).is_dir()

    def networks(self) -> list[str]:
        """Return the network files that git does not ignore, and links named like one."""
        names = {name for name, _ in self._names if is_network_name(name)}
        return [name for name in names if os.path.lexists(self.top / name)]

    def similar(self, path: str) -> str | None:
        """Return the most similar path in the folder of a missing one."""
        near = similar_file(self.top / path)
        return None if near is None else PurePosixPath(path).with_name(near).as_posix()

    def closure(
        self, path: str | Path, *, max_bytes: int = MAX_BYTES, cases: bool = False
    ) -> Iterator[str]:
        """Yield the git path of every file that a network consists of, and of the links to them.

        `path` is relative to the top folder. `cases` includes case files.
        """
        work, seen = [(self.top / path, True)], set()
        while work:
            file, is_network = work.pop()
            if file in seen:
                continue
            seen.add(file)
            yield from self._way(file)
            if is_network:
                folder, uses = file.parent.resolve(), self._uses_of(file, max_bytes)
                data = uses.data + (uses.cases if cases else ())
                networks = uses.networks + (uses.equals if cases else ())
                work += [(folder / used, True) for used in networks]
                work += [(folder / used, False) for used in data]

    def _way(self, path: Path) -> list[str]:
        """Return the git paths of the links that a path leads through, and finally of the file."""
        named = os.path.relpath(path, self.top).replace(os.sep, "/")
        return follow(named, self._target)

    def _target(self, place: str) -> str | None:
        try:
            return str((self.top / place).readlink())
        except (OSError, ValueError):
            return None

    def _uses_of(self, path: Path, max_bytes: int) -> Uses:
        if path not in self._uses:
            self._uses[path] = Uses()
            with suppress(OSError, ValueError):  # unreadable files are reported later
                if path.is_file() and path.stat().st_size <= max_bytes:
                    self._uses[path] = _uses_in(path.read_bytes(), str(path))
        return self._uses[path]

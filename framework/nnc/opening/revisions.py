"""Networks as they were at a commit, read with all they use; and which have changed since."""

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

_MAX_LINKS = 40  # on the way to one file
_LFS_POINTER = re.compile(rb"version https://git-lfs[^\n]*\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n")
_MAX_POINTER_BYTES = 1024
_MAX_LENGTH = 200
_MAY_NAME = re.compile(rb"extends|use|file|equal|\\")
"""A text that names a file has one of these keys, or an escape that may spell one."""


class Destination(NamedTuple):
    """The target of a path in a tree, links followed, and its entry: None for nothing."""

    path: str
    entry: TreeEntry | None


class Revisions:
    """Reads the networks of one repository at any of its commits."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._uses: dict[str, Uses] = {}

    def at(self, name: str) -> Revision:
        """Return the revision that is called `name`. Raises FileError where there is none."""
        return Revision(self, name, self.repository.resolve(name))

    def uses(self, oid: str, limit: int) -> Uses:
        """Return which files the network in a blob names; nothing, of one that is too large."""
        if oid not in self._uses:
            data = self.repository.objects.blob(oid)
            self._uses[oid] = _uses_in(data, oid) if len(data) <= limit else Uses()
        return self._uses[oid]


def _uses_in(data: bytes, name: str) -> Uses:
    """Return the files that a text names; most texts need no parsing to rule this out."""
    return uses_of(read_document(data, name)) if _MAY_NAME.search(data) else Uses()


@contextmanager
def open_revisions(file: str | Path) -> Iterator[Revisions]:
    """Open the repository that a file lies in, to read its revisions. Raises FileError."""
    with Repository.of(file) as repository:
        yield Revisions(repository)


class Revision:
    """The files of one commit, as `Files`, and the networks among them.

    `name` is what messages call it: `HEAD~2:nets/xor.nn.yaml`. Weights are mapped, so they have to
    lie on the disk: each file of them is written once, to a folder that `close` removes. All else
    is read from the objects of the repository.
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
        """Read and check the network at `path` of the tree, with all it uses, as it was then.

        Only errors are looked for.

        `root` is the project root, a folder of the work tree; by default the top of the tree. What
        comes back stands for itself: it has no path, and its files are called `REV:path`. Raises
        FileError where the revision has no such file.
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
        """Refuse a file that the revision does not have, or that git keeps elsewhere."""
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
        """Return the path beside one that is not there that was most likely meant."""
        folder, _, name = path.rpartition("/")
        near = similar_file(self.at(folder) / name, self)
        return f"{folder}/{near}" if folder and near else near

    def _lacking(self, message: str, path: str, hint: str | None) -> Diagnostic:
        return Diagnostic("not-in-revision", message, file=f"{self.name}:{path}", help=hint)

    def has(self, path: str) -> bool:
        """Return whether the revision has a file, or a link to one."""
        return self.kind_of(self.at(path)) == "file"

    def has_folder(self, path: str) -> bool:
        """Return whether the revision has a folder, or a link to one."""
        return self.kind_of(self.at(path)) == "folder"

    def networks(self) -> list[str]:
        """Name every network file, and every link that is called like one."""
        names = self._revisions.repository.tracked(self.commit)
        return [name for name in names if is_network_name(name)]

    def closure(
        self, path: str, *, max_bytes: int = MAX_BYTES, cases: bool = False
    ) -> dict[str, TreeEntry | None]:
        """Return every file that the network at `path` is made of, and the links on the way.

        A file that is not there has None. `cases` takes files of cases too, which are not part of
        the meaning of a network. Raises FileError where the repository is damaged.
        """
        entries: dict[str, TreeEntry | None] = {}
        work = [(path, True)]
        seen = set()
        while work:
            path, is_network = work.pop()
            parent, _, name = path.rpartition("/")
            folder = self.place(parent, entries).path  # names count from where links lead
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
        """Remove the copies of weights; what is mapped of them stays mapped."""
        if self._copies is not None:
            self._copies.cleanup()
            self._copies = None

    # ------------------------------------------------------------------- as git names them

    def at(self, path: str) -> Path:
        """Return the path among these `Files` of what git calls `nets/xor.nn.yaml`."""
        return self._root / path.lstrip("/")

    def place(self, path: str, links: dict[str, TreeEntry | None] | None = None) -> Destination:
        """Follow a path as a system does, links and all; `links` gets those on the way."""
        way = follow(path, self._target)
        if links is not None:
            links |= {link: self._entry(link) for link in way[:-1]}
        return Destination(way[-1], self._entry(way[-1]))

    def _target(self, path: str) -> str | None:
        """Return the target of a link; None if it is not a link."""
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
        """Return the name of a file of this commit, as git writes it."""
        return f"{self.name}:{self._within(path)}"

    def resolve(self, path: Path) -> Path:
        """Follow the links of a path; one out of the tree is not inside any root then.

        Raises OSError for links in a circle.
        """
        if not path.is_relative_to(self._root):
            return path
        place = self.place(self._within(path))
        if place.entry is not None and place.entry.mode == LINK:  # which leads nowhere in the tree
            target = self._target(place.path) or ""
            if not is_absolute(target):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            return Path(target)
        return Path(place.path) if place.path.startswith("..") else self._root / place.path

    def look(self, path: Path) -> None:
        """Raise OSError for links in a circle."""
        self.resolve(path)

    def kind_of(self, path: Path) -> Literal["file", "folder"] | None:
        """Say what is there."""
        entry = self.place(self._within(path)).entry
        if entry is None:
            return None
        return "file" if entry.is_file else "folder" if entry.mode == FOLDER else None

    def names(self, folder: Path) -> Iterable[str]:
        """Name the files in a folder. Raises OSError where there is none."""
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
        """Read at most that many bytes of a file. Raises OSError if there is none."""
        data = self._objects.blob(self._file(target).oid)
        kept = self._kept_by_lfs(data)
        return (data if kept is None else kept.read_bytes())[:most]

    def open(self, target: Path, root: Path) -> tuple[Path, BufferedReader]:  # noqa: ARG002
        """Open a file where it is copied to. Raises OSError where there is none."""
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
        """Return the file that Git LFS keeps for a pointer, if it is one and the file is here."""
        match = _LFS_POINTER.match(pointer) if len(pointer) < _MAX_POINTER_BYTES else None
        if match is None:
            return None
        digest = match[1].decode()
        asked = ("rev-parse", "--path-format=absolute", "--git-common-dir")
        common = Path(os.fsdecode(self._revisions.repository.ask(*asked)).removesuffix("\n"))
        kept = common / "lfs/objects" / digest[:2] / digest[2:4] / digest
        return kept if kept.is_file() else None  # else the pointer stays, and is reported as one


def is_absolute(name: str) -> bool:
    """Return whether a name is absolute, not relative to the file or link that contains it."""
    return name.startswith("/")


def follow(path: str, target_of: Callable[[str], str | None]) -> list[str]:
    """Return the links that a path in a tree leads over, in order, and at last where it leads.

    `target_of` returns what a link says, None for what is not a link. A link that leads nowhere in
    the tree, or in a circle, is where the path ends.
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
    """Return those of some network files that differ from where this branch left a revision.

    A file differs where it, or one that it uses, extends or reads, was committed, changed, deleted
    or made since then. Raises FileError.
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
    """Return whether one of some files has changed, or a folder that git keeps as one name."""
    return any(
        str(folder) in changed
        for path in paths
        for folder in (PurePosixPath(path), *PurePosixPath(path).parents)
    )


class WorkTree:
    """The files of a work tree as they are now, by the names that git gives them.

    Raises FileError for a bare repository; messages call it by `file`.
    """

    name = None
    """The name of a revision in messages; the work tree has none."""

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
        """Return every path that is not as in a commit, with the letter git gives it.

        Raises FileError.
        """
        statuses = self._repository.changed(commit, None)
        for name, is_new in self._names:
            if is_new:
                statuses[name] = "M" if name in statuses else "A"
        return statuses

    def has(self, path: str) -> bool:
        """Return whether there is a file."""
        return (self.top / path).is_file()

    def has_folder(self, path: str) -> bool:
        """Return whether there is a folder."""
        return (self.top / path).is_dir()

    def networks(self) -> list[str]:
        """Name every network file that git does not ignore, and links that are called like one."""
        names = {name for name, _ in self._names if is_network_name(name)}
        return [name for name in names if os.path.lexists(self.top / name)]

    def similar(self, path: str) -> str | None:
        """Return the path beside one that is not there that was most likely meant."""
        near = similar_file(self.top / path)
        return None if near is None else PurePosixPath(path).with_name(near).as_posix()

    def closure(
        self, path: str | Path, *, max_bytes: int = MAX_BYTES, cases: bool = False
    ) -> Iterator[str]:
        """Yield every file that a network is made of, and the links on the way, as git names them.

        `path` counts from the top. `cases` takes files of cases too.
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
        """Name the links that a path leads over, and at last the file, as git names them."""
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
            with suppress(OSError, ValueError):  # what cannot be read is reported where it is read
                if path.is_file() and path.stat().st_size <= max_bytes:
                    self._uses[path] = _uses_in(path.read_bytes(), str(path))
        return self._uses[path]

"""The files of one commit, read from its tree: what is there, where links lead, what it holds."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable
from io import BufferedReader
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from nnc.versions.repository import FOLDER, LINK, SUBMODULE, Repository, TreeEntry

_MAX_LINKS = 40  # on the way to one file
_LFS_POINTER = re.compile(rb"version https://git-lfs[^\n]*\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n")
_MAX_POINTER_BYTES = 1024


class Destination(NamedTuple):
    """Where a path leads in a tree, links followed, and what is there: None for nothing."""

    path: str
    entry: TreeEntry | None


class Tree:
    """The `Files` of the commit that messages call `name`; see there.

    Weights are mapped, so they have to lie on the disk: each file of them is written once, to a
    folder that `close` removes. All else is read from the objects of the repository.
    """

    def __init__(self, repository: Repository, name: str, commit: str) -> None:
        self._root = Path(f"{commit}:")
        self.lfs_fetch = f"git lfs fetch origin {name}"
        self._name, self._repository, self._objects = name, repository, repository.objects
        self._oid = self._objects.commit(commit).tree
        self._copies: TemporaryDirectory[str] | None = None

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
        """Return where a link leads; None for what is no link."""
        entry = self._entry(path)
        if entry is None or entry.mode != LINK:
            return None
        return os.fsdecode(self._objects.blob(entry.oid))

    def _entry(self, path: str) -> TreeEntry | None:
        """Look a path without links up, folder by folder; what lies in a submodule is that."""
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
        return f"{self._name}:{self._within(path)}"

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
        """Read at most so many bytes of a file. Raises OSError where there is none."""
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
        common = Path(os.fsdecode(self._repository.ask(*asked)).removesuffix("\n"))
        kept = common / "lfs/objects" / digest[:2] / digest[2:4] / digest
        return kept if kept.is_file() else None  # else the pointer stays, and is told as one


def is_absolute(name: str) -> bool:
    """Return whether a name does not count from the file, or link, that it is written in."""
    return name.startswith("/")


def follow(path: str, target_of: Callable[[str], str | None]) -> list[str]:
    """Return the links that a path in a tree leads over, in order, and at last where it leads.

    `target_of` returns what a link says, None for what is no link. A link that leads nowhere in the
    tree, or in a circle, is where the path ends.
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

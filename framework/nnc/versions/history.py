"""The history of a network: the commits that touched it, and what each of them changed."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from nnc.api import compare_checked
from nnc.checking import Checked
from nnc.comparison.comparison import Comparison
from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.opening import MAX_BYTES
from nnc.versions.repository import Commit, Entry
from nnc.versions.revisions import Revision, Revisions

_SHORT = 10  # digits of a commit, as people are told them
_KEPT = 4  # networks kept in memory: a version is compared with the next, and then itself told

Kind = Literal["added", "changed", "removed", "invalid", "first", "cut"]
Files = frozenset[tuple[str, Entry | None]]


class Version(NamedTuple):
    """The network as it was at a commit, where it lay at `path` of the tree."""

    commit: str
    path: str

    @property
    def name(self) -> str:
        """The commit in short."""
        return self.commit[:_SHORT]


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit did to a network.

    `changed` has a comparison with `before`, which is the version in the first parent, or the last
    valid one, where `passed` invalid versions came between. `added`, `removed` and `invalid` say
    what became of it; `diagnostics` tell what is wrong. A version is the `first` where all before
    are invalid, and `cut` where a shallow clone lacks those before. `renamed_from` is where the
    file lay in the first parent, if not at `path`.
    """

    commit: Commit
    path: str
    kind: Kind
    before: Version | None = None
    passed: int = 0
    comparison: Comparison | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    renamed_from: str | None = None

    @property
    def name(self) -> str:
        """The commit in short."""
        return self.commit.oid[:_SHORT]

    @property
    def is_of_behaviour(self) -> bool:
        """Whether the network now gives something else, or is not proved to give the same."""
        if self.comparison is not None:
            return not self.comparison.behaviour.is_equal
        return self.kind != "invalid"


class History:
    """Walks the commits of a repository, by date, along those in which a network changed.

    Where a parent has the same files behind the network, only that one is followed, as git does.
    Commits that `hidden` has too are not told of.
    """

    def __init__(
        self,
        revisions: Revisions,
        path: str,
        *,
        tip: str = "HEAD",
        hidden: str | None = None,
        root: Path | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._revisions = revisions
        self._root, self._max_bytes = root, max_bytes
        repository = revisions.repository
        self._is_shallow = repository.is_shallow()
        self._name, self._tip = tip, Version(repository.resolve(tip), path)
        self._among = None if hidden is None else repository.between(hidden, tip)
        self._files: dict[Version, Files] = {}
        self._same: dict[Files, Files] = {}
        self._checked: dict[Version, Checked | tuple[Diagnostic, ...]] = {}

    def changes(self, budget: float = 10.0) -> Iterator[Change]:
        """Give what each commit did, the newest first, as it is found.

        `budget` is that of `nnc.proving.behaviour.compare_behaviour`, for each commit. Raises
        FileError where there is no such file, and never was.
        """
        version = None
        for version in self.touched():
            yield self._change(version, budget)
        if version is None and not self._has(self._tip):
            self._revisions.at(self._name).check(self._tip.path)

    # -------------------------------------------------------------------------- the walk

    def touched(self) -> Iterator[Version]:
        """Give the commits that touched the network or a file that it uses."""
        waiting: list[tuple[int, int, Version]] = []
        seen = set[Version]()

        def push(version: Version) -> None:
            is_told = self._among is None or version.commit in self._among
            if is_told and version not in seen:
                seen.add(version)
                heapq.heappush(waiting, (-self._commit(version).seconds, len(seen), version))

        push(self._tip)
        while waiting:
            version = heapq.heappop(waiting)[-1]
            parents = self._parents(version)
            same = self._unchanged(version, parents)
            if same is not None:
                push(same)
                continue
            if parents or self._has(version):
                yield version
            for parent in parents:
                push(parent)

    def _commit(self, version: Version) -> Commit:
        return self._revisions.repository.objects.commit(version.commit)

    def _revision(self, version: Version) -> Revision:
        return Revision(self._revisions, version.name, version.commit)

    def _has(self, version: Version) -> bool:
        return self._revision(version).has(version.path)

    def _behind(self, version: Version) -> Files:
        """Give the files that the network is made of; equal ones are kept once."""
        if version not in self._files:
            files: Files = frozenset([(version.path, None)])  # also where a folder has that name
            if self._has(version):
                revision = self._revision(version)
                files = frozenset(revision.closure(version.path, max_bytes=self._max_bytes).items())
            self._files[version] = self._same.setdefault(files, files)
        return self._files[version]

    def _parents(self, version: Version) -> list[Version]:
        """Give the network in each parent that is there, also where it had another name."""
        objects = self._revisions.repository.objects
        parents = [Version(one, version.path) for one in self._commit(version).parents]
        if self._is_shallow:
            parents = [one for one in parents if objects.has(one.commit)]
        if not self._has(version):
            return parents
        return [one if self._has(one) else self._renamed(version, one) for one in parents]

    def _renamed(self, version: Version, parent: Version) -> Version:
        renames = self._revisions.repository.renames(parent.commit, version.commit)
        return parent._replace(path=renames.get(version.path, version.path))

    def _unchanged(self, version: Version, parents: list[Version]) -> Version | None:
        """Give the first parent in which the network is made of the same files."""
        files = self._behind(version)
        return next((one for one in parents if self._behind(one) == files), None)

    def _older(self, version: Version) -> Iterator[Version]:
        """Give the versions before one, along first parents, each by the commit that made it."""
        while parents := self._parents(version):
            version = parents[0]
            while (same := self._unchanged(version, self._parents(version))) is not None:
                version = same
            if not self._has(version):
                return
            yield version

    # ------------------------------------------------------------------------ the changes

    def _change(self, version: Version, budget: float) -> Change:
        """Say what the commit of a version did."""
        commit, path = self._commit(version), version.path
        if not self._has(version):
            return Change(commit, path, "removed")
        parents = self._parents(version)
        renamed = parents[0].path if parents and parents[0].path != path else None
        after = self._check(version)
        if not isinstance(after, Checked):
            return Change(commit, path, "invalid", diagnostics=after, renamed_from=renamed)
        passed = 0
        for older in self._older(version):
            before = self._check(older)
            if isinstance(before, Checked):
                found = compare_checked(before, after, budget=budget)
                return Change(commit, path, "changed", older, passed, found, (), renamed)
            passed += 1
        kind: Kind = "cut" if commit.parents and not parents else "first" if passed else "added"
        return Change(commit, path, kind, passed=passed, renamed_from=renamed)

    def _check(self, version: Version) -> Checked | tuple[Diagnostic, ...]:
        """Read a version, or tell what is wrong with it."""
        if version not in self._checked:
            while len(self._checked) >= _KEPT:
                del self._checked[next(iter(self._checked))]
            self._checked[version] = self._read(version)
        return self._checked[version]

    def _read(self, version: Version) -> Checked | tuple[Diagnostic, ...]:
        try:
            checked = self._revision(version).check(
                version.path, root=self._root, max_bytes=self._max_bytes
            )
        except FileError as error:
            if any(one.rule == "missing-object" for one in error.diagnostics):
                raise  # it is the repository that is damaged, and no version of the network
            return tuple(error.diagnostics)
        return tuple(checked.errors) if checked.graph is None else checked

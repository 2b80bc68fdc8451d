"""The history of a network: the commits that touched it, and their changes."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.differences.answer import compare_checked
from nnc.differences.row_changes import Comparison
from nnc.files.opening import MAX_BYTES
from nnc.opening.checking import Checked
from nnc.opening.repository import Commit, TreeEntry
from nnc.opening.revisions import Revision, Revisions

_SHORT = 10  # digits of a commit that people are shown
_KEPT = 4  # networks kept in memory: each is compared with the one after and the one before

CommitChangeKind = Literal["added", "changed", "removed", "invalid", "first", "cut"]
NetworkFiles = frozenset[tuple[str, TreeEntry | None]]


class Version(NamedTuple):
    """A network at a commit; `path` is its path in the tree."""

    commit: str
    path: str

    @property
    def name(self) -> str:
        """The abbreviated commit."""
        return self.commit[:_SHORT]


@dataclass(frozen=True, slots=True)
class CommitChange:
    """The change that a commit made to a network.

    `changed` has a comparison with `before`, which is the version in the first parent, or the last
    valid one, where `passed` invalid versions came between. `added`, `removed` and `invalid` say
    what became of it; `diagnostics` say what is wrong. A version is the `first` where all before
    are invalid, and `cut` where a shallow clone lacks those before. `renamed_from` is where the
    file lay in the first parent, if not at `path`.
    """

    commit: Commit
    path: str
    kind: CommitChangeKind
    before: Version | None = None
    passed: int = 0
    comparison: Comparison | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    renamed_from: str | None = None

    @property
    def name(self) -> str:
        """The abbreviated commit."""
        return self.commit.oid[:_SHORT]

    @property
    def is_of_behaviour(self) -> bool:
        """True unless the behaviour is proved equal to that before."""
        if self.comparison is not None:
            return not self.comparison.behaviour.is_equal
        return self.kind != "invalid"


class History:
    """Walks the commits of a repository, by date, along those in which a network changed.

    If a parent has the same files, only that parent is followed, as git does. Commits reachable
    from `hidden` are left out.
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
        self._files: dict[Version, NetworkFiles] = {}
        self._same: dict[NetworkFiles, NetworkFiles] = {}
        """Equal files, once each: most versions have those of the version before."""
        self._there: dict[Version, bool] = {}
        self._checked: dict[Version, Checked | tuple[Diagnostic, ...]] = {}
        self._compared: dict[tuple[NetworkFiles, NetworkFiles], Comparison] = {}
        """By the files of both: the same files are the same networks."""

    def changes(self, budget: float = 10.0) -> Iterator[CommitChange]:
        """Yield the change of each commit, newest first, as soon as it is known.

        `budget` is that of `nnc.proofs.comparison.compare_behaviour`, for each commit. Raises
        FileError if no such file exists or ever existed.
        """
        version = None
        for version in self.touched():
            yield self._change(version, budget)
        if version is None and not self._has(self._tip):
            self._revisions.at(self._name).check(self._tip.path)

    # -------------------------------------------------------------------------- the walk

    def touched(self) -> Iterator[Version]:
        """Yield the commits that touched the network or a file that it uses. Raises FileError."""
        waiting: list[tuple[int, int, Version]] = []
        seen = set[Version]()

        def push(version: Version) -> None:
            is_wanted = self._among is None or version.commit in self._among
            if is_wanted and version not in seen:
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
            if parents or self._has(version):  # else the first commit, which never had the file
                yield version
            for parent in parents:
                push(parent)

    def _commit(self, version: Version) -> Commit:
        return self._revisions.repository.objects.commit(version.commit)

    def _revision(self, version: Version) -> Revision:
        return Revision(self._revisions, version.name, version.commit)

    def _has(self, version: Version) -> bool:
        if version not in self._there:
            self._there[version] = self._revision(version).has(version.path)
        return self._there[version]

    def _behind(self, version: Version) -> NetworkFiles:
        """Return the files that make up the network; equal ones share memory."""
        if version not in self._files:
            files: NetworkFiles = frozenset(
                [(version.path, None)]
            )  # also where a folder has that name
            if self._has(version):
                revision = self._revision(version)
                files = frozenset(revision.closure(version.path, max_bytes=self._max_bytes).items())
            self._files[version] = self._same.setdefault(files, files)
        return self._files[version]

    def _parents(self, version: Version) -> list[Version]:
        """Return the versions in the parents, also under an earlier name."""
        objects = self._revisions.repository.objects
        parents = [Version(parent, version.path) for parent in self._commit(version).parents]
        if self._is_shallow:
            parents = [parent for parent in parents if objects.has(parent.commit)]
        if not self._has(version):
            return parents
        return [
            parent if self._has(parent) else self._renamed(version, parent) for parent in parents
        ]

    def _renamed(self, version: Version, parent: Version) -> Version:
        renames = self._revisions.repository.renames(parent.commit, version.commit)
        return parent._replace(path=renames.get(version.path, version.path))

    def _unchanged(self, version: Version, parents: list[Version]) -> Version | None:
        """Return the first parent in which all files of the network are the same."""
        files = self._behind(version)
        return next((parent for parent in parents if self._behind(parent) == files), None)

    def _older(self, version: Version) -> Iterator[Version]:
        """Yield the earlier versions along first parents, each at the commit that introduced it."""
        while parents := self._parents(version):
            version = parents[0]
            while (same := self._unchanged(version, self._parents(version))) is not None:
                version = same
            if not self._has(version):
                return
            yield version

    # ------------------------------------------------------------------------ the changes

    def _change(self, version: Version, budget: float) -> CommitChange:
        """Return the change that the commit of a version made."""
        commit, path = self._commit(version), version.path
        if not self._has(version):
            return CommitChange(commit, path, "removed")
        parents = self._parents(version)
        renamed = parents[0].path if parents and parents[0].path != path else None
        after = self._check(version)
        if not isinstance(after, Checked):
            return CommitChange(commit, path, "invalid", diagnostics=after, renamed_from=renamed)
        passed = 0
        for older in self._older(version):
            before = self._check(older)
            if isinstance(before, Checked):
                comparison = self._compare((older, before), (version, after), budget)
                return CommitChange(commit, path, "changed", older, passed, comparison, (), renamed)
            passed += 1
        kind: CommitChangeKind = (
            "cut" if commit.parents and not parents else "first" if passed else "added"
        )
        return CommitChange(commit, path, kind, passed=passed, renamed_from=renamed)

    def _compare(
        self, before: tuple[Version, Checked], after: tuple[Version, Checked], budget: float
    ) -> Comparison:
        """Compare two versions; pairs with the same files are compared once."""
        key = self._behind(before[0]), self._behind(after[0])
        if key not in self._compared:
            self._compared[key] = compare_checked(before[1], after[1], budget=budget)
        return self._compared[key]

    def _check(self, version: Version) -> Checked | tuple[Diagnostic, ...]:
        """Return a checked version, or its errors."""
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
            if any(diagnostic.rule == "missing-object" for diagnostic in error.diagnostics):
                raise  # it is the repository that is damaged, and no version of the network
            return tuple(error.diagnostics)
        return tuple(checked.errors) if checked.linked is None else checked

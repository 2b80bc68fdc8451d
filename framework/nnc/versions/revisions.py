"""Networks as they were at a commit, read with all they use; and which have changed since."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from nnc.checking import Checked, check
from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.exact import shorten
from nnc.files.opening import MAX_BYTES, PATTERNS, check_size, project_root, similar_file
from nnc.language.document import read_document
from nnc.language.named_files import Uses, uses_of
from nnc.versions.repository import SUBMODULE, Entry, Repository
from nnc.versions.tree import Tree, follow, is_absolute

_SUFFIXES = tuple(pattern.removeprefix("*") for pattern in PATTERNS)
_LONGEST = 200


class Revisions:
    """Reads the networks of one repository at any of its commits."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._uses: dict[str, Uses] = {}

    def at(self, name: str) -> Revision:
        """Give the revision that is called `name`. Raises FileError where there is none."""
        return Revision(self, name, self.repository.resolve(name))

    def uses(self, oid: str, limit: int) -> Uses:
        """Tell which files the network in a blob names; nothing, of one that is too large."""
        if oid not in self._uses:
            data = self.repository.objects.blob(oid)
            self._uses[oid] = uses_of(read_document(data, oid)) if len(data) <= limit else Uses()
        return self._uses[oid]


@contextmanager
def open_revisions(file: str | Path) -> Iterator[Revisions]:
    """Open the repository that a file lies in, to read its revisions. Raises FileError."""
    with Repository.of(file) as repository:
        yield Revisions(repository)


class Revision:
    """The files of one commit. `name` is what messages call it: `HEAD~2:nets/xor.nn.yaml`."""

    def __init__(self, revisions: Revisions, name: str, commit: str) -> None:
        self.name, self.commit = name, commit
        self._revisions = revisions
        self._tree = Tree(revisions.repository, name, commit)

    def check(self, path: str, *, root: Path | None = None, max_bytes: int = MAX_BYTES) -> Checked:
        """Read and check the network at `path` of the tree, with all it uses, as it was then.

        `root` is the project root, a folder of the work tree; by default the top of the tree. What
        comes back stands for itself: it has no path, and its files are called `REV:path`. Raises
        FileError where the revision has no such file.
        """
        files = self.closure(path, max_bytes=max_bytes, cases=True)
        self._require(path, files)
        below = self._revisions.repository.place_of(root / "_") if root is not None else "_"
        with closing(self._tree) as tree:
            at, within = tree.at(path), tree.at(below).parent
            file = tree.called(at)
            data = tree.read(tree.resolve(at), within, max_bytes + 1)
            check_size(data, file, max_bytes)
            checked = check(data, file, path=at, root=within, files=tree)
        return replace(checked, path=None, root=None, digests={}, weight_files=())

    def _require(self, path: str, files: dict[str, Entry | None]) -> None:
        """Refuse a file that the revision does not have, or that git keeps elsewhere."""
        for place, entry in files.items():
            if entry is not None and entry.mode == SUBMODULE:
                message = (
                    f"the network uses `{shorten(place, _LONGEST)}`, which lies in a submodule"
                )
                otherwise = "compare networks that lie in one repository"
                raise FileError([self._lacking(message, path, otherwise)])
        if self.has(path):
            return
        folder, _, name = path.rpartition("/")
        near = similar_file(self._tree.at(folder) / name, self._tree)
        fix = f"did you mean `{f'{folder}/{near}' if folder else near}`?" if near else None
        message = f"the revision `{shorten(self.name)}` has no such file"
        raise FileError([self._lacking(message, path, fix)])

    def _lacking(self, message: str, path: str, fix: str | None) -> Diagnostic:
        return Diagnostic("not-in-revision", message, file=f"{self.name}:{path}", help=fix)

    def has(self, path: str) -> bool:
        """Tell whether the revision has a file, or a link to one."""
        entry = self._tree.place(path).entry
        return entry is not None and entry.is_file

    def closure(
        self, path: str, *, max_bytes: int = MAX_BYTES, cases: bool = False
    ) -> dict[str, Entry | None]:
        """Give every file that the network at `path` is made of, and the links on the way.

        A file that is not there has None. `cases` takes files of cases too, which are no part of
        the meaning of a network.
        """
        found: dict[str, Entry | None] = {}
        work = [(path, True)]
        seen = set()
        while work:
            name, is_network = work.pop()
            folder = self._tree.place(os.path.dirname(name), found).path  # noqa: PTH120
            named = f"{folder}/{os.path.basename(name)}" if folder else os.path.basename(name)  # noqa: PTH119
            if (named, is_network) in seen:
                continue
            seen.add((named, is_network))
            place = self._tree.place(named, found)
            found[place.path] = place.entry
            if place.entry is None or not place.entry.is_file or not is_network:
                continue
            uses = self._revisions.uses(place.entry.oid, max_bytes)
            work += [(f"{folder}/{one}", True) for one in uses.networks if not is_absolute(one)]
            more = uses.data + (uses.cases if cases else ())
            work += [(f"{folder}/{one}", False) for one in more if not is_absolute(one)]
        return found


# ------------------------------------------------------------------------------- changes


def changed_since(revision: str, files: Iterable[str]) -> list[str]:
    """Give those of some network files that differ from where this branch left a revision.

    A file differs where it, or one that it uses, extends or reads, was committed, changed, deleted
    or made since then. Raises FileError.
    """
    changes: dict[Path, _Changes] = {}
    chosen = []
    for file in files:
        root = project_root(Path(file))
        if root not in changes:
            with Repository.of(root) as repository:
                changes[root] = _Changes(repository, revision, file)
        if changes[root].touch(Path(file)):
            chosen.append(file)
    return chosen


def gone_since(revision: str, folder: str = ".") -> dict[str, str | None]:
    """Give the network files below a folder that a revision has, and the work tree has not.

    Each is named as in the trees of the repository, with the file that git takes it to have been
    moved to, as it lies seen from here, or None. Raises FileError.
    """
    with Repository.of(folder) as repository:
        below = PurePosixPath(repository.place_of(folder))
        asked = ("diff", "--name-status", "-z", "--find-renames", "--diff-filter=DR")
        words = iter(repository.names(*asked, "--no-ext-diff", repository.resolve(revision), "--"))
        found: dict[str, str | None] = {}
        for status in words:
            old = next(words)
            new = next(words) if status.startswith("R") else None
            if PurePosixPath(old).is_relative_to(below) and old.endswith(_SUFFIXES):
                found[old] = None
                if new is not None and repository.top is not None:
                    found[old] = os.path.relpath(repository.top / new)
    return found


class _Changes:
    """What is not as it was, in one work tree."""

    def __init__(self, repository: Repository, revision: str, file: str) -> None:
        if repository.top is None:
            message = "the file lies in a bare repository, where nothing can be changed"
            wrong = Diagnostic("no-repository", message, file=file, help="run it in a clone")
            raise FileError([wrong])
        self._top = repository.top
        base = repository.common_base(revision)
        changed = ("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", base, "--")
        new = ("ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ":/")
        self._names = {*repository.names(*changed), *repository.names(*new)}
        self._uses: dict[Path, Uses] = {}

    def touch(self, file: Path) -> bool:
        """Tell whether a network file, or one of those that it is made of, has changed."""
        work, seen = [(file, True)], set()
        while work:
            path, is_network = work.pop()
            if path in seen:
                continue
            seen.add(path)
            if any(map(self._has, self._way(path))):
                return True
            if is_network:
                folder, uses = path.parent.resolve(), self._uses_of(path)
                work += [(folder / one, True) for one in uses.networks]
                work += [(folder / one, False) for one in uses.data + uses.cases]
        return False

    def _way(self, path: Path) -> list[str]:
        """Name the links that a path leads over, and at last the file, as git names them."""
        named = os.path.relpath(path, self._top).replace(os.sep, "/")
        return follow(named, self._target)

    def _target(self, place: str) -> str | None:
        try:
            return str((self._top / place).readlink())
        except (OSError, ValueError):
            return None

    def _has(self, place: str) -> bool:
        """Tell whether a file, or a folder that git keeps as one name, has changed."""
        return any(
            str(one) in self._names for one in (PurePosixPath(place), *PurePosixPath(place).parents)
        )

    def _uses_of(self, path: Path) -> Uses:
        if path not in self._uses:
            self._uses[path] = Uses()
            with suppress(OSError, ValueError):  # what cannot be read is told where it is checked
                self._uses[path] = uses_of(read_document(path.read_bytes(), str(path)))
        return self._uses[path]

"""Find the pairs of networks that `nnc diff` compares, and read each pair when it is compared.

In two trees (two revisions, or one and the work tree) these are the networks that differ.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache, cached_property, partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.differences.diffs import Named
from nnc.files.opening import (
    DISK,
    MAX_BYTES,
    STDIN,
    STDIN_NAME,
    project_root,
    similar_file,
)
from nnc.files.other_tools import recognised
from nnc.files.selection import find_networks, is_network_name, no_networks, path_matches
from nnc.numbers.exact import shorten
from nnc.opening.checking import Checked, check_built, check_input
from nnc.opening.repository import Repository
from nnc.opening.revisions import Revision, Revisions, WorkTree, open_revisions, touches
from nnc.terminal.operands import FileAt, Operands

if TYPE_CHECKING:
    from nnc.interchange.importing.imported import Imported

_YAML = ("*.yaml", "*.yml")
"""The patterns of files among which git looks for moved ones."""


class Difference(NamedTuple):
    """The paths of a network in two trees; None in a tree without it."""

    before: str | None
    after: str | None

    @property
    def is_removal(self) -> bool:
        """True if the network is in the first tree only."""
        return self.after is None

    def is_below(self, folder: str) -> bool:
        """Return whether it is, or was, below a folder; "" is the top."""
        return any(path is not None and is_below(path, folder) for path in self)


class Differences:
    """Finds the networks that differ between two trees.

    A network differs if its file, or a file that it uses, extends or takes weights from, differs;
    files of cases do not count. Only names of files and texts of networks are read, and texts
    that name no file are not parsed. A file that git detects as renamed is one network with two
    names, changed or not.
    """

    def __init__(
        self,
        repository: Repository,
        before: Revision,
        after: Revision | WorkTree,
        *,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._repository, self._max_bytes = repository, max_bytes
        self._before, self._after = before, after

    @cached_property
    def all(self) -> list[Difference]:
        """Every network that differs, sorted by name; deleted ones come last.

        Raises FileError where the repository is damaged.
        """
        if not self._statuses:
            return []
        differences = [
            self.of(path) for path in sorted(self._after.networks()) if self._touches(path)
        ]
        paired = {difference.before for difference in differences}
        gone = sorted(
            path
            for path, status in self._statuses.items()
            if status == "D" and is_network_name(path) and path not in paired
        )
        differences += map(self.of, gone)  # one that has now another ending has a second name
        there = [difference for difference in differences if any(difference)]
        return sorted(there, key=lambda difference: difference.is_removal)

    def of(self, path: str) -> Difference:
        """Return the paths in both trees of the network at a path in one of them."""
        is_before, is_after = self._before.has(path), self._after.has(path)
        before, after = (path if is_before else None), (path if is_after else None)
        if is_after and not is_before:
            before = self._moved.get(path)
        elif is_before and not is_after:
            after = next((new for new, old in self._moved.items() if old == path), None)
        return Difference(before, after)

    def missing(self, path: str) -> Diagnostic:
        """Return the error that neither tree has a file, with the closest name."""
        near = self._before.similar(path) or self._after.similar(path)
        hint = f"did you mean `{near}`?" if near else None
        before, after = shorten(self._before.name), self._after.name
        message = f"the revision `{before}` has no such file, nor has the work tree"
        if after is not None:
            message = f"neither the revision `{before}` nor `{shorten(after)}` has such a file"
        return Diagnostic("not-in-revision", message, file=path, help=hint)

    def has_folder(self, path: str) -> bool:
        """Return whether one of the trees has a folder."""
        return self._before.has_folder(path) or self._after.has_folder(path)

    def has_networks(self, folder: str = "") -> bool:
        """Return whether one of the trees has a network file below a folder; "" is the top."""
        names = self._after.networks() + self._before.networks()
        return any(is_below(path, folder) for path in names)

    @cached_property
    def _statuses(self) -> dict[str, str]:
        """Every path that differs, with git's status letter."""
        if isinstance(self._after, WorkTree):
            return self._after.changed(self._before.commit)
        return self._repository.changed(self._before.commit, self._after.commit)

    @cached_property
    def _moved(self) -> dict[str, str]:
        """Renamed files, each with its earlier name."""
        if not {"A", "D"} <= set(self._statuses.values()):
            return {}
        after = None if isinstance(self._after, WorkTree) else self._after.commit
        return self._repository.renames(self._before.commit, after, *_YAML)

    def _touches(self, path: str) -> bool:
        return touches(self._statuses, self._after.closure(path, max_bytes=self._max_bytes))


def is_below(path: str, folder: str) -> bool:
    """Return whether a path lies below a folder; "" is the top."""
    return not folder or path.startswith(f"{folder}/")


Reader = Callable[[], Checked]
_SHORT = 10  # digits of a commit that people are shown


class Pair(NamedTuple):
    """Two networks to compare, with their names; None for a missing one."""

    names: tuple[Named, Named]
    before: Reader | None
    after: Reader | None

    def read(self) -> tuple[Checked | None, Checked | None]:
        """Read both; to save memory, their documents keep no values. Raises FileError."""
        before = None if self.before is None else self.before()
        after = None if self.after is None else self.after()
        for checked in (before, after):
            if checked is not None:
                checked.document.value = None
        return before, after


class Networks(NamedTuple):
    """Finds the networks to compare, below a root and up to a file size."""

    root: Path | None = None
    max_bytes: int = MAX_BYTES

    def pairs(self, operands: Operands) -> Iterator[Pair]:
        """Yield each pair of networks, to be read before the next is taken.

        Raises FileError.
        """
        if operands.pair is not None:
            yield from self._two_files(*operands.pair)
            return
        groups: dict[Path, list[str]] = {}
        for path in operands.paths:
            groups.setdefault(project_root(Path(path)), []).append(path)
        for paths in groups.values() or [[]]:
            yield from self._of_trees(operands, paths)

    def _of_trees(self, operands: Operands, paths: Sequence[str]) -> Iterator[Pair]:
        """Find the networks of a repository that differ between two trees."""
        with _opened(operands, paths) as (revisions, before, after):
            repository = revisions.repository
            trees = Differences(repository, before, after, max_bytes=self.max_bytes)
            for difference, name in _chosen(trees, repository, paths):
                yield self._pair(difference, name, before, after)

    def _pair(
        self, difference: Difference, name: str | None, before: Revision, after: Revision | WorkTree
    ) -> Pair:
        """Return the name of a network (`name` in the work tree) and a function that reads it."""
        old, new = difference
        read_old = None if old is None else partial(self._at, before, old)
        old_name = Named(old or new or "", before.name)
        if isinstance(after, Revision):
            read_new = None if new is None else partial(self._at, after, new)
            return Pair((old_name, Named(new or old or "", after.name)), read_old, read_new)
        place = new or old or ""
        file = name or os.path.relpath(after.top / place)
        read_new = None if new is None else partial(self._work_tree, file)
        return Pair((old_name, Named(file, place=place)), read_old, read_new)

    def _two_files(self, before: str | FileAt, after: str | FileAt | None) -> Iterator[Pair]:
        """Return the names of two files, of which any may be in a revision, and their readers."""
        if isinstance(before, str) and isinstance(after, str):
            (old, read_old), (new, read_new) = map(self._file, (before, after))
            circuits = _Circuits(self.max_bytes)
            if _is_circuit(before) and _is_circuit(after):
                read_old, read_new = partial(circuits.read, before), partial(circuits.read, after)
            elif _is_circuit(before):
                read_new = cache(read_new)
                read_old = partial(circuits.read_like, before, read_new)
            elif _is_circuit(after):
                read_old = cache(read_old)
                read_new = partial(circuits.read_like, after, read_old)
            yield Pair((old, new), read_old, read_new)
            return
        place = None
        with open_revisions(".") as revisions:
            if after is None:
                assert isinstance(before, FileAt)
                top = WorkTree(revisions.repository).top
                place = _place(before, revisions.repository)
                after = os.path.relpath(top / place)
            sides = [
                self._file(side) if isinstance(side, str) else self._of_revision(side, revisions)
                for side in (before, after)
            ]
            (old, read_old), (new, read_new) = sides
            yield Pair((old, new._replace(place=place)), read_old, read_new)

    def _file(self, file: str) -> tuple[Named, Reader]:
        called = Named(STDIN_NAME if file == STDIN else file)
        return called, partial(self._work_tree, file)

    def _of_revision(self, file: FileAt, revisions: Revisions) -> tuple[Named, Reader]:
        """Return the name of a file in a revision, and its reader. Raises FileError."""
        revision, place = revisions.at(file.revision), _place(file, revisions.repository)
        from_here = revisions.repository.place_of(file.path)
        if not revision.has(place) and revision.has(from_here):
            message = f"the revision `{file.revision}` has no such file"
            hint = f"paths are relative to the top: did you mean `{file.revision}:{from_here}`?"
            at = f"{file.revision}:{place}"
            raise FileError([Diagnostic("not-in-revision", message, file=at, help=hint)])
        return Named(place, revision.name), partial(self._at, revision, place)

    def _work_tree(self, file: str) -> Checked:
        return check_input(file, None, root=self.root, max_bytes=self.max_bytes, with_notes=False)

    def _at(self, revision: Revision, place: str) -> Checked:
        return revision.check(place, root=self.root, max_bytes=self.max_bytes)


def _is_circuit(file: str) -> bool:
    return recognised(file, b"") in ("aiger", "blif")


class _Circuits:
    """Reads a pair of circuits; wires of the second may take their names from the first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._first: Imported | None = None

    def read(self, file: str) -> Checked:
        """Read a circuit, with a warning for wires paired by position. Raises FileError."""
        from nnc.interchange.imports import import_circuit  # only circuits need it

        imported = import_circuit(file, self._first, self._max_bytes)
        self._first = imported
        return self._checked(file, imported)

    def read_like(self, file: str, other: Reader) -> Checked:
        """Read a circuit whose wires may take their names from a network. Raises FileError."""
        from nnc.interchange.imports import import_circuit_like  # only circuits need it

        graph = other().graph
        if graph is None:
            return self.read(file)
        return self._checked(file, import_circuit_like(file, graph, self._max_bytes))

    def _checked(self, file: str, imported: Imported) -> Checked:
        checked = check_built(imported.network)
        return replace(checked, file=file, diagnostics=[*checked.diagnostics, *imported.notes])


def _place(file: FileAt, repository: Repository) -> str:
    """Return the path of a file from the top; `REV:./FILE` counts from here, as for git."""
    if file.path.startswith(("./", "../")):
        return repository.place_of(file.path)
    return os.path.normpath(file.path)


def read_before(networks: Networks, operands: Operands) -> Checked:
    """Read the first network of a comparison. Raises FileError."""
    ((name, before),) = [
        (pair.names[0], pair.before and pair.before()) for pair in networks.pairs(operands)
    ]
    if before is None:
        message = f"the revision `{name.revision}` has no such file"
        raise FileError([Diagnostic("not-in-revision", message, file=str(name))])
    return before


# ----------------------------------------------------------------------------------- trees


@contextmanager
def _opened(
    operands: Operands, paths: Sequence[str]
) -> Iterator[tuple[Revisions, Revision, Revision | WorkTree]]:
    """Open the repository of some paths, and the two trees that are compared. Raises FileError."""
    place = paths[0] if paths else "."
    with ExitStack() as stack:
        try:
            revisions = stack.enter_context(open_revisions(place))
            before = _first(revisions, operands)
            names = operands.revisions
            after: Revision | WorkTree
            if len(names) == 2:
                after = revisions.at(names[1])
            else:
                after = WorkTree(revisions.repository, place)
        except FileError as error:
            raise _without_guess(error, operands.guess) from None
        yield revisions, before, after


def _first(revisions: Revisions, operands: Operands) -> Revision:
    before = revisions.at(operands.revisions[0])
    if not operands.from_base:
        return before
    base = revisions.repository.common_base(*operands.revisions)
    return before if base == before.commit else Revision(revisions, base[:_SHORT], base)


def _without_guess(error: FileError, word: str | None) -> FileError:
    """Add to the error for an unknown revision that no such file exists either."""
    (diagnostic,) = error.diagnostics
    if word is None or diagnostic.rule not in ("no-repository", "unknown-revision"):
        return error
    hint = diagnostic.help
    near = similar_file(Path(word))
    if diagnostic.rule == "no-repository":
        message = f"there is no file `{shorten(word)}`"
        if not Path(word).suffix:  # else hardly meant as a revision
            message += ", and no git repository that has revisions here"
        hint = None
    else:
        message = f"{diagnostic.message}, and no such file"
    if near is not None and not (hint or "").startswith("did you mean"):
        hint = f"did you mean `{Path(word).with_name(near)}`?"
    return FileError([replace(diagnostic, message=message, help=hint, file=None)])


# ------------------------------------------------------------------------------- selection


def _chosen(
    trees: Differences, repository: Repository, paths: Sequence[str]
) -> Iterator[tuple[Difference, str | None]]:
    """Yield the networks that paths name, with the user's names for those in the work tree.

    Each appears once. A file given by name is always compared, others only if they differ.
    Raises FileError for a path that matches nothing.
    """
    if not paths:
        if not trees.all and not trees.has_networks():
            raise FileError([no_networks(".")])
        yield from ((difference, None) for difference in trees.all)
    seen = set[Difference]()
    for path in paths:
        for difference, name in _of_path(trees, repository, path):
            if difference not in seen:
                seen.add(difference)
                yield difference, name


def _of_path(
    trees: Differences, repository: Repository, path: str
) -> Iterator[tuple[Difference, str | None]]:
    place = repository.place_of(path)
    folder = repository.place_of(Path(path, "_")).removesuffix("_").removesuffix("/")
    if trees.has_folder(folder) or DISK.kind_of(Path(path)) == "folder":
        differences = [difference for difference in trees.all if difference.is_below(folder)]
        if not differences and not trees.has_networks(folder):
            raise FileError([no_networks(path)])
        for difference in differences:
            new, name = difference.after, None
            if new is not None and is_below(new, folder):
                name = str(Path(path) / PurePosixPath(new).relative_to(folder))
            yield difference, name
        return
    difference = trees.of(place)
    if any(difference):
        yield difference, path if difference.after == place else None
    elif glob.has_magic(path):
        yield from _matching(trees, repository, path)
    else:
        raise FileError([trees.missing(place)])


def _matching(
    trees: Differences, repository: Repository, pattern: str
) -> Iterator[tuple[Difference, str | None]]:
    """Yield the files that match a pattern, and differing networks whose names match."""
    names, steps = find_networks([pattern]).files, repository.place_of(pattern).split("/")
    named = [(trees.of(repository.place_of(name)), name) for name in names]
    matches: list[tuple[Difference, str | None]] = [pair for pair in named if any(pair[0])]
    matches += [
        (difference, None)
        for difference in trees.all
        if any(place is not None and path_matches(place.split("/"), steps) for place in difference)
    ]
    if not matches:
        raise FileError([no_networks(pattern)])
    yield from matches

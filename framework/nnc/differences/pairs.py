"""Operands -> the networks that `nnc diff` compares, two by two, each read when it is its turn."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.differences.diffs import Named
from nnc.differences.versions.differences import Difference, Differences, is_below
from nnc.files.opening import (
    DISK,
    MAX_BYTES,
    STDIN,
    STDIN_NAME,
    project_root,
    similar_file,
)
from nnc.files.selection import find_networks, no_networks, path_matches
from nnc.numbers.exact import shorten
from nnc.opening.checking import Checked, check_input
from nnc.opening.repository import Repository
from nnc.opening.revisions import Revision, Revisions, WorkTree, open_revisions
from nnc.terminal.operands import FileAt, Operands

Reader = Callable[[], Checked]
_SHORT = 10  # digits of a commit that people are shown


class Pair(NamedTuple):
    """Two networks to compare, by their names; None for one that does not exist."""

    names: tuple[Named, Named]
    before: Reader | None
    after: Reader | None

    def read(self) -> tuple[Checked | None, Checked | None]:
        """Read both; their documents keep no values, which take much memory. Raises FileError."""
        before = None if self.before is None else self.before()
        after = None if self.after is None else self.after()
        for checked in (before, after):
            if checked is not None:
                checked.document.value = None
        return before, after


class Networks(NamedTuple):
    """Finds the networks that are to be compared, to be read below a root and up to a size."""

    root: Path | None = None
    max_bytes: int = MAX_BYTES

    def pairs(self, operands: Operands) -> Iterator[Pair]:
        """Yield each pair of networks; read it before taking the next.

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
        """Find the networks of one repository that are not the same in two trees."""
        with _opened(operands, paths) as (revisions, before, after):
            repository = revisions.repository
            trees = Differences(repository, before, after, max_bytes=self.max_bytes)
            for difference, name in _chosen(trees, repository, paths):
                yield self._pair(difference, name, before, after)

    def _pair(
        self, difference: Difference, name: str | None, before: Revision, after: Revision | WorkTree
    ) -> Pair:
        """Name a network, as `name` where it lies in the work tree, and say how it is read."""
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
        """Name two files, one of which at least may be one of a revision, and say how to read."""
        if isinstance(before, str) and isinstance(after, str):
            (old, read_old), (new, read_new) = map(self._file, (before, after))
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
        """Name a file of a revision, and say how to read it. Raises FileError."""
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


def _place(file: FileAt, repository: Repository) -> str:
    """Return the path of a file from the top; `REV:./FILE` counts from here, as for git."""
    if file.path.startswith(("./", "../")):
        return repository.place_of(file.path)
    return os.path.normpath(file.path)


def read_before(networks: Networks, operands: Operands) -> Checked:
    """Read the network that another one is compared with. Raises FileError."""
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
    """Say of a word that was taken for a revision that there is no such file either."""
    (diagnostic,) = error.diagnostics
    if word is None or diagnostic.rule not in ("no-repository", "unknown-revision"):
        return error
    hint = diagnostic.help
    near = similar_file(Path(word))
    if diagnostic.rule == "no-repository":
        message = (
            f"there is no file `{shorten(word)}`, and no git repository that has revisions here"
        )
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
    """Yield the networks that paths stand for, and what the user calls those of the work tree.

    Each comes once. A file that is named is compared in any case, all others where they differ.
    Raises FileError for a path that stands for nothing.
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
    """Yield the files that a pattern matches, and networks that differ and are called so."""
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

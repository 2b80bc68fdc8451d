"""The networks that differ between two trees: two revisions, or one and the work tree."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.files.opening import MAX_BYTES
from nnc.files.selection import is_network_name
from nnc.numbers.exact import shorten
from nnc.opening.repository import Repository
from nnc.opening.revisions import Revision, WorkTree, touches

_YAML = ("*.yaml", "*.yml")
"""The patterns of files among which git looks for moved ones."""


class Difference(NamedTuple):
    """The paths of one network in two trees; None where there is none."""

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
    """Finds the networks that are not the same in two trees.

    A network differs where its file, or one that it uses, extends or takes weights from, is not
    the same; files of cases are not part of it. Only the names of files and the texts of networks
    are read, and those of networks that name no file are not parsed. What git takes for a file
    that was moved is one network with two names, changed or not.
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
        """Every network that differs, by its name; those that are gone come last.

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
        """Say where the network that lies, or lay, at a path is in both trees."""
        is_before, is_after = self._before.has(path), self._after.has(path)
        before, after = (path if is_before else None), (path if is_after else None)
        if is_after and not is_before:
            before = self._moved.get(path)
        elif is_before and not is_after:
            after = next((new for new, old in self._moved.items() if old == path), None)
        return Difference(before, after)

    def missing(self, path: str) -> Diagnostic:
        """Say that neither tree has a file, with the name that is near."""
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
        """Every path that is not the same, with the letter that git gives it."""
        if isinstance(self._after, WorkTree):
            return self._after.changed(self._before.commit)
        return self._repository.changed(self._before.commit, self._after.commit)

    @cached_property
    def _moved(self) -> dict[str, str]:
        """Files that have another name, each with the one it had before."""
        if not {"A", "D"} <= set(self._statuses.values()):
            return {}
        after = None if isinstance(self._after, WorkTree) else self._after.commit
        return self._repository.renames(self._before.commit, after, *_YAML)

    def _touches(self, path: str) -> bool:
        return touches(self._statuses, self._after.closure(path, max_bytes=self._max_bytes))


def is_below(path: str, folder: str) -> bool:
    """Return whether a path lies below a folder; "" is the top."""
    return not folder or path.startswith(f"{folder}/")

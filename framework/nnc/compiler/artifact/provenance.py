"""The files that a compiled network was made of, and whether they are still the same."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from nnc.files.opening import project_root, resolved_inside
from nnc.files.weights import sha256_of


@dataclass(frozen=True, slots=True)
class Provenance:
    """Files by their paths from the project root, with their SHA-256, the network's own first."""

    files: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, main: Path, digests: Mapping[Path, str], root: Path) -> Provenance:
        """Name the files of a network; `digests` has those of `main` too. Paths are resolved."""
        others = {_named(path, root): digest for path, digest in digests.items() if path != main}
        return cls(((_named(main, root), digests[main]), *sorted(others.items())))

    @property
    def main(self) -> str | None:
        """The network's own file."""
        return self.files[0][0] if self.files else None

    def find_from(self, compiled: Path, root: Path | None) -> SourceFiles | None:
        """Find the network's file from the folder of the compiled one upward, within the root."""
        if self.main is None:
            return None
        folder = compiled.resolve().parent
        last = (root or project_root(compiled)).resolve()
        if not folder.is_relative_to(last):
            return None
        for parent in (folder, *folder.parents):
            target = resolved_inside(self.main, parent, last)
            if target is not None and os.path.isfile(target):  # noqa: PTH113 - which raises nothing
                return SourceFiles(self, parent, last, target)
            if parent == last:
                break
        return None


def _named(path: Path, root: Path) -> str:
    """Return the path from the root, the same on every system."""
    try:
        return PurePath(os.path.relpath(path, root)).as_posix()
    except ValueError:  # it lies on another drive
        return path.name


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """The sources, found: paths are relative to `folder`; `main` is the network's own file."""

    provenance: Provenance
    folder: Path
    root: Path
    main: Path

    def changes(self) -> Iterator[str]:
        """Name the files that have changed since: `a.npy changed`."""
        for name, digest in self.provenance.files:
            target = resolved_inside(name, self.folder, self.root)
            if target is None or not os.path.exists(target):  # noqa: PTH110 - which raises nothing
                yield f"`{name}` is missing"
                continue
            try:
                if sha256_of(target, self.root) != digest:
                    yield f"`{name}` has changed"
            except OSError:
                yield f"`{name}` cannot be read"

    def as_typed(self) -> str:
        """Return the path of the network's file as a user here would type it."""
        path = self.folder / (self.provenance.main or "")
        try:
            near = os.path.relpath(path)
        except (OSError, ValueError):  # another drive, or no current folder
            return str(path)
        return near if not near.startswith(os.pardir) or len(near) < len(str(path)) else str(path)

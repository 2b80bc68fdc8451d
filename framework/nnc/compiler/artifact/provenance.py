"""Record the source files of a compiled network, and detect changes to them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from nnc.files.opening import project_root, resolved_inside
from nnc.files.weights import sha256_of


@dataclass(frozen=True, slots=True)
class Provenance:
    """Source files as (path from the project root, SHA-256), the network's own file first."""

    files: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, main: Path, digests: Mapping[Path, str], root: Path) -> Provenance:
        """Return the provenance of a network from the digests of its files, including `main`."""
        others = {_named(path, root): digest for path, digest in digests.items() if path != main}
        return cls(((_named(main, root), digests[main]), *sorted(others.items())))

    @property
    def main(self) -> str | None:
        """The path of the network's own file, if any."""
        return self.files[0][0] if self.files else None

    def find_from(self, compiled: Path, root: Path | None) -> SourceFiles | None:
        """Find the sources, searching from the compiled file's folder up to the root."""
        if self.main is None:
            return None
        folder = compiled.resolve().parent
        last = (root or project_root(compiled)).resolve()
        if not folder.is_relative_to(last):
            return None
        for parent in (folder, *folder.parents):
            target = resolved_inside(self.main, parent, last)
            if target is not None and os.path.isfile(target):  # noqa: PTH113 - never raises
                return SourceFiles(self, parent, last, target)
            if parent == last:
                break
        return None


def _named(path: Path, root: Path) -> str:
    """Return the path from the root with `/`, the same on every system."""
    try:
        return PurePath(os.path.relpath(path, root)).as_posix()
    except ValueError:  # it is on another drive
        return path.name


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """Sources that were found: paths are relative to `folder`; `main` is the network's file."""

    provenance: Provenance
    folder: Path
    root: Path
    main: Path

    def changes(self) -> Iterator[str]:
        """Yield a text for each file that has changed or is missing."""
        for name, digest in self.provenance.files:
            target = resolved_inside(name, self.folder, self.root)
            if target is None or not os.path.exists(target):  # noqa: PTH110 - never raises
                yield f"`{name}` is missing"
                continue
            try:
                if sha256_of(target, self.root) != digest:
                    yield f"`{name}` has changed"
            except OSError:
                yield f"`{name}` cannot be read"

    def as_typed(self) -> str:
        """Return the network file's path, relative to the current folder if that is shorter."""
        path = self.folder / (self.provenance.main or "")
        try:
            near = os.path.relpath(path)
        except (OSError, ValueError):  # another drive, or no current folder
            return str(path)
        return near if not near.startswith(os.pardir) or len(near) < len(str(path)) else str(path)

"""Convert paths to paths relative to the root of the repository, as code hosts use."""

from __future__ import annotations

import os
from pathlib import Path


def repository_root() -> Path:
    """Return the nearest folder upwards with `.git`, or else the current folder."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if _is_root(folder)), here)


def _is_root(folder: Path) -> bool:
    return os.path.lexists(folder / ".git")


def path_from(root: Path, file: str) -> str | None:
    """Return a file's path relative to the root, with `/`; None if it is outside or invalid."""
    try:
        paths = (os.path.abspath(file), os.path.realpath(file))  # noqa: PTH100 - of any length
    except ValueError:  # NUL, or half of a surrogate pair
        return None
    for path in paths:
        if Path(path).is_relative_to(root):
            return Path(path).relative_to(root).as_posix()
    return None

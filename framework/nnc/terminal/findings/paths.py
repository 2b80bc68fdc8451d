"""Paths of files from the root of their repository, as code hosts name them."""

from __future__ import annotations

import os
from pathlib import Path


def repository_root() -> Path:
    """Return the nearest folder upward with `.git`, else the working directory."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if _is_root(folder)), here)


def _is_root(folder: Path) -> bool:
    return os.path.lexists(folder / ".git")


def path_from(root: Path, file: str) -> str | None:
    """Return the path of a file from the root, with `/`; None if it is outside, or no path."""
    try:
        paths = (os.path.abspath(file), os.path.realpath(file))  # noqa: PTH100 - of any length
    except ValueError:  # NUL, or half of a surrogate pair
        return None
    for path in paths:
        if Path(path).is_relative_to(root):
            return Path(path).relative_to(root).as_posix()
    return None

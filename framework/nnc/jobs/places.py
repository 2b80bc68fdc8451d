"""Where files lie that a job reads and writes, by path, pattern or address."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

from nnc.diagnostics.diagnostic import FileError
from nnc.jobs.folders import NO_FILE, FileInfo, Folder, Place, check_files
from nnc.jobs.remote import Remote

__all__ = [
    "NO_FILE",
    "FileInfo",
    "Place",
    "check_files",
    "is_pattern",
    "is_remote",
    "matching",
    "on_disk",
    "parts_of_pattern",
    "place_of",
    "read_small",
    "readable",
]

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_WILD = re.compile(r"[*?\[]")


def is_remote(path: str) -> bool:
    """Return whether a path is the address of another place than the disk: `s3://…`."""
    return _SCHEME.match(path) is not None


def is_pattern(path: str) -> bool:
    """Return whether a path stands for all files whose names match it.

    One on the disk that is there is meant itself, whatever is in its name.
    """
    if is_remote(path):
        return _WILD.search(path.partition("?")[0]) is not None
    return _WILD.search(path) is not None and not Path(path).exists()


def readable(path: str) -> str:
    """Return a path as messages show it: an address without keys and what else it needs."""
    return re.sub(r"://[^/@]*@", "://", path.partition("?")[0]) if is_remote(path) else path


@cache
def place_of(path: str) -> Place:
    """Return a place by its path or address. Raises as `Remote`."""
    return Remote(path) if is_remote(path) else Folder(path)


def on_disk(path: str) -> str | None:
    """Return the path of a folder on the disk; None of other places. Raises as `Remote`."""
    place = place_of(path)
    return place.on_disk if isinstance(place, Remote) else path


def parts_of_pattern(path: str) -> tuple[str, str]:
    """Take a pattern apart: the place to look in, and the pattern of the names there."""
    begin = match.end() if (match := _SCHEME.match(path)) else 0
    address, mark, query = path.partition("?") if begin else (path, "", "")
    parts = address[begin:].replace(os.sep, "/").split("/")
    wild = [n for n, part in enumerate(parts) if _WILD.search(part)]
    if not begin:  # a folder that is there is meant itself
        wild = [n for n in wild if not Path("/".join(parts[: n + 1])).exists()]
    at = wild[0] if wild else len(parts) - 1
    home = "/".join(parts[:at]) or ("/" if address[begin:].startswith("/") else "")
    return f"{address[:begin]}{home}{mark}{query}" or ".", "/".join(parts[at:])


def matching(pattern: str) -> re.Pattern[str]:
    """Return what the names match that a pattern stands for: `*` is within a part, `**` is not."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\])", pattern)
    return re.compile("".join(map(_as_expression, pieces)))


_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _as_expression(piece: str) -> str:
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        inside = piece[1:-1].replace("\\", r"\\")
        return f"[^{inside[1:]}]" if inside[0] == "!" else f"[{inside}]"
    return _WILDCARDS.get(piece, re.escape(piece))


def read_small(place: Place, name: str) -> bytes | None:
    """Return what a file holds; None where there is none."""
    if place.look(name) is None:
        return None
    try:
        with place.open(name) as stream:
            return stream.read()
    except FileError:
        if place.look(name) is None:  # removed since
            return None
        raise

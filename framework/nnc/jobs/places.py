"""Paths, patterns and addresses -> the places where files lie."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

from nnc.jobs.folders import Folder, Place
from nnc.jobs.remote import Remote

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_WILD = re.compile(r"[*?\[]")


def is_remote(path: str) -> bool:
    """Return whether a path is an address such as `s3://…`, and not on the disk."""
    return _SCHEME.match(path) is not None


def is_pattern(path: str) -> bool:
    """Return whether a path stands for all files whose names match it.

    A path that exists on the disk means itself, whatever characters it has.
    """
    if is_remote(path):
        return _WILD.search(path.partition("?")[0]) is not None
    return _WILD.search(path) is not None and not Path(path).exists()


def readable(path: str) -> str:
    """Return a path as messages show it: an address without keys and options."""
    return re.sub(r"://[^/@]*@", "://", path.partition("?")[0]) if is_remote(path) else path


@cache
def place_of(path: str) -> Place:
    """Return the place at a path or an address. Raises as `Remote`."""
    return Remote(path) if is_remote(path) else Folder(path)


def on_disk(path: str) -> str | None:
    """Return the path of a folder on the disk; None for other places. Raises as `Remote`."""
    place = place_of(path)
    return place.on_disk if isinstance(place, Remote) else path


def parts_of_pattern(path: str) -> tuple[str, str]:
    """Split a pattern into the place to look in, and the pattern of the names there."""
    begin = match.end() if (match := _SCHEME.match(path)) else 0
    address, mark, query = path.partition("?") if begin else (path, "", "")
    parts = address[begin:].replace(os.sep, "/").split("/")
    wild = [n for n, part in enumerate(parts) if _WILD.search(part)]
    if not begin:  # a folder that exists means itself
        wild = [n for n in wild if not Path("/".join(parts[: n + 1])).exists()]
    at = wild[0] if wild else len(parts) - 1
    home = "/".join(parts[:at]) or ("/" if address[begin:].startswith("/") else "")
    return f"{address[:begin]}{home}{mark}{query}" or ".", "/".join(parts[at:])


_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matching(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern: `*` stays within a folder, `**` does not."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\])", pattern)
    return re.compile("".join(map(_as_expression, pieces)))


def _as_expression(piece: str) -> str:
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        inside = piece[1:-1].replace("\\", r"\\")
        return f"[^{inside[1:]}]" if inside[0] == "!" else f"[{inside}]"
    return _WILDCARDS.get(piece, re.escape(piece))

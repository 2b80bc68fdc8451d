"""Mentions: the names that a scalar of a network speaks of, and where they stand in it.

This is the one table of where names are declared and used: references and renames follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.document.scalars import Scalar, scalars
from nnc.language.keys import ASSUMED_FORMS, BY_NAME, CLAIMS, VARIED
from nnc.language.references import CONSTANTS

Space = Literal["name", "output", "signal", "port", "wire", "file"]
"""The kinds of names: a declared name, an alias of an output, either (the alias first), a
threshold, value or output of `owner`, an input of what the part `owner` uses, and a file.
"""
_SOURCE = re.compile(r"([^\s()\[\].,:{}]+)(?:\([^()]*\))?(?:\.([^\s()\[\].,:{}]+))?")
_CONDITIONS = ("never", "always", "when")
_SIGNALS = (*ASSUMED_FORMS[2:], *VARIED)
_VARIED = ("in", "of")
_WIRINGS = ("wiring", "first", "last")
_TAPS = ("sum", "level", "largest")


class Mention(NamedTuple):
    """A name in a text, as a stretch of characters; `declares` where it is declared here."""

    space: Space
    name: str
    start: int
    end: int
    path: KeyPath
    declares: bool = False
    owner: str = ""


def mentions(text: str, first_item: int = 0) -> Iterator[Mention]:
    """Yield the names in a text; items of its lists at the top count from `first_item`."""
    for scalar in scalars(text):
        path = scalar.path
        if first_item and len(path) > 1 and isinstance(path[1], int):
            path = (path[0], path[1] + first_item, *path[2:])
            scalar = scalar._replace(path=path)
        yield from mentions_of(scalar)


def mentions_of(scalar: Scalar) -> list[Mention]:
    """Return the names that one scalar speaks of."""
    path = scalar.path
    section = path[0] if path else ""
    if section == "extends" and len(path) == 1 and not scalar.is_key:
        return _whole("file", scalar)
    if len(path) < 2:
        return []
    if section == "outputs":
        return _of_output(scalar)
    if section in ("inputs", *BY_NAME):
        if len(path) == 2 and (scalar.is_key or isinstance(path[1], int)):
            return _whole("name", scalar, declares=True)
        return _of_declaration(scalar) if len(path) > 2 else []
    if section == "cases" and len(path) > 2:
        if path[2] == "file" and not scalar.is_key:
            return _whole("file", scalar)
        if len(path) == 4 and scalar.is_key and path[2] in ("given", "expect"):
            return _source("name" if path[2] == "given" else "output", scalar)
    if section in CLAIMS and len(path) > 2:
        return _of_claim(scalar)
    return []


def _of_output(scalar: Scalar) -> list[Mention]:
    path = scalar.path
    if scalar.is_key:
        return _whole("output", scalar, declares=True) if len(path) == 2 else []
    if len(path) == 2 and isinstance(path[1], int):
        return [*_whole("output", scalar, declares=True), *_source("name", scalar)]
    is_short = len(path) == 2 or (len(path) == 3 and isinstance(path[2], int))
    return _source("name", scalar) if is_short or path[2] in _TAPS else []


def _of_declaration(scalar: Scalar) -> list[Mention]:
    section, name, key, *rest = scalar.path
    if section == "inputs":
        if key == "of" and rest:
            return _whole("port", scalar, declares=True, owner=str(name))
        return []
    if section == "parts":
        if key == "use" and not scalar.is_key:
            return _whole("file", scalar)
        if key in _WIRINGS and rest:
            return (
                _whole("wire", scalar, owner=str(name))
                if scalar.is_key
                else _source("name", scalar)
            )
        return []
    if scalar.is_key and len(rest) == 1 and section == "neurons":
        if key == "weights":
            return _source("name", scalar)
        if key == "thresholds":
            return _whole("port", scalar, declares=True, owner=str(name))
    if not scalar.is_key and key in ("wiring", "convolve"):
        return _source("name", scalar)
    if not scalar.is_key and section == "layers" and rest and rest[-1] == "file":
        return _whole("file", scalar)
    return []


def _of_claim(scalar: Scalar) -> list[Mention]:
    _, _, key, *rest = scalar.path
    if key in _CONDITIONS:
        return _source("signal", scalar) if scalar.is_key and rest else []
    if key == "equal":
        if not rest:
            return [] if scalar.is_key else _whole("file", scalar)
        return _source("signal", scalar)
    if scalar.is_key:
        return []
    if key in _SIGNALS:
        return _source("signal", scalar)
    return _source("name", scalar) if key in _VARIED else []


def _whole(
    space: Space, scalar: Scalar, *, declares: bool = False, owner: str = ""
) -> list[Mention]:
    inside = 1 if scalar.is_quoted else 0
    start, end = scalar.start + inside, scalar.end - inside
    return [Mention(space, scalar.text, start, end, scalar.path, declares, owner)]


def _source(space: Space, scalar: Scalar) -> list[Mention]:
    match = _SOURCE.match(scalar.text)
    if match is None or match[0] in CONSTANTS:
        return []
    start = scalar.start + (1 if scalar.is_quoted else 0)
    mentioned = [Mention(space, match[1], start, start + len(match[1]), scalar.path)]
    if match[2] is not None:
        stretch = start + match.start(2), start + match.end(2)
        mentioned.append(Mention("port", match[2], *stretch, scalar.path, owner=match[1]))
    return mentioned

"""Pieces of several texts -> pieces that stand together: lines, blanks, commas and brackets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nnc.differences.versions.merging.pieces import Conflict, Piece


def laid_out(children: list[Piece], base: Piece, skeleton: Piece, other: Piece) -> list[Piece]:
    """Return children the lines, blanks and commas that they need where they now stand.

    Raises Conflict where a comment in brackets would have to move.
    """
    if not skeleton.is_flow:
        return _in_lines(_without_twice_taken(children, base, skeleton, other), skeleton)
    before = skeleton.children or []
    if [child.name for child in children] == [child.name for child in before]:
        return children
    if any("#" in child.lead + child.tail for child in (*before, *(other.children or ()))):
        raise Conflict
    own = {child.name for child in before}
    leads = [child.lead for child in before] or [""]
    comma = leads[1] if len(leads) > 1 else ", "
    laid = []
    for place, child in enumerate(children):
        lead = child.lead if child.name in own and child.lead.strip() else comma
        laid.append(replace(child, lead=lead if place else leads[0]))
    return laid


def _in_lines(children: list[Piece], skeleton: Piece) -> list[Piece]:
    """Indent all as the skeleton is, and end every line."""
    laid, in_skeleton = [], skeleton.by_name()
    for place, child in enumerate(children):
        if child.kind != "conflict":
            child = aligned(child, in_skeleton)
        is_last = place == len(children) - 1
        if not is_last and not child.text.endswith(("\n", "\r")):
            child = replace(child, tail=f"{child.tail}\n")
        laid.append(child)
    return laid


def _without_twice_taken(
    children: list[Piece], base: Piece, skeleton: Piece, other: Piece
) -> list[Piece]:
    """Take the blank lines away that both sides moved up, each to what it added at one place."""
    was, own = base.by_name(), skeleton.by_name()
    taken: dict[str, str] = {}  # by what the other side added: the blank lines it took
    blank = ""
    for child in reversed(other.children or ()):
        if child.name not in was:
            taken[child.name] = blank
            continue
        before = was[child.name].lead
        lines = before[: len(before) - len(before.lstrip("\r\n"))]
        blank = "" if child.lead.startswith(lines) else lines
    laid: list[Piece] = []
    for child in children:
        follows_an_added = bool(laid) and laid[-1].name in own and laid[-1].name not in was
        if follows_an_added and child.name not in own and (gap := taken.get(child.name)):
            child = replace(child, lead=child.lead.removeprefix(gap))
        laid.append(child)
    return laid


def _column(children: Iterable[Piece]) -> int:
    """Return the column where the first of some children starts, each on lines of its own."""
    return next(map(_indent, children), 0)


def _indent(piece: Piece) -> int:
    return len(piece.body) - len(piece.body.lstrip(" "))


def aligned(piece: Piece, in_skeleton: Mapping[str, Piece]) -> Piece:
    """Indent a piece as the one of its name in the skeleton, else as the first one there.

    Raises Conflict where a line would have to go beyond the edge.
    """
    own = in_skeleton.get(piece.name)
    column = _column(in_skeleton.values()) if own is None else _indent(own)
    shift = column - _indent(piece)
    if not shift:
        return piece
    lead, body = _shifted(piece.lead, shift), _shifted(piece.body, shift)
    return Piece(piece.name, piece.data, lead, value=body)


def _shifted(text: str, shift: int) -> str:
    """Move all lines of a text to the right, or to the left. Raises Conflict at the edge."""
    lines = []
    for line in text.splitlines(keepends=True):
        blanks = len(line) - len(line.lstrip(" "))
        if shift < 0 and line.strip() and blanks < -shift:
            raise Conflict
        lines.append(" " * shift + line if shift > 0 and line.strip() else line[max(-shift, 0) :])
    return "".join(lines)

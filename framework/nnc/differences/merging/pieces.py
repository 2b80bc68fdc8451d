"""Cut a text into its declarations and their parts, without losing a character.

Joined again, the pieces of a text are the text, with all comments and blank lines. Where pieces of
several texts are joined, missing line ends, spaces, commas and brackets are added.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from nnc.language.document.places import Node, read_nodes

Data = str | tuple[object, ...]
"""The meaning of a value as YAML: texts, and tuples of them; the order of keys counts."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
_BLANK = re.compile(r"\s+")
_INSIDE = "-"  # in the place of the name of a section, within a declaration


class Conflict(Exception):
    """Both sides changed the same thing."""


class MarkerLabels(NamedTuple):
    """The labels of conflict markers, and the length of the markers.

    With `shows_base` a conflict also shows the common ancestor.
    """

    ours: str = "ours"
    base: str = "base"
    theirs: str = "theirs"
    size: int = 7
    shows_base: bool = False

    def mark(self, ours: str, base: str, theirs: str) -> str:
        """Return the lines of both sides between conflict markers of git."""
        middle = f"{'|' * self.size} {self.base}\n{in_lines(base)}" if self.shows_base else ""
        return (
            f"{'<' * self.size} {self.ours}\n{in_lines(ours)}{middle}{'=' * self.size}\n"
            f"{in_lines(theirs)}{'>' * self.size} {self.theirs}\n"
        )


@dataclass(slots=True)
class Piece:
    """A key with its value, or an item of a list, as text.

    Its text is `lead` (comments and blank lines above; in `{…}` the comma before), `head` (the key
    and what opens the value), the value or its `children`, and `tail` (what closes it, and the
    comment behind). With `is_flow` its children stand in `{…}` or `[…]`, not line by line.
    """

    name: str
    data: Data
    lead: str = ""
    head: str = ""
    value: str = ""
    tail: str = ""
    children: list[Piece] | None = None
    kind: str = "text"  # or mapping, list, conflict
    is_flow: bool = False

    @property
    def text(self) -> str:
        """The full text, with the lead."""
        return self.lead + self.body

    @property
    def body(self) -> str:
        """The text without the lead."""
        inner = self.value
        if self.children is not None:
            inner = "".join(child.text for child in self.children)
        return self.head + inner + self.tail

    def by_name(self) -> dict[str, Piece]:
        """Return the children by name."""
        return {child.name: child for child in self.children or ()}


Known = dict[tuple[str, str, int], Piece]
"""Declarations that were cut: by their section, their text, and the length of their lead."""


def read_pieces(text: str, known: Known | None = None) -> Piece:
    """Cut a text that `read_document` read without errors.

    Texts cut with the same `known` share equal declarations.
    """
    return _Cutter(text, {} if known is None else known).top()


def in_lines(text: str) -> str:
    """Add a missing line end to the last line of a text."""
    return text if not text or text.endswith(("\n", "\r")) else f"{text}\n"


def blank_out(text: str) -> str:
    """Return a text without whitespace, to compare texts that differ in layout."""
    return _BLANK.sub("", text)


class _Cutter:
    """Cuts a text at its YAML nodes."""

    def __init__(self, text: str, known: Known) -> None:
        self._text, self._known = text, known
        self._section = ""

    def top(self) -> Piece:
        """Cut the whole text."""
        node = read_nodes(self._text)
        return self._piece("", node, 0, self._line_start(node.start), len(self._text))

    def _piece(self, name: str, node: Node, start: int, body: int, end: int) -> Piece:
        """Cut the stretch from `start` to `end`, whose lead ends at `body`."""
        kind = "text" if node.text is not None else "mapping" if node.is_mapping else "list"
        piece = Piece(name, "", self._text[start:body], kind=kind, is_flow=node.is_flow)
        first, last = node.start, node.end
        if kind == "text":
            piece.value = self._text[first:last]
            piece.data = f'"{node.text}' if node.is_quoted else node.text or ""
        elif node.is_flow:
            piece.children = self._in_brackets(node)
            first, last = node.start + 1, node.values[-1].end if node.values else node.start + 1
        else:
            first, last, piece.children = self._in_lines(node, body, end)
        if piece.children is not None:
            piece.data = data_of(kind, piece.children)
        piece.head, piece.tail = self._text[body:first], self._text[last:end]
        return piece

    def _in_brackets(self, node: Node) -> list[Piece]:
        """Cut what stands in `{…}` or `[…]`: the comma before each is its lead."""
        at, children = node.start + 1, []
        for (name, value), first in zip(_named(node), node.keys or node.values, strict=True):
            children.append(self._piece(name, value, at, first.start, value.end))
            at = value.end
        return children

    def _in_lines(self, node: Node, body: int, end: int) -> tuple[int, int, list[Piece]]:
        """Return where a block starts and ends, and its children; comments above are their lead."""
        starts = [value.start for value in (node.keys or node.values)]
        if not node.is_mapping:
            starts = [self._text.rindex("-", 0, start) for start in starts]
        lines = [self._line_start(start) for start in starts]
        opening = self._line_end(body) if self._text[body : node.start].strip() else body
        if opening > lines[0]:  # it starts behind the `-` of an item
            opening = lines[0] = starts[0]
        at, children = opening, []
        section, is_top = self._section, not self._section
        for (name, value), line in zip(_named(node), lines, strict=True):
            stop = min(self._line_end(value.end), end)
            self._section = name if is_top else _INSIDE
            if section in ("", _INSIDE) or not node.is_mapping:
                children.append(self._piece(name, value, at, line, stop))
            else:
                key = section, self._text[at:stop], line - at
                if key not in self._known:
                    self._known[key] = self._piece(name, value, at, line, stop)
                children.append(self._known[key])
            at = stop
        self._section = section
        return opening, at, children

    def _line_start(self, place: int) -> int:
        line = self._text.rfind("\n", 0, place) + 1
        return max(line, self._text.rfind("\r", line, place) + 1)

    def _line_end(self, place: int) -> int:
        match = _LINE.match(self._text, place)
        assert match is not None
        return match.end()


def _named(node: Node) -> list[tuple[str, Node]]:
    """Name values by key, or by position."""
    if node.is_mapping:
        return [(key.text or "", value) for key, value in zip(node.keys, node.values, strict=True)]
    return [(str(place), value) for place, value in enumerate(node.values)]


def data_of(kind: str, children: Sequence[Piece]) -> Data:
    """Return the data of a mapping or list from the data of its children."""
    if kind == "list":
        return ("list", *(child.data for child in children))
    return ("mapping", *((child.name, child.data) for child in children))


def rename(piece: Piece, names: list[str]) -> None:
    """Name the children of a list by content, not by position; equal ones are numbered."""
    seen: Counter[str] = Counter()
    for child, name in zip(piece.children or (), names, strict=True):
        seen[name] += 1
        child.name = f"{name} #{seen[name]}" if seen[name] > 1 else name


def laid_out(children: list[Piece], base: Piece, skeleton: Piece, other: Piece) -> list[Piece]:
    """Return children with the line ends, spaces and commas that their new position needs.

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
    """Indent all children as in the skeleton, and end every line."""
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
    """Drop blank lines that both sides moved, each to its addition at the same position."""
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


def _indent(piece: Piece) -> int:
    return len(piece.body) - len(piece.body.lstrip(" "))


def aligned(piece: Piece, in_skeleton: Mapping[str, Piece]) -> Piece:
    """Indent a piece as its namesake in the skeleton, or as the first piece there.

    Raises Conflict where a line would have to go beyond the edge.
    """
    own = in_skeleton.get(piece.name)
    column = next(map(_indent, in_skeleton.values()), 0) if own is None else _indent(own)
    shift = column - _indent(piece)
    if not shift:
        return piece
    lead, body = _shifted(piece.lead, shift), _shifted(piece.body, shift)
    return Piece(piece.name, piece.data, lead, value=body)


def _shifted(text: str, shift: int) -> str:
    """Shift all lines of a text right or left. Raises Conflict at the margin."""
    lines = []
    for line in text.splitlines(keepends=True):
        blanks = len(line) - len(line.lstrip(" "))
        if shift < 0 and line.strip() and blanks < -shift:
            raise Conflict
        lines.append(" " * shift + line if shift > 0 and line.strip() else line[max(-shift, 0) :])
    return "".join(lines)

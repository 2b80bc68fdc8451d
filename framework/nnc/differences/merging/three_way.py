"""Merge three pieces: a change of one side is taken, a change of both is a conflict.

The unit is the smallest part with a meaning: a weight, a threshold, a firing rule, an input, an
output, a case. Where both sides changed the same part, conflict markers surround the declaration
that contains it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from nnc.differences.merging.pieces import (
    Conflict,
    Data,
    Known,
    MarkerLabels,
    Piece,
    aligned,
    blank_out,
    data_of,
    in_lines,
    laid_out,
    read_pieces,
    rename,
)
from nnc.language.document.reader import read_document
from nnc.language.keys import CLAIMS, LISTS
from nnc.opening.checking import paused_collector

PiecePath = tuple[str, ...]

_MARK = "\ufeff"  # of the order of bytes, which editors put at the start
_WHOLE = ("the whole file",)
_MAX_MARKED_DEPTH = 2  # `neurons`, `neurons.xor`: what markers stand around


class Merged(NamedTuple):
    """The merged text, and the names of the declarations in conflict."""

    text: str
    conflicts: tuple[str, ...] = ()


def merge(
    base: str,
    ours: str,
    theirs: str,
    labels: MarkerLabels = MarkerLabels(),  # noqa: B008
) -> Merged | None:
    """Merge two changed versions of one text; None if one of the three cannot be read.

    The result is read again to check that it has the changes of both sides. If it has not, or if
    both sides are a single line, the conflict is the whole file.
    """
    if theirs in (base, ours):
        return Merged(ours)
    if ours == base:
        return Merged(theirs)
    with paused_collector(len(base)):
        return _merge(base, ours, theirs, labels)


def _merge(base: str, ours: str, theirs: str, labels: MarkerLabels) -> Merged | None:
    """Merge texts that all differ."""
    if not all(map(_can_be_read, (base, ours, theirs))):
        return None
    if _MARK in (base[0], ours[0], theirs[0]):
        plain = [side.removeprefix(_MARK) for side in (base, ours, theirs)]
        merged = merge(plain[0], plain[1], plain[2], labels)
        return merged and merged._replace(text=_MARK * (ours[0] == _MARK) + merged.text)
    merging, known = _Merging(labels), Known()
    try:
        whole = merging.top(*(read_pieces(text, known) for text in (base, ours, theirs)))
    except Conflict:
        return Merged(labels.mark(ours, base, theirs), _WHOLE)
    # markers are not YAML: read again is the text with our side in their place
    readable = whole.text
    for marked, own in merging.marked:
        readable = readable.replace(marked, own, 1)
    if not _can_be_read(readable) or read_pieces(readable, known).data != whole.data:
        return Merged(labels.mark(ours, base, theirs), _WHOLE)
    return Merged(whole.text, tuple(merging.conflicts))


def _can_be_read(text: str) -> bool:
    document = read_document(text.encode("utf-8", "surrogateescape"), "")
    return not document.diagnostics and isinstance(document.value, dict)


class _Merging:
    """Merges the pieces of three texts, and keeps the conflicts.

    `marked` maps each text with markers to the text of our side.
    """

    def __init__(self, labels: MarkerLabels) -> None:
        self.conflicts: list[str] = []
        self.marked: list[tuple[str, str]] = []
        self._labels = labels

    def top(self, base: Piece, ours: Piece, theirs: Piece) -> Piece:
        """Merge whole texts. Raises Conflict."""
        if base.is_flow and ours.is_flow and theirs.is_flow:
            return self.merge(base, ours, theirs, ())
        if base.is_flow or ours.is_flow or theirs.is_flow:
            raise Conflict
        whole = self._children(base, ours, theirs, ())
        whole.lead = self._comments("at the top", base.lead, ours.lead, theirs.lead)
        whole.tail = self._comments("at the end", base.tail, ours.tail, theirs.tail)
        return whole

    def _comments(self, where: str, base: str, ours: str, theirs: str) -> str:
        try:
            return _text(base, ours, theirs)
        except Conflict:
            return self._between_marks(f"the comments {where}", ours, base, theirs)

    def merge(self, base: Piece | None, ours: Piece, theirs: Piece, at: PiecePath) -> Piece:
        """Merge the pieces at one position of both sides. Raises Conflict."""
        if base is None:
            return self._both_added(ours, theirs, at)
        lead = _text(base.lead, ours.lead, theirs.lead)
        if theirs.body in (base.body, ours.body):
            return replace(ours, lead=lead)
        if ours.body == base.body:
            return replace(theirs, lead=lead)
        kinds = {base.kind, ours.kind, theirs.kind}
        if kinds in ({"mapping"}, {"list"}) and not base.is_flow == ours.is_flow == theirs.is_flow:
            return replace(_restyled(base, ours, theirs), lead=lead)
        if kinds in ({"mapping"}, {"list"}):
            whole = self._children(base, ours, theirs, at)
        elif kinds == {"text"}:
            data, value = _choose(base, ours, theirs)
            whole = replace(ours, data=data, value=value)
        else:
            raise Conflict
        whole.lead = lead
        whole.head = _text(base.head, ours.head, theirs.head)
        whole.tail = _text(base.tail, ours.tail, theirs.tail)
        return whole

    def _both_added(self, ours: Piece, theirs: Piece, at: PiecePath) -> Piece:
        if blank_out(ours.text) == blank_out(theirs.text):
            return ours
        is_section = len(at) == 1 and ours.kind == theirs.kind == "mapping"
        if not is_section or ours.is_flow or theirs.is_flow:
            raise Conflict
        nothing = Piece(ours.name, ("mapping",), ours.lead, ours.head, tail=ours.tail, children=[])
        whole = self._children(nothing, ours, theirs, at)
        whole.lead = _text(ours.lead, ours.lead, theirs.lead)
        return whole

    # -------------------------------------------------------------------------- children

    def _children(self, base: Piece, ours: Piece, theirs: Piece, at: PiecePath) -> Piece:
        """Merge mappings by key, and lists by the identity of their items."""
        sides = base, ours, theirs
        if ours.kind == "list":
            _name_items(sides, at)
        elif len(at) == 2 and at[0] in ("neurons", "layers"):
            _check_by_place(*sides)
        in_base, in_ours, in_theirs = (side.by_name() for side in sides)
        names = list(in_base), list(in_ours), list(in_theirs)
        by_ours, clash = same_order(*names)
        if clash and at[-1:] and at[-1] in LISTS:
            raise Conflict
        skeleton, rest = (ours, theirs) if by_ours else (theirs, ours)
        kept: dict[str, Piece] = {}
        for name in dict.fromkeys(names[1] + names[2]):
            three = in_base.get(name), in_ours.get(name), in_theirs.get(name)
            child = self._child(*three, (*at, name), sides, in_ours if by_ours else in_theirs)
            if child is not None:
                kept[name] = child
        stays = any(
            child.kind != "conflict" or (name in in_ours and name in in_theirs)
            for name, child in kept.items()
        )
        if not stays and not (ours.is_flow and theirs.is_flow):
            raise Conflict  # a choice could leave nothing, which is not a value
        order = [name for name in placed(*names, by_ours=by_ours) if name in kept]
        children = laid_out([kept[name] for name in order], base, skeleton, rest)
        there = [child for child in children if child.data != ()]  # () is what ours has deleted
        return replace(skeleton, data=data_of(ours.kind, there), children=children)

    def _child(
        self,
        base: Piece | None,
        ours: Piece | None,
        theirs: Piece | None,
        at: PiecePath,
        parents: Sequence[Piece],
        skeleton: Mapping[str, Piece],
    ) -> Piece | None:
        """Merge one child, which a side may have added or deleted; None if it is deleted.

        Both sides of a conflict are indented as in the `skeleton`, the parent that is followed.
        """
        before = len(self.conflicts)
        try:
            if ours is not None and theirs is not None:
                return self.merge(base, ours, theirs, at)
            if base is None:
                return ours or theirs
            changed = ours or theirs
            if changed is None or _is_same(changed, base):
                return None
            raise Conflict
        except Conflict:
            del self.conflicts[before:], self.marked[before:]  # they are within this one
            if len(at) > _MAX_MARKED_DEPTH or any(parent.is_flow for parent in parents):
                raise
            own = (side and aligned(side, skeleton) for side in (base, ours, theirs))
            return self._marked(at, *own)

    def _marked(
        self, at: PiecePath, base: Piece | None, ours: Piece | None, theirs: Piece | None
    ) -> Piece:
        """Put conflict markers around both sides; a common comment above stays above them."""
        sides, lead = (ours, base, theirs), ""
        if ours is not None and theirs is not None and ours.lead == theirs.lead:
            lead = ours.lead
        texts = (piece.text.removeprefix(lead) if piece is not None else "" for piece in sides)
        marked = self._between_marks(".".join(at), *texts)
        return Piece(at[-1], ours.data if ours else (), lead, value=marked, kind="conflict")

    def _between_marks(self, what: str, ours: str, base: str, theirs: str) -> str:
        marked = self._labels.mark(ours, base, theirs)
        self.conflicts.append(what)
        self.marked.append((marked, in_lines(ours)))
        return marked


# ------------------------------------------------------------------------------- one piece


def _text(base: str, ours: str, theirs: str) -> str:
    """Merge the text around values: comments win over blanks. Raises Conflict."""
    if theirs in (base, ours):
        return ours
    if ours == base:
        return theirs
    plain_base, plain_ours, plain_theirs = map(blank_out, (base, ours, theirs))
    if plain_theirs in (plain_base, plain_ours):
        return ours
    if plain_ours == plain_base:
        return theirs
    raise Conflict


def _choose(base: Piece, ours: Piece, theirs: Piece) -> tuple[Data, str]:
    """Return the changed value. Raises Conflict if both sides changed it."""
    if theirs.data in (base.data, ours.data):
        return ours.data, ours.value
    if ours.data == base.data:
        return theirs.data, theirs.value
    raise Conflict


def _restyled(base: Piece, ours: Piece, theirs: Piece) -> Piece:
    """Return the side that changed more than between brackets and lines. Raises Conflict."""
    for side, other in ((ours, theirs), (theirs, ours)):
        if side.data == base.data and "#" not in side.body:
            return other
    raise Conflict


def _is_same(piece: Piece, other: Piece) -> bool:
    """Return whether two pieces differ in layout at most."""
    return piece.data == other.data and blank_out(piece.text) == blank_out(other.text)


# ----------------------------------------------------------------------------------- lists


def _name_items(sides: Sequence[Piece], at: PiecePath) -> None:
    """Name the items of lists by content, where they have a name; others go by position."""
    name: Callable[[Piece], str] | None = None
    if at in (("inputs",), ("outputs",)) or (at[0], at[2:]) == ("neurons", ("wiring",)):
        name = _as_text
    elif at == ("cases",):
        name = _as_case
    elif len(at) == 1 and at[0] in CLAIMS:
        name = _as_claim
    for side in sides:
        if name is not None:
            rename(side, list(map(name, side.children or ())))
        elif len(side.children or ()) != len(sides[0].children or ()):
            raise Conflict


def _as_text(item: Piece) -> str:
    """Return the text of an item without quotes."""
    return str(item.data).removeprefix('"')


def _as_case(item: Piece) -> str:
    """Return the identity of a case: its file, or its inputs."""
    known = item.by_name()
    return next((_in_one_line(known[key].data) for key in ("file", "given") if key in known), "")


def _as_claim(item: Piece) -> str:
    """Return the identity of a claim: its name, or all of it."""
    known = item.by_name()
    return _in_one_line(known["name"].data if "name" in known else item.data)


def _in_one_line(data: Any) -> str:
    """Write a value in one line, without quotes."""
    if isinstance(data, str):
        return data.removeprefix('"')
    if data[0] == "list":
        return f"[{', '.join(map(_in_one_line, data[1:]))}]"
    return f"{{{', '.join(f'{name}: {_in_one_line(value)}' for name, value in data[1:])}}}"


def _check_by_place(base: Piece, ours: Piece, theirs: Piece) -> None:
    """Refuse to merge weights by position if both sides changed them, and one the wiring."""
    sides = [side.by_name() for side in (base, ours, theirs)]
    if not any("weights" in side and side["weights"].kind == "list" for side in sides):
        return
    values = [
        [side[key].data if key in side else None for key in ("wiring", "weights")] for side in sides
    ]
    is_wiring_the_same = values[0][0] == values[1][0] == values[2][0]
    if values[0] not in values[1:] and values[1] != values[2] and not is_wiring_the_same:
        raise Conflict


# ----------------------------------------------------------------------------------- order


def same_order(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> tuple[bool, bool]:
    """Return whether our order is followed, and whether both sides changed the order."""
    common = {*base} & {*ours} & {*theirs}
    was, is_ours, is_theirs = (
        [name for name in side if name in common] for side in (base, ours, theirs)
    )
    clash = was not in (is_ours, is_theirs) and is_ours != is_theirs
    return is_theirs == was or is_ours != was, clash


def placed(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str], *, by_ours: bool
) -> list[str]:
    """Return all names in one order; additions of the other side follow their predecessor.

    Of two additions at the same position, ours is first.
    """
    order, other = (list(ours), theirs) if by_ours else (list(theirs), ours)
    known, added = {*order}, {*order} - {*base}
    for place, name in enumerate(other):
        if name in known:
            continue
        at = order.index(other[place - 1]) + 1 if place else 0
        while by_ours and at < len(order) and order[at] in added:
            at += 1
        order.insert(at, name)
    return order

"""Text -> tree: scalars in their one spelling, every comment beside what it is beside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from yaml.events import MappingStartEvent, ScalarEvent

from nnc.language.document.parser import ENDS, STARTS, Comment, CommentScan, Event, events
from nnc.language.firing import states_rule
from nnc.language.formatting.layout import Collection, Node, Text
from nnc.language.ranges import leaves_open

_BLOCK = ("|", ">")
_STARTS = ((), ("", ""))  # of a list, of a mapping: no scalar is like them
_NOT_IN_FLOW = re.compile(r"[,\[\]{}]|^[?:]|:$|:\?")
_HEADER = re.compile(r"[|>][-+1-9]*")
_SET = re.compile(r"[-.]*[0-9][-0-9./eE+]*(?:\|[-.]*[0-9][-0-9./eE+]*)+")
"""Numbers and ranges joined by `|`."""


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A parsed text: its tree, and all values and comments in order, for comparison.

    A value is the text of a plain scalar, that of a quoted one in a tuple, or where a collection
    starts or ends. `above` and `below` are the comments around a text that is one scalar.
    """

    tree: Node
    values: list[str | tuple[str, ...] | None]
    comments: list[str]
    above: list[str]
    below: list[str]


@dataclass(slots=True)
class _Line:
    """A comment on a line of its own."""

    column: int
    blank: bool  # whether a blank line stands before it
    text: str


def read_tree(text: str) -> ParsedText:
    """Read a text that is known to be sound, its lines ended by LF."""
    return _Reader(text).read()


class _Reader:
    """Reads a text; `_current` is the collection that is read, and `_indent` and `_flow` are its.

    `_around` has those of the collections around it, from the outside.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._scan = CommentScan(text)
        self._end = 0  # of what was read last
        self._same_line = False  # whether a comment may stand behind that
        self._waiting: list[_Line] = []
        self._comments: list[str] = []
        self._values: list[str | tuple[str, ...] | None] = []
        self._tree: Node = ""
        self._above: list[str] = []
        self._current: Any = None
        self._indent, self._flow = -1, False
        self._around: list[tuple[Any, int, bool]] = []

    def read(self) -> ParsedText:
        """Read the whole text."""
        text, scan, values = self._text, self._scan, self._values
        for event in events(text):
            kind = type(event)
            start = event.start_mark.index
            if scan.next < start:
                self._take(start)
            if kind is ScalarEvent:
                value = event.value
                end = start + len(value)
                if (
                    self._flow
                    and not event.style
                    and text.startswith(value, start)
                    and value != "-"
                    and end < scan.next
                    and not self._waiting
                ):  # nearly all scalars of a large file, for which `_read_scalar` does no more
                    self._current.items.append(value)
                    values.append(value)
                    self._end, self._same_line = end, True
                else:
                    self._read_scalar(event)
            elif kind in STARTS:
                self._start(event)
            elif kind in ENDS:
                self._close(event)
        below = self._lines()
        tree = self._tree
        if isinstance(tree, Collection) and below:  # behind `...`, which is not kept
            tree.end, below = [*(tree.end or ()), *below], []
        return ParsedText(tree, values, self._comments, self._above, below)

    def _read_scalar(self, event: Event) -> None:
        value = event.value
        is_text = (event.style and not is_plain_alike(value)) or value == "-"
        self._values.append((value,) if is_text else value)
        node = _scalar(self._text, event, max(self._indent, 0), flow=self._flow)
        if self._current is None:
            self._tree, self._above = node, self._lines()
        else:
            self._place(event.start_mark.index)
            self._current.items.append(node)
        self._end, self._same_line = event.end_mark.index, True
        if self._scan.next < self._end or event.style in _BLOCK:
            self._pass_scalar(event)

    def _start(self, event: Event) -> None:
        """Go into a collection."""
        collection = Collection([], is_mapping=type(event) is MappingStartEvent)
        self._values.append(_STARTS[collection.is_mapping])
        if self._current is None:
            self._tree = collection
        else:
            if event.flow_style or not self._current.is_mapping:
                self._place(event.start_mark.index)
            self._current.items.append(collection)
        self._around.append((self._current, self._indent, self._flow))
        self._current, self._indent = collection, event.start_mark.column
        self._flow = event.flow_style
        if self._flow:
            self._end, self._same_line = event.end_mark.index, True

    def _close(self, event: Event) -> None:
        """Go out of a collection, which has all its items and comments now."""
        closed = self._current
        self._values.append(None)
        outer, indent, flow = self._around.pop()
        if self._waiting:
            self._take_to_end(closed, max(self._indent, indent + 1))
        if self._flow:
            self._end, self._same_line = event.end_mark.index, True
        self._current, self._indent, self._flow = outer, indent, flow
        if closed.notes is not None:
            for notes in closed.notes.values():
                notes.settle()
        if outer is not None and (closed.end or closed.notes):
            _move_out(closed, outer)
        closed.close()

    # ------------------------------------------------------------------------- comments

    def _take(self, index: int) -> None:
        """Read the comments before `index`: put those behind something to it, keep the others.

        One that stands straight under a comment behind something goes on with it.
        """
        behind: list[str] | None = None
        last = -1
        for comment in self._scan.before(index):
            breaks = self._text.count("\n", self._end, comment.start)
            column = comment.start - self._text.rfind("\n", 0, comment.start) - 1
            if not breaks and self._same_line:
                behind = self._behind()
            elif breaks != 1 or column != last:
                behind = None
            if behind is None:
                self._waiting.append(_Line(column, breaks > 1, self._words(comment)))
            else:
                behind.append(self._words(comment))
            last, self._end, self._same_line = column, comment.end, False

    def _words(self, comment: Comment) -> str:
        words = self._text[comment.start : comment.end].rstrip()
        self._comments.append(words)
        return words

    def _behind(self) -> list[str] | None:
        """Return the comments behind what was read last: an item, a key, or an open bracket."""
        current: Collection | None = self._current
        if current is None:
            return None
        count = len(current.items)
        if not count:
            outer: Collection | None = self._around[-1][0]
            if not self._flow or outer is None:
                return None
            notes = outer.entry(len(outer.items) - (2 if outer.is_mapping else 1))
            if not outer.is_mapping:
                return notes.above
            return notes.before_value or notes.on_key
        if not current.is_mapping:
            return current.entry(count - 1).after
        return current.entry(count - 1).on_key if count % 2 else current.entry(count - 2).after

    def _place(self, start: int) -> None:
        """Put the comments that wait to the key, item or value that starts here."""
        current, flow = self._current, self._flow
        count = len(current.items)
        if current.is_mapping and count % 2:
            if self._waiting:
                current.entry(count - 1).before_value += [line.text for line in self._waiting]
                self._waiting = []
            return
        blank = not flow and self._text.count("\n", self._end, start) > 1
        if self._waiting or blank:
            above = current.entry(count).above
            above += [line.text for line in self._waiting] if flow else self._lines()
            above += [""] if blank else []
            self._waiting = []

    def _lines(self) -> list[str]:
        """Return the comments that wait, and the blank lines among them."""
        lines = [text for line in self._waiting for text in ([""] * line.blank + [line.text])]
        self._waiting = []
        return lines

    def _take_to_end(self, closed: Collection, indent: int) -> None:
        """Put the comments that stand as far in as its items to the end of a collection."""
        flow = self._flow
        count, lines = 0, closed.end or []
        while count < len(self._waiting) and (flow or self._waiting[count].column >= indent):
            line = self._waiting[count]
            lines += [""] * (line.blank and not flow) + [line.text]
            count += 1
        closed.end = lines or closed.end
        del self._waiting[:count]

    def _pass_scalar(self, event: Event) -> None:
        header = self._scan.pass_scalar(event)
        if event.style not in _BLOCK:
            return
        self._same_line = False
        if header is not None:
            words = self._words(header)
            behind = self._behind()
            if behind is None:
                self._waiting.append(_Line(0, blank=False, text=words))
            else:
                behind.append(words)
        start = event.start_mark.index
        if "+" not in self._text[start : start + 3]:  # blank lines behind it are none of it
            while self._text[self._end - 1] in " \n":
                self._end -= 1


def _move_out(inner: Collection, outer: Collection) -> None:
    """Move comments to the entry of `outer` that a collection is, where that has a place for them.

    These are all inside empty brackets, and those between the dash of an item and what it starts
    with.
    """
    notes = outer.entry(len(outer.items) - (2 if outer.is_mapping else 1))
    if not inner.items and inner.end:
        (notes.before_value if outer.is_mapping else notes.above).extend(inner.end)
        inner.end = None
    first = inner.notes.get(0) if inner.notes is not None else None
    if first is not None and not outer.is_mapping:
        while first.above and not first.above[0]:
            del first.above[0]
        notes.above += first.above
        first.above = []


# ----------------------------------------------------------------------------- scalars


def is_plain_alike(value: str) -> bool:
    """Return whether a text in quotes means the same without, though it is no name or free text."""
    return states_rule(value) or leaves_open(value) or _SET.fullmatch(value) is not None


def _scalar(text: str, event: Event, indent: int, *, flow: bool) -> str | Text:
    """Return a scalar as it is kept; `indent` is that of the block around it."""
    value: str = event.value
    style = event.style
    if not style:
        raw = text[event.start_mark.index : event.end_mark.index]
        if raw != value:
            return Text(_folded(raw))
        if raw == "-":  # the one text that is plain inside brackets only
            return '"-"'
        return raw if flow or not _NOT_IN_FLOW.search(raw) else Text([raw])
    if style in "|>":
        return _block(text, event, indent)
    raw = text[event.start_mark.index : event.end_mark.index]
    if "\n" in raw:
        return Text(_folded(raw))
    if is_plain_alike(value):
        return value
    if style == "'" and '"' not in raw and "\\" not in raw:
        return f'"{value}"'
    return raw


def _folded(raw: str) -> list[str]:
    """Return the lines of a plain or quoted scalar without the blanks that mean nothing."""
    first, *rest = raw.split("\n")
    return [_without_end(first), *(_without_end(line.lstrip(" \t")) for line in rest)]


def _without_end(line: str) -> str:
    """Take blanks off the end of a line, but one that is escaped in double quotes."""
    stripped = line.rstrip(" \t")
    escapes = len(stripped) - len(stripped.rstrip("\\"))
    return line[: len(stripped) + 1] if escapes % 2 else stripped


def _block(text: str, event: Event, indent: int) -> str | Text:
    """Return a block scalar, its lines as far in as its indentation says."""
    header = _HEADER.match(text, event.start_mark.index)
    assert header is not None
    start = text.find("\n", header.end()) + 1
    lines = text[start : event.end_mark.index].split("\n") if start else []
    filled = [line for line in lines if line.strip(" ")]
    if not filled:
        breaks = event.value.count("\n")
        return '"' + "\\n" * breaks + '"' if event.value.strip("\n") == "" else Text(lines)
    digit = re.search("[1-9]", header[0])
    first = filled[0]
    deep = indent + int(digit[0]) if digit else len(first) - len(first.lstrip(" "))
    lines = [line[deep:] for line in lines]
    while not lines[-1]:
        lines.pop()
    breaks = len(event.value) - len(event.value.rstrip("\n"))
    spaced = next(line for line in lines if line)[0] == " "
    head = (
        f"{header[0][0]}{'2' if spaced else ''}{'-' if not breaks else '+' if breaks > 1 else ''}"
    )
    return Text([head, *lines, *[""] * (breaks - 1)])

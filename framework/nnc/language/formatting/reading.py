"""Text -> tree: from the parser's events, every comment beside what it is beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yaml.events import MappingStartEvent, ScalarEvent

from nnc.language.document.parser import ENDS, STARTS, Comment, CommentScan, events
from nnc.language.formatting.scalars import scalar
from nnc.language.formatting.tree import Collection, Node


@dataclass(frozen=True, slots=True)
class Written:
    """What a text says: its tree, and, to be compared, every value and comment in order.

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


def read_tree(text: str) -> Written:
    """Read a text that is known to be sound, its lines ended by LF."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._scan = CommentScan(text)
        self._end = 0  # of what was read last
        self._same_line = False  # whether a comment may stand behind that
        self._waiting: list[_Line] = []
        self._comments: list[str] = []
        self._values: list[str | tuple[str, ...] | None] = []

    def read(self) -> Written:  # noqa: C901
        # One loop over every event, kept flat: it is what formatting costs.
        text, scan = self._text, self._scan
        add_value = self._values.append
        stack: list[tuple[Any, int, bool]] = []
        tree: Node = ""
        above: list[str] = []
        current: Any = None
        indent, flow = -1, False
        for event in events(text):
            kind = type(event)
            start = event.start_mark.index
            if scan.next < start:
                self._take(start, current, stack[-1][0] if stack else None, flow=flow)
            if kind is ScalarEvent:
                value = event.value
                end = start + len(value)
                if (
                    flow
                    and not event.style
                    and text.startswith(value, start)
                    and value != "-"
                    and end < scan.next
                    and not self._waiting
                ):  # nearly all of a large file
                    current.items.append(value)
                    add_value(value)
                    self._end, self._same_line = end, True
                    continue
                add_value((value,) if event.style or value == "-" else value)
                one: Node = scalar(text, event, max(indent, 0), flow=flow)
                if current is None:
                    tree, above = one, self._lines()
                else:
                    self._place(current, start, flow=flow)
                    current.items.append(one)
                self._end, self._same_line = event.end_mark.index, True
                if scan.next < self._end or event.style in _BLOCK:
                    self._pass_scalar(event, current)
            elif kind in STARTS:
                one = Collection([], is_mapping=kind is MappingStartEvent)
                add_value(_STARTS[one.is_mapping])
                if current is None:
                    tree = one
                else:
                    if event.flow_style or not current.is_mapping:
                        self._place(current, start, flow=flow)
                    current.items.append(one)
                stack.append((current, indent, flow))
                current, indent, flow = one, event.start_mark.column, event.flow_style
                if flow:
                    self._end, self._same_line = event.end_mark.index, True
            elif kind in ENDS:
                add_value(None)
                closed, was_flow = current, flow
                current, outer, flow = stack.pop()
                self._close(closed, max(indent, outer + 1), flow=was_flow)
                indent = outer
                if was_flow:
                    self._end, self._same_line = event.end_mark.index, True
                if closed.notes is not None:
                    for notes in closed.notes.values():
                        notes.settle()
                if current is not None and (closed.end or closed.notes):
                    _move_out(closed, current)
                closed.close()
        below = self._lines()
        if isinstance(tree, Collection) and below:  # behind `...`, which is not kept
            tree.end, below = [*(tree.end or ()), *below], []
        return Written(tree, self._values, self._comments, above, below)

    # ------------------------------------------------------------------------- comments

    def _take(
        self, index: int, current: Collection | None, outer: Collection | None, *, flow: bool
    ) -> None:
        """Read the comments before `index`: give those behind something to it, keep the others.

        One that stands straight under a comment behind something goes on with it.
        """
        behind: list[str] | None = None
        last = -1
        for one in self._scan.before(index):
            breaks = self._text.count("\n", self._end, one.start)
            column = one.start - self._text.rfind("\n", 0, one.start) - 1
            if not breaks and self._same_line:
                behind = self._behind(current, outer, flow=flow)
            elif breaks != 1 or column != last:
                behind = None
            if behind is None:
                self._waiting.append(_Line(column, breaks > 1, self._words(one)))
            else:
                behind.append(self._words(one))
            last, self._end, self._same_line = column, one.end, False

    def _words(self, comment: Comment) -> str:
        words = self._text[comment.start : comment.end].rstrip()
        self._comments.append(words)
        return words

    @staticmethod
    def _behind(
        current: Collection | None, outer: Collection | None, *, flow: bool
    ) -> list[str] | None:
        """Give the comments behind what was read last, in `current` or opening it in `outer`."""
        if current is None:
            return None
        count = len(current.items)
        if not count:
            if not flow or outer is None:
                return None
            notes = outer.entry(len(outer.items) - (2 if outer.is_mapping else 1))
            if not outer.is_mapping:
                return notes.above
            return notes.before_value or notes.on_key
        if not current.is_mapping:
            return current.entry(count - 1).after
        return current.entry(count - 1).on_key if count % 2 else current.entry(count - 2).after

    def _place(self, current: Collection, start: int, *, flow: bool) -> None:
        """Give the comments that wait to the key, item or value that starts here."""
        count = len(current.items)
        if current.is_mapping and count % 2:
            if self._waiting:
                current.entry(count - 1).before_value += [one.text for one in self._waiting]
                self._waiting = []
            return
        blank = not flow and self._text.count("\n", self._end, start) > 1
        if self._waiting or blank:
            above = current.entry(count).above
            above += [one.text for one in self._waiting] if flow else self._lines()
            above += [""] if blank else []
            self._waiting = []

    def _lines(self) -> list[str]:
        """Give the comments that wait, and the blank lines among them."""
        lines = [text for one in self._waiting for text in ([""] * one.blank + [one.text])]
        self._waiting = []
        return lines

    def _close(self, closed: Collection, indent: int, *, flow: bool) -> None:
        """Give the comments that stand as far in as its items to the end of a collection."""
        if not self._waiting:
            return
        count, lines = 0, closed.end or []
        while count < len(self._waiting) and (flow or self._waiting[count].column >= indent):
            one = self._waiting[count]
            lines += [""] * (one.blank and not flow) + [one.text]
            count += 1
        closed.end = lines or closed.end
        del self._waiting[:count]

    def _pass_scalar(self, event: Any, current: Collection | None) -> None:
        header = self._scan.pass_scalar(event)
        if event.style not in _BLOCK:
            return
        self._same_line = False
        if header is not None:
            words = self._words(header)
            behind = self._behind(current, None, flow=False)
            if behind is None:
                self._waiting.append(_Line(0, blank=False, text=words))
            else:
                behind.append(words)
        start = event.start_mark.index
        if "+" not in self._text[start : start + 3]:  # blank lines behind it are none of it
            while self._text[self._end - 1] in " \n":
                self._end -= 1


_BLOCK = ("|", ">")
_STARTS = ((), ("", ""))  # of a list, of a mapping: no scalar is like them


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

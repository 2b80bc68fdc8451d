"""The comments of a YAML text: what starts with `#` outside every scalar."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml
from yaml.events import ScalarEvent

from nnc.language.document import parser

_AFTER_BLANK = re.compile(r"(?:^|(?<=\s))#[^\r\n]*", re.MULTILINE)
_LINE = re.compile(r"[^\r\n]*")


class Comment(NamedTuple):
    """A comment as a stretch of characters, from its `#` to the end of its line."""

    start: int
    end: int


class CommentScan:
    """Finds comments on the way through the parser's events.

    A `#` between two scalars starts a comment, whatever stands before it: so the parsers take it.
    `next` is where the next one stands that was not looked at; a text without any costs nothing.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.next = 0
        self._go_on(0)

    def before(self, index: int) -> list[Comment]:
        """Give the comments that start before `index`; what lies before it holds no scalar."""
        found = []
        while self.next < index:
            found.append(self._take())
        return found

    def pass_scalar(self, event: Any) -> Comment | None:
        """Go behind a scalar; give the comment in the first line of a block scalar."""
        header = None
        if event.style in ("|", ">") and self.next < self._line_end(event.start_mark.index):
            header = self._take()
        if self.next < event.end_mark.index:
            self._go_on(event.end_mark.index)
        return header

    def _take(self) -> Comment:
        comment = Comment(self.next, self._line_end(self.next))
        self._go_on(comment.end)
        return comment

    def _go_on(self, index: int) -> None:
        found = self._text.find("#", index)
        self.next = found if found >= 0 else len(self._text) + 1

    def _line_end(self, index: int) -> int:
        line = _LINE.match(self._text, index)
        assert line is not None
        return line.end()


def find_comments(text: str) -> list[Comment]:
    """Give every comment of a text; behind a syntax error, all that look like one."""
    scan = CommentScan(text)
    if scan.next > len(text):
        return []
    found: list[Comment] = []
    reached = 0
    try:
        for event in parser.events(text):
            kind = type(event)
            if scan.next < event.start_mark.index:
                found += scan.before(event.start_mark.index)
            if kind is ScalarEvent:
                reached = event.end_mark.index
                header = scan.pass_scalar(event)
                found += [header] if header is not None else []
        return found + scan.before(len(text))
    except yaml.MarkedYAMLError:
        reached = max(reached, found[-1].end if found else 0)
        return found + [Comment(*one.span()) for one in _AFTER_BLANK.finditer(text, reached)]

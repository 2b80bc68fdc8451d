"""Text -> events, by libyaml where it is there, else by PyYAML; and its comments and scalars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.parser import Parser as _YamlParser
from yaml.reader import Reader
from yaml.scanner import Scanner

from nnc.diagnostics.diagnostic import KeyPath


class PythonParser(Reader, Scanner, _YamlParser):
    """PyYAML's parser in pure Python: the same events as libyaml's, only slower."""

    def __init__(self, stream: str) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        _YamlParser.__init__(self)


try:
    from yaml import cyaml
except ImportError:
    Parser: Any = PythonParser
else:
    Parser = cyaml.CParser  # type: ignore[attr-defined]

Event = Any
"""An event of PyYAML, which does not declare the attributes of its events."""
STARTS = frozenset((MappingStartEvent, SequenceStartEvent))
ENDS = frozenset((MappingEndEvent, SequenceEndEvent))
_AFTER_BLANK = re.compile(r"(?:^|(?<=\s))#[^\r\n]*", re.MULTILINE)
_LINE = re.compile(r"[^\r\n]*")
_CHARACTER = re.compile(r"\\(?:x..|u.{4}|U.{8}|.)|.", re.DOTALL)


def events(text: str) -> Iterator[Event]:
    """Yield the events of a text. Raises yaml.MarkedYAMLError where it is not YAML."""
    return iter(Parser(text).get_event, None)


# --------------------------------------------------------------------------------- comments


class Comment(NamedTuple):
    """A comment as a stretch of characters, from its `#` to the end of its line."""

    start: int
    end: int


class CommentScan:
    """Finds comments on the way through the parser's events.

    A `#` between two scalars starts a comment, whatever stands before it: so the parsers read it.
    `next` is where the next `#` stands that was not looked at; a text without any costs nothing.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.next = 0
        self._go_on(0)

    def before(self, index: int) -> list[Comment]:
        """Return the comments that start before `index`, where no scalar lies in between."""
        comments = []
        while self.next < index:
            comments.append(self._take())
        return comments

    def pass_scalar(self, event: Event) -> Comment | None:
        """Go behind a scalar; return the comment in the first line of a block scalar."""
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
        start = self._text.find("#", index)
        self.next = start if start >= 0 else len(self._text) + 1

    def _line_end(self, index: int) -> int:
        line = _LINE.match(self._text, index)
        assert line is not None
        return line.end()


def find_comments(text: str) -> list[Comment]:
    """Return every comment of a text; behind a syntax error, all that look like one."""
    scan = CommentScan(text)
    if scan.next > len(text):
        return []
    comments: list[Comment] = []
    reached = 0
    try:
        for event in events(text):
            kind = type(event)
            if scan.next < event.start_mark.index:
                comments += scan.before(event.start_mark.index)
            if kind is ScalarEvent:
                reached = event.end_mark.index
                header = scan.pass_scalar(event)
                comments += [header] if header is not None else []
        return comments + scan.before(len(text))
    except yaml.MarkedYAMLError:
        reached = max(reached, comments[-1].end if comments else 0)
        return comments + [Comment(*m.span()) for m in _AFTER_BLANK.finditer(text, reached)]


class Scalar(NamedTuple):
    """A key or a value, as a stretch of characters; a key has the path of its value.

    `is_quoted` where quotes stand around the text, or it is a block; the stretch includes them.
    """

    path: KeyPath
    is_key: bool
    start: int
    end: int
    text: str
    is_quoted: bool = False
    quotation: str = ""
    """The stretch itself, of a text in double quotes."""

    def place(self, index: int) -> int:
        """Return where a character of the text is written: in double quotes, `\\x61` is one."""
        if "\\" not in self.quotation:
            return self.start + self.is_quoted + index
        return self.start + 1 + len("".join(_CHARACTER.findall(self.quotation[1:])[:index]))


class _Collection:
    """A mapping or a list that is being read, and where it is."""

    def __init__(self, path: KeyPath, *, is_mapping: bool) -> None:
        self.path = path
        self.is_mapping = is_mapping
        self.key: str | None = None
        self.items = -1

    def next_path(self) -> tuple[KeyPath, bool]:
        """Return the path of what comes next, and whether it is a key."""
        if not self.is_mapping:
            self.items += 1
            return (*self.path, self.items), False
        if self.key is None:
            return self.path, True
        path = (*self.path, self.key)
        self.key = None
        return path, False


def scalars(text: str) -> Iterator[Scalar]:
    """Yield the scalars of a text in their order, until it is no YAML any more."""
    stack: list[_Collection] = []
    try:
        for event in events(text):
            kind = type(event)
            if kind in ENDS:
                stack.pop()
            elif kind is ScalarEvent or kind in STARTS:
                path, is_key = stack[-1].next_path() if stack else ((), False)
                if kind in STARTS:
                    if is_key:  # a collection as a key
                        stack[-1].key = ""
                    stack.append(_Collection(path, is_mapping=kind is MappingStartEvent))
                    continue
                if is_key:
                    stack[-1].key = event.value
                    path = (*path, event.value)
                start, end = event.start_mark.index, event.end_mark.index
                quotation = text[start:end] if event.style == '"' else ""
                yield Scalar(path, is_key, start, end, event.value, bool(event.style), quotation)
    except yaml.YAMLError:
        return

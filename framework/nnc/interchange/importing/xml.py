"""XML -> a tree of elements with their places; entities are refused before any is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.places import Text
from nnc.numbers.exact import Number, Refused, read_number, shorten

MAX_DEPTH = 100  # of nested elements


@dataclass(slots=True, eq=False)
class Element:
    """An element: its name without a namespace, its attributes, its contents, and its file."""

    name: str
    attributes: Mapping[str, str]
    line: int
    column: int
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    origin: Text | None = None

    @property
    def text(self) -> str:
        """The text in it, between its elements, without blanks around it."""
        return "".join(self.texts).strip()

    def walk(self) -> Iterator[Element]:
        """Yield the element and all that lie in it, in their order."""
        stack = [self]
        while stack:
            yield (element := stack.pop())
            stack += reversed(element.children)

    def child(self, name: str) -> Element | None:
        """Return the first element of a name in it."""
        return next((each for each in self.children if each.name == name), None)

    def all(self, *names: str) -> Iterator[Element]:
        """Yield the elements of some names in it."""
        return (each for each in self.children if each.name in names)


class Tree:
    """The elements of a file, and the errors of places in it."""

    root: Element

    def __init__(self, data: bytes, file: str | None = None) -> None:
        self._text = Text(data, latin=True, file=file)
        self._stack: list[Element] = []
        self._root: Element | None = None
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._skipped
        try:
            parser.Parse(data, True)  # noqa: FBT003
        except expat.ExpatError as error:
            message = f"the file is no XML: {expat.ErrorString(error.code)}"
            raise self._text.damaged(message, error.lineno, error.offset + 1) from None
        except (LookupError, ValueError):  # by the decoder of the encoding that is declared
            message = "the encoding that the file declares cannot be read"
            raise self._text.damaged(message, 1, hint="save the file as UTF-8") from None
        assert self._root is not None
        self.root = self._root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        if len(self._stack) >= MAX_DEPTH:
            message = f"elements lie in each other more than {MAX_DEPTH} deep"
            raise self._text.refused(message, line, column)
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        element = Element(name.rpartition(" ")[2], plain, line, column, origin=self._text)
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self._root = element
        self._stack.append(element)

    def _end(self, _: str) -> None:
        self._stack.pop()

    def _characters(self, text: str) -> None:
        # a text may come in several pieces, which a buffer cuts anywhere
        if self._stack and (self._stack[-1].texts or not text.isspace()):
            self._stack[-1].texts.append(text)

    def _entity(self, name: str, *_: object) -> None:
        raise self._at_parser(f"the file declares the entity `{shorten(name)}`")

    def _skipped(self, name: str, *_: object) -> None:
        raise self._at_parser(f"the file uses the entity `{shorten(name)}`")

    def _at_parser(self, message: str) -> InvalidNetworkError:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        return self._text.refused(message, line, column, hint="write what it stands for")

    def damaged(self, message: str, at: Element, hint: str | None = None) -> InvalidNetworkError:
        """Return the error that an element is damaged."""
        text = at.origin or self._text
        return text.damaged(message, at.line, at.column, len(at.name) + 1, hint)

    def refused(self, message: str, at: Element, hint: str | None = None) -> InvalidNetworkError:
        """Return the error that a network cannot hold an element."""
        text = at.origin or self._text
        return text.refused(message, at.line, at.column, len(at.name) + 1, hint)

    def number(self, text: str, at: Element, about: str = "") -> Number:
        """Read a number in an element."""
        try:
            return read_number(text.strip().removeprefix("+"), lenient=True)
        except Refused as refused:
            raise self.damaged(about + refused.message, at, refused.help or None) from None

    def attribute(self, element: Element, name: str, hint: str | None = None) -> str:
        """Return an attribute that an element has to have."""
        if name not in element.attributes:
            raise self.damaged(f"<{shorten(element.name)}> has no `{name}`", element, hint)
        return element.attributes[name]

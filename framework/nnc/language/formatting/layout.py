"""A tree of what is written, with the comments beside it, and tree -> text: lines and alignment.

A scalar that stands in one line anywhere is its own text, a `str`. The rest are `Text` and
`Collection`. `inline` is how a node stands inside `{…}` and `[…]`, None where it cannot. This is
the only place that decides on layout. The rules are those of docs/format.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nnc.printable import display_width

WIDTH = 100
"""Lines are at most so long, where they can be broken; comments do not count."""


@dataclass(slots=True)
class Text:
    """A scalar of several lines, or one that cannot stand inside `{…}` and `[…]`.

    The first line is written behind its key. Those of a block scalar, all but its header, are
    indented as far as the key's value; so are the others, but their blanks mean nothing.
    """

    lines: list[str]

    @property
    def inline(self) -> None:
        """It never stands inside a flow collection."""
        return


@dataclass(slots=True)
class Notes:
    """The comments of one entry, each from its `#` to its end; an empty text is a blank line.

    `above` stand over it, `on_key` behind its key in that line, `before_value` between that line
    and the value, `after` behind the whole. Of those in a line of code, all but the first stand
    under the first. Once they are settled, there are none `before_value`, and not both others.
    """

    above: list[str] = field(default_factory=list)
    on_key: list[str] = field(default_factory=list)
    before_value: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    @property
    def has_comments(self) -> bool:
        """True if there is more than blank lines."""
        return bool(self.on_key or self.after or any(self.above))

    def settle(self) -> None:
        """Keep at most one comment in the lines of the entry; the rest goes above it.

        Done when all of them are there, so that it does not depend on the layout.
        """
        if self.before_value or (self.on_key and self.after):
            self.above += [*self.on_key, *self.before_value]
            self.on_key, self.before_value = [], []


class Collection:
    """A mapping, its keys and values in turn, or a list; it is closed when all items are there.

    `notes` are those of entries, by the place of its key or item; `end` are the comments behind
    the last item.
    """

    __slots__ = ("end", "inline", "is_mapping", "items", "notes")

    def __init__(self, items: list[Node], *, is_mapping: bool) -> None:
        self.is_mapping = is_mapping
        self.items = items
        self.inline: str | None = None
        self.notes: dict[int, Notes] | None = None  # of most there are none: that is a lot faster
        self.end: list[str] | None = None

    @property
    def has_comments(self) -> bool:
        """True if comments stand inside, beside its items."""
        if self.end:
            return True
        return self.notes is not None and any(n.has_comments for n in self.notes.values())

    def has_any_comments(self) -> bool:
        """Return whether comments stand inside, however deep."""
        inner = (item for item in self.items if isinstance(item, Collection))
        return self.has_comments or any(item.has_any_comments() for item in inner)

    def entry(self, index: int) -> Notes:
        """Return the notes of an entry, to be added to."""
        if self.notes is None:
            self.notes = {}
        return self.notes.setdefault(index, Notes())

    def close(self) -> None:
        """Find out how it stands in one line, if it can."""
        self.inline = None
        items = self.items
        if 3 * len(items) > WIDTH + 2 or self.has_comments:
            return
        texts: list[str] = []
        for item in items:
            text = item if isinstance(item, str) else item.inline
            if text is None:
                return
            texts.append(text)
        if self.is_mapping:
            rest = iter(texts)
            text_of_all = "{" + ", ".join([f"{key}: {next(rest)}" for key in rest]) + "}"
        else:
            text_of_all = f"[{', '.join(texts)}]"
        if len(text_of_all) <= WIDTH:
            self.inline = text_of_all


Node = str | Text | Collection


def mapping(entries: Iterable[tuple[str, Node]]) -> Collection:
    """Make a mapping of keys and values as written."""
    nodes = [_in_flow(node) for entry in entries for node in entry]
    collection = Collection(nodes, is_mapping=True)
    collection.close()
    return collection


def sequence(items: Iterable[Node]) -> Collection:
    """Make a list of items as written."""
    collection = Collection(list(map(_in_flow, items)), is_mapping=False)
    collection.close()
    return collection


def _in_flow(node: Node) -> Node:
    """Return a source with a comma, `image(1, 2)`, in quotes: between braces it ends the text."""
    is_open = isinstance(node, str) and "," in node and not node.startswith(('"', "'"))
    return f'"{node}"' if is_open else node


@dataclass(frozen=True)
class Shape:
    """The layout of a mapping or list.

    `names`: its keys are names that the author chose, or its items are alike, so that its lines
    are aligned. `is_block`: it never stands in one line; with `unless_flat`, but where all its
    values are scalars. `is_row`: a mapping that is read as a whole, and fills lines. `is_listed`:
    a list with one item per line. `keys` and `every` are the shapes of what is in it.
    """

    names: bool = False
    is_block: bool = False
    unless_flat: bool = False
    is_row: bool = False
    is_listed: bool = False
    keys: Mapping[str, Shape] = field(default_factory=dict)
    every: Shape | None = None

    def of(self, key: str) -> Shape:
        """Return the shape of the value of a key, or of an item."""
        return self.keys.get(key) or self.every or OTHER

    def is_broken(self, value: Collection) -> bool:
        """Return whether it takes more than one line, however short it is."""
        if not self.is_block:
            return False
        if not self.unless_flat or not value.is_mapping:
            return not self.unless_flat
        return not all(isinstance(item, str) for item in value.items)


OTHER = Shape()
_NAMES = Shape(names=True)
_ROW = Shape(is_row=True)
_NEURON = Shape(
    keys={
        "weights": Shape(names=True, every=_NAMES),
        "thresholds": _NAMES,
        "wiring": Shape(is_listed=True),
    }
)
_PART = Shape(keys={"wiring": _NAMES, "first": _NAMES, "last": _NAMES})
_CLAIM = Shape(keys={"never": _ROW, "always": _ROW, "when": _ROW})
_CASE = Shape(keys={"given": _ROW, "expect": _ROW})
_DECLARED = Shape(names=True, is_block=True, unless_flat=True)

FILE = Shape(
    is_block=True,
    keys={
        "inputs": _DECLARED,
        "neurons": Shape(names=True, is_block=True, every=_NEURON),
        "layers": Shape(names=True, is_block=True),
        "parts": Shape(names=True, is_block=True, every=_PART),
        "outputs": _DECLARED,
        "assume": Shape(names=True, is_block=True, every=_CLAIM),
        "properties": Shape(names=True, is_block=True, every=_CLAIM),
        "cases": Shape(names=True, is_block=True, every=_CASE),
    },
)
"""The shape of a network file."""

MAX_ALIGNED = 16
"""The largest number of lines aligned with each other, which bounds how many one change moves."""


def lay_out(tree: Node, above: Iterable[str] = (), below: Iterable[str] = ()) -> str:
    """Return the text of a file; `above` and `below` are comments around one scalar."""
    if isinstance(tree, Collection) and tree.items:
        lines = _Block(tree, FILE, 0).lines()
    elif isinstance(tree, Collection):
        lines = [tree.inline or "", *(tree.end or ())]
    else:
        is_block = isinstance(tree, Text) and tree.lines[0][:1] in ("|", ">")
        indent = 2 if is_block else 0  # libyaml reads no block scalar at the margin
        lines = [*above, *_scalar("", tree, indent), *below]
    return "\n".join(lines) + "\n"


class _Line(NamedTuple):
    """An entry in one line: `key:` or `-`, what is behind it, and the comments after."""

    start: str
    value: Node
    text: str
    after: Sequence[str]


class _Block:
    """A collection that takes a line or more for each entry; `above` goes over the first."""

    def __init__(self, node: Collection, shape: Shape, indent: int) -> None:
        self._node = node
        self._shape = shape
        self._pad = " " * indent
        self._indent = indent
        self._lines: list[str] = []
        self._run: list[_Line] = []  # adjacent lines, which may be aligned

    def lines(self) -> list[str]:
        """Return the lines of all entries, and the comments at the end."""
        node, shape = self._node, self._shape
        items, notes = node.items, node.notes or {}
        if node.is_mapping:
            for index in range(0, len(items), 2):
                key = items[index]
                name = key.lines[0] if isinstance(key, Text) else str(key)
                of_key = shape.of(name.strip("\"'"))
                self._entry(f"{name}:", items[index + 1], of_key, notes.get(index), first=not index)
        else:
            of_item = shape.of("")
            for index, item in enumerate(items):
                self._entry("-", item, of_item, notes.get(index), first=not index)
        self._flush()
        self._comment(node.end or [])
        return self._lines

    def _entry(
        self, start: str, value: Node, shape: Shape, notes: Notes | None, *, first: bool
    ) -> None:
        text = _in_one_line(value, shape, self._indent + len(start) + 1)
        if notes is not None:
            above = notes.above
            while first and above and not above[0]:
                above = above[1:]
            self._comment(above)
        if text is not None:
            self._run.append(_Line(start, value, text, _behind(notes)))
            return
        self._flush()
        if isinstance(value, Collection):
            hanging = shape.is_row and start != "-"  # behind its key, as that never changes
            column = self._indent + (len(start) + 1 if hanging else 2)
            filled = None if value.has_comments else _filled(value, shape, column)
            if start == "-":
                self._item(value, shape, notes or Notes(), filled)
            else:
                self._broken(start, value, shape, notes or Notes(), filled)
        else:
            self._lines += _scalar(self._pad + start, value, self._indent + 2, _behind(notes))

    # ----------------------------------------------------------------- entries of many lines

    def _broken(
        self, start: str, value: Collection, shape: Shape, notes: Notes, filled: list[str] | None
    ) -> None:
        """Write a key, and its value below; the comment behind the value goes behind the key."""
        key, after = notes.on_key, notes.after
        if after and not value.has_any_comments():
            key, after = after, []
        if filled is not None and shape.is_row:
            self._lines += [f"{self._pad}{start} {filled[0].lstrip(' ')}", *filled[1:-1]]
            last = filled[-1] if len(filled) > 1 else self._lines.pop()
            self._lines += _with_comments(last, key)
            return
        self._lines += _with_comments(self._pad + start, key)
        inner = " " * (self._indent + 2)
        self._lines += filled or _Block(value, shape, self._indent + 2).lines()
        self._lines += [inner + words for words in after]

    def _item(
        self, value: Collection, shape: Shape, notes: Notes, filled: list[str] | None
    ) -> None:
        """Write an item behind its dash; the comment behind the whole goes above it."""
        after = notes.after
        lines = filled or _Block(value, shape, self._indent + 2).lines()
        if after and filled is None and not value.has_any_comments():
            self._comment(after)
            after = []
        first, *rest = lines
        lines = [f"{self._pad}- {first[self._indent + 2 :]}", *rest]
        if filled is not None:
            self._lines += [*lines[:-1], *_with_comments(lines[-1], after)]
        else:
            self._lines += [*lines, *(f"{self._pad}  {words}" for words in after)]

    def _comment(self, lines: list[str]) -> None:
        if lines:
            self._flush()
            self._lines += [self._pad + words if words else "" for words in lines]

    # -------------------------------------------------------------------- entries of one line

    def _flush(self) -> None:
        """Write the entries of one line that wait, aligned where that reads better."""
        run = self._run
        if run:
            aligned = None
            if self._shape.names and 1 < len(run) <= MAX_ALIGNED:
                aligned = self._aligned(run)
            plain = (f"{self._pad}{line.start} {line.text}" for line in run)
            for line, text in zip(run, aligned or plain, strict=True):
                if line.after:
                    self._lines += _with_comments(text, line.after)
                else:
                    self._lines.append(text)
            self._run = []

    def _aligned(self, run: list[_Line]) -> list[str] | None:
        """Align values, and the fields of those that have the same ones; None where too wide."""
        widest = max(display_width(line.start) for line in run)
        starts = [self._pad + _padded(line.start, widest) + " " for line in run]
        room = WIDTH - self._indent - widest - 1
        texts = [line.text for line in run]
        moved = (line.text for line in run if display_width(line.start) < widest)
        if any(display_width(text) > room for text in moved):
            return None
        for group in _alike(run):
            fields = _in_columns([run[place].value for place in group])
            if max(map(display_width, fields)) <= room:
                for place, text in zip(group, fields, strict=True):
                    texts[place] = text
        return [start + text for start, text in zip(starts, texts, strict=True)]


def _behind(notes: Notes | None) -> Sequence[str]:
    """Return the comments behind an entry in one line."""
    return (notes.on_key or notes.after) if notes is not None else ()


def _in_one_line(value: Node, shape: Shape, column: int) -> str | None:
    """Return a value as it stands in one line from a column on, or None."""
    if isinstance(value, str):
        return value
    if isinstance(value, Text):
        return value.lines[0] if len(value.lines) == 1 else None
    text = value.inline
    if text is None or (value.items and (column + len(text) > WIDTH or shape.is_broken(value))):
        return None
    if value.items and column + display_width(text) > WIDTH:
        return None
    return text


def _scalar(start: str, value: Node, indent: int, after: Sequence[str] = ()) -> list[str]:
    """Return the lines of a scalar behind its key; comments stand in that of a block's header."""
    first, *rest = value.lines if isinstance(value, Text) else [str(value)]
    line = f"{start} {first}".lstrip(" ") if not start else f"{start} {first}"
    lines = [" " * indent + words if words else "" for words in rest]
    if first[:1] in ("|", ">") or not lines:
        return [*_with_comments(line, after), *lines]
    return [line, *lines[:-1], *_with_comments(lines[-1], after)]


def _with_comments(line: str, comments: Sequence[str]) -> list[str]:
    """Put comments behind a line: the first in it, the others under that."""
    if not comments:
        return [line]
    first, *rest = comments
    under = " " * (len(line) + 2)
    return [f"{line}  {first}", *(under + words for words in rest)]


def _filled(value: Collection, shape: Shape, indent: int) -> list[str] | None:
    """Return the lines of a collection that is read as a whole: as much in each as fits."""
    if not value.is_mapping:
        texts = [item for item in value.items if isinstance(item, str)]
        if shape.is_listed or len(texts) < len(value.items):
            return None
        opening, closing = "[]"
    else:
        if not shape.is_row:
            return None
        texts = list(_pairs(value))
        opening, closing = "{}"
        if len(texts) * 2 < len(value.items) or max(map(len, texts)) > WIDTH - indent - 2:
            return None
    lines = []
    line = " " * indent + opening
    room = WIDTH - 1  # for a comma, or what closes
    for place, text in enumerate(texts):
        if place and display_width(line) + 1 + display_width(text) > room:
            lines.append(line)
            line = " " * (indent + 1) + text
        else:
            line += f" {text}" if place else text
        line += "," if place < len(texts) - 1 else closing
    return [*lines, line]


def _pairs(value: Collection) -> Iterator[str]:
    """Yield the entries of a mapping that stand in one line."""
    items = value.items
    for key, item in zip(items[::2], items[1::2], strict=True):
        text = item if isinstance(item, str) else item.inline
        if text is not None and isinstance(key, str):
            yield f"{key}: {text}"


def _alike(run: list[_Line]) -> list[list[int]]:
    """Group the lines whose values are mappings of the same fields, two or more."""
    groups: dict[tuple[Node, ...], list[int]] = {}
    for place, line in enumerate(run):
        if isinstance(line.value, Collection) and line.value.is_mapping:
            groups.setdefault(tuple(line.value.items[::2]), []).append(place)
    return [group for keys, group in groups.items() if len(group) > 1 and len(keys) > 1]


def _in_columns(values: list[Node]) -> list[str]:
    """Return mappings of the same fields, each field in a column of its own."""
    rows = [list(_pairs(value)) for value in values if isinstance(value, Collection)]
    columns = list(zip(*rows, strict=True))
    widths = [max(map(display_width, column)) + 1 for column in columns]
    return [
        "{" + " ".join([*(_padded(f"{field},", width) for field, width in
                          zip(row[:-1], widths[:-1], strict=True)), row[-1]]) + "}"
        for row in rows
    ]  # fmt: skip


def _padded(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))

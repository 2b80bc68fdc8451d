"""Scalars, mappings and lists with the comments beside them, without their layout.

A scalar that stands in one line anywhere is its own text, a `str`. The rest are `Text` and
`Collection`. `inline` is how a node stands inside `{…}` and `[…]`, None where it cannot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

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

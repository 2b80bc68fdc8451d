"""Text -> Node: every value with the stretch of characters that it is written in."""

from __future__ import annotations

from dataclasses import dataclass, field

from yaml.events import MappingStartEvent, ScalarEvent

from nnc.language.document import parser


@dataclass(slots=True)
class Node:
    """A scalar, a mapping or a list. `end` of one in block style is where its last value ends.

    `text` is what a scalar says and `is_quoted` how; `keys` stand beside the `values` of a mapping
    and are empty for a list; `is_flow` tells `{…}` and `[…]`.
    """

    start: int
    end: int
    text: str | None = None
    is_quoted: bool = False
    is_mapping: bool = False
    is_flow: bool = False
    keys: list[Node] = field(default_factory=list)
    values: list[Node] = field(default_factory=list)


def read_nodes(text: str) -> Node:
    """Read a text that `read_document` has found nothing wrong with."""
    top: Node | None = None
    stack: list[Node] = []
    for event in parser.events(text):
        kind = type(event)
        if kind in parser.ENDS:
            node = stack.pop()
            node.end = event.end_mark.index if node.is_flow else node.values[-1].end
            continue
        if kind is ScalarEvent:
            node = Node(event.start_mark.index, event.end_mark.index, event.value)
            node.is_quoted = bool(event.style)
            if event.style in ("|", ">"):  # which end where the next token starts
                node.end = node.start + len(text[node.start : node.end].rstrip())
        elif kind in parser.STARTS:
            node = Node(event.start_mark.index, event.end_mark.index)
            node.is_mapping = kind is MappingStartEvent
            node.is_flow = bool(event.flow_style)
        else:
            continue
        if stack:
            parent = stack[-1]
            is_key = parent.is_mapping and len(parent.keys) == len(parent.values)
            (parent.keys if is_key else parent.values).append(node)
        top = top or node
        if node.text is None:
            stack.append(node)
    assert top is not None
    return top

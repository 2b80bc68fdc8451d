"""Picture -> JSON with every place, DOT and Mermaid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nnc.drawing.graphics.arrangement import Arrangement, arranged
from nnc.drawing.graphics.model import Element, Picture
from nnc.drawing.graphics.shapes import Text, text_width
from nnc.printable import printable
from nnc.records import OPTIONAL, plain

MERMAID_EDGES = 500
"""The most edges that Mermaid draws."""


@dataclass(frozen=True, slots=True)
class TextRecord:
    """A text, and the rectangle that it fills."""

    text: str
    """The text, as it is drawn."""
    x: int
    """The distance of its left edge from the left, in pixels."""
    y: int
    """The distance of its upper edge from the top, in pixels."""
    width: int
    """The width in pixels."""
    height: int
    """The height in pixels."""


@dataclass(frozen=True, slots=True)
class PortRecord:
    """The end of a wire at a box."""

    name: str
    """The name; of a port what it is called there, empty where that is the box itself."""
    x: int
    """The distance of its left edge from the left, in pixels."""
    y: int
    """The distance of its upper edge from the top, in pixels."""


@dataclass(frozen=True, slots=True)
class BoxRecord:
    """A box with its place, its texts and its ports."""

    id: int
    """The number of the box, from 0."""
    kind: str
    """`input`, `inputs` (many bits in one grid), `neuron`, `neurons` (many as one layer), `layer`,
    `part` or `output`."""
    name: str
    """The name; of a port what it is called there, empty where that is the box itself."""
    note: str
    """Its type or rule, as it is drawn."""
    title: str
    """Everything about it in one sentence."""
    x: int
    """The distance of its left edge from the left, in pixels."""
    y: int
    """The distance of its upper edge from the top, in pixels."""
    width: int
    """The width in pixels."""
    height: int
    """The height in pixels."""
    inlets: tuple[PortRecord, ...]
    """The ports where wires come in, one for each source."""
    outlets: tuple[PortRecord, ...]
    """The ports where wires go out."""
    texts: tuple[TextRecord, ...]
    """The texts in the box."""
    inside: int | None = field(default=None, metadata=OPTIONAL)
    """The box of the part that it is drawn in."""
    value: str | None = field(default=None, metadata=OPTIONAL)
    """In a run the value of an input or output."""
    fires: int | None = field(default=None, metadata=OPTIONAL)
    """In a run whether it is 1."""


@dataclass(frozen=True, slots=True)
class WireRecord:
    """A wire between two boxes, by their `id`."""

    source: int
    """The box that the wire comes from."""
    outlet: str
    """The outlet that it comes from, by name."""
    target: int
    """The box that it leads to."""
    inlet: str
    """The inlet that it leads to, by name."""
    sign: int
    """1 where all weights are above 0, -1 where all are below, else 0."""
    is_bus: int
    """1 if it is several signals, else 0."""
    points: tuple[tuple[int, ...], ...]
    """Its way: straight, then in turn curved and straight; empty where it is not drawn."""


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """A picture with the place of everything in it, in pixels."""

    format_version: int
    """The version of this form of output: 1."""
    name: str
    """The name; of a port what it is called there, empty where that is the box itself."""
    width: int
    """The width in pixels."""
    height: int
    """The height in pixels."""
    boxes: tuple[BoxRecord, ...]
    """The boxes of inputs, neurons, layers, parts and outputs."""
    wires: tuple[WireRecord, ...]
    """The wires between boxes."""
    remark: str | None = field(default=None, metadata=OPTIONAL)
    """The remark on a picture of a change."""


def as_json(picture: Picture) -> str:
    """Return the boxes, ports and wires of a picture with their places."""
    arrangement = arranged(picture)
    boxes: list[BoxRecord] = []
    wires: list[WireRecord] = []
    _collect(arrangement, (0, 0), None, boxes, wires)
    width, height = arrangement.size
    record = PictureRecord(
        1, picture.name, width, height, tuple(boxes), tuple(wires), picture.remark or None
    )
    return json.dumps(plain(record), indent=1) + "\n"


def _collect(
    arrangement: Arrangement,
    origin: tuple[int, int],
    inside: int | None,
    boxes: list[BoxRecord],
    wires: list[WireRecord],
) -> None:
    """Add the boxes and wires of a picture, and of the pictures that its boxes hold."""
    ids = range(len(boxes), len(boxes) + len(arrangement.cards))
    elements = arrangement.picture.elements
    boxes += [_box(arrangement, i, ids[i], origin, inside) for i in range(len(elements))]
    for wire, route in zip(arrangement.picture.wires, arrangement.layout.routes, strict=True):
        points = route.points if route is not None else ()
        source, target = elements[wire.source], elements[wire.target]
        wires.append(
            WireRecord(
                source=ids[wire.source],
                outlet=source.outlets[wire.outlet],
                target=ids[wire.target],
                inlet=target.rows[wire.row].source if target.rows else "",
                sign=wire.sign,
                is_bus=int(wire.is_bus),
                points=tuple((x + origin[0], y + origin[1]) for x, y in points),
            )
        )
    for i, inner in arrangement.inner.items():
        x, y = arrangement.layout.places[i]
        dx, dy = arrangement.cards[i].inner or (0, 0)
        _collect(inner, (origin[0] + x + dx, origin[1] + y + dy), ids[i], boxes, wires)


def _box(
    arrangement: Arrangement, i: int, number: int, origin: tuple[int, int], inside: int | None
) -> BoxRecord:
    element, card = arrangement.picture.elements[i], arrangement.cards[i]
    x, y = (a + b for a, b in zip(arrangement.layout.places[i], origin, strict=True))
    names = [row.source for row in element.rows] or [""] * len(card.inlets)
    return BoxRecord(
        id=number,
        kind=element.kind,
        name=element.name,
        note=element.note,
        title=element.title,
        x=x,
        y=y,
        width=card.width,
        height=card.height,
        inlets=_ports(names, x, [y + down for down in card.inlets]),
        outlets=_ports(element.outlets, x + card.width, [y + down for down in card.outlets]),
        texts=tuple(_text(shape.moved(x, y)) for shape in card.shapes if isinstance(shape, Text)),
        inside=inside,
        value=element.labels[element.label] if element.label is not None else element.value,
        fires=None if element.fires is None else int(element.fires),
    )


def _ports(names: Sequence[str], x: int, heights: Sequence[int]) -> tuple[PortRecord, ...]:
    return tuple(PortRecord(name, x, y) for name, y in zip(names, heights, strict=True))


def _text(text: Text) -> TextRecord:
    width = text_width(text.text, text.size)
    return TextRecord(text.text, text.left, text.y - text.size * 8 // 10, width, text.size)


# ---------------------------------------------------------------------------- DOT and Mermaid


def as_dot(picture: Picture) -> str:
    """Return the boxes and wires of a picture for Graphviz."""
    lines = [
        f"digraph {_quoted(printable(picture.name))} {{",
        "  rankdir=LR;",
        "  node [shape=box];",
    ]
    for i, element in enumerate(picture.elements):
        shape = ' shape="ellipse"' if element.kind in ("input", "inputs", "output") else ""
        lines.append(f"  n{i} [label={_quoted(_label(element))}{shape}];")
    for wire in picture.wires:
        label = picture.elements[wire.source].outlets[wire.outlet]
        style = ' style="dashed"' if wire.sign < 0 else ""
        text = f" label={_quoted(label)}" if label else ""
        attributes = f" [{(text + style).strip()}]" if text or style else ""
        lines.append(f"  n{wire.source} -> n{wire.target}{attributes};")
    return "\n".join([*lines, "}"]) + "\n"


def as_mermaid(picture: Picture) -> str:
    """Return the boxes and wires of a picture for Mermaid."""
    return "\n".join(_mermaid_lines(picture)) + "\n"


def _mermaid_lines(picture: Picture) -> Iterator[str]:
    yield "flowchart LR"
    for i, element in enumerate(picture.elements):
        left, right = ("([", "])") if element.kind in ("input", "inputs", "output") else ("[", "]")
        yield f'  n{i}{left}"{_mermaid_text(_label(element))}"{right}'
    for wire in picture.wires:
        arrow = "-.->" if wire.sign < 0 else "-->"
        label = picture.elements[wire.source].outlets[wire.outlet]
        text = f'|"{_mermaid_text(label)}"|' if label else ""
        yield f"  n{wire.source} {arrow}{text} n{wire.target}"


def _label(element: Element) -> str:
    lines = [printable(element.name), printable(element.note)]
    if element.value is not None:
        lines[0] += f" = {printable(element.value)}"
    if element.label is not None:
        lines[0] += f" = {printable(element.labels[element.label])}"
    return "\n".join(filter(None, lines))


def _quoted(text: str) -> str:
    """Write a text as DOT reads it."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def _mermaid_text(text: str) -> str:
    """Write a text with the entities that Mermaid reads."""
    for character, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, code)
    return text.replace("\n", "<br/>")

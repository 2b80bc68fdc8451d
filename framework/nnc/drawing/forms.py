"""Picture -> JSON with every place, DOT and Mermaid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NotRequired

from typing_extensions import TypedDict

from nnc.drawing.arrangement import Arrangement, arranged
from nnc.drawing.model import Element, Picture
from nnc.drawing.shapes import Text, text_width
from nnc.printable import printable

MERMAID_EDGES = 500
"""The most edges that Mermaid draws."""


class TextRecord(TypedDict):
    """A text, and the rectangle that it fills."""

    text: str
    x: int
    y: int
    width: int
    height: int


class PortRecord(TypedDict):
    """Where a wire comes in or goes out, and what it is called."""

    name: str
    x: int
    y: int


class BoxRecord(TypedDict):
    """A box: its kind, name and place, its texts and ports; `inside` is the box that holds it."""

    id: int
    kind: str
    name: str
    note: str
    title: str
    x: int
    y: int
    width: int
    height: int
    inlets: list[PortRecord]
    outlets: list[PortRecord]
    texts: list[TextRecord]
    inside: NotRequired[int]
    value: NotRequired[str]
    fires: NotRequired[int]


class WireRecord(TypedDict):
    """A wire between two boxes, by their `id`; `points` is empty where it is not drawn."""

    source: int
    outlet: str
    target: int
    inlet: str
    sign: int
    is_bus: int
    points: list[list[int]]


class PictureRecord(TypedDict):
    """A picture with the place of everything in it, in pixels."""

    format_version: int
    name: str
    width: int
    height: int
    remark: NotRequired[str]
    boxes: list[BoxRecord]
    wires: list[WireRecord]


def as_json(picture: Picture) -> str:
    """Return the boxes, ports and wires of a picture with their places."""
    arrangement = arranged(picture)
    record: PictureRecord = {
        "format_version": 1,
        "name": picture.name,
        "width": arrangement.size[0],
        "height": arrangement.size[1],
        "boxes": [],
        "wires": [],
    }
    if picture.remark:
        record["remark"] = picture.remark
    _collect(arrangement, (0, 0), None, record)
    return json.dumps(record, indent=1) + "\n"


def _collect(
    arrangement: Arrangement, origin: tuple[int, int], inside: int | None, record: PictureRecord
) -> None:
    """Add what is in a picture, and in the pictures that its boxes hold."""
    ids = range(len(record["boxes"]), len(record["boxes"]) + len(arrangement.cards))
    elements = arrangement.picture.elements
    for i in range(len(elements)):
        record["boxes"].append(_box(arrangement, i, ids[i], origin, inside))
    for wire, route in zip(arrangement.picture.wires, arrangement.layout.routes, strict=True):
        points = route.points if route is not None else ()
        source, target = elements[wire.source], elements[wire.target]
        record["wires"].append(
            {
                "source": ids[wire.source],
                "outlet": source.outlets[wire.outlet],
                "target": ids[wire.target],
                "inlet": target.rows[wire.row].source if target.rows else "",
                "sign": wire.sign,
                "is_bus": int(wire.is_bus),
                "points": [[x + origin[0], y + origin[1]] for x, y in points],
            }
        )
    for i, inner in arrangement.inner.items():
        x, y = arrangement.layout.places[i]
        dx, dy = arrangement.cards[i].inner or (0, 0)
        _collect(inner, (origin[0] + x + dx, origin[1] + y + dy), ids[i], record)


def _box(
    arrangement: Arrangement, i: int, id_: int, origin: tuple[int, int], inside: int | None
) -> BoxRecord:
    element, each = arrangement.picture.elements[i], arrangement.cards[i]
    x, y = (a + b for a, b in zip(arrangement.layout.places[i], origin, strict=True))
    names = [row.source for row in element.rows] or [""] * len(each.inlets)
    box: BoxRecord = {
        "id": id_,
        "kind": element.kind,
        "name": element.name,
        "note": element.note,
        "title": element.title,
        "x": x,
        "y": y,
        "width": each.width,
        "height": each.height,
        "inlets": _ports(names, x, [y + down for down in each.inlets]),
        "outlets": _ports(element.outlets, x + each.width, [y + down for down in each.outlets]),
        "texts": [_text(shape.moved(x, y)) for shape in each.shapes if isinstance(shape, Text)],
    }
    if inside is not None:
        box["inside"] = inside
    value = element.labels[element.label] if element.label is not None else element.value
    if value is not None:
        box["value"] = value
    if element.fires is not None:
        box["fires"] = int(element.fires)
    return box


def _ports(names: Any, x: int, places: list[int]) -> list[PortRecord]:
    return [{"name": name, "x": x, "y": y} for name, y in zip(names, places, strict=True)]


def _text(text: Text) -> TextRecord:
    width = text_width(text.text, text.size)
    top = text.y - text.size * 8 // 10
    return {"text": text.text, "x": text.left, "y": top, "width": width, "height": text.size}


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

"""Every box, text and wire of a picture with its place, as plain values."""

from typing import Any

from nnc.drawing.graphics.model import Picture
from nnc.drawing.graphics.shapes import Text, text_width
from nnc.drawing.graphics.svg import Arrangement, arranged


def placed(picture: Picture) -> dict[str, Any]:
    """Give the boxes and wires of a picture, and those of the pictures in its boxes."""
    arrangement = arranged(picture)
    width, height = arrangement.size
    whole: dict[str, Any] = {"width": width, "height": height, "boxes": [], "wires": []}
    _collect(arrangement, (0, 0), None, whole)
    return whole


def _collect(
    arrangement: Arrangement, origin: tuple[int, int], inside: int | None, whole: dict[str, Any]
) -> None:
    boxes, elements = whole["boxes"], arrangement.picture.elements
    first = len(boxes)
    corners = [(x + origin[0], y + origin[1]) for x, y in arrangement.layout.places]
    for i, (element, card) in enumerate(zip(elements, arrangement.cards, strict=True)):
        x, y = corners[i]
        box = {
            "id": first + i, "kind": element.kind, "name": element.name, "title": element.title,
            "x": x, "y": y, "width": card.width, "height": card.height,
            "texts": [
                _text(shape._replace(x=shape.x + x, y=shape.y + y))
                for shape in card.shapes
                if isinstance(shape, Text)
            ],
            "value": element.value if element.label is None else element.labels[element.label],
        }  # fmt: skip
        boxes.append(box if inside is None else box | {"inside": inside})
    for wire, route in zip(arrangement.picture.wires, arrangement.layout.routes, strict=True):
        points = [] if route is None else [(x + origin[0], y + origin[1]) for x, y in route.points]
        ends = {"source": first + wire.source, "target": first + wire.target}
        whole["wires"].append(ends | {"points": points})
    for i, inner in arrangement.inner.items():
        dx, dy = arrangement.cards[i].inner or (0, 0)
        _collect(inner, (corners[i][0] + dx, corners[i][1] + dy), first + i, whole)


def _text(text: Text) -> dict[str, Any]:
    top, width = text.y - text.size * 8 // 10, text_width(text.text, text.size)
    return {"text": text.text, "x": text.left, "y": top, "width": width, "height": text.size}

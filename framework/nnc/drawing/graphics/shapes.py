"""The shapes of a picture: texts, rectangles, lines, dots and images, in whole units.

A unit is a pixel of the picture at its natural size. Texts are monospaced: a character is 0.6 times
as wide as it is high, so that no font is needed to know how wide a text is.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from nnc.printable import display_width

Anchor = Literal["start", "middle", "end"]
LARGE, NORMAL, SMALL = 14, 12, 10
"""Heights of texts."""
PAD, NAME_WIDTH = 10, 200
"""The room at the sides of a box, and the widest name in it."""


class Text(NamedTuple):
    """A text; `x` is where its anchor is, and `y` its base line."""

    x: int
    y: int
    text: str
    style: str = ""
    size: int = NORMAL
    anchor: Anchor = "start"

    @property
    def left(self) -> int:
        """Its left end."""
        width = text_width(self.text, self.size)
        return self.x - {"start": 0, "middle": -(-width // 2), "end": width}[self.anchor]


class Rectangle(NamedTuple):
    """A rectangle with its upper left corner and the radius of its corners."""

    x: int
    y: int
    width: int
    height: int
    style: str
    radius: int = 0
    title: str = ""


class Line(NamedTuple):
    """A straight line."""

    x1: int
    y1: int
    x2: int
    y2: int
    style: str


class Dot(NamedTuple):
    """A disc around its centre."""

    x: int
    y: int
    radius: int
    style: str


class Marker(NamedTuple):
    """A triangle that points down to its tip."""

    x: int
    y: int
    style: str


class Image(NamedTuple):
    """A picture of cells, `data` as the bytes of a PNG file, enlarged without smoothing."""

    x: int
    y: int
    width: int
    height: int
    data: bytes
    title: str = ""


Shape = Text | Rectangle | Line | Dot | Marker | Image


def moved(shape: Shape, x: int, y: int) -> Shape:
    """Return a shape further right and down."""
    if isinstance(shape, Line):
        return Line(shape.x1 + x, shape.y1 + y, shape.x2 + x, shape.y2 + y, shape.style)
    return shape._replace(x=shape.x + x, y=shape.y + y)


def text_width(text: str, size: int = NORMAL) -> int:
    """Return how wide a text is; characters of East Asia are twice as wide."""
    return -(-display_width(text) * size * 6 // 10)


def fitted(text: str, width: int, size: int = NORMAL) -> str:
    """Return a text that is cut to a width, with an ellipsis where it was longer."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"

"""The shapes of a picture: texts, rectangles, lines, dots and images, in whole units.

A unit is a pixel of the picture at its natural size. Texts are monospaced: a character is 0.6 times
as wide as high, so the width of a text is known without a font.

Numbers are drawn as a PNG file of cells (ISO/IEC 15948), blue above 0 and orange below, clear at 0.
Only the opacity of a colour shows the size, so the picture suits light and dark pages: both colours
have a contrast of 3 : 1 on either.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Literal, NamedTuple

from nnc.lazy import np
from nnc.printable import display_width

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


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
    """Return a shape moved right and down."""
    if isinstance(shape, Line):
        return Line(shape.x1 + x, shape.y1 + y, shape.x2 + x, shape.y2 + y, shape.style)
    return shape._replace(x=shape.x + x, y=shape.y + y)


def text_width(text: str, size: int = NORMAL) -> int:
    """Return the width of a text; East Asian characters are twice as wide."""
    return -(-display_width(text) * size * 6 // 10)


def fitted(text: str, width: int, size: int = NORMAL) -> str:
    """Cut a text to a width, with an ellipsis if it was longer."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


_ABOVE, _BELOW = (0x1A, 0x6F, 0xD0), (0xD5, 0x5E, 0x00)
LARGEST = 512
"""The most cells in each direction; of more, the mean of several is one cell."""


def heatmap(values: ArrayLike) -> bytes:
    """Return a picture of rows x columns of numbers, most opaque where they are largest."""
    cells = _reduced(np.asarray(values, np.float64))
    largest = np.abs(cells).max(initial=0.0)
    share = cells / largest if largest else cells
    pixels = np.zeros((*cells.shape, 4), np.uint8)
    pixels[share > 0, :3] = _ABOVE
    pixels[share < 0, :3] = _BELOW
    # a small weight is seen too: opacity begins at a sixth
    opacity = np.where(share == 0, 0.0, 40 + 215 * np.abs(share))
    pixels[..., 3] = np.rint(opacity)
    return _png(pixels)


def _reduced(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return at most 512 x 512 means of neighbouring values."""
    for axis in (0, 1):
        size = values.shape[axis]
        if size > LARGEST:
            starts = np.arange(LARGEST) * size // LARGEST
            counts = np.diff([*starts, size])
            sums = np.add.reduceat(values, starts, axis=axis)
            values = sums / (counts[:, None] if axis == 0 else counts)
    return values


def _png(pixels: NDArray[np.uint8]) -> bytes:
    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + width * 4), np.uint8)
    lines[:, 1:] = pixels.reshape(height, width * 4)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

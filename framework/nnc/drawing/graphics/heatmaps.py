"""Numbers as a picture of cells: a PNG file, blue above 0 and orange below, clear at 0.

The colour is always the same and only its opacity tells the size, so that the picture suits a light
page and a dark one: both colours have a contrast of 3 : 1 on either. PNG: ISO/IEC 15948.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from nnc.lazy import np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_ABOVE, _BELOW = (0x1A, 0x6F, 0xD0), (0xD5, 0x5E, 0x00)
LARGEST = 512
"""The most cells in each direction; of more, the mean of several is one cell."""


def heatmap(values: ArrayLike) -> bytes:
    """Return a picture of rows x columns of numbers, opaque where they are largest."""
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

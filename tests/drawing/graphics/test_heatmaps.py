"""Heat maps: PNG files that a reader of its own takes apart again."""

import struct
import zlib
from typing import Any

import numpy as np
import pytest

from nnc.drawing.graphics.shapes import LARGEST, heatmap


def pixels(data: bytes) -> Any:
    """Take a PNG file apart: 8 bits of red, green, blue and opacity, without filters."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (size,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        chunks[kind] = data[at + 8 : at + 8 + size]
        checksum = data[at + 8 + size : at + 12 + size]
        assert struct.unpack(">I", checksum) == (zlib.crc32(kind + chunks[kind]),)
        at += 12 + size
    width, height, depth, colours, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colours) == (8, 6)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, -1)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(height, width, 4)


def test_colours_and_opacity() -> None:
    found = pixels(heatmap([[2, -2, 0], [1, -0.001, 0]]))
    assert found[0, 0].tolist() == [0x1A, 0x6F, 0xD0, 255]
    assert found[0, 1].tolist() == [0xD5, 0x5E, 0x00, 255]
    assert not found[:, 2].any()
    assert 140 < found[1, 0, 3] < 155
    assert found[1, 1, 3] == 40  # small, and still seen


@pytest.mark.parametrize("shape", [(1, 1), (LARGEST, 3), (LARGEST + 1, 3), (5, 3 * LARGEST + 7)])
def test_very_many_cells_are_reduced_to_means(shape: tuple[int, int]) -> None:
    values = np.ones(shape)
    values[:, shape[1] // 2 :] = -1
    found = pixels(heatmap(values))
    assert found.shape[:2] == tuple(min(size, LARGEST) for size in shape)
    assert (found[..., 3] > 0).all()


def test_nothing_but_zeros_is_clear() -> None:
    assert not pixels(heatmap(np.zeros((3, 4)))).any()

"""A convolution of packed bits, in the kernels of dense layers: every place is one more row."""

from __future__ import annotations

import numpy as np

from nnc.compiler.graph import Window
from nnc.numbers.integers import Array
from nnc.run.engines import native
from nnc.run.engines.convolutions import BLOCK, alike
from nnc.run.engines.engine import pack_bits
from nnc.run.engines.signals import unpack_bits

_FEW_ROWS = 64  # with fewer rows, bits of several places share a word


class PackedConvolution:
    """A convolution of bits in the kernel of dense layers, where every place is one more row.

    What each place sees is laid side by side in words of 64 rows: words of the picture's lines
    where there are many rows, and bits of several places in one word where there are few.
    """

    def __init__(self, window: Window, kernel: Array, limits: Array, *, turned: bool) -> None:
        self.window = window
        self.is_any = bool(not turned and (kernel == 1).all() and (limits == 1).all())
        by_place = limits.reshape(window.positions, window.features)
        self.products = [
            (
                positions,
                [
                    native.Product(
                        np.ascontiguousarray(kernel[features]),
                        np.ascontiguousarray(by_place[positions[0], features]),
                        turned=turned,
                    )
                    for features in _groups(window)
                ],
            )
            for positions in alike(by_place)
        ]

    def run(self, bits: Array, out: Array, rows: int, threads: int) -> None:
        """Evaluate for packed lines of the picture, into packed lines of the neurons."""
        window = self.window
        rows_of_words = -(-rows // 64)
        picture = bits[:, :rows_of_words].reshape(-1, window.shape[2], rows_of_words)
        lines = out.reshape(window.positions, window.features, -1)[:, :, :rows_of_words]
        if self.is_any and window.groups == window.features == window.shape[2]:
            self._any(picture, lines)
            return
        is_few = rows < _FEW_ROWS
        if is_few:
            whole = bits[:, :rows_of_words]
            picture = unpack_bits(np.ascontiguousarray(whole), rows).reshape(
                -1, window.shape[2], rows
            )
        step = max(1, BLOCK // (window.taps * window.depth * picture.shape[2]) // 8)
        for positions, products in self.products:
            for start in range(0, len(positions), step):
                some = positions[start : start + step]
                pixels = window.pixels(some)
                for features, product in zip(_groups(window), products, strict=True):
                    first = features.start // window.group_features * window.depth
                    seen = picture[np.maximum(pixels, 0), first : first + window.depth]
                    seen[pixels < 0] = 0
                    seen = seen.transpose(1, 2, 0, 3).reshape(window.taps * window.depth, -1)
                    count = len(some) * rows
                    packed = pack_bits(seen) if is_few else np.ascontiguousarray(seen)
                    fired = np.empty((window.group_features, packed.shape[1]), np.uint64)
                    product.run(packed, fired, packed.shape[1] * 64, threads)
                    if is_few:
                        own = unpack_bits(fired, count).reshape(-1, len(some), rows)
                        flat = own.transpose(1, 0, 2).reshape(-1, rows)
                        own = pack_bits(flat).reshape(len(some), -1, rows_of_words)
                    else:
                        own = fired.reshape(-1, len(some), rows_of_words).transpose(1, 0, 2)
                    lines[some, features] = own

    def _any(self, picture: Array, lines: Array) -> None:
        """Evaluate pooling: a neuron fires where any bit that it sees is 1."""
        pixels = self.window.pixels(np.arange(self.window.positions))
        for tap in range(self.window.taps):
            seen = picture[np.maximum(pixels[:, tap], 0)]
            seen[pixels[:, tap] < 0] = 0
            if tap:
                lines |= seen
            else:
                lines[:] = seen


def _groups(window: Window) -> list[slice]:
    """Return the features of each group."""
    size = window.group_features
    return [slice(first, first + size) for first in range(0, window.features, size)]

"""Noise added to rows during training, so that the network generalises."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

import numpy as np
import torch
from torch import Tensor

from nnc.numbers.integers import Array
from nnc.training.blocks import Picture
from nnc.training.settings import AUGMENT, Augmentation

DEVIATION = 0.06  # of the range of an input
DROPPED = 0.1  # share of the numbers of a row that are set to their lowest value, or background
FLIPPED = 0.02  # share of the bits of a row
MIN_WIDTH = 32  # values of a row, below which none is changed
SHIFTED = 0.5  # share of the pictures that are shifted
MIRRORED = 0.5  # share of the pictures that are mirrored, with `--augment mirror`
SIDE_PER_PIXEL = 28  # a picture may shift by one pixel per this many pixels of its side


class Noise:
    """Adds noise to numbers, flips bits, shifts and mirrors pictures; narrow rows stay unchanged.

    `augment` says which of these it does.
    """

    def __init__(
        self,
        values: Array,
        is_bit: Array,
        pictures: tuple[Picture, ...],
        generator: torch.Generator,
        augment: Collection[Augmentation] = AUGMENT,
    ) -> None:
        self._generator, self._augment = generator, augment
        self._is_used = values.shape[1] >= MIN_WIDTH
        low, high = values.min(axis=0), values.max(axis=0)
        low, high = low.astype(np.float64), high.astype(np.float64)
        empty = low.copy()
        self._pictures = []
        for picture in pictures:
            fill = background(values, picture)
            if fill > low[picture.places].min():
                empty[picture.places] = fill
            self._pictures.append((picture, fill, torch.tensor(_moves(picture))))
        self._empty = torch.tensor(empty, dtype=torch.float32)
        self._sum = torch.tensor(low + high, dtype=torch.float32)
        spread = np.where(is_bit, 0.0, high - low)
        self._deviation = torch.tensor(DEVIATION * spread, dtype=torch.float32)
        self._dropped = torch.tensor(np.where(is_bit, 0.0, DROPPED), dtype=torch.float32)
        self._flipped = torch.tensor(np.where(is_bit, FLIPPED, 0.0), dtype=torch.float32)
        self._has_bits, self._has_numbers = bool(is_bit.any()), not is_bit.all()

    def applied(self, rows: Tensor) -> Tensor:
        """Return rows with noise."""
        if not self._is_used:
            return rows
        if not {"shift", "mirror"}.isdisjoint(self._augment):
            for picture, fill, moves in self._pictures:
                rows = self._moved(rows, picture, fill, moves)
        return self._noisy(rows) if "noise" in self._augment else rows

    def _noisy(self, rows: Tensor) -> Tensor:
        """Add noise to numbers, drop some of them, and flip some bits."""
        draws = torch.rand(rows.shape, generator=self._generator)
        if self._has_numbers:
            noise = torch.randn(rows.shape, generator=self._generator) * self._deviation
            rows = torch.where(draws < self._dropped, self._empty, rows + noise)
        if self._has_bits:
            rows = torch.where(draws < self._flipped, self._sum - rows, rows)
        return rows

    def _moved(self, rows: Tensor, picture: Picture, fill: float, moves: Tensor) -> Tensor:
        """Shift some of the pictures, filling the gap with the background; mirror one in two."""
        count = len(rows)
        sources = moves[torch.zeros(count, dtype=torch.int64)]
        if "shift" in self._augment:
            chosen = torch.randint(len(moves), (count,), generator=self._generator)
            is_shifted = torch.rand(count, generator=self._generator) < SHIFTED
            sources = moves[torch.where(is_shifted, chosen, 0)]
        if "mirror" in self._augment:
            is_mirrored = torch.rand(count, generator=self._generator) < MIRRORED
            shape = (count, picture.height, picture.width, picture.channels)
            mirrored = sources.reshape(shape).flip(2).reshape(count, -1)
            sources = torch.where(is_mirrored[:, None], mirrored, sources)
        before = rows[:, picture.places]
        padded = torch.cat([before, before.new_full((count, 1), fill)], dim=1)
        rows = rows.clone()
        rows[:, picture.places] = padded.gather(1, sources)
        return rows


def background(values: Array, picture: Picture) -> float:
    """Return the median of the pixels at the edges of the pictures."""
    is_edge = np.ones((picture.height, picture.width, picture.channels), bool)
    is_edge[1:-1, 1:-1] = False
    edges = values[:, picture.places[is_edge.reshape(-1)]]
    return float(np.percentile(edges, 50, method="lower"))  # a median that is one of them


def _moves(picture: Picture) -> Array:
    """Return the source of every pixel for each shift; the first shift is none."""
    height, width, channels = picture.height, picture.width, picture.channels
    most = max(1, min(height, width) // SIDE_PER_PIXEL)
    padded = np.full((height + 2 * most, width + 2 * most, channels), height * width * channels)
    inner = np.arange(height * width * channels).reshape(height, width, channels)
    padded[most : most + height, most : most + width] = inner
    steps = sorted(product(range(2 * most + 1), repeat=2), key=lambda step: step != (most, most))
    return np.stack([padded[y : y + height, x : x + width].reshape(-1) for y, x in steps])

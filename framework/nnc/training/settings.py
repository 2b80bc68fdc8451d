"""Settings of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nnc.scores.neuron import LEAST_LOSS, Goal

Method = Literal["exact", "gradient"]
Device = Literal["cpu", "cuda"]
Augmentation = Literal["noise", "shift", "mirror"]
AUGMENTATIONS: tuple[Augmentation, ...] = ("noise", "shift", "mirror")
AUGMENT: tuple[Augmentation, ...] = ("noise", "shift")  # by default
METHODS: tuple[Method, ...] = ("exact", "gradient")
MAX_EPOCHS = 1000
MIN_EPOCHS = 30
ROW_VISITS = 200_000  # visits of rows that a training makes by default


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """Settings of a training.

    `epochs` is how often each row is visited, `seconds` when to stop with the best network so far;
    None for no limit. `seed` draws the first numbers, the order of rows and their noise, and the
    rows of a share that is kept for the test; `device` is where PyTorch calculates. Without a
    `method`, one neuron is decided exactly and layers by gradients. `goal` is what the numbers of
    one neuron are the best for. `augment` says how rows are changed at each visit: numbers by
    noise, pictures shifted by a pixel, or mirrored.
    """

    epochs: int | None = None
    seconds: float | None = None
    seed: int = 0
    method: Method | None = None
    device: Device = "cpu"
    goal: Goal = LEAST_LOSS
    augment: tuple[Augmentation, ...] = AUGMENT

    def epochs_for(self, rows: int) -> int:
        """Return the number of visits of each row."""
        return self.epochs or min(max(ROW_VISITS // rows, MIN_EPOCHS), MAX_EPOCHS)

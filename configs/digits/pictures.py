"""The pictures of digits that are learnt from, those held back, and what networks make of them.

Source and split: those of `train.py`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits  # type: ignore[import-untyped]

Labels = NDArray[np.int64]

DIGITS = 10
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
EACH = 4  # cases of each digit


class Digits(NamedTuple):
    """Pictures [n, 8, 8] of pixels from 0 to 16, their digits [n], and the places of two parts."""

    pictures: NDArray[np.float64]
    labels: Labels
    learnt: Labels
    held: Labels

    def counted(self, right: NDArray[np.bool_]) -> int:
        """Print how many pictures are right [n], and return how many of those held back."""
        count, of = int(right[self.held].sum()), len(self.held)
        print(f"{count} of {of} held-back pictures right ({100 * count / of:.1f} %)")
        print(f"{int(right[self.learnt].sum())} of {len(self.learnt)} training pictures right")
        return count

    def shown(self, right: NDArray[np.bool_]) -> list[int]:
        """Return the first held back of each digit that are right: those that become cases."""
        of_each = [
            [i for i in self.held if self.labels[i] == digit and right[i]]
            for digit in range(DIGITS)
        ]
        return sorted(int(i) for places in of_each for i in places[:EACH])


def load() -> Digits:
    """Load the data set, and hold back every fourth picture of each digit."""
    data = load_digits()
    labels: Labels = data.target.astype(np.int64)
    return Digits(data.images, labels, *split(labels))


def split(labels: Labels) -> tuple[Labels, Labels]:
    """Give the places of the pictures to learn from, and of those held back."""
    held = np.concatenate([np.flatnonzero(labels == digit)[3::4] for digit in range(DIGITS)])
    held.sort()
    return np.setdiff1d(np.arange(len(labels)), held), held

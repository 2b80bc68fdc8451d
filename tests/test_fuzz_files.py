"""An everyday dose of the fuzz targets that change files; each trial is the same every day."""

from collections.abc import Callable
from random import Random

import pytest

from fuzz import arrow, compiled, npy, safetensors

TRIALS: dict[str, tuple[Callable[[Random], None], int]] = {
    "arrow": (arrow.trial, 500),
    "compiled": (compiled.trial, 400),
    "npy": (npy.trial, 500),
    "safetensors": (safetensors.trial, 500),
}
"""The targets, and how many trials of each are made."""


@pytest.mark.parametrize("target", TRIALS)
def test_files_that_are_changed_anywhere(target: str) -> None:
    trial, count = TRIALS[target]
    for seed in range(count):
        try:
            trial(Random(seed))
        except Exception as error:
            raise AssertionError(f"{target}: the trial of Random({seed}) has a find") from error

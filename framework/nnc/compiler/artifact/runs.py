"""Stretches of signals, looked up fast however long they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.artifact.texts import Damaged
from nnc.compiler.graph import first_signals
from nnc.language.network import Input


class Runs:
    """Stretches of signals, each from its first to before its stop, in order. Raises Damaged."""

    def __init__(self, stretches: Iterable[tuple[int, int]]) -> None:
        ends = np.array(list(stretches), np.int64).reshape(-1, 2)
        self.firsts, self.stops = ends[:, 0], ends[:, 1]
        in_order = (self.firsts[1:] >= self.stops[:-1]).all()
        if not in_order or not (self.firsts < self.stops).all():
            raise Damaged("the compiled network has stretches of signals that are not in order")

    def touch(self, signals: Sequence[int] | NDArray[Any]) -> bool:
        """Tell whether any of some signals lies in a stretch."""
        if not len(self.firsts) or not len(signals):
            return False
        if isinstance(signals, range):
            place = int(np.searchsorted(self.stops, signals.start, "right"))
            return place < len(self.firsts) and int(self.firsts[place]) < signals.stop
        return bool((self.places(signals) >= 0).any())

    def places(self, signals: Sequence[int] | NDArray[Any]) -> NDArray[np.int64]:
        """Give the place of the stretch that each signal lies in, -1 where it lies in none."""
        array = np.asarray(signals, np.int64)
        if not len(self.firsts):
            return np.full(len(array), -1)
        places = np.searchsorted(self.firsts, array, "right") - 1
        return np.where((places >= 0) & (array < self.stops[places]), places, -1)


def numbers_among(inputs: Mapping[str, Input]) -> Iterator[tuple[int, int]]:
    """Give the stretches of signals that are numbers and not bits."""
    for name, first in first_signals(inputs).items():
        if inputs[name].type in ("integer", "real"):
            yield first, first + inputs[name].width

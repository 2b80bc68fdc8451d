"""Ways to decide about outputs: one file each, all of one signature.

Order: all_inputs, simulation, sweep, thresholds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nnc.proving.pair import Pair
from nnc.proving.strategies import all_inputs, simulation, sweep, thresholds


class Strategy(NamedTuple):
    """One way to decide: `run` looks at the open outputs of a pair and sets what it finds there."""

    name: str
    run: Callable[[Pair], None]


STRATEGIES = (
    Strategy("the same normal form is the same function", sweep.compare_forms),
    Strategy("random and corner inputs", simulation.run),
    Strategy("all inputs, up to 2^24", all_inputs.run),
    Strategy("inputs near thresholds", thresholds.run),
    Strategy("inner neurons proved equal", sweep.run),
    Strategy("all inputs, as far as time allows", all_inputs.run_beyond),
)
"""Tried in this order on what is open still; provers are added here."""

"""Ways to decide about outputs: one file each, all of one signature.

Order: all_inputs, normal_form, simulation, sweep, thresholds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nnc.proving.pair import Pair
from nnc.proving.steps import all_inputs, normal_form, simulation, sweep, thresholds


class Step(NamedTuple):
    """One way to decide: `run` looks at the open outputs of a pair and notes what it finds."""

    name: str
    run: Callable[[Pair], None]


STEPS = (
    Step("the same normal form is the same function", normal_form.run),
    Step("random and corner inputs", simulation.run),
    Step("all inputs, up to 2^24", all_inputs.run),
    Step("inputs near thresholds", thresholds.run),
    Step("inner neurons proved equal", sweep.run),
    Step("all inputs, as far as the time goes", all_inputs.run_beyond),
)
"""Tried in this order on what is open still; provers are added here."""

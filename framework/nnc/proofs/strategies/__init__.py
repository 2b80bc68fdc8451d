"""Ways to decide about outputs: one file each, all of one signature.

Order: all_inputs, simulation, sweep, sums.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nnc.proofs.plans.pair import Pair
from nnc.proofs.strategies import all_inputs, simulation, sums, sweep


class Strategy(NamedTuple):
    """A way to decide: `run` examines the open outputs of a pair and sets its results there.

    It may do work of so many seconds, whatever the budget is; one that `draws` takes more from it.
    """

    name: str
    run: Callable[[Pair], None]
    allowance: float
    draws: bool = False


STRATEGIES = (
    Strategy("the same normal form is the same function", sweep.compare_forms, 0.2),
    Strategy("random and corner inputs", simulation.run, 0.2),
    Strategy("all inputs, where they are few", all_inputs.run, 0.3),
    Strategy("sums of adders", sums.run, 0.2, draws=True),
    Strategy("inner neurons proved equal", sweep.run, 0.3, draws=True),
    Strategy("many random inputs", simulation.run_more, 0.2),
    Strategy("outputs searched", sweep.run_outputs, 0.2, draws=True),
    Strategy("all inputs, as far as the budget allows", all_inputs.run_rest, 0.0, draws=True),
)
"""The strategies, in the order in which they are tried on open outputs."""

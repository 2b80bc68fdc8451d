"""How much a comparison may do, in units of work and never in seconds of a clock.

What is done is estimated from what it is done on: rows, synapses, wires looked at. So the same two
networks get the same verdicts on every machine, however slow it is or busy.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from nnc.compiler.graph import SparseWeights
from nnc.compiler.plan import EXACT_IN, LayerStep, Plan, PlanNeuron
from nnc.numbers.exact import stored_number

SECOND = 10**12
"""Units of work in a second of the budget; a laptop of 2024 does about so many."""
_PACKED, _PRODUCT, _WIDE = 10, 300, 2_000
"""Units for a synapse in a row: of 64 rows a word, of a product of arrays, and of wide numbers."""
_FRACTION, _LONG_BITS = 4_000_000, 256
"""Units for a synapse of a layer in a row where fractions are added up one by one, and how many
bits of a weight make them as many more.
"""
_PREPARED, _PREPARED_WIDE = 3_000_000, 10_000_000
"""Units for a synapse of which the program of an engine is made, and for one of wide numbers."""
CODED = 15_000
"""Units for the value of an axis in a row, where it is looked up and not counted."""
LOOK = 1_000_000
"""Units for a wire that is looked at in Python."""
COLUMN = 20_000_000
"""Units for the column of an axis, whatever its rows."""
MAX_FORMED = 1 << 18
"""Synapses of a layer whose neurons are brought to normal form; larger ones compare as stored."""
_FORM, _FORM_WIRE = 9_000_000, 2_000_000
"""Units for a neuron that is brought to normal form, and for each of its wires."""
_SAMPLED = 256  # weights of a layer that are looked at
_NARROW = ("int8", "int16", "int32")
_LONGEST = 10**9  # seconds: a budget without end is one of 30 years


class Budget:
    """Work that may be done: `rest` by whoever asks first, and an allowance of each step.

    Before the first step begins, all of the rest may be done. What a step leaves of its allowance
    is lost, so that no step takes from another but `rest`.
    """

    def __init__(self, seconds: float) -> None:
        self.rest = int(min(seconds, _LONGEST) * SECOND)
        self.spent = 0
        self.step = ""
        self._allowance, self._draws = 0, True

    def begin(self, seconds: float | Fraction, step: str = "", *, draws: bool = False) -> None:
        """Begin a step with an allowance; with `draws` it may take from the rest, too."""
        self.step = step
        self._allowance, self._draws = int(seconds * SECOND), draws

    @property
    def left(self) -> int:
        """How many units the present step may do."""
        return self._allowance + (self.rest if self._draws else 0)

    def words(self) -> str:
        """Say which step has begun, and what is left of the budget."""
        return f"{self.step}, {self.rest / SECOND:.1f} s of the budget left"

    def spend(self, units: int) -> None:
        """Take off what is done, from the allowance first."""
        self.spent += units
        own = min(units, self._allowance)
        self._allowance -= own
        if self._draws:
            self.rest = max(0, self.rest - units + own)

    def takes(self, units: int) -> bool:
        """Take off what is going to be done, and say whether there was as much."""
        if units > self.left:
            return False
        self.spend(units)
        return True


class Cost(NamedTuple):
    """What it takes to calculate some signals: once, and for each row."""

    once: int = 0
    row: int = 0

    def of(self, rows: int) -> int:
        """Return the units for so many rows."""
        return self.once + rows * self.row


def form_work(plan: Plan) -> int:
    """Return what it takes to bring all neurons of a plan to normal form."""
    synapses = len(plan.neurons.sources)
    synapses += sum(
        layer.synapses * layer.width for layer in plan.layers if layer.synapses <= MAX_FORMED
    )
    return _FORM * (plan.signals - plan.first_made) + _FORM_WIRE * synapses


def cost_of(plan: Plan, bits: Iterable[int], sums: Iterable[int]) -> Cost:
    """Return what it takes to calculate some bits, and the sums of some neurons."""
    once = row = 0
    todo = list(bits)
    for signal in sums:
        layer = plan.layer_of(signal)
        sources = plan.maker[signal].sources if layer is None else layer.sources
        row += len(sources) * (_WIDE if layer is None else _layer_unit(layer, _WIDE))
        todo += map(int, sources)
    seen = set(todo)
    done: set[int] = set()  # the first signals of neurons and layers, which make all at once
    while todo:
        signal = todo.pop()
        if signal < plan.first_made:
            continue
        maker: PlanNeuron | LayerStep = plan.layer_of(signal) or plan.maker[signal]
        if maker.first in done:
            continue
        done.add(maker.first)
        if isinstance(maker, LayerStep):
            row += maker.synapses * _layer_unit(maker, _PRODUCT)
        else:
            is_narrow = maker.dtype in _NARROW
            once += len(maker.sources) * (_PREPARED if is_narrow else _PREPARED_WIDE)
            row += len(maker.sources) * (_PACKED if is_narrow else _WIDE)
        fresh = set(map(int, maker.sources)) - seen
        seen |= fresh
        todo += fresh
    return Cost(once, row)


def _layer_unit(layer: LayerStep, exact: int) -> int:
    """Return the units for a synapse of a layer in a row; `exact` where floats or integers are."""
    if layer.arithmetic in EXACT_IN:
        return exact
    stored = layer.weights.values if isinstance(layer.weights, SparseWeights) else layer.weights
    longest = max(
        (
            max(weight.numerator.bit_length(), weight.denominator.bit_length())
            for weight in map(stored_number, stored.reshape(-1)[:_SAMPLED].tolist())
        ),
        default=0,
    )
    return _FRACTION * (1 + longest // _LONG_BITS)

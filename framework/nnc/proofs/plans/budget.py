"""The work that a comparison may do, in units and never in seconds of a clock.

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

SECOND = 10**12  # units of work; about what a laptop of 2024 does in a second
# units of work for a synapse in a row, by how it is evaluated
_PACKED = 10  # in words of 64 rows
_TABLE = 16  # in tables of the sums of four weights of a byte each
_PRODUCT = 300  # in a product of arrays
_WIDE = 2_000  # with integers of Python
_FRACTION = 4_000_000  # with fractions, which are added one by one
_LONG_BITS = 256  # a weight costs as much again for each this many bits
_FRACTION, _LONG_BITS = 4_000_000, 256
"""Units for a synapse of a layer in a row where fractions are added up one by one, and how many
bits of a weight make them as many more.
"""
# units of work for a synapse of a program that an engine prepares
_PREPARED = 3_000_000
_PREPARED_WIDE = 10_000_000
CODED = 15_000  # units for the value of an axis that is looked up for a row
LOOK = 1_000_000  # units for a wire that is visited in Python
COLUMN = 20_000_000  # units for the column of an axis, whatever its rows
MAX_FORMED = 1 << 18
"""Synapses of a layer whose neurons get a normal form; larger layers compare as stored."""
# units of work for the normal form of a neuron
_FORM = 9_000_000
_FORM_WIRE = 2_000_000  # more for each wire
_SAMPLED = 256  # weights of a layer whose length is measured
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
        """The units that the current step may spend."""
        return self._allowance + (self.rest if self._draws else 0)

    def words(self) -> str:
        """Describe the current step, and the rest of the budget."""
        return f"{self.step}, {self.rest / SECOND:.1f} s of the budget left"

    def spend(self, units: int) -> None:
        """Spend units, from the allowance first."""
        self.spent += units
        allowed = min(units, self._allowance)
        self._allowance -= allowed
        if self._draws:
            self.rest = max(0, self.rest - units + allowed)

    def takes(self, units: int) -> bool:
        """Spend units if there are as many; return whether there were."""
        if units > self.left:
            return False
        self.spend(units)
        return True


class Cost(NamedTuple):
    """The work to evaluate some signals: once, and for each row."""

    once: int = 0
    row: int = 0

    def of(self, rows: int) -> int:
        """Return the units for a number of rows."""
        return self.once + rows * self.row


def form_work(plan: Plan) -> int:
    """Return the work to bring all neurons of a plan to normal form."""
    synapses = len(plan.neurons.sources)
    synapses += sum(
        layer.synapses * layer.width for layer in plan.layers if layer.synapses <= MAX_FORMED
    )
    return _FORM * (plan.signals - plan.first_made) + _FORM_WIRE * synapses


def cost_of(plan: Plan, bits: Iterable[int], sums: Iterable[int]) -> Cost:
    """Return the work to evaluate some bits, and the sums of some neurons."""
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
        is_bytes = getattr(layer.weights, "dtype", None) == "int8"
        return min(exact, _TABLE) if is_bytes and exact == _PRODUCT else exact
    stored = layer.weights.values if isinstance(layer.weights, SparseWeights) else layer.weights
    longest = max(
        (
            max(weight.numerator.bit_length(), weight.denominator.bit_length())
            for weight in map(stored_number, stored.reshape(-1)[:_SAMPLED].tolist())
        ),
        default=0,
    )
    return _FRACTION * (1 + longest // _LONG_BITS)

"""How exact a form of a network is: told before anything is checked, or why there can be none."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import NamedTuple

from nnc.compiler.graph import Tap
from nnc.interchange.exporting.gates import Gate, Gates
from nnc.numbers.exact import LARGEST_WHOLE, Refused

INT64 = (1 << 63) - 1


class Exactness(NamedTuple):
    """How far a form gives what the network gives: `kind` in one word, `words` in a sentence."""

    kind: str
    words: str


EXACT = Exactness("exact", "exact on every row")
DOUBLES = Exactness("doubles", "exact on rows whose real numbers are doubles")
DECIMALS = Exactness(
    "doubles", "exact on rows whose real numbers are doubles, each read as its shortest decimal"
)
NEAR_TIES = Exactness(
    "near ties",
    "sums of real numbers are added up as doubles: rows within rounding of a threshold may differ",
)


def exactness_in(gates: Gates, largest: int, form: str) -> Exactness:
    """Say how exact a form is whose integers go to `largest`, and whose real numbers are doubles.

    Raises Refused, with the neuron, where a sum may be larger.
    """
    for gate in gates.gates:
        if not gate.is_real:
            _check(gate, gates, largest, form)
    for tap in gates.plan.outputs:
        _check_sums(tap, gates, largest, form)
    summed = [gates.maker[signal] for signal in gates.summed]
    if any(gate.is_real and (not gate.is_cutoff or gate in summed) for gate in gates.gates):
        return NEAR_TIES
    fractions = any(gate.value[2] > LARGEST_WHOLE for gate in summed)
    of_doubles = DOUBLES if gates.floats == "binary" else DECIMALS
    has_reals = any(input_.type == "real" for input_ in gates.plan.inputs.values())
    return NEAR_TIES if fractions else of_doubles if has_reals else EXACT


def _check(gate: Gate, gates: Gates, largest: int, form: str) -> None:
    limits = [abs(int(test.limit)) for test in gate.tests]
    is_added = not gate.is_cutoff or gate.first in gates.summed
    if not is_added:
        if max(limits) > largest:
            raise _too_large(gate, max(limits), form)
        return
    if gate.least is None or gate.greatest is None:
        names = {gates.elements[s].name for s in gate.sources if s in gates.elements}
        unbounded = sorted(name for name in names if _is_unbounded(gates, name))
        raise Refused(
            "not-exportable",
            f"the sum of `{gate.name}` has no bound, so {form} could not hold it",
            f"give {' and '.join(f'`{name}`' for name in unbounded)} a `min` and a `max`",
        )
    size = max(size_of(gate, gates), *limits)
    if size > largest:
        raise _too_large(gate, size, form)


def _check_sums(tap: Tap, gates: Gates, largest: int, form: str) -> None:
    """Refuse sums that an output gives, or compares, and that may be too large."""
    made = [gates.maker[s] for s in tap.signals] if tap.kind in ("sum", "largest") else []
    if any(gate.is_real for gate in made):
        return
    ranks = gates.ranks(tap) if tap.kind == "largest" else [gate.value[:2] for gate in made]
    for gate, (factor, offset) in zip(made, ranks or (), strict=True):
        # the quotient of two doubles is rounded once: it is the double nearest to the sum
        is_quotient = tap.kind == "sum" and gate.value[2] > 1
        size = size_of(gate, gates) * abs(factor) + abs(offset)
        if is_quotient and size > min(largest, LARGEST_WHOLE):
            raise _too_fine(gate, tap, size, form)
        if size > largest:
            raise _too_large(gate, size, form)


def size_of(gate: Gate, gates: Gates) -> int:
    """Return how large any part of the total of a gate may be."""
    synapses = zip(gate.sources, gate.weights, strict=True)
    return sum(abs(weight) * _size(gates, source) for source, weight in synapses)


def _is_unbounded(gates: Gates, name: str) -> bool:
    input_ = gates.plan.inputs[name]
    return input_.type == "integer" and (input_.min is None or input_.max is None)


def _size(gates: Gates, signal: int) -> int:
    element = gates.elements.get(signal)
    if element is None or element.input.type != "integer":
        return 1
    least, greatest = element.input.min, element.input.max
    return max(floor(abs(Fraction(end))) for end in (least, greatest) if end is not None)


def _too_fine(gate: Gate, tap: Tap, size: int, form: str) -> Refused:
    unit = gate.value[2]
    return Refused(
        "not-exportable",
        f"the output `{tap.alias}` is a sum of fractions, up to {size:,} in units of 1/{unit:,}: "
        f"{form} gives the nearest double only up to 2^53 of them",
        "write its weights with fewer decimals, or export to Python, which gives a Fraction",
    )


def _too_large(gate: Gate, size: int, form: str) -> Refused:
    return Refused(
        "not-exportable",
        f"the sum of `{gate.name}` may be {size:,}, which is too large for {form}",
        "export to Python, which has integers of any size",
    )

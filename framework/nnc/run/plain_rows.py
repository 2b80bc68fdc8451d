"""Evaluate one row of plain Python values with a small plan, in integers, without arrays.

This takes microseconds, where arrays, columns and diagnostics would take hundreds. Anything that is
not plain, and every mistake, is left to the general code, which reports it.

All values of a row are integers over one denominator, that of its real numbers. So a bit that is on
is the denominator, and limits are multiplied by it, which keeps comparisons exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan, once_for_plan
from nnc.language.network import BITS, FIRING, Input
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.numbers.integers import int64_or_objects, objects
from nnc.rows.column_types import column_types_of
from nnc.rows.options import Floats
from nnc.run.engines import How
from nnc.run.evaluation import has_mapped_files

_MOST_OF_BITS = 300  # synapses and signals; beyond, kernels are faster for plans of bits
_MOST = 4_000  # synapses and signals of other plans; beyond, packed rows are faster
_MOST_DIGITS = 40  # digits of a Decimal, and of its exponent
_LEAST_FLOAT, _MOST_FLOAT = 1e-30, 2.0**53  # whole floats below the latter equal their decimals

Values = list[Any]
"""For each output a number, a label or the list of a bus's bits."""


class _Step(NamedTuple):
    terms: tuple[tuple[int, int], ...]
    fires: Callable[[Any, Any], bool]
    thresholds: tuple[int, ...]


class _Numbers(NamedTuple):
    """Reads an integer or real input."""

    input_: Input

    def read(self, value: object, decimal: bool) -> tuple[int, int] | None:
        """Return a number as a fraction, or None if it is not plain or not allowed."""
        ratio = _ratio(value, decimal)
        if ratio is None:
            return None
        numerator, denominator = ratio
        least, most = self.input_.min, self.input_.max
        if (
            (denominator != 1 and self.input_.type == "integer")
            or (least is not None and numerator < least * denominator)
            or (most is not None and numerator > most * denominator)
        ):
            return None
        return ratio


class _Bits(NamedTuple):
    """Reads a bit, a bus of 0/1 bits, or a choice."""

    input_: Input
    codes: dict[Any, int]

    def read(self, value: object) -> list[int] | None:
        """Return the signals of a value, or None if it is not plain or not allowed."""
        if self.input_.of is not None:
            code = self.codes.get(value) if type(value) is str else None
            if code is None:
                return None
            signals = [0] * len(self.codes)
            signals[code] = 1
            return signals
        if self.input_.is_bus:
            width = self.input_.width
            if type(value) is not int or value < 0 or value.bit_length() > width:
                return None
            return [value >> i & 1 for i in range(width)]
        if type(value) is bool:
            return [int(value)]
        code = self.codes.get(value) if type(value) is int else None
        return None if code is None else [code]


class PlainRows:
    """A plan without layers as tuples and dicts, which are fast to iterate over."""

    def __init__(self, plan: Plan) -> None:
        self._readers = {name: _reader(input_) for name, input_ in plan.inputs.items()}
        self._defaults = {name: input_.default for name, input_ in plan.inputs.items()}
        self._steps = [
            _Step(
                tuple(zip(step.sources, step.weights, strict=True)),
                FIRING[step.fires].compare,
                step.thresholds,
            )
            for step in plan.steps
        ]
        self._taps = plan.outputs
        sums = {step.first: (i, step.offset, step.scale) for i, step in enumerate(plan.steps)}
        self._sums = {
            tap.alias: [sums[signal] for signal in tap.signals]
            for tap in plan.outputs
            if tap.kind in ("sum", "largest")
        }
        reals = {name for name, kind in column_types_of(plan).items() if kind.name == "number"}
        self._compared = [i for i, tap in enumerate(plan.outputs) if tap.alias not in reals]

    def run(self, row: Mapping[str, Any], floats: Floats | None) -> Values | None:
        """Evaluate one row; return None for values that are not plain or need a warning."""
        values = self._evaluate(row, decimal=floats == "decimal")
        if values is None or floats is not None or float not in map(type, row.values()):
            return values
        others = self._evaluate(row, decimal=True)
        if others is None or any(values[i] != others[i] for i in self._compared):
            return None  # the row depends on how floats are read
        return values

    def _evaluate(self, row: Mapping[str, Any], *, decimal: bool) -> Values | None:
        read = self._read(row, decimal)
        if read is None:
            return None
        signals, on = read
        totals = []
        for terms, fires, thresholds in self._steps:
            total = 0
            for source, weight in terms:
                total += weight * signals[source]
            totals.append(total)
            for threshold in thresholds:
                signals.append(on if fires(total, threshold * on) else 0)
        return [self._output(tap, signals, totals, on) for tap in self._taps]

    def _read(self, row: Mapping[str, Any], decimal: bool) -> tuple[list[int], int] | None:
        """Return the constants and input elements times a denominator, and the denominator."""
        signals = [0, 1]
        fractions: list[tuple[int, int, int]] = []
        common, present = 1, 0
        for name, reader in self._readers.items():
            value = row.get(name)
            if value is None:
                value = self._defaults[name]
            else:
                present += 1
            if isinstance(reader, _Numbers):
                number = reader.read(value, decimal)
                if number is None:
                    return None
                numerator, denominator = number
                if denominator != 1:
                    fractions.append((len(signals), numerator, denominator))
                    common = lcm(common, denominator)
                signals.append(numerator)
            else:
                bits = reader.read(value)
                if bits is None:
                    return None
                signals += bits
        if present != len(row) or not present:
            return None  # some names are not inputs, or values are nulls
        if common != 1:
            signals = [signal * common for signal in signals]
            for signal, numerator, denominator in fractions:
                signals[signal] = numerator * (common // denominator)
        return signals, common

    def _output(self, tap: Tap, signals: list[int], totals: list[int], on: int) -> Any:
        if tap.kind == "bus":
            return [int(signals[signal] != 0) for signal in tap.signals]
        if tap.kind in ("bit", "number"):
            value, states = signals[tap.signals[0]], tap.states_of(0)
            return _quotient(value, on) if states is None else states[value != 0]
        if tap.kind == "level":
            level = sum(signals[signal] != 0 for signal in tap.signals)
            return tap.labels[level] if tap.labels else level
        sums = [
            _quotient(totals[i] + offset * on, scale * on)
            for i, offset, scale in self._sums[tap.alias]
        ]
        if tap.kind == "sum":
            return sums[0]
        largest = sums.index(max(sums))
        return tap.labels[largest] if tap.labels else largest


def _quotient(numerator: int, denominator: int) -> Number:
    return numerator if denominator == 1 else simplest(Fraction(numerator, denominator))


def _ratio(value: object, decimal: bool) -> tuple[int, int] | None:
    """Return a plain number as a fraction in lowest terms, or None for other values."""
    if type(value) is int:
        return value, 1
    if type(value) is float:
        if -_MOST_FLOAT < value < _MOST_FLOAT and value.is_integer():
            return int(value), 1
        if not _LEAST_FLOAT < abs(value) < _MOST_FLOAT:
            return None
        return (Decimal(repr(value)) if decimal else value).as_integer_ratio()
    if type(value) is Decimal:
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int) or not -_MOST_DIGITS <= exponent <= _MOST_DIGITS:
            return None
        return value.as_integer_ratio() if len(digits) <= _MOST_DIGITS else None
    return value.as_integer_ratio() if type(value) is Fraction else None


def _reader(input_: Input) -> _Numbers | _Bits:
    if input_.type in ("integer", "real"):
        return _Numbers(input_)
    values = input_.state_values if input_.of is None else input_.of
    return _Bits(input_, {value: code for code, value in enumerate(values)})


@once_for_plan
def _plain_rows(plan: Plan) -> PlainRows | None:
    """Return the evaluator of plain rows, or None if the plan is large or has layers."""
    is_of_bits = all(tap.is_bits for tap in plan.outputs) and all(
        input_.type == "bit" and input_.state_values == BITS for input_ in plan.inputs.values()
    )
    is_fit = (
        not plan.layers
        and plan.neurons.synapses + plan.signals <= (_MOST_OF_BITS if is_of_bits else _MOST)
        and all(claim.kind != "assume" for claim in plan.claims)
        and all(not i.is_bus or i.of or i.is_integer_bus for i in plan.inputs.values())
        and all(not tap.is_bus or tap.is_bits for tap in plan.outputs)
        and not has_mapped_files(plan)
    )
    return PlainRows(plan) if is_fit else None


def plain_row(plan: Plan, rows: object, floats: Floats | None, how: How) -> dict[str, Any] | None:
    """Return the outputs of one row: values for a dict of scalars, arrays for a list of one dict.

    Return None for rows in any other form, which the general code evaluates or rejects.
    """
    row = rows[0] if type(rows) is list and len(rows) == 1 else rows
    if type(row) is not dict or how.engine == "numpy":
        return None
    plain = _plain_rows(plan)
    values = None if plain is None else plain.run(row, floats)
    if values is None:
        return None
    pairs = zip(plan.outputs, values, strict=True)
    if row is not rows:
        return {tap.alias: _array(tap, value) for tap, value in pairs}
    return {tap.alias: np.array(value, np.uint8) if tap.is_bus else value for tap, value in pairs}


def _array(tap: Tap, value: Any) -> Any:
    if tap.is_bits:
        return np.array([value], np.uint8)
    return objects([value]) if tap.labels else int64_or_objects([value])

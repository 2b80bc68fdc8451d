"""The types of columns of results, from the plan alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Literal, NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.plan import LayerStep, Plan
from nnc.language.network import BITS, Input, States
from nnc.numbers.exact import FLOAT_BITS, LARGEST_WHOLE, Number, decimal_places, magnitude
from nnc.rows.elements import column_names


class ColumnType(NamedTuple):
    """The values of a column, by their kind.

    They are a `bit` 0 or 1, `integer`, `unsigned` of `size` bits, `decimal` of `size` places,
    `float` with a power of two below it, any `number`, or `labels`. Where `fits_json`, they are
    integers whatever the rows are, without bounds of 2^53: numbers to every reader of JSON. Where
    integers have no bounds, a single one may still be too large for that.
    """

    name: Literal["bit", "integer", "unsigned", "decimal", "float", "number", "labels", "text"]
    size: int = 0
    labels: tuple[str, ...] = ()
    fits_json: bool = False


def column_types_of(plan: Plan, *, bits: bool = False) -> dict[str, ColumnType]:
    """Return the type of every output column, in their order; `bits` as for `evaluate_batch`."""
    outputs = _Outputs(plan)
    kinds: dict[str, ColumnType] = {}
    for tap in plan.outputs:
        if tap.kind == "bus" and tap.is_integer and not bits:
            kinds[tap.alias] = _unsigned(tap.width)
        elif tap.is_bus:
            for i, kind in enumerate(outputs.elements(tap)):
                kinds[f"{tap.alias}({i})"] = kind
        elif tap.kind in ("level", "largest"):
            kinds[tap.alias] = (
                ColumnType("labels", labels=tap.labels)
                if tap.labels
                else ColumnType("integer", fits_json=True)
            )
        else:
            kinds[tap.alias] = next(outputs.elements(tap))
    return kinds


def _unsigned(width: int) -> ColumnType:
    return ColumnType("unsigned", width, fits_json=width <= FLOAT_BITS)


def input_types(inputs: Mapping[str, Input], *, bits: bool = False) -> dict[str, ColumnType]:
    """Return the type of every column of `nnc.rows.output.shown_inputs`, in their order."""
    return {
        column: _unsigned(input_.width)
        if input_.is_integer_bus and not bits
        else _element_type(input_)
        for name, input_ in inputs.items()
        for column in column_names({name: input_}, bits=bits)
    }


def _element_type(input_: Input) -> ColumnType:
    if input_.of is not None:
        return ColumnType("labels", labels=input_.of)
    if input_.type == "bit":
        return _state_type(input_.state_values)
    if input_.type == "integer":
        return ColumnType("integer", fits_json=_is_small(input_.min) and _is_small(input_.max))
    return ColumnType("number")


class _Outputs:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._inputs: list[Input] = [Input(type="bit")] * 2
        for input_ in plan.inputs.values():
            self._inputs += [input_] * input_.width

    def elements(self, tap: Tap) -> Iterator[ColumnType]:
        """Yield the type of each element of an output, the one of a scalar."""
        for i, signal in enumerate(tap.signals):
            if tap.kind == "sum":
                kind = self._sum(signal)
                is_whole = kind.name in ("bit", "integer")
                yield kind._replace(fits_json=is_whole and self._is_sum_small(signal))
            elif (states := tap.states_of(i)) is not None:
                yield _state_type(states)
            else:
                yield _element_type(self._inputs[signal])

    def _is_sum_small(self, first: int) -> bool:
        layer = self._plan.layer_of(first)
        if layer is None:
            step = self._plan.maker[first]
            return all(
                end is None or _is_small(Fraction(end + step.offset, step.scale), whole=False)
                for end in (step.least, step.greatest)
            )
        if layer.arithmetic == "numbers":
            return True
        scale, offset_ = layer.scale(first - layer.first), layer.offset(first - layer.first)
        ends = (Fraction(layer.least), Fraction(layer.greatest))
        return all(_is_small(layer.factor * end / scale + offset_, whole=False) for end in ends)

    def _sum(self, first: int) -> ColumnType:
        layer = self._plan.layer_of(first)
        if layer is not None:
            return self._sum_of_layer(layer, first - layer.first)
        step = self._plan.maker[first]
        if any(self._is_real(signal) for signal in step.sources):
            return ColumnType("number")
        return of_multiples(Fraction(1, step.scale))

    def _sum_of_layer(self, layer: LayerStep, i: int) -> ColumnType:
        is_real = any(self._is_real(int(signal)) for signal in layer.sources)
        if is_real or layer.dtype.startswith("float") or layer.dtype == "object":
            return ColumnType("number")
        return of_multiples(Fraction(layer.factor) / layer.scale(i), layer.offset(i))

    def _is_real(self, signal: int) -> bool:
        return signal < len(self._inputs) and self._inputs[signal].type == "real"


def _state_type(states: States) -> ColumnType:
    kind = ColumnType("bit") if states == BITS else of_multiples(*states)
    return kind._replace(fits_json=all(map(_is_small, states)))


def _is_small(value: Number | None, *, whole: bool = True) -> bool:
    if value is None:
        return True
    if magnitude(value) >= LARGEST_WHOLE:
        return False
    return not whole or value.denominator == 1


def of_multiples(*units: Number) -> ColumnType:
    """Return the type of the sums of multiples of some numbers."""
    below = math.lcm(*(unit.denominator for unit in units))
    if below == 1:
        return ColumnType("integer")
    if below & (below - 1) == 0:
        return ColumnType("float")
    places = decimal_places(below)
    return ColumnType("number") if places is None else ColumnType("decimal", places)

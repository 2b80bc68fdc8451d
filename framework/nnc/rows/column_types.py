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
    `float` with a power of two below it, any `number`, or `labels`.
    """

    name: Literal["bit", "integer", "unsigned", "decimal", "float", "number", "labels", "text"]
    size: int = 0
    labels: tuple[str, ...] = ()


def column_types_of(plan: Plan, *, bits: bool = False) -> dict[str, ColumnType]:
    """Return the type of every output column, in their order; `bits` as for `evaluate_batch`."""
    outputs = _Outputs(plan)
    kinds: dict[str, ColumnType] = {}
    for tap in plan.outputs:
        if tap.kind == "bus" and tap.is_integer and not bits:
            kinds[tap.alias] = ColumnType("unsigned", tap.width)
        elif tap.is_bus:
            for i, kind in enumerate(outputs.elements(tap)):
                kinds[f"{tap.alias}({i})"] = kind
        elif tap.kind in ("level", "largest"):
            kinds[tap.alias] = (
                ColumnType("labels", labels=tap.labels) if tap.labels else ColumnType("integer")
            )
        else:
            kinds[tap.alias] = next(outputs.elements(tap))
    return kinds


def columns_of_integers(plan: Plan, *, bits: bool = False) -> frozenset[str]:
    """Return the output columns that hold integers whatever the rows are, without bounds of 2^53.

    These are numbers to every reader of JSON. Where integers have no bounds, a single one may still
    be too large for that.
    """
    outputs = _Outputs(plan)
    names: set[str] = set()
    for tap in plan.outputs:
        if tap.kind == "bus" and tap.is_integer and not bits:
            names |= {tap.alias} if tap.width <= FLOAT_BITS else set()
        elif tap.is_bus:
            small = (outputs.is_small(tap, i) for i in range(tap.width))
            names |= {f"{tap.alias}({i})" for i, is_small in enumerate(small) if is_small}
        elif outputs.is_small(tap, 0):
            names.add(tap.alias)
    return frozenset(names)


def input_types(inputs: Mapping[str, Input], *, bits: bool = False) -> dict[str, ColumnType]:
    """Return the type of every column of `nnc.rows.output.shown_inputs`, in their order."""
    return {
        column: ColumnType("unsigned", input_.width)
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
    return ColumnType("integer" if input_.type == "integer" else "number")


def inputs_of_integers(inputs: Mapping[str, Input], *, bits: bool = False) -> frozenset[str]:
    """Return the columns of inputs that hold integers, as `columns_of_integers` does of outputs."""
    return frozenset(
        column
        for name, input_ in inputs.items()
        if (
            input_.width <= FLOAT_BITS
            if input_.is_integer_bus and not bits
            else _is_small_input(input_)
        )
        for column in column_names({name: input_}, bits=bits)
    )


def _is_small_input(input_: Input) -> bool:
    """Return whether each element can only be an integer, and has no bound of 2^53 or more."""
    if input_.type == "bit":
        return all(map(_is_small, input_.state_values))
    return input_.type == "integer" and _is_small(input_.min) and _is_small(input_.max)


class _Outputs:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._types: list[str] = ["bit", "bit"]
        self._inputs: list[Input] = [Input(type="bit")] * 2
        for input_ in plan.inputs.values():
            self._types += [input_.type] * input_.width
            self._inputs += [input_] * input_.width

    def elements(self, tap: Tap) -> Iterator[ColumnType]:
        """Yield the type of each element of an output, the one of a scalar."""
        for i, signal in enumerate(tap.signals):
            yield self._sum(signal) if tap.kind == "sum" else self._signal(signal, tap.states_of(i))

    def is_small(self, tap: Tap, i: int) -> bool:
        """Return whether an element can only be an integer, and has no bound of 2^53 or more."""
        if tap.kind in ("level", "largest"):
            return not tap.labels
        signal = tap.signals[i]
        if tap.kind == "sum":
            return self._sum(signal).name in ("bit", "integer") and self._is_sum_small(signal)
        states = tap.states_of(i)
        if states is not None:
            return all(_is_small(state) for state in states)
        return self._inputs[signal].type == "integer" and _is_small_input(self._inputs[signal])

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

    def _signal(self, signal: int, states: States | None) -> ColumnType:
        if states is None:
            return ColumnType("integer" if self._types[signal] == "integer" else "number")
        return _state_type(states)

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
        return signal < len(self._types) and self._types[signal] == "real"


def _state_type(states: States) -> ColumnType:
    return ColumnType("bit") if states == BITS else of_multiples(*states)


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

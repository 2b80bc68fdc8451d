"""Convert values of inputs and outputs to those of a row or the command line."""

from __future__ import annotations

from collections.abc import Sequence

from nnc.compiler.plan import Plan
from nnc.numbers.exact import Number, show_number

_MAX_ELEMENTS = 32

PlainValue = Number | list[Number] | str
"""The value of an input: a number, the elements of a bus, or the value of a choice."""


def given_inputs(plan: Plan, values: Sequence[Number]) -> dict[str, PlainValue]:
    """Return the values of the inputs as a row contains them."""
    inputs: dict[str, PlainValue] = {}
    for name, input_ in plan.inputs.items():
        first = plan.first_of[name]
        own = values[first : first + input_.width]
        if input_.of is not None:
            inputs[name] = input_.of[own.index(1)]
        elif input_.is_integer_bus:
            inputs[name] = unsigned(own)
        else:
            states = input_.state_values
            elements = [states[int(v)] for v in own] if input_.type == "bit" else list(own)
            inputs[name] = elements if input_.is_bus else elements[0]
    return inputs


def unsigned(bits: Sequence[Number]) -> int:
    """Return the unsigned integer of some bits, lowest bit first."""
    return int("".join(str(bit) for bit in reversed(bits)), 2)


def show_value(value: PlainValue) -> str:
    """Return the value of an input or output in the syntax of the command line."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return show_number(value)
    elements = ",".join(map(show_number, value[:_MAX_ELEMENTS]))
    return f"[{elements}{',…' if value[_MAX_ELEMENTS:] else ''}]"


def size(number: Number) -> Number:
    """Return the absolute value of a number."""
    return max(number, -number)


def signed(number: Number) -> str:
    """Return a number as text with its sign, also `+`."""
    text = show_number(number)
    return text if text.startswith("-") else f"+{text}"

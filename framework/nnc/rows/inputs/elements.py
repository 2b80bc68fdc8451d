"""The names of the elements of inputs: `a(3)`, and what is meant for one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from nnc.language.network import Input

_ELEMENT = re.compile(r"([^\s()]+)\((0|[1-9][0-9]{0,8})\)")
_LIKE_ELEMENT = re.compile(r"\s*([^\s()\[\]]+)\s*[(\[]\s*0*([0-9]{1,9})\s*[)\]]\s*")


def element_of(name: str) -> tuple[str, int] | None:
    """Take `a(3)` apart; None for any other text."""
    match = _ELEMENT.fullmatch(name)
    return (match[1], int(match[2])) if match else None


def taken_apart(name: str, inputs: Mapping[str, Input]) -> tuple[str, int | None]:
    """Give the name and the place in what looks like an element: `a(03)`, `a[3]`, `c.value`."""
    if match := _LIKE_ELEMENT.fullmatch(name):
        return match[1], int(match[2])
    base, dot, _ = name.partition(".")
    if dot and base in inputs and inputs[base].of is not None:
        return base, 0
    return name, None


def column_names(inputs: Mapping[str, Input], *, bits: bool = False) -> Iterator[str]:
    """Name the columns that hold the inputs; with `bits` one for each element of every bus."""
    for name, one in inputs.items():
        if one.size is None or (one.is_integer_bus and not bits):
            yield name
        else:
            yield from (f"{name}({i})" for i in range(one.size))


def is_column(name: str, inputs: Mapping[str, Input]) -> bool:
    """Tell whether a name is that of an input, or of an element of one."""
    element = element_of(name)
    return name in inputs or (element is not None and has_element(inputs, *element))


def has_element(inputs: Mapping[str, Input], name: str, place: int) -> bool:
    """Tell whether `name(place)` is an element of a bus."""
    one = inputs.get(name)
    return one is not None and one.size is not None and place < one.size


def elements_told(name: str, one: Input) -> str:
    """Say which elements an input has."""
    if one.of is not None:
        return f"`{name}` is a choice: give its value as `{name}`"
    if not one.is_bus:
        return f"write `{name}`; it has no elements"
    return f"`{name}` has {elements_from(name, one.width)}"


def elements_from(name: str, width: int) -> str:
    """Name the first and the last element of a bus."""
    several = f"the elements {name}(0) to {name}({width - 1})"
    return several if width > 1 else f"the element {name}(0)"

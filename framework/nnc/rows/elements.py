"""Names of columns -> inputs, or elements of buses such as `a(3)`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from nnc.language.network import Input

_ELEMENT = re.compile(r"([^\s()]+)\((0|[1-9][0-9]{0,8})\)")
_LIKE_ELEMENT = re.compile(r"\s*([^\s()\[\]]+)\s*[(\[]\s*0*([0-9]{1,9})\s*[)\]]\s*")

# ------------------------------------------------------------------------ elements of buses


def element_of(name: str) -> tuple[str, int] | None:
    """Take `a(3)` apart; None for any other text."""
    match = _ELEMENT.fullmatch(name)
    return (match[1], int(match[2])) if match else None


def taken_apart(name: str, inputs: Mapping[str, Input]) -> tuple[str, int | None]:
    """Return the name and the place in what looks like an element: `a(03)`, `a[3]`, `c.value`."""
    if match := _LIKE_ELEMENT.fullmatch(name):
        return match[1], int(match[2])
    base, dot, _ = name.partition(".")
    if dot and base in inputs and inputs[base].of is not None:
        return base, 0
    return name, None


def column_names(inputs: Mapping[str, Input], *, bits: bool = False) -> Iterator[str]:
    """Yield the columns that hold the inputs; with `bits` one for each element of every bus."""
    for name, input_ in inputs.items():
        if input_.size is None or (input_.is_integer_bus and not bits):
            yield name
        else:
            yield from (f"{name}({i})" for i in range(input_.size))


class InputColumns:
    """The input, or the element of a bus, that each column or key of rows holds.

    An input that declares a `column` is read from that, and not from one of its own name; `rename`
    has columns that hold another input than they would. Unless they are `declared`, each input is
    held by its own name.
    """

    def __init__(
        self,
        inputs: Mapping[str, Input],
        rename: Mapping[str, str] | None = None,
        *,
        declared: bool = True,
    ) -> None:
        self._inputs, self._rename = inputs, rename or {}
        self._inputs_by_column: dict[str, str] = {}
        self._declared: dict[str, str] = {}
        given = {name.partition("(")[0] for name in self._rename.values()}
        for name, input_ in inputs.items() if declared else ():
            if name in given:
                continue
            for element, text in input_.declared_columns(name):
                self._inputs_by_column[unicodedata.normalize("NFC", text)] = element
                self._declared[element] = text
        self._replaced = {name.partition("(")[0] for name in self._declared}
        self._inputs_by_column |= self._rename

    def input_of(self, column: str) -> str | None:
        """Return the input or element that a column holds; None where it holds none."""
        if column in self._inputs_by_column:
            return self._inputs_by_column[column]
        if column in self._inputs:
            return None if column in self._replaced else column
        base, _, index = column.rpartition("(")
        for whole in (self._inputs_by_column.get(base), None if base in self._replaced else base):
            element = element_of(f"{whole}({index}") if whole else None
            if element is not None and has_element(self._inputs, *element):
                return f"{whole}({index}"
        return None

    def is_replaced(self, name: str) -> bool:
        """Return whether an input is read from a column of another name."""
        return name in self._replaced

    def column_of(self, name: str) -> str:
        """Return the column of an input or element, in the form to write."""
        if name in self._declared:
            return self._declared[name]
        base, bracket, index = name.partition("(")
        return f"{self._declared[base]}({index}" if bracket and base in self._declared else name

    def names(self) -> Iterator[str]:
        """Yield the columns that hold the inputs, as `column_names` does."""
        for name, input_ in self._inputs.items():
            bits = input_.columns is not None and name in self._replaced
            yield from map(self.column_of, column_names({name: input_}, bits=bits))


def is_column(name: str, inputs: Mapping[str, Input]) -> bool:
    """Return whether a name is that of an input, or of an element of one."""
    element = element_of(name)
    return name in inputs or (element is not None and has_element(inputs, *element))


def has_element(inputs: Mapping[str, Input], name: str, place: int) -> bool:
    """Return whether `name(place)` is an element of a bus."""
    input_ = inputs.get(name)
    return input_ is not None and input_.size is not None and place < input_.size


def elements_hint(name: str, input_: Input) -> str:
    """Return a hint that lists the elements of an input."""
    if input_.of is not None:
        return f"`{name}` is a choice: give its value as `{name}`"
    if not input_.is_bus:
        return f"write `{name}`; it has no elements"
    return f"`{name}` has {elements_from(name, input_.width)}"


def elements_from(name: str, width: int) -> str:
    """Return the names of the first and the last element of a bus."""
    several = f"the elements {name}(0) to {name}({width - 1})"
    return several if width > 1 else f"the element {name}(0)"

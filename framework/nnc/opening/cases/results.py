"""Results of cases, as Python gets them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.numbers.exact import Number
from nnc.opening.cases.running import Row
from nnc.rows.elements import element_of

Value = Number | str | list[Number]
"""The value of an input or output: of a bus an unsigned integer, or its elements."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case that was run, or one row of a case file.

    `expected` has what the case expects, by the alias of the output, and `actual` what the network
    gives, for the same outputs and in the same types: `int`, `Fraction` or `str`; a bus of bits is
    its unsigned integer, any other bus a list. `inputs` has every input, as `nnc.evaluate` takes
    it. `file` and `line` are where the case begins, as far as that is known, and `row` its number,
    from 1, in a case file. `failure` is what `nnc test` reports of a case that does not hold.
    """

    name: str
    inputs: Mapping[str, Value]
    expected: Mapping[str, Value]
    actual: Mapping[str, Value]
    file: str | None = None
    line: int | None = None
    row: int | None = None
    failure: Diagnostic | None = field(default=None, repr=False, compare=False)

    @property
    def holds(self) -> bool:
        """True if the network gives the expected values."""
        return self.expected == self.actual

    def __str__(self) -> str:
        """Return that it holds; else what `nnc test` reports."""
        if self.failure is None:
            return f"{self.name} {'holds' if self.holds else 'fails'}"
        return self.failure.in_full().rstrip()


def result_of(row: Row, file: str | None, line: int | None) -> CaseResult:
    """Return the result of a row, which begins on a line of a file."""
    buses = {
        name
        for name, input_ in row.inputs.items()
        if input_.size is not None and not input_.is_integer_bus
    }
    expected = _whole(row.expected, row.lists)
    actual = _whole({alias: row.got[alias] for alias in row.expected}, row.lists)
    return CaseResult(row.name, _whole(row.given, buses), expected, actual, file, line, row.row)


def _whole(values: Mapping[str, Number | str], lists: Collection[str]) -> dict[str, Value]:
    """Put the elements of some buses together."""
    result: dict[str, Value] = {}
    for name, value in values.items():
        bus, _ = element_of(name) or (name, 0)
        elements = result.setdefault(bus, []) if bus in lists and bus != name else None
        if isinstance(elements, list):
            assert not isinstance(value, str)
            elements.append(value)
        else:
            result[name] = value
    return result

"""Rows in the form that a language takes, and the answers of a network.

A row has an int, a float, a Fraction or the value of a choice for each input, and a list of the
elements for a bus. If a language has doubles, a real number is a float.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.language.network import Input
from nnc.numbers.exact import Number, simplest
from nnc.rows.columns import Batch
from nnc.rows.inputs.arrays import batch_from_arrays
from nnc.rows.inputs.truth_table import row_count, truth_table
from nnc.rows.options import Floats
from nnc.run.assumptions import Assumptions
from nnc.run.engines import input_values
from nnc.run.evaluation import evaluate_arrays

Row = dict[str, Any]
Answer = dict[str, Any]
"""The outputs of a row: numbers, labels, and lists of the elements of buses, also of integers.

An output is None if the tool refuses the row.
"""
Values = Sequence[Any]
"""The outputs of a row in the order of the network, a bus as a list or as one integer."""
_MAX_TABLE_ROWS = 1 << 16


def table_rows(plan: Plan) -> list[Row] | None:
    """Return every row of the truth table, where there is one and it is small; else None."""
    if any(input_.type in ("integer", "real") for input_ in plan.inputs.values()):
        return None
    width = sum(input_.width for input_ in plan.inputs.values())
    if width > 2 * _MAX_TABLE_ROWS.bit_length() or row_count(plan.inputs, ()) > _MAX_TABLE_ROWS:
        return None
    return list(rows_of(plan, truth_table(plan.inputs)))


def rows_of(plan: Plan, batches: Iterable[Batch]) -> Iterator[Row]:
    """Yield the rows of batches."""
    for batch in batches:
        for values in input_values(plan, batch):
            yield row_of_signals(plan, values)


def row_of_signals(plan: Plan, values: Sequence[Number]) -> Row:
    """Return a row whose signals are known: constants and elements of inputs, bits as 0 or 1."""
    row: Row = {}
    for name, input_ in plan.inputs.items():
        first = plan.first_of[name]
        elements = list(values[first : first + input_.width])
        if input_.of is not None:
            row[name] = input_.of[elements.index(1)]
            continue
        if input_.type == "bit":
            elements = [input_.state_values[int(value)] for value in elements]
        row[name] = elements if input_.size is not None else elements[0]
    return row


def signals_of(row: Row, plan: Plan, floats: Floats) -> list[Number]:
    """Return the constants and the elements of the inputs of a row, bits as 0 or 1."""
    signals: list[Number] = [0, 1]
    for name, input_ in plan.inputs.items():
        if input_.of is not None:
            signals += [int(value == row[name]) for value in input_.of]
        elif input_.type == "bit":
            signals += map(input_.state_values.index, listed(row[name]))
        else:
            signals += (meaning(value, floats) for value in listed(row[name]))
    return signals


def accepted(row: Row, plan: Plan, floats: Floats, largest: int | None) -> Row | None:
    """Return a row as a language takes it, whose integers go to `largest`; None where it cannot.

    Real numbers become the nearest doubles, except where integers have any size: there only those
    that are doubles do.
    """
    numbers: Row = {}
    for name, input_ in plan.inputs.items():
        if input_.type not in ("integer", "real"):
            continue
        values = [_number(value, input_, largest) for value in listed(row[name])]
        for value in values:
            if value is None or input_.refuses(number := meaning(value, floats)) is not None:
                return None
            if input_.type == "integer" and largest and not -largest <= number <= largest:
                return None
        numbers[name] = values if input_.size is not None else values[0]
    return {name: numbers.get(name, row[name]) for name in plan.inputs}


def _number(value: Number, input_: Input, largest: int | None) -> Number | float | None:
    if input_.type == "integer" or isinstance(value, float):
        return value
    try:
        near = float(value)
    except OverflowError:
        return None if largest is not None else value
    return value if largest is None and Fraction(near) != value else near


def meaning(value: Number | float, floats: Floats) -> Number:
    """Return the number that a value stands for."""
    if not isinstance(value, float):
        return value
    return simplest(Fraction(repr(value) if floats == "decimal" else value))


def listed(value: Any) -> list[Any]:
    """Return the elements of a bus, or the value itself, as a list."""
    return value if isinstance(value, list) else [value]


# --------------------------------------------------------------------------------- answers


def answers_of(plan: Plan, rows: Sequence[Row], floats: Floats, *, refuses: bool) -> list[Answer]:
    """Evaluate a network on rows; with `refuses`, those that break an assumption give None."""
    values = {name: [row[name] for row in rows] for name in plan.inputs}
    batch, _ = batch_from_arrays(values, plan.inputs, floats=floats)
    arrays = evaluate_arrays(plan, batch)
    columns = [array.tolist() for array in arrays.values()]
    answers = [dict(zip(arrays, each, strict=True)) for each in zip(*columns, strict=True)]
    assumptions = Assumptions(plan)
    if refuses and assumptions and rows:
        for answer, claim in zip(answers, assumptions.broken(batch).tolist(), strict=True):
            if claim >= 0:
                answer.update(dict.fromkeys(answer))
    return answers


class Task(NamedTuple):
    """An exported file, its plan, the rows to run it on, and the language, or dialect of SQL."""

    data: bytes
    plan: Plan
    rows: Sequence[Row]
    folder: Path
    form: str


class Tool(NamedTuple):
    """The tool for a language, or a dialect: its title with its version, and what runs it.

    Both may raise ToolMissing.
    """

    title: Callable[[str], str]
    values: Callable[[Task], Iterable[Values | None]]
    form: str = ""

    def run(self, data: bytes, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
        """Run a file on rows; a row that is refused has None in each output.

        Raises ToolMissing and ToolFailed.
        """
        task, refused = Task(data, plan, rows, folder, self.form), [None] * len(plan.outputs)
        return [
            {
                tap.alias: _in_form(tap, value)
                for tap, value in zip(plan.outputs, values or refused, strict=True)
            }
            for values in self.values(task)
        ]


def _in_form(tap: Tap, value: Any) -> Any:
    """Return a value that a tool gives as an exact one; None for what is not finite."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return None if None in value else [simplest(Fraction(each)) for each in value]
    if tap.kind == "bus":
        return [int(value) >> place & 1 for place in range(tap.width)]
    is_finite = not isinstance(value, float) or math.isfinite(value)
    return simplest(Fraction(value)) if is_finite else None


# ------------------------------------------------------------------------- flat values


def flat_row(plan: Plan, row: Row, widest: int) -> list[Any]:
    """Return a row as the members of a struct, or the columns of a table; None for what is absent.

    A bus of integers is one integer where it has at most `widest` bits, else one for each bit.
    """
    values: list[Any] = []
    for name, input_ in plan.inputs.items():
        elements = listed(row.get(name))
        if elements == [None]:
            values += [None] * (1 if is_word(input_, widest) else input_.width)
        elif input_.of is not None:
            values += elements
        elif is_word(input_, widest):
            values.append(sum(bit << place for place, bit in enumerate(elements)))
        else:
            values += map(float if has_doubles(input_) else int, elements)
    return values


def is_word(input_: Input, widest: int) -> bool:
    """Check if an input is one value: a choice, or a bus that is an integer."""
    return input_.of is not None or (input_.is_integer_bus and input_.width <= widest)


def has_doubles(input_: Input) -> bool:
    """Check if an input has values that are not integers."""
    states = input_.state_values if input_.type == "bit" else ()
    return input_.type == "real" or not all(isinstance(state, int) for state in states)


def grouped(plan: Plan, flat: Iterable[Any], widest: int) -> Values:
    """Return outputs that are given as members or columns, as `flat_row` has those of inputs."""
    left = iter(flat)
    values = []
    for tap in plan.outputs:
        is_list = tap.is_bus and tap.kind in ("bus", "sum")
        if is_list and not (tap.is_integer and tap.width <= widest):
            values.append([next(left) for _ in range(tap.width)])
        else:
            values.append(next(left))
    return values

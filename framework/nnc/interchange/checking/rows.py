"""Rows as a language takes them, and the answers of a network.

A row has an int, a float, a Fraction or the value of a choice for each input, and a list of the
elements for a bus. If a language has doubles, a real number is a float.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

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
        own = list(values[first : first + input_.width])
        if input_.of is not None:
            row[name] = input_.of[own.index(1)]
            continue
        if input_.type == "bit":
            own = [input_.state_values[int(value)] for value in own]
        row[name] = own if input_.size is not None else own[0]
    return row


def taken(row: Row, plan: Plan, floats: Floats, largest: int | None) -> Row | None:
    """Return a row as a language takes it, whose integers go to `largest`; None where it cannot.

    Real numbers become the nearest doubles, but where integers have any size: there they stay.
    """
    made: Row = {}
    for name, input_ in plan.inputs.items():
        value = row[name]
        if input_.type not in ("integer", "real"):
            made[name] = value
            continue
        values = value if isinstance(value, list) else [value]
        values = [_number(each, input_, largest) for each in values]
        if not all(_is_taken(each, input_, floats, largest) for each in values):
            return None
        made[name] = values if input_.size is not None else values[0]
    return made


def _number(value: Number, input_: Input, largest: int | None) -> Number | float | None:
    if input_.type == "integer" or isinstance(value, float):
        return value
    try:
        near = float(value)
    except OverflowError:
        return None if largest is not None else value
    return value if largest is None and Fraction(near) != value else near


def _is_taken(
    value: Number | float | None, input_: Input, floats: Floats, largest: int | None
) -> bool:
    if value is None:
        return False
    number = meaning(value, floats)
    if input_.type == "integer" and largest is not None and not -largest <= number <= largest:
        return False
    return input_.refuses(number) is None


def meaning(value: Number | float, floats: Floats) -> Number:
    """Return the number that a value stands for."""
    if not isinstance(value, float):
        return value
    return simplest(Fraction(repr(value) if floats == "decimal" else value))


def without_defaults(rows: Sequence[Row], plan: Plan) -> list[Row]:
    """Return rows that leave out inputs that have a default: by turns all of them, and one."""
    names = [name for name, input_ in plan.inputs.items() if input_.default is not None]
    if not names:
        return []
    return [
        {
            name: value
            for name, value in row.items()
            if name not in (names if k % 2 == 0 else [names[k // 2 % len(names)]])
        }
        for k, row in enumerate(rows)
    ]


def filled(row: Row, plan: Plan) -> Row:
    """Return a row with the exact defaults of the inputs that it leaves out."""
    full: Row = {}
    for name, input_ in plan.inputs.items():
        if name in row:
            full[name] = row[name]
        elif isinstance(input_.default, str):
            full[name] = input_.default
        else:
            values = input_.default_values() or []
            full[name] = values if input_.size is not None else values[0]
    return full


def signals_of(row: Row, plan: Plan, floats: Floats) -> list[Number]:
    """Return the constants and the elements of the inputs of a row, bits as 0 or 1."""
    signals: list[Number] = [0, 1]
    for name, input_ in plan.inputs.items():
        value = row[name]
        if input_.of is not None:
            signals += [int(each == value) for each in input_.of]
            continue
        for each in value if isinstance(value, list) else [value]:
            is_bit = input_.type == "bit"
            signals.append(input_.state_values.index(each) if is_bit else meaning(each, floats))
    return signals


def answers_of(plan: Plan, rows: Sequence[Row], floats: Floats) -> list[Answer]:
    """Evaluate a network on rows."""
    values = {name: [row[name] for row in rows] for name in plan.inputs}
    batch, _ = batch_from_arrays(values, plan.inputs, floats=floats)
    arrays = evaluate_arrays(plan, batch)
    columns = [array.tolist() for array in arrays.values()]
    return [dict(zip(arrays, each, strict=True)) for each in zip(*columns, strict=True)]


def broken_rows(plan: Plan, rows: Sequence[Row], floats: Floats) -> list[int]:
    """Return the places of the rows that break an assumption."""
    assumptions = Assumptions(plan)
    if not assumptions or not rows:
        return []
    values = {name: [row[name] for row in rows] for name in plan.inputs}
    batch, _ = batch_from_arrays(values, plan.inputs, floats=floats)
    broken = assumptions.broken(batch).tolist()
    return [place for place, which in enumerate(broken) if which >= 0]


def in_form(tap: Tap, value: Any) -> Any:
    """Convert the value that a tool returns for an output to the form of an `Answer`."""
    if value is None or isinstance(value, str):
        return value
    if tap.kind == "bus" and not isinstance(value, list):
        whole = int(value)
        return [whole >> place & 1 for place in range(tap.width)]
    if isinstance(value, list):
        return [exact(each) for each in value]
    return exact(value)


def members_of(input_: Input, value: Any, widest: int) -> list[Any]:
    """Return a value as the members of a struct, or the columns of a table.

    A bus of integers is one integer where it has at most `widest` bits, else one for each bit.
    """
    if input_.of is not None:
        return [value]
    values = value if isinstance(value, list) else [value]
    if input_.is_integer_bus and input_.width <= widest:
        return [sum(bit << place for place, bit in enumerate(values))]
    return [float(each) if has_doubles(input_) else int(each) for each in values]


def has_doubles(input_: Input) -> bool:
    """Check if an input has values that are not integers."""
    states = input_.state_values if input_.type == "bit" else ()
    return input_.type == "real" or not all(isinstance(state, int) for state in states)


def answer_of_members(plan: Plan, values: Iterable[Any], widest: int) -> Answer:
    """Return the outputs that are given as members, as `members_of` has those of inputs."""
    left = iter(values)
    answer: Answer = {}
    for tap in plan.outputs:
        is_word = tap.is_integer and tap.width <= widest
        if not tap.is_bus or tap.kind not in ("bus", "sum") or is_word:
            answer[tap.alias] = in_form(tap, next(left))
            continue
        elements = [next(left) for _ in range(tap.width)]
        answer[tap.alias] = None if None in elements else in_form(tap, elements)
    return answer


def outputs_of(plan: Plan, pairs: Iterable[tuple[str, Any]] | None) -> Answer:
    """Return the outputs among the names and values of a function; None if it refused the row."""
    values = dict(pairs or ())
    return {tap.alias: in_form(tap, values.get(tap.alias)) for tap in plan.outputs}


def exact(value: Any) -> Number | None:
    """Return an exact number, or None for other values."""
    if isinstance(value, float) and value - value != 0:
        return None
    return None if value is None else simplest(Fraction(value))

"""Constraints of OPB, solved for each row by propagation.

The variables of a row are set, and then those whose other value breaks a constraint, until none is
left. All of them have to be determined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.netlist import Affine, Port, Value
from nnc.compiler.plan import Plan
from nnc.interchange.checking.rows import Row, Values, blocks, signals_of
from nnc.interchange.checking.scripts import python_title
from nnc.interchange.exporting.circuits.opb import Constraints
from nnc.interchange.exporting.logic import logic_of
from nnc.interchange.programs import ToolFailed
from nnc.numbers.exact import simplest

_ROWS_AT_ONCE = 4096


class _Constraint(NamedTuple):
    """The weighted sum of some variables is at least a number."""

    weights: NDArray[Any]
    variables: NDArray[np.int64]
    least: int


def propagation_title() -> str:
    """Return the title of the solver."""
    return f"propagation by {python_title()}"


def run_constraints(
    data: bytes, plan: Plan, rows: Sequence[Row], folder: Path
) -> Iterator[Values | None]:
    """Propagate constraints for rows; an output is None unless they determine every variable."""
    del folder  # nothing of the file is run
    count, constraints = _read(data.decode())
    logic = logic_of(plan)
    system = Constraints(logic)
    for some in blocks(rows, _ROWS_AT_ONCE):
        bits: NDArray[np.int8] = np.full((count + 1, len(some)), -1, np.int8)
        for number, row in enumerate(some):
            for variable, bit in _given(system, plan, row):
                bits[variable, number] = bit
        holds = _propagate(constraints, bits)
        for is_solved, column in zip(holds.tolist(), bits.T.tolist(), strict=True):
            if not is_solved:
                yield None
                continue
            values = [
                [_value(system, port, value, column) for value in port.values]
                for port in logic.outputs
            ]
            yield [
                value[0] if port.shape == "scalar" else value
                for port, value in zip(logic.outputs, values, strict=True)
            ]


def _read(text: str) -> tuple[int, list[_Constraint]]:
    """Return the number of variables, and the constraints. Raises ToolFailed."""
    first, *lines = text.splitlines()
    head = re.match(r"\* #variable= (\d+) #constraint= \d+$", first)
    if head is None:
        raise ToolFailed("its first line does not count variables and constraints")
    constraints = []
    for line in lines:
        if line.startswith("*"):
            continue
        match = re.fullmatch(r"(.*?) ?(>=|=) ([+-]?\d+) ;", line)
        if match is None:
            raise ToolFailed(f"a line is no constraint: {line[:80]}")
        terms = [(int(w), int(v)) for w, v in re.findall(r"([+-]?\d+) x(\d+)", match[1])]
        for sign in (1, -1) if match[2] == "=" else (1,):
            weights, least = [sign * weight for weight, _ in terms], sign * int(match[3])
            is_small = sum(map(abs, weights)) + abs(least) < 1 << 62
            column = np.array(weights, np.int64 if is_small else object).reshape(-1, 1)
            variables = np.array([variable for _, variable in terms], np.int64)
            constraints.append(_Constraint(column, variables, least))
    return int(head[1]), constraints


def _propagate(constraints: Sequence[_Constraint], values: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Propagate in every column; return the columns that are consistent and complete."""
    holds = np.full(values.shape[1], True)  # noqa: FBT003
    is_changed = True
    while is_changed:
        is_changed = False
        for weights, variables, least in constraints:
            known = values[variables]
            is_free = known < 0
            most = np.where(is_free, weights > 0, known).astype(weights.dtype)
            slack = (weights * most).sum(axis=0) - least
            holds &= slack >= 0
            forced = is_free & (abs(weights) > slack) & holds
            if forced.any():
                values[variables] = np.where(forced, weights > 0, known)
                is_changed = True
    solved: NDArray[np.bool_] = holds & (values[1:] >= 0).all(axis=0)
    return solved


def _given(system: Constraints, plan: Plan, row: Row) -> Iterator[tuple[int, int]]:
    """Yield the variables of the inputs, each with its bit in a row."""
    for net, value in enumerate(signals_of(row, plan, "binary")):
        weights, constant = system.linear[net]
        for variable, weight in weights.items():  # of a bit 1 or -1, of an integer powers of two
            yield variable, (int(value) - constant) // weight & 1


def _value(system: Constraints, port: Port, value: Value, bits: Sequence[int]) -> Any:
    """Return a value of an output, from the bits of all variables."""
    if isinstance(value, Affine):
        weights, constant = system.number(value)
        total = sum(weight * bits[variable] for variable, weight in weights.items())
        number = simplest(Fraction(total + constant, value.unit))
    else:
        number = [bits[variable] for variable in system.places[port.name]].index(1)
    return port.labels[int(number)] if port.labels else number

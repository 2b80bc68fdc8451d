"""Constraints of OPB, solved for each row by propagation.

The format alone is read: the variables of inputs and outputs are those that the comments of the
file name. A variable is set where its other value breaks a constraint, until none is left.
"""

from __future__ import annotations

import ast
import platform
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import Answer, Row, in_form
from nnc.language.network import Input
from nnc.numbers.exact import Number, simplest

_BLOCK = 4096  # rows that are solved together
_NAMED = re.compile(r"x?(\d+) is ('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
_PORT = re.compile(r"\* (input|output) ([^:]+): (.*)$")


class _Constraint(NamedTuple):
    """The weighted sum of some variables is at least a number."""

    weights: NDArray[Any]
    variables: NDArray[np.int64]
    least: int


class _Linear(NamedTuple):
    """(The sum of weight * variable, plus a constant) / unit."""

    terms: tuple[tuple[int, int], ...]
    constant: int
    unit: int

    def value(self, values: Sequence[int]) -> Number:
        total = sum(weight * values[variable] for weight, variable in self.terms)
        return simplest(Fraction(total + self.constant, self.unit))


class _File(NamedTuple):
    variables: int
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    constraints: Sequence[_Constraint]


def propagation_title() -> str:
    """Return the title of the solver."""
    return programs.titled("propagation by Python", platform.python_version())


def run_constraints(data: bytes, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Propagate constraints for rows; an output is None unless they determine every variable."""
    del folder  # nothing of the file is run
    file = _read(data.decode())
    bits: NDArray[np.int8] = np.full((file.variables + 1, len(rows)), -1, np.int8)
    for number, row in enumerate(rows):
        for name, input_ in plan.inputs.items():
            for variable, bit in _given(file.inputs, name, input_, row[name]):
                bits[variable, number] = bit
    answers: list[Answer] = []
    for start in range(0, len(rows), _BLOCK):
        values = bits[:, start : start + _BLOCK]
        holds = _propagate(file.constraints, values)
        for is_solved, column in zip(holds.tolist(), values.T.tolist(), strict=True):
            answers.append(
                {
                    tap.alias: _output(plan, tap, file.outputs, column) if is_solved else None
                    for tap in plan.outputs
                }
            )
    return answers


def _read(text: str) -> _File:
    first, *lines = text.splitlines()
    head = re.match(r"\* #variable= (\d+) #constraint= \d+$", first)
    if head is None:
        raise programs.ToolFailed("its first line does not count variables and constraints")
    ports: dict[str, dict[str, str]] = {"input": {}, "output": {}}
    constraints = []
    for line in lines:
        if line.startswith("*"):
            if port := _PORT.match(line):
                ports[port[1]][port[2]] = port[3]
            continue
        match = re.fullmatch(r"(.*?) ?(>=|=) ([+-]?\d+) ;", line)
        if match is None:
            raise programs.ToolFailed(f"a line is no constraint: {line[:80]}")
        terms = [(int(w), int(v)) for w, v in re.findall(r"([+-]?\d+) x(\d+)", match[1])]
        for sign in (1, -1) if match[2] == "=" else (1,):
            weights, least = [sign * weight for weight, _ in terms], sign * int(match[3])
            is_small = sum(map(abs, weights)) + abs(least) < 1 << 62
            column = np.array(weights, np.int64 if is_small else object).reshape(-1, 1)
            variables = np.array([variable for _, variable in terms], np.int64)
            constraints.append(_Constraint(column, variables, least))
    return _File(int(head[1]), ports["input"], ports["output"], constraints)


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


@cache
def _linear(text: str) -> _Linear:
    match = re.fullmatch(r"\((.*)\) / (\d+)", text)
    text, unit = (match[1], int(match[2])) if match else (text, 1)
    terms, constant = [], 0
    for sign, term in re.findall(r"([+-]?)(\d*x\d+|\d+)", text.replace(" ", "")):
        factor, is_variable, variable = term.partition("x")
        weight = int(factor or 1) * (-1 if sign == "-" else 1)
        if is_variable:
            terms.append((weight, int(variable)))
        else:
            constant += weight
    return _Linear(tuple(terms), constant, unit)


def _given(ports: Mapping[str, str], name: str, input_: Input, value: Any) -> list[tuple[int, int]]:
    """Return the variables of an input, each with its bit for a value."""
    if input_.of is not None:
        named = _NAMED.findall(ports[name])
        return [(int(variable), int(ast.literal_eval(word) == value)) for variable, word in named]
    values = value if isinstance(value, list) else [value]
    if input_.type == "bit":
        states = sorted(input_.state_values)
        variables = ports[name].partition(":")[0].split()
        return [
            (int(variable[1:]), states.index(each))
            for variable, each in zip(variables, values, strict=True)
        ]
    result = []
    for place, each in enumerate(values):
        number = _linear(ports[name if input_.size is None else f"{name}({place})"])
        above = int(each) - number.constant
        result += [
            (variable, above >> digit & 1) for digit, (_, variable) in enumerate(number.terms)
        ]
    return result


def _output(plan: Plan, tap: Tap, ports: Mapping[str, str], values: Sequence[int]) -> Any:
    """Decode an output from the values of all variables, by the comments of the file."""
    if tap.kind == "largest":
        [word] = [
            word for variable, word in _NAMED.findall(ports[tap.alias]) if values[int(variable)]
        ]
        label = ast.literal_eval(word)
        return label if tap.labels else int(label)
    if tap.kind == "level":
        sums, _, labels = ports[tap.alias].partition(": ")
        level = int(_linear(sums).value(values))
        return ast.literal_eval(_NAMED.findall(labels)[level][1]) if tap.labels else level
    if tap.kind != "sum" and all(tap.states_of(k) is not None for k in range(len(tap.signals))):
        bits = ports[tap.alias].partition(":")[0].split()
        states = [sorted(plan.states_of(signal)) for signal in tap.signals]
        numbers = [
            pair[int(bit[0] == "~") ^ int(_linear(bit.lstrip("~")).value(values))]
            for bit, pair in zip(bits, states, strict=True)
        ]
    else:
        names = (
            [f"{tap.alias}({k})" for k in range(len(tap.signals))] if tap.is_bus else [tap.alias]
        )
        numbers = [_linear(ports[name].partition(":")[0]).value(values) for name in names]
    return in_form(tap, numbers if tap.is_bus else numbers[0])

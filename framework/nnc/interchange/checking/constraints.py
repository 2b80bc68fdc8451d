"""Constraints of OPB, solved for each row by what they leave, in another Python.

The script knows the format alone: the variables of inputs and outputs are those that the comments
of the file name. A variable is set where its other value breaks a constraint, until none is left.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import Answer, Row, in_form
from nnc.interchange.exporting.gates import wire_values
from nnc.language.network import Input

_RUN = r"""
import ast, json, re, sys
from fractions import Fraction
from functools import cache

import numpy as np

TEXT = r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"

@cache
def linear(text):
    match = re.fullmatch(r"\((.*)\) / (\d+)", text)
    text, unit = (match[1], int(match[2])) if match else (text, 1)
    text = "".join(text.split())
    assert re.fullmatch(r"([+-]?(\d*x\d+|\d+))+", text), text
    weights, constant = [], 0
    for sign, term in re.findall(r"([+-]?)(\d*x\d+|\d+)", text):
        factor, is_variable, place = term.partition("x")
        weight = int(factor or 1) * (-1 if sign == "-" else 1)
        if is_variable:
            weights.append((weight, int(place)))
        else:
            constant += weight
    return weights, constant, unit

def value(form, values):
    weights, constant, unit = form
    return Fraction(sum(w * values[v] for w, v in weights) + constant, unit)

lines = open("network.opb", encoding="utf-8").read().splitlines()
count = int(re.match(r"\* #variable= (\d+) #constraint= \d+$", lines[0])[1])
ports = {"input": {}, "output": {}}
constraints = []
for line in lines[1:]:
    if line.startswith("*"):
        match = re.match(r"\* (input|output) ([^:]+): (.*)$", line)
        if match:
            ports[match[1]][match[2]] = match[3]
        continue
    left, relation, right = re.fullmatch(r"(.*?) ?(>=|=) ([+-]?\d+) ;", line).groups()
    terms = [(int(w), int(v)) for w, v in re.findall(r"([+-]?\d+) x(\d+)", left)]
    for sign in (1, -1) if relation == "=" else (1,):
        weights, least = [sign * w for w, _ in terms], sign * int(right)
        is_small = sum(map(abs, weights)) + abs(least) < 1 << 62
        column = np.array(weights, np.int64 if is_small else object).reshape(-1, 1)
        places = np.array([v for _, v in terms], np.int64)
        assert len({*places.tolist()}) == len(places)
        constraints.append((column, places, least))

def solved(values):
    # set what constraints leave, in every column; return where none is broken, and all is set
    holds = np.full(values.shape[1], True)
    is_changed = True
    while is_changed:
        is_changed = False
        for weights, places, least in constraints:
            known = values[places]
            is_free = known < 0
            most = np.where(is_free, weights > 0, known).astype(weights.dtype)
            slack = (weights * most).sum(axis=0) - least
            holds &= slack >= 0
            if is_free.any():
                forced = is_free & (abs(weights) > slack) & holds
                if forced.any():
                    values[places] = np.where(forced, weights > 0, known)
                    is_changed = True
    return holds & (values[1:] >= 0).all(axis=0)

def told(form, text, values):
    if form == "largest":
        named = re.findall(r"x(\d+) is " + TEXT, text)
        places = [place for place, (v, _) in enumerate(named) if values[int(v)]]
        assert len(places) == 1
        return ast.literal_eval(named[places[0]][1])
    if form == "level":
        sums, _, labels = text.partition(": ")
        place = int(value(linear(sums), values))
        named = re.findall(r"(\d+) is " + TEXT, labels)
        return ast.literal_eval(named[place][1]) if named else place
    text = text.partition(":")[0]
    if form == "bits":
        return [int(bit[0] == "~") ^ int(value(linear(bit.lstrip("~")), values))
                for bit in text.split()]
    return str(value(linear(text), values))

about = json.loads(sys.stdin.readline())
rows = [json.loads(line) for line in sys.stdin]
given = np.full((count + 1, len(rows)), -1, np.int8)
for k, row in enumerate(rows):
    for name, form, number in row:
        text = ports["input"][name]
        if form == "choice":
            for v, label in re.findall(r"x(\d+) is " + TEXT, text):
                given[int(v), k] = ast.literal_eval(label) == number
        elif form == "bits":
            for v, bit in zip(text.partition(":")[0].split(), number, strict=True):
                given[int(v[1:]), k] = bit
        else:
            weights, constant, _ = linear(text)
            for place, (weight, v) in enumerate(weights):
                assert weight == 1 << place
                given[v, k] = number - constant >> place & 1
for start in range(0, len(rows), 4096):
    values = given[:, start : start + 4096].copy()
    for holds, own in zip(solved(values).tolist(), values.T.tolist(), strict=True):
        answer = [told(form, ports["output"][name], own) for name, form in about] if holds else None
        print(json.dumps(answer))
"""


def propagation_title() -> str:
    """Name what propagates constraints."""
    return programs.titled("propagation by Python", platform.python_version())


def run_constraints(text: str, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Return what constraints leave for rows. Raises ToolFailed."""
    (folder / "network.opb").write_text(text, encoding="utf-8")
    (folder / "run.py").write_text(_RUN, encoding="utf-8")
    about = [pair for tap in plan.outputs for pair in _asked(tap)]
    lines = [
        about,
        *([each for one in plan.inputs.items() for each in _given(*one, row)] for row in rows),
    ]
    data = "".join(f"{json.dumps(line)}\n" for line in lines)
    output = programs.run([programs.python(), "-I", folder / "run.py"], folder, data.encode())
    return [_answer(plan, json.loads(line)) for line in output.splitlines()]


def _given(name: str, input_: Input, row: Row) -> list[tuple[str, str, Any]]:
    """Return the ports of an input, as comments name them, with what is given to each."""
    value = row[name]
    if input_.of is not None:
        return [(name, "choice", value)]
    values = value if isinstance(value, list) else [value]
    if input_.type == "bit":
        return [(name, "bits", [wire_values(input_.state_values).index(each) for each in values])]
    if input_.size is None:
        return [(name, "number", int(value))]
    return [(f"{name}({place})", "number", int(each)) for place, each in enumerate(values)]


def _asked(tap: Tap) -> list[tuple[str, str]]:
    if tap.kind in ("level", "largest"):
        return [(tap.alias, tap.kind)]
    if _has_bits(tap):
        return [(tap.alias, "bits")]
    if not tap.is_bus:
        return [(tap.alias, "number")]
    return [(f"{tap.alias}({place})", "number") for place in range(len(tap.signals))]


def _has_bits(tap: Tap) -> bool:
    return tap.kind not in ("sum", "level", "largest") and all(
        tap.states_of(place) is not None for place in range(len(tap.signals))
    )


def _answer(plan: Plan, told: list[Any] | None) -> Answer:
    """Read an answer; None in every output where no values hold, or more than one may."""
    if told is None:
        return dict.fromkeys(tap.alias for tap in plan.outputs)
    left = iter(told)
    answer: Answer = {}
    for tap in plan.outputs:
        if tap.kind in ("level", "largest"):
            value = next(left)
            answer[tap.alias] = value if tap.labels else int(value)
        elif _has_bits(tap):
            bits = next(left)
            states = [wire_values(plan.states_of(signal)) for signal in tap.signals]
            values = [own[bit] for own, bit in zip(states, bits, strict=True)]
            answer[tap.alias] = in_form(tap, values if tap.is_bus else values[0])
        else:
            numbers = [Fraction(next(left)) for _ in _asked(tap)]
            answer[tap.alias] = in_form(tap, numbers if tap.is_bus else numbers[0])
    return answer

"""What exported texts give when the other tool runs them: a row of outputs for each row of inputs.

Rows are inputs by name: a Fraction, a list of them, or a value of a choice. What comes back has
Fractions and labels, and lists of buses.
"""

import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random
from shutil import which
from typing import Any
from unittest.mock import patch

import numpy as np

import nnc
from nnc.compiler.graph import Tap
from nnc.interchange.checks import tool_of
from nnc.interchange.exporting.logic import logic_of
from nnc.interchange.languages import DIALECTS
from nnc.language.network import Input

LOAN = """\
nnc: 1
name: loan
fires: at_least
inputs:
  income: {type: integer, min: 0, max: 10000000}
  rate: {type: real, min: 0, max: 1}
  debts: {type: integer, min: 0, max: 100, default: 0}
  owner: bit
  kind: {type: choice, of: [new, old, class]}
neurons:
  score:
    weights: {income: {30000: 1.5, 60000: 2.5}, rate: {0.3: -0.7}, debts: -0.1, owner: 0.3,
      kind.new: 0.2}
    thresholds: {review: 0.5, accept: 1.8}
outputs:
  decision: {level: score, labels: ["it's \\"no\\"", "x\\\\", "ünï -- */"]}
cases:
  - {given: {income: 30000, rate: 0.3, owner: 1, kind: new}, expect: {decision: "x\\\\"}}
"""

STOPPING = ExitStack()
"""What ends the server of PostgreSQL; `conftest` does at the end of the tests, as a process of
pytest-xdist ends without a word to `atexit`."""
Row = dict[str, Any]
Runner = Callable[[Any, nnc.Plan, Sequence[Row], Path], list[Row]]


def bits_of(value: int, size: int) -> list[Fraction]:
    return [Fraction(value >> place & 1) for place in range(size)]


def integer_of(bits: Sequence[Fraction]) -> int:
    return sum(int(bit) << place for place, bit in enumerate(bits))


def told(tap: Tap, value: Any) -> Any:
    """Bring a value that a tool gave to the form of the oracle."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        bits = [Fraction(one) for one in value]
        if (
            tap.kind == "bus"
            and len(bits) > 1
            and all(tap.states_of(k) == (0, 1) for k in range(len(bits)))
        ):
            return Fraction(integer_of(bits))
        return bits if len(bits) > 1 else bits[0]
    return Fraction(value)


def in_order(plan: nnc.Plan, rows: Sequence[Row]) -> list[Row]:
    return [{tap.alias: told(tap, row[tap.alias]) for tap in plan.outputs} for row in rows]


# ----------------------------------------------------------------------------------- rows


def as_double(value: Fraction) -> Fraction:
    return Fraction(float(value))


def rows_near(plan: nnc.Plan, rng: Random, count: int) -> list[Any]:
    """Draw rows on the cut-offs and beside them, all of whose real numbers are doubles."""
    cuts: dict[str, list[Fraction]] = {}
    logic = logic_of(plan)
    for cell in logic.cells:
        if cell.operand is not None:
            name = logic.elements[cell.operand].name
            cuts.setdefault(name, []).extend(Fraction(test.limit) for test in cell.tests)
    return [
        {name: drawn(one, cuts.get(name, []), rng) for name, one in plan.inputs.items()}
        for _ in range(count)
    ]


def drawn(one: Input, cuts: Sequence[Fraction], rng: Random) -> Any:
    if one.of is not None:
        return rng.choice(one.of)
    values = [element(one, cuts, rng) for _ in range(one.width)]
    return values if one.size is not None else values[0]


def element(one: Input, cuts: Sequence[Fraction], rng: Random) -> Fraction:
    if one.type == "bit":
        return Fraction(rng.choice(one.state_values))
    bounds = [Fraction(bound) for bound in (one.min, one.max) if bound is not None]
    for _ in range(100):
        near = rng.choice([*cuts, Fraction(rng.randint(-3, 120)), *bounds])
        step = rng.choice((0, 0, 1, -1))
        if one.type == "integer":
            value = Fraction(int(near) + step)
        else:
            value = as_double(near)
            if step:
                value = Fraction(math.nextafter(float(near), step * math.inf))
        if one.refuses(nnc_number(value)) is None:
            return value
    return bounds[0]  # between which there is no double


def nnc_number(value: Fraction) -> Any:
    return int(value) if value.denominator == 1 else value


# ------------------------------------------------------------------------------ languages


def runner(language: str, dialect: str | None = None) -> Runner:
    """Give what runs a file as `nnc export --verify` does."""

    def run(file: str | bytes, plan: nnc.Plan, rows: Sequence[Row], folder: Path) -> list[Row]:
        data = file.encode() if isinstance(file, str) else file
        given = [{name: _plain(value) for name, value in row.items()} for row in rows]
        with patch.dict(os.environ, server() if dialect == "postgres" else {}):
            return in_order(plan, tool_of(language, dialect).run(data, plan, given, folder))

    return run


def _plain(value: Any) -> Any:
    """Give an int or a float where that is the number."""
    if isinstance(value, list):
        return list(map(_plain, value))
    if not isinstance(value, Fraction):
        return value
    if value.denominator == 1:
        return int(value)
    return float(value) if Fraction(float(value)) == value else value


def server() -> dict[str, str]:
    """Give the variables of the environment that name a server of PostgreSQL to psql."""
    return {"PGHOST": str(postgres()), "PGUSER": "postgres"}


@cache
def postgres() -> str | None:
    """Start a server in a folder of its own, and give the folder; None where there is no server."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs or os.getuid() or which("su") is None:
        return None
    folder = tempfile.mkdtemp(prefix="nnc-pg-")
    shutil.chown(folder, "postgres")
    start = (
        f"{programs[-1]}/initdb -D {folder}/data -A trust && "
        f"{programs[-1]}/pg_ctl -D {folder}/data -o '-k {folder} -c listen_addresses=' -w start"
    )
    subprocess.run(["su", "postgres", "-c", start], check=True, stdout=subprocess.DEVNULL)
    stop = f"{programs[-1]}/pg_ctl -D {folder}/data -m immediate stop"
    # the last is run first
    STOPPING.callback(shutil.rmtree, folder, ignore_errors=True)
    STOPPING.callback(subprocess.run, ["su", "postgres", "-c", stop], stdout=subprocess.DEVNULL)
    return folder


def run_onnx(data: bytes, plan: nnc.Plan, rows: Sequence[Row], folder: Path) -> list[Row]:
    """Check the model, and run all rows as one batch."""
    del folder
    import onnx
    import onnxruntime

    model = onnx.load_from_string(data)
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options)
    feeds = {
        each.name: np.array([_in_onnx(row[each.name]) for row in rows], _NUMPY[each.type])
        for each in session.get_inputs()
    }
    values = session.run(None, feeds)
    names = [each.name for each in session.get_outputs()]
    for name, tap in zip(names, plan.outputs, strict=True):
        assert name == tap.alias or (tap.alias in feeds and name == f"{tap.alias}_2")
    columns = {tap.alias: v.tolist() for tap, v in zip(plan.outputs, values, strict=True)}
    for given, value in zip(session.get_outputs(), values, strict=True):
        assert value.dtype == np.dtype(_NUMPY[given.type])
        assert list(value.shape[1:]) == given.shape[1:]
    if not plan.inputs:
        columns = {name: column * len(rows) for name, column in columns.items()}
    found = [{name: column[k] for name, column in columns.items()} for k in range(len(rows))]
    return in_order(plan, found)


_NUMPY: dict[str, Any] = {
    "tensor(uint8)": np.uint8, "tensor(int8)": np.int8, "tensor(int64)": np.int64,
    "tensor(double)": np.float64, "tensor(string)": object,
}  # fmt: skip


def _in_onnx(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(_in_onnx, value))
    if isinstance(value, str):
        return value
    return int(value) if value.denominator == 1 and abs(value) < 2**63 else float(value)


RUNNERS: dict[str, Runner] = {
    "python": runner("python"), "js": runner("js"), "c": runner("c"), "onnx": run_onnx,
    **{dialect: runner("sql", dialect) for dialect in DIALECTS},
}  # fmt: skip
TOOLS = {"js": "node", "c": "gcc"}
MISSING = {name for name, tool in TOOLS.items() if which(tool) is None}
if find_spec("onnxruntime") is None:
    MISSING.add("onnx")
if not Path("/usr/lib/postgresql").exists() or os.getuid():
    MISSING.add("postgres")

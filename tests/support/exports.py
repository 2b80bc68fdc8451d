"""What exported texts give when the other tool runs them: a row of outputs for each row of inputs.

Rows are inputs by name: a Fraction, a list of them, or a value of a choice. What comes back has
Fractions and labels, and lists of buses.
"""

import atexit
import csv
import json
import math
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random
from shutil import which
from typing import Any

import numpy as np

import nnc
from nnc.compiler.graph import Tap
from nnc.interchange.exporting.gates import gates_of
from nnc.language.network import Input

Row = dict[str, Any]
Runner = Callable[[Any, nnc.Plan, Sequence[Row], Path], list[Row]]
WORD, COLUMN = 64, 62
"""How many bits a bus may have that is one integer, in C and in a column of a table."""


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
    gates = gates_of(plan)
    for gate in gates.gates:
        if gate.is_cutoff:
            name = gates.elements[gate.sources[0]].name
            cuts.setdefault(name, []).extend(Fraction(test.limit) for test in gate.tests)
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


def run_python(text: str, plan: nnc.Plan, rows: Sequence[Row], folder: Path) -> list[Row]:
    del folder
    module: dict[str, Any] = {}
    exec(compile(text, "exported", "exec"), module)  # noqa: S102
    return in_order(
        plan,
        [
            module["network"]({name: _number_in_python(v) for name, v in row.items()})
            for row in rows
        ],
    )


def _number_in_python(value: Any) -> Any:
    """Give a float where that is the number, for some of them."""
    if not isinstance(value, Fraction) or value.denominator == 1:
        return value
    return float(value) if Fraction(float(value)) == value else value


def run_js(text: str, plan: nnc.Plan, rows: Sequence[Row], folder: Path) -> list[Row]:
    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return list(map(plain, value))
        if isinstance(value, str):
            return value
        return int(value) if value.denominator == 1 and abs(value) < 2**53 else float(value)

    (folder / "network.mjs").write_text(text)
    data = json.dumps([{name: plain(value) for name, value in row.items()} for row in rows])
    (folder / "run.mjs").write_text(
        'import {network} from "./network.mjs";\n'
        f"const told = {data}.map((row) => network(row));\n"
        'const plain = (key, value) => typeof value === "bigint" ? {big: String(value)} : value;\n'
        "console.log(JSON.stringify(told, plain));\n"
    )
    ran = subprocess.run(["node", folder / "run.mjs"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout, object_hook=lambda one: int(one["big"]) if "big" in one else one)
    return in_order(plan, found)


def run_c(text: str, plan: nnc.Plan, rows: Sequence[Row], folder: Path) -> list[Row]:
    """Compile with every warning an error, and with what is undefined an error while it runs."""
    (folder / "network.h").write_text(text)
    given = ",\n".join(
        "{" + (", ".join(_in_c(one, row[name]) for name, one in plan.inputs.items()) or "0") + "}"
        for row in rows
    )
    prints = "\n".join(_print_in_c(text, place, tap) for place, tap in enumerate(plan.outputs))
    (folder / "main.c").write_text(f"""\
#include <stdio.h>
#include "network.h"
static const network_in rows[] = {{{given}}};
int main(void) {{
  for (int k = 0; k < {len(rows)}; k++) {{
    network_out o;
    int code = network_row(&rows[k], &o);
    if (code) {{ printf("refused %d\\n", code); continue; }}
{prints}
    printf("\\n");
  }}
  return 0;
}}
""")
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O0", "-fsanitize=undefined",
             "-fno-sanitize-recover=all"]  # fmt: skip
    built = subprocess.run(["gcc", *flags, "-o", folder / "main", folder / "main.c"],
                           capture_output=True, text=True, check=False)  # fmt: skip
    assert built.returncode == 0, built.stderr[:2000]
    ran = subprocess.run([folder / "main"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = []
    for line in ran.stdout.splitlines():
        assert not line.startswith("refused"), line
        values = [one[1:] if one[0] == "'" else json.loads(one) for one in line.split("\t") if one]
        found.append({tap.alias: v for tap, v in zip(plan.outputs, values, strict=True)})
    return in_order(plan, found)


def _in_c(one: Input, value: Any) -> str:
    if one.of is not None:
        return str(one.of.index(value))
    if one.is_integer_bus and one.width <= WORD:
        return f"{integer_of(value)}u"
    if isinstance(value, list):
        return "{" + ", ".join(map(_number_in_c, value)) + "}"
    return _number_in_c(value)


def _number_in_c(value: Fraction) -> str:
    return repr(float(value)) if value.denominator != 1 else str(int(value))


def _print_in_c(text: str, place: int, tap: Tap) -> str:
    """Write what prints the field of an output, by its type in the text."""
    lines = text.partition("_in;\n")[2].partition("} network_out;")[0].splitlines()
    lines = [line for line in lines if line.startswith("  ")]
    found = re.match(r"  (\w+) (\w+)(?:\[(\d+)\])?;", lines[place])
    assert found is not None
    kind, field, size = found.groups()
    if tap.labels:
        return f'    printf("\'%s\\t", network_{field}[o.{field}]);'
    form, cast = {"double": ("%.17g", "double"), "uint64_t": ("%llu", "unsigned long long")}.get(
        kind, ("%lld", "long long")
    )
    if size is None:
        return f'    printf("{form}\\t", ({cast})o.{field});'
    return (
        f'    for (int i = 0; i < {size}; i++) printf(i ? ", {form}" : "[{form}", '
        f'({cast})o.{field}[i]);\n    printf("]\\t");'
    )


def run_sqlite(text: str, plan: nnc.Plan, rows: Sequence[Row], folder: Path) -> list[Row]:
    del folder
    with sqlite3.connect(":memory:") as connection:
        return _run_sql(connection, text, plan, rows)


def run_duckdb(text: str, plan: nnc.Plan, rows: Sequence[Row], folder: Path) -> list[Row]:
    del folder
    import duckdb

    with duckdb.connect() as connection:
        return _run_sql(connection, text, plan, rows)


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
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(subprocess.run, ["su", "postgres", "-c", stop], stdout=subprocess.DEVNULL)
    return folder


def run_postgres(text: str, plan: nnc.Plan, rows: Sequence[Row], folder: Path) -> list[Row]:
    """Run psql, on columns of booleans where the network has bits."""
    del folder
    kinds, table = _table(plan, rows)
    kinds = {c: kind.replace("DOUBLE", "DOUBLE PRECISION") for c, kind in kinds.items()}
    booleans = {name for name, one in plan.inputs.items() if one.type == "bit" and not one.is_bus
                and one.state_values == (0, 1)}  # fmt: skip
    declared = ", ".join(
        f'"{c}" {"BOOLEAN" if c in booleans else kind}' for c, kind in kinds.items()
    )
    values = ", ".join(
        "(" + ", ".join(
            f"'{v}'::boolean" if column in booleans else f"'{v}'"
            for column, v in zip(kinds, row, strict=True)
        ) + ")" for row in table
    )  # fmt: skip
    script = (
        f"BEGIN; CREATE TABLE network ({declared}); INSERT INTO network VALUES {values};\n"
        f"COPY ({text.rstrip().removesuffix(';')}) TO STDOUT WITH (FORMAT csv, HEADER);\n"
    )
    words = ["psql", "-h", str(postgres()), "-U", "postgres", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    ran = subprocess.run(words, input=script, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    labelled = {tap.alias for tap in plan.outputs if tap.labels}
    found: list[Row] = [{}] * len(rows)
    for line in csv.DictReader(ran.stdout.splitlines()):
        one = {name: v if name in labelled else _number_of(v) for name, v in line.items()}
        found[int(line["place"])] = {tap.alias: _from_columns(tap, one) for tap in plan.outputs}
    return in_order(plan, found)


def _number_of(text: str) -> Fraction:
    return Fraction(int(text) if text.lstrip("-").isdigit() else float(text))


def _table(plan: nnc.Plan, rows: Sequence[Row]) -> tuple[dict[str, str], list[list[Any]]]:
    """Give the columns of a table with their types, and its rows."""
    kinds = {"place": "BIGINT"} | {
        column: kind for name, one in plan.inputs.items() for column, kind in _columns(name, one)
    }
    table = [
        [place, *(v for name, one in plan.inputs.items() for v in _cells(one, row[name]))]
        for place, row in enumerate(rows)
    ]
    return kinds, table


def _run_sql(connection: Any, text: str, plan: nnc.Plan, rows: Sequence[Row]) -> list[Row]:
    kinds, table = _table(plan, rows)
    declared = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
    connection.execute(f"CREATE TABLE network ({declared})")
    marks = ", ".join("?" * len(kinds))
    connection.executemany(f"INSERT INTO network VALUES ({marks})", table)
    cursor = connection.execute(text)
    names = [column[0] for column in cursor.description]
    found: list[Row] = [{}] * len(rows)
    for values in cursor.fetchall():
        one = dict(zip(names, values, strict=True))
        found[one["place"]] = {tap.alias: _from_columns(tap, one) for tap in plan.outputs}
    return in_order(plan, found)


def _columns(name: str, one: Input) -> list[tuple[str, str]]:
    if one.of is not None:
        return [(name, "TEXT")]
    if one.is_integer_bus and one.width <= COLUMN:
        return [(name, "BIGINT")]
    is_whole = one.type == "integer" or (
        one.type == "bit" and all(isinstance(state, int) for state in one.state_values)
    )
    kind = "BIGINT" if is_whole else "DOUBLE"
    return [(f"{name}_{k}" if one.size is not None else name, kind) for k in range(one.width)]


def _cells(one: Input, value: Any) -> list[Any]:
    if isinstance(value, str):
        return [value]
    if one.is_integer_bus and one.width <= COLUMN:
        return [integer_of(value)]
    values = value if isinstance(value, list) else [value]
    return [int(v) if v.denominator == 1 and abs(v) < 2**63 else float(v) for v in values]


def _from_columns(tap: Tap, one: Row) -> Any:
    if tap.alias in one and not (tap.is_bus and not tap.is_integer):
        return one[tap.alias]
    if tap.alias in one:
        return [one[tap.alias]]
    return [one[f"{tap.alias}_{place}"] for place in range(tap.width)]


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
    "python": run_python, "js": run_js, "c": run_c, "sqlite": run_sqlite, "duckdb": run_duckdb,
    "postgres": run_postgres, "onnx": run_onnx,
}  # fmt: skip
TOOLS = {"js": "node", "c": "gcc"}
MISSING = {name for name, tool in TOOLS.items() if which(tool) is None}
if find_spec("onnxruntime") is None:
    MISSING.add("onnx")
if not Path("/usr/lib/postgresql").exists() or os.getuid():
    MISSING.add("postgres")

"""Modules of Python and JavaScript, and models of ONNX, each run by a script of its own."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Sequence
from fractions import Fraction
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from nnc.compiler.plan import Plan
from nnc.extras import install_line
from nnc.interchange import programs
from nnc.interchange.checking.rows import Task, Tool, Values

_NODE = programs.Program(("node",), "install Node.js, or check the export to Python")
_PYTHON = """\
import json, re, sys
from fractions import Fraction

text = open("network.py", encoding="utf-8").read()
namespace = {}
exec(compile(text, "network.py", "exec"), namespace)
function = namespace[re.findall(r"^def ([a-zA-Z]\\w*)\\(row\\):", text, re.MULTILINE)[-1]]
for line in sys.stdin:
    try:
        answer = [*function(json.loads(line, object_hook=lambda one: Fraction(one["q"])
                                       if one.keys() == {"q"} else one)).items()]
    except ValueError as error:
        answer = None
    print(json.dumps(answer, default=lambda one: {"q": str(one)}))
"""
_JAVASCRIPT = """\
import {readFileSync} from "node:fs";
import * as network from "./network.mjs";
const plain = (key, value) => typeof value === "bigint" ? {q: String(value)} : value;
const rows = readFileSync("stdin", "utf8").trimEnd().split("\\n");
const output = rows.map((line) => {
  try {
    return JSON.stringify(Object.entries(network[NAME](JSON.parse(line))), plain);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return "null";
  }
});
process.stdout.write(output.join("\\n") + "\\n");
"""
_ONNX = """\
import json, sys
import numpy as np, onnxruntime

TYPES = {"uint8": np.uint8, "int8": np.int8, "int64": np.int64, "double": np.float64,
         "string": object}
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.log_severity_level = 4
session = onnxruntime.InferenceSession("network.onnx", options, ["CPUExecutionProvider"])
columns = json.loads(sys.stdin.readline())
types = {each.name: TYPES[each.type[len("tensor("):-1]] for each in session.get_inputs()}
feeds = {name: np.array(columns[name], types[name]) for name in types}
values = [value.tolist() for value in session.run(None, feeds)]
for row in zip(*values):
    print(json.dumps(row))
"""


def _run_python(task: Task) -> Iterator[Values | None]:
    (task.folder / "network.py").write_bytes(task.data)
    lines = [json.dumps(row, default=lambda value: {"q": str(value)}) for row in task.rows]
    for line in programs.run_python(_PYTHON, task.folder, lines):
        yield _outputs(task.plan, json.loads(line, object_hook=_number))


def _run_javascript(task: Task) -> Iterator[Values | None]:
    pattern = r"^export function (\w+)\("
    name = programs.found(pattern, task.data.decode(), "it exports no function")
    (task.folder / "network.mjs").write_bytes(task.data)
    script = task.folder / "run.mjs"
    script.write_text(_JAVASCRIPT.replace("NAME", json.dumps(name)), encoding="utf-8")
    rows = "".join(f"{json.dumps(row, default=float)}\n" for row in task.rows)
    printed = programs.run([_NODE.path(), script], task.folder, rows.encode()).decode()
    for line in printed.splitlines():
        # JavaScript writes a double with as few digits as it can: not all of an integer's
        read = json.loads(line, object_hook=_number, parse_int=lambda digits: int(float(digits)))
        yield _outputs(task.plan, read)


def _run_onnx(task: Task) -> Iterator[Values]:
    """Run a model of ONNX on all rows at once."""
    (task.folder / "network.onnx").write_bytes(task.data)
    columns = {name: [row[name] for row in task.rows] for name in task.plan.inputs}
    lines = [json.dumps(columns, default=float)]
    yield from map(json.loads, programs.run_python(_ONNX, task.folder, lines))


def python_title(_: str = "") -> str:
    """Name this Python."""
    return programs.titled("Python", platform.python_version())


def _runtime_title(_: str) -> str:
    if find_spec("onnxruntime") is None:
        raise programs.ToolMissing("onnxruntime is not installed", install_line("onnx"))
    return programs.titled("onnxruntime", version("onnxruntime"))


def _number(written: dict[str, str]) -> Fraction:
    return Fraction(written["q"])


def _outputs(plan: Plan, pairs: Sequence[tuple[str, Any]] | None) -> Values | None:
    """Return the outputs among the names and values of a function; None if it refused the row."""
    if pairs is None:
        return None
    values = dict(pairs)
    return [values.get(tap.alias) for tap in plan.outputs]


PYTHON = Tool(python_title, _run_python)
JAVASCRIPT = Tool(lambda _: _NODE.title(), _run_javascript)
ONNX = Tool(_runtime_title, _run_onnx)

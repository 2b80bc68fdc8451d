"""A model of ONNX, run by onnxruntime in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nnc.compiler.plan import Plan
from nnc.extras import install_line
from nnc.interchange import programs
from nnc.interchange.checking.rows import Answer, Row, in_form

_RUN = """\
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


def runtime_title() -> str:
    """Name onnxruntime. Raises ToolMissing."""
    if find_spec("onnxruntime") is None:
        message = "onnxruntime is not installed"
        raise programs.ToolMissing(message, install_line("onnx"))
    from importlib.metadata import version

    return programs.titled("onnxruntime", version("onnxruntime"))


def run_onnx(data: bytes, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Return what a model gives for rows, all of them at once. Raises ToolFailed."""
    (folder / "network.onnx").write_bytes(data)
    (folder / "run.py").write_text(_RUN, encoding="utf-8")
    columns = {name: [_value(row[name]) for row in rows] for name in plan.inputs}
    words: list[str | Path] = [programs.python(), "-I", folder / "run.py"]
    output = programs.run(words, folder, f"{json.dumps(columns)}\n".encode())
    answers = []
    for line in output.splitlines():
        pairs = zip(plan.outputs, json.loads(line), strict=True)
        answers.append({tap.alias: in_form(tap, value) for tap, value in pairs})
    return answers


def _value(value: Any) -> Any:
    """Return an input as JSON has it: integers as they are, other numbers as doubles."""
    if isinstance(value, list):
        return list(map(_value, value))
    return value if isinstance(value, (str, int)) else float(value)

"""A model of ONNX, run by onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnc.compiler.plan import Plan
from nnc.interchange.checking import programs
from nnc.interchange.checking.rows import Answer, Row, in_form

_TYPES: dict[str, Any] = {
    "tensor(uint8)": np.uint8,
    "tensor(int8)": np.int8,
    "tensor(int64)": np.int64,
    "tensor(double)": np.float64,
    "tensor(string)": object,
}


def runtime_title() -> str:
    """Name onnxruntime. Raises ToolMissing."""
    try:
        import onnxruntime
    except ModuleNotFoundError:
        message = "onnxruntime is not installed"
        raise programs.ToolMissing(message, 'pip install "nnc-networks[onnx]"') from None
    return programs.titled("onnxruntime", onnxruntime.__version__)


def run_onnx(data: bytes, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Return what a model gives for rows, all of them at once. Raises ToolFailed."""
    del folder
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        given = {
            each.name: np.array([_value(row[each.name]) for row in rows], _TYPES[each.type])
            for each in session.get_inputs()
        }
        values = session.run(None, given)
    except Exception as error:  # noqa: BLE001 - of many kinds, all of them about the model
        raise programs.ToolFailed(str(error).partition("\n")[0]) from None
    columns = [value.tolist() for value in values]
    if not plan.inputs:  # then there is one row
        columns = [column * len(rows) for column in columns]
    return [
        {
            tap.alias: column[k] if tap.labels else in_form(tap, column[k])
            for tap, column in zip(plan.outputs, columns, strict=True)
        }
        for k in range(len(rows))
    ]


def _value(value: Any) -> Any:
    """Return an input as an array takes it: integers as they are, other numbers as doubles."""
    if isinstance(value, list):
        return list(map(_value, value))
    return value if isinstance(value, (str, int)) else float(value)

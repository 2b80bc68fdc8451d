"""A module of JavaScript, run by node."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import Answer, Row, outputs_of

_RUN = """\
import {readFileSync, writeSync} from "node:fs";
import * as network from "./network.mjs";
const plain = (key, value) => typeof value === "bigint" ? {big: String(value)} : value;
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


def node() -> str:
    """Return node. Raises ToolMissing."""
    return programs.find(["node"], "install Node.js, or check the export to Python")


def run_javascript(text: str, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Return what a module gives for rows. Raises ToolMissing and ToolFailed."""
    match = re.search(r"^export function (\w+)\(", text, re.MULTILINE)
    if match is None:
        raise programs.ToolFailed("it exports no function")
    (folder / "network.mjs").write_text(text, encoding="utf-8")
    (folder / "run.mjs").write_text(_RUN.replace("NAME", json.dumps(match[1])), encoding="utf-8")
    data = "".join(f"{json.dumps(row, default=float)}\n" for row in rows)
    output = programs.run([node(), folder / "run.mjs"], folder, data.encode())
    read = json.JSONDecoder(object_hook=_read, parse_int=_whole).decode
    answers = [read(line) for line in output.decode().splitlines()]
    return [outputs_of(plan, answer) for answer in answers]


def node_title() -> str:
    """Name node with its version."""
    return programs.titled("node", programs.version_of(node()))


def _whole(digits: str) -> int:
    """Return the double that JavaScript writes with as few digits as it can."""
    return int(float(digits))


def _read(number: dict[str, str]) -> int:
    return int(number["big"])

"""A module of Python, run by another Python."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import Answer, Row, outputs_of

_RUN = """\
import json, re, sys
from fractions import Fraction

text = open("network.py", encoding="utf-8").read()
namespace = {}
exec(compile(text, "network.py", "exec"), namespace)
function = namespace[re.findall(r"^def ([a-zA-Z]\\w*)\\(row\\):", text, re.MULTILINE)[-1]]
names = json.loads(sys.stdin.readline())
for line in sys.stdin:
    values = json.loads(line, object_hook=lambda one: Fraction(one["q"]))
    try:
        answer = [*function({n: v for n, v in zip(names, values) if v is not None}).items()]
    except ValueError as error:
        answer = None
    print(json.dumps(answer, default=lambda one: {"q": str(one)}))
"""


def run_python(text: str, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Return what a module gives for rows. Raises ToolFailed."""
    (folder / "network.py").write_text(text, encoding="utf-8")
    (folder / "run.py").write_text(_RUN, encoding="utf-8")
    lines = [[*plan.inputs], *([row.get(name) for name in plan.inputs] for row in rows)]
    data = "".join(f"{json.dumps(line, default=_quotient)}\n" for line in lines)
    output = programs.run([programs.python(), "-I", folder / "run.py"], folder, data.encode())
    answers = [json.loads(line, object_hook=_read) for line in output.splitlines()]
    return [outputs_of(plan, answer) for answer in answers]


def python_title() -> str:
    """Name this Python."""
    return programs.titled("Python", platform.python_version())


def _quotient(value: Fraction) -> dict[str, str]:
    return {"q": str(value)}


def _read(number: dict[str, str]) -> Fraction:
    return Fraction(number["q"])

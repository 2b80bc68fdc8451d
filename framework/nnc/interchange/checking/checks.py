"""An exported file and its plan -> a check: the tool for its language runs the file on rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from nnc.compiler.netlist import Netlist
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange.checking.c import COMPILER, run_c
from nnc.interchange.checking.circuits import VERILOG, circuit_title, run_circuit, run_verilog
from nnc.interchange.checking.differences import Difference, Rounding, agree
from nnc.interchange.checking.rows import (
    Answer,
    Row,
    Values,
    accepted,
    answer_of,
    answers_of,
    table_rows,
)
from nnc.interchange.checking.samples import made_rows
from nnc.interchange.checking.scripts import (
    NODE,
    python_title,
    run_javascript,
    run_onnx,
    run_python,
    runtime_title,
)
from nnc.interchange.checking.sql import run_sql, title
from nnc.interchange.exporting.languages import LANGUAGES, Export
from nnc.interchange.programs import ToolFailed, ToolMissing, ToolTooSlow, workshop
from nnc.numbers.exact import counted
from nnc.rows.options import Floats


class Tool(NamedTuple):
    """The tool for a language: its title with its version, and what runs it.

    Both may raise ToolMissing.
    """

    title: Callable[[], str]
    values: Callable[[bytes, Plan, Sequence[Row], Path], Iterable[Values | None]]

    def run(self, data: bytes, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
        """Run a file on rows. Raises ToolMissing and ToolFailed."""
        return [answer_of(plan, values) for values in self.values(data, plan, rows, folder)]


def tool_of(language: str, dialect: str | None = None) -> Tool:
    """Return the tool that runs files of a language. Raises ToolMissing where there is none."""
    if language == "sql":
        name = dialect or "duckdb"
        return Tool(partial(title, name), partial(run_sql, dialect=name))
    if language == "opb":
        message = "OPB holds constraints, which no program runs on rows"
        raise ToolMissing(message, "check --to aiger, the same network as a circuit")
    return _TOOLS[language]


_TOOLS = {
    "python": Tool(python_title, run_python),
    "js": Tool(NODE.title, run_javascript),
    "c": Tool(COMPILER.title, run_c),
    "onnx": Tool(runtime_title, run_onnx),
    "verilog": Tool(VERILOG.title, run_verilog),
    **{
        form: Tool(partial(circuit_title, form), partial(run_circuit, form=form))
        for form in ("blif", "aiger", "aag")
    },
}


@dataclass(frozen=True)
class ExportCheck:
    """The result of running an exported file.

    `tool` is the program that ran it, with its version; None if it is not installed or did not
    finish, and then `missing` says why. It ran `rows` generated rows, which are the truth table if
    `is_whole`, the rows of `cases`, and `given` rows of the user. `left_out` rows have a number
    that the language does not have. For `near_ties` rows rounding explains another answer.
    `difference` is a row with another answer that it does not explain, and `refusal` the message
    of a tool that rejects the file.
    """

    language: str
    exactness: str
    tool: str | None
    rows: int = 0
    cases: int = 0
    given: int = 0
    is_whole: bool = False
    left_out: int = 0
    near_ties: int = 0
    difference: Difference | None = None
    refusal: str | None = None
    missing: str | None = None
    help: str | None = None

    @property
    def agrees(self) -> bool:
        """True if the file was run, and gave the answers of the network."""
        return self.tool is not None and self.difference is None and self.refusal is None

    def __str__(self) -> str:
        if not self.agrees:
            return f"{self.exactness}; {'; '.join(map(str, self.diagnostics()))}"
        rows = counted(self.rows, "row")
        parts = [f"all {rows}" if self.is_whole else rows]
        parts += [counted(self.cases, "case")] if self.cases else []
        parts += [f"{counted(self.given, 'row')} of yours"] if self.given else []
        listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
        more = f", but for {counted(self.near_ties, 'near tie')}" if self.near_ties else ""
        left = f"; {counted(self.left_out, 'row')} cannot be given" if self.left_out else ""
        return f"{self.exactness}; {listed} agree with {self.tool}{more}{left}"

    def diagnostics(self, file: str | None = None) -> list[Diagnostic]:
        """Return the problems: a difference, or that the file was not checked."""
        if self.missing is not None:
            message = f"it was not run: {self.missing}"
            return [Diagnostic("not-checked", message, file=file, help=self.help)]
        if self.refusal is not None:
            message = f"{self.tool} does not run it: {self.refusal}"
            hint = "do not use the file, and report this"
            return [Diagnostic("export-differs", message, file=file, help=hint)]
        if self.difference is not None:
            assert self.tool is not None
            hint = "do not use the file; `nnc why` says how the network gets there"
            message = self.difference.about(self.tool)
            return [Diagnostic("export-differs", message, file=file, help=hint)]
        return []


def check_plan(
    export: Export,
    plan: Plan,
    language: str,
    *,
    dialect: str | None = None,
    floats: Floats = "binary",
    cases: Sequence[Row] = (),
    rows: Sequence[Row] = (),
) -> ExportCheck:
    """Run an exported file on generated rows, cases and other rows, and compare the answers."""
    words, about = export.exactness.words, LANGUAGES[language]
    largest = about.largest
    table = table_rows(plan)
    generated = table
    if generated is None:
        generated = made_rows(plan, has_doubles=largest is not None, floats=floats)
    parts = [
        [accepted(row, plan, floats, largest) for row in part] for part in (generated, cases, rows)
    ]
    counts = [sum(row is not None for row in part) for part in parts]
    given = [row for part in parts for row in part if row is not None]
    name = None
    try:
        tool = tool_of(language, dialect)
        name = tool.title()
        check = ExportCheck(
            language,
            words,
            name,
            rows=counts[0],
            cases=counts[1],
            given=counts[2],
            is_whole=table is not None,
            left_out=sum(map(len, parts)) - sum(counts),
        )
        with workshop() as folder:
            actual = tool.run(export.data, plan, given, folder)
    except ToolMissing as missing:
        return ExportCheck(language, words, None, missing=missing.message, help=missing.hint)
    except ToolTooSlow as slow:
        hint = "check another language, or a part of the network"
        return ExportCheck(language, words, None, missing=f"{name} took it, but {slow}", help=hint)
    except ToolFailed as failed:
        return replace(check, refusal=str(failed))
    except (ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError):
        # the file prints something, or gives values of other types
        return replace(check, refusal="it writes something else than answers for rows")
    if len(actual) != len(given):
        return replace(check, refusal=f"it gives {len(actual):,} rows for {len(given):,}")
    wanted = answers_of(plan, given, floats, refuses=about.refuses)
    differing = [
        [
            Difference(row, tap.alias, expected[tap.alias], other[tap.alias])
            for tap in plan.outputs
            if not agree(expected[tap.alias], other[tap.alias], has_doubles=largest is not None)
        ]
        for row, expected, other in zip(given, wanted, actual, strict=True)
    ]
    is_rounded = export.exactness.kind == "near ties"
    return _judged(check, Rounding(Netlist(plan), floats), differing, is_rounded=is_rounded)


def _judged(
    check: ExportCheck,
    rounding: Rounding,
    rows: Sequence[Sequence[Difference]],
    *,
    is_rounded: bool,
) -> ExportCheck:
    """Count the rows whose differences rounding explains, up to the first other difference."""
    near = 0
    for differing in rows:
        for difference in differing:
            if not (is_rounded and rounding.explains(difference)):
                return replace(check, near_ties=near, difference=difference)
        near += bool(differing)
    return replace(check, near_ties=near)

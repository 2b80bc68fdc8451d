"""An exported file and its plan -> a check: the file is run by the tool that it is for, on rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import NamedTuple

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange import programs
from nnc.interchange.checking import (
    c,
    circuits,
    constraints,
    javascript,
    onnx,
    python,
    sql,
    verilog,
    words,
)
from nnc.interchange.checking.differences import Difference, Differing, Judge
from nnc.interchange.checking.rows import (
    Answer,
    Row,
    answers_of,
    broken_rows,
    filled,
    table_rows,
    taken,
    without_defaults,
)
from nnc.interchange.checking.samples import made_rows
from nnc.interchange.exporting.export import LANGUAGES, Export
from nnc.interchange.exporting.gates import gates_of
from nnc.numbers.exact import counted
from nnc.rows.options import Floats

_DOUBLE = Fraction(1, 1 << 53)
_NEAR = "near ties"
_WITH_DEFAULTS = ("python", "js", "sql")
_ABSENT = 64
"""How many rows are run again without what has a default."""
_ENOUGH = 24  # differences to tell the neuron that explains them


class Tool(NamedTuple):
    """What runs a file: its name with its version, and how; both may raise ToolMissing."""

    title: Callable[[], str]
    run: Callable[[bytes, Plan, Sequence[Row], Path], list[Answer]]


def _of_text(
    run: Callable[[str, Plan, Sequence[Row], Path], list[Answer]],
) -> Callable[[bytes, Plan, Sequence[Row], Path], list[Answer]]:
    return lambda data, plan, rows, folder: run(data.decode(), plan, rows, folder)


def tool_of(language: str, dialect: str | None = None) -> Tool:
    """Return what runs files of a language."""
    if language == "sql":
        name = dialect or "duckdb"
        return Tool(partial(sql.title, name), _of_text(partial(sql.run_sql, dialect=name)))
    return _TOOLS[language]


_TOOLS = {
    "python": Tool(python.python_title, _of_text(python.run_python)),
    "js": Tool(javascript.node_title, _of_text(javascript.run_javascript)),
    "c": Tool(c.compiler_title, _of_text(c.run_c)),
    "c-words": Tool(c.compiler_title, _of_text(words.run_words)),
    "onnx": Tool(onnx.runtime_title, onnx.run_onnx),
    "verilog": Tool(verilog.simulator_title, _of_text(verilog.run_verilog)),
    **{
        form: Tool(partial(circuits.circuit_title, form), partial(circuits.run_circuit, form=form))
        for form in ("blif", "aiger", "aag")
    },
    "opb": Tool(constraints.propagation_title, _of_text(constraints.run_constraints)),
}


@dataclass(frozen=True)
class ExportCheck:
    """What came of running an exported file.

    `tool` is what ran it, with its version; None where that is not here, or did not come to an
    end, and `missing` says why. It ran `rows` made rows, or all of the truth table where it
    `is_whole`, the rows of `cases`, and `given` further ones; `left_out` more have a number that
    the language does not. `near_ties` of them have another answer, within the rounding of a sum of
    real numbers. `difference` is the first other row whose answer is not the network's, or
    `refusal` what the tool said of the file.
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
        """Whether the file was run, and every row is as it was told."""
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
        """Return what is wrong: export-differs, or that it was not checked."""
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
    """Run an exported file on made rows, those of cases, and others, and compare the answers."""
    tool = tool_of(language, dialect)
    words = export.exactness.words
    try:
        title = tool.title()
    except programs.ToolMissing as missing:
        return ExportCheck(language, words, None, missing=missing.message, help=missing.hint)
    largest = LANGUAGES[language].largest
    refuses = LANGUAGES[language].refuses
    gates = gates_of(plan, floats, assumes=refuses)
    table = table_rows(plan)
    made = made_rows(gates, has_doubles=largest is not None) if table is None else table
    parts = [[taken(row, gates, largest) for row in part] for part in (made, cases, rows)]
    counts = [sum(row is not None for row in part) for part in parts]
    given = [row for part in parts for row in part if row is not None]
    # these rows once more, in which inputs are left out: they are of no count of their own
    absent = without_defaults(given[:_ABSENT], plan) if language in _WITH_DEFAULTS else []
    every = [*given, *absent]
    about = ExportCheck(
        language, words, title, counts[0], counts[1], counts[2],
        is_whole=table is not None, left_out=sum(map(len, parts)) - len(given),
    )  # fmt: skip
    try:
        with programs.workshop() as folder:
            actual = tool.run(export.data, plan, every, folder)
    except programs.ToolMissing as missing:
        return ExportCheck(language, words, None, missing=missing.message, help=missing.hint)
    except programs.ToolTooSlow as slow:
        hint = "check another language, or a part of the network"
        return ExportCheck(language, words, None, missing=f"{title} took it, but {slow}", help=hint)
    except programs.ToolFailed as failed:
        return replace(about, refusal=str(failed))
    except (
        ValueError,
        TypeError,
        LookupError,
        StopIteration,
    ):  # a file that prints, or gives other types
        return replace(about, refusal="it writes something else than answers for rows")
    if len(actual) != len(every):
        return replace(about, refusal=f"it gives {len(actual):,} rows for {len(every):,}")
    unit = _DOUBLE if export.exactness.kind == _NEAR else None
    own = gates_of(plan, floats)
    judge = Judge(own, has_doubles=largest is not None, unit=unit)
    every = [filled(row, plan) for row in every]
    wanted = answers_of(gates, every)
    for row in broken_rows(gates, every) if refuses else ():
        wanted[row] = dict.fromkeys(wanted[row])
    return _compared(about, judge, every, actual, wanted)


def _compared(
    about: ExportCheck,
    judge: Judge,
    rows: Sequence[Row],
    actual: Sequence[Answer],
    wanted: Sequence[Answer],
) -> ExportCheck:
    near = 0
    differing: list[Differing] = []
    for row, other, own in zip(rows, actual, wanted, strict=True):
        wrong = [
            Differing(row, tap, own[tap.alias], other[tap.alias]) for tap in judge.wrong(own, other)
        ]
        real = [each for each in wrong if each.expected is None or not judge.is_near_tie(each)]
        near += bool(wrong) and not real
        differing += real
        if len(differing) >= _ENOUGH:
            break
    difference = judge.explain(differing) if differing else None
    return replace(about, near_ties=near, difference=difference)

"""An exported file and its plan -> a check: the tool for its language runs the file on rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from nnc.compiler.netlist import Netlist
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange.checking.differences import Difference, agree, is_rounded
from nnc.interchange.checking.rows import Row, Tool, accepted, answers_of, table_rows
from nnc.interchange.checking.samples import made_rows
from nnc.interchange.exporting.exactness import Exactness
from nnc.interchange.languages import LANGUAGES, named
from nnc.interchange.programs import ToolFailed, ToolMissing, ToolTooSlow, workshop
from nnc.numbers.exact import counted
from nnc.rows.options import Floats


class Checking(NamedTuple):
    """The language of a file, its dialect of SQL, and what a float means in rows."""

    language: str
    dialect: str | None = None
    floats: Floats = "binary"


def tool_of(language: str, dialect: str | None = None) -> Tool:
    """Return the tool that runs files of a language. Raises ToolMissing where there is none."""
    about = LANGUAGES[language]
    if about.runner is None:
        message = f"no program runs files of --to {language} on rows"
        raise ToolMissing(message, "check --to aiger, the same network as a circuit")
    tool: Tool = named(about.runner)
    form = dialect or (about.dialects[0] if about.dialects else language)
    return tool._replace(form=form)


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
    tool: str | None = None
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
            message = self.difference.about(str(self.tool))
            hint = "do not use the file; `nnc why` says how the network gets there"
            return [Diagnostic("export-differs", message, file=file, help=hint)]
        return []


def check_file(
    data: bytes,
    plan: Plan,
    exactness: Exactness,
    checking: Checking,
    *,
    cases: Sequence[Row] = (),
    rows: Sequence[Row] = (),
) -> ExportCheck:
    """Run an exported file on generated rows, cases and other rows, and compare the answers."""
    language, dialect, floats = checking
    largest = LANGUAGES[language].largest
    table = table_rows(plan)
    generated = table
    if generated is None:
        generated = made_rows(plan, has_doubles=largest is not None, floats=floats)
    parts = [
        [accepted(row, plan, floats, largest) for row in part] for part in (generated, cases, rows)
    ]
    given = [row for part in parts for row in part if row is not None]
    counts = [sum(row is not None for row in part) for part in parts]
    check = ExportCheck(
        language,
        exactness.words,
        rows=counts[0],
        cases=counts[1],
        given=counts[2],
        is_whole=table is not None,
        left_out=sum(map(len, parts)) - len(given),
    )
    try:
        tool = tool_of(language, dialect)
        check = replace(check, tool=tool.title(tool.form))
        with workshop() as folder:
            actual = tool.run(data, plan, given, folder)
    except ToolMissing as missing:
        return replace(check, tool=None, missing=missing.message, help=missing.hint)
    except ToolTooSlow as slow:
        hint = "check another language, or a part of the network"
        return replace(check, tool=None, missing=f"{check.tool} took it, but {slow}", help=hint)
    except ToolFailed as failed:
        return replace(check, refusal=str(failed))
    except (ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError):
        # the file prints something, or gives values of other types
        return replace(check, refusal="it writes something else than answers for rows")
    if len(actual) != len(given):
        return replace(check, refusal=f"it gives {len(actual):,} rows for {len(given):,}")
    netlist, has_near_ties = Netlist(plan), exactness.kind == "near ties"
    wanted = answers_of(plan, given, floats, refuses=LANGUAGES[language].refuses)
    near = 0
    for row, expected, other in zip(given, wanted, actual, strict=True):
        differing = [
            Difference(row, name, value, other[name])
            for name, value in expected.items()
            if not agree(value, other[name], has_doubles=largest is not None)
        ]
        for difference in differing:
            if not (has_near_ties and is_rounded(difference, netlist, floats)):
                return replace(check, near_ties=near, difference=difference)
        near += bool(differing)
    return replace(check, near_ties=near)

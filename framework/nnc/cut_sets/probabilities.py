"""Probabilities as given -> the probability of each element of an input, or mistakes."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, Span, did_you_mean
from nnc.diagnostics.rules import RuleName
from nnc.language.network import Input
from nnc.numbers.exact import Refused, counted, exact_number, first_names, shorten, show_number
from nnc.rows.csv.header import delimiter_of
from nnc.rows.dialect import COMMA, CsvDialect
from nnc.rows.session import RowOptions, Session

_COLUMNS = {"name": Input(type="real"), "probability": Input(type="real")}
_FORM = "write a header `name,probability`, then a line for each input, such as pump_a,0.001"


class Entry(NamedTuple):
    """A probability as given: of an input, an element, or all elements of a bus.

    `mistake` describes the line of a table that cannot be read.
    """

    name: str
    value: object
    file: str | None = None
    span: Span | None = None
    excerpt: str | None = None
    mistake: Diagnostic | None = None


class _Table:
    """Reads the lines of a table, and keeps what is wrong with them."""

    def __init__(self, file: str, report: Callable[[Diagnostic], None]) -> None:
        self._file, self._report = file, report
        self._header: list[str] = []
        self._delimiter = COMMA
        self.entries: list[Entry] = []
        self.mistakes: list[Diagnostic] = []

    def read(self, lines: list[str]) -> None:
        """Read all lines, the header first; without a header, nothing else."""
        if not lines:
            self.mistakes.append(self._refusal("no-header", "the file is empty", None, ""))
        else:
            csv_settings = CsvDialect(recognises=True)
            session = Session(_COLUMNS, self._file, self._report, RowOptions(csv=csv_settings))
            self._delimiter = delimiter_of(lines[0], session)
        while lines and self._is_blank(lines[-1]):
            lines = lines[:-1]
        for number, line in enumerate(lines, 1):
            span = Span(number, 1, number, max(2, len(line) + 1))
            try:
                rows = csv.reader([line], delimiter=self._delimiter, strict=True)
                cells = [cell.strip() for row in rows for cell in row]
            except csv.Error as error:
                message = f"the line cannot be read: {error}"
                self._refuse(self._refusal("bad-quoting", message, span, line))
                continue
            if number == 1:
                self._header = cells
                if wrong := self._read_header(line):
                    self.mistakes.append(self._refusal("no-header", wrong, span, line))
                    return
            elif self._is_blank(line):
                message, hint = "there is a blank line", "remove the line"
                self._refuse(self._refusal("blank-line", message, span, line, hint))
            elif len(cells) != len(self._header):
                expected = counted(len(self._header), "cell")
                message = f"the line has {counted(len(cells), 'cell')}; expected {expected}"
                self._refuse(self._refusal("row-length", message, span, line))
            else:
                row = dict(zip(self._header, cells, strict=True))
                entry = Entry(row["name"], row["probability"], self._file, span, line)
                self.entries.append(entry)

    def _is_blank(self, line: str) -> bool:
        """Return whether a line has empty cells alone, as spreadsheets write a row without any."""
        return not line.replace(self._delimiter, "").strip()

    def _read_header(self, line: str) -> str | None:
        """Return why a header is refused, and report its other columns, which are left out."""
        wanted = [name for name in self._header if name in _COLUMNS]
        if sorted(wanted) != sorted(_COLUMNS):
            return f"the header is `{shorten(line)}`, not `name,probability`"
        other = [name for name in self._header if name not in _COLUMNS]
        if other:
            columns = f"column{'' if len(other) == 1 else 's'} {first_names(other, '`')}"
            message = f"{columns} {'is' if len(other) == 1 else 'are'} left out"
            hint = "only `name` and `probability` are read"
            span = Span(1, 1, 1, len(line) + 1)
            self._report(
                Diagnostic(
                    "unknown-column", message, help=hint, file=self._file, span=span, excerpt=line
                )
            )
        return None

    def _refuse(self, mistake: Diagnostic) -> None:
        """Keep the mistake of a line, to be reported in the order of lines."""
        self.entries.append(Entry("", None, mistake=mistake))

    def _refusal(
        self, rule: RuleName, message: str, span: Span | None, line: str, hint: str = _FORM
    ) -> Diagnostic:
        excerpt = line or None
        return Diagnostic(rule, message, help=hint, file=self._file, span=span, excerpt=excerpt)


def read_table(
    data: bytes, file: str, report: Callable[[Diagnostic], None]
) -> tuple[list[Entry], list[Diagnostic]]:
    """Read a CSV file with the columns `name` and `probability`; others are left out.

    `report` takes warnings: of those, and of a delimiter that is no comma. Also return what is
    wrong with the file; what is wrong with a line is in its entry.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} is not UTF-8"
        return [], [Diagnostic("bad-encoding", message, file=file, help="save the file as UTF-8")]
    table = _Table(file, report)
    table.read(re.split(r"\r\n|\n|\r", text.rstrip()) if text.strip() else [])
    return table.entries, table.mistakes


def assigned(
    entries: Iterable[Entry], inputs: Mapping[str, Input], first_of: Mapping[str, int]
) -> tuple[dict[int, Fraction], list[Diagnostic]]:
    """Return the probability of each signal that has one, and what is wrong with the others."""
    elements: dict[str, list[int]] = {}
    for name, input_ in inputs.items():
        names = input_.element_names(name)
        elements |= {element: [first_of[name] + i] for i, element in enumerate(names)}
        elements[name] = list(range(first_of[name], first_of[name] + len(names)))
    chances: dict[int, Fraction] = {}
    mistakes: list[Diagnostic] = []
    for entry in entries:
        if entry.mistake is not None:
            mistakes.append(entry.mistake)
            continue
        name = shorten(entry.name)
        signals = elements.get(entry.name)
        try:
            if signals is None:
                message = f"a probability is for `{name}`, which is not an input"
                hint = did_you_mean(entry.name, elements, f"the inputs are {first_names(inputs)}")
                raise Refused("unknown-source", message, hint)
            if chances.keys() & set(signals):
                message = f"`{name}` has a probability twice"
                raise Refused("duplicate-column", message, "remove one of them")
            chances |= dict.fromkeys(signals, _chance(entry))
        except Refused as error:
            refusal = Diagnostic(error.rule, error.message, help=error.help or None)
            mistakes.append(
                replace(refusal, file=entry.file, span=entry.span, excerpt=entry.excerpt)
            )
    return chances, mistakes


def _chance(entry: Entry) -> Fraction:
    """Return a probability exactly. Raises Refused."""
    name = shorten(entry.name)
    try:
        chance = exact_number(entry.value)
    except Refused as error:
        message = f"the probability of `{name}`: {error.message}"
        raise Refused(error.rule, message, error.help) from None
    if not 0 <= chance <= 1:
        message = f"the probability of `{name}` is {show_number(chance)}, not between 0 and 1"
        raise Refused("bad-value", message, "write a number from 0 to 1, such as 0.001 or 1/1000")
    return Fraction(chance)

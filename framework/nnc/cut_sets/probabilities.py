"""Assign given probabilities to the elements of inputs, or report errors."""

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
from nnc.rows.dialect import CsvDialect
from nnc.rows.session import RowOptions, Session

_COLUMNS = {"name": Input(type="real"), "probability": Input(type="real")}
_FORM = "write a header `name,probability`, then a line for each input, such as pump_a,0.001"


class Entry(NamedTuple):
    """A probability as given: of an input, an element, or all elements of a bus.

    `mistake` describes an unreadable line of a table.
    """

    name: str
    value: object
    file: str | None = None
    span: Span | None = None
    excerpt: str | None = None
    mistake: Diagnostic | None = None


class _Line(NamedTuple):
    """A line of a table."""

    file: str
    number: int
    text: str

    @property
    def span(self) -> Span:
        """The span of the line."""
        return Span(self.number, 1, self.number, max(2, len(self.text) + 1))

    def refusal(self, rule: RuleName, message: str, hint: str = _FORM) -> Diagnostic:
        """Return a diagnostic about the line."""
        excerpt = self.text or None
        return Diagnostic(rule, message, help=hint, file=self.file, span=self.span, excerpt=excerpt)

    def cells(self, delimiter: str) -> list[str]:
        """Return the cells. Raises csv.Error."""
        rows = csv.reader([self.text], delimiter=delimiter, strict=True)
        return [cell.strip() for row in rows for cell in row]

    def entry(self, header: list[str], delimiter: str) -> Entry:
        """Return the entry of the line, or its error."""
        try:
            cells = self.cells(delimiter)
        except csv.Error as error:
            mistake = self.refusal("bad-quoting", f"the line cannot be read: {error}")
            return Entry("", None, mistake=mistake)
        if not any(cells):
            mistake = self.refusal("blank-line", "there is a blank line", "remove the line")
            return Entry("", None, mistake=mistake)
        if len(cells) != len(header):
            expected = counted(len(header), "cell")
            message = f"the line has {counted(len(cells), 'cell')}; expected {expected}"
            return Entry("", None, mistake=self.refusal("row-length", message))
        row = dict(zip(header, cells, strict=True))
        return Entry(row["name"], row["probability"], self.file, self.span, self.text)


def read_table(
    data: bytes, file: str, report: Callable[[Diagnostic], None]
) -> tuple[list[Entry], list[Diagnostic]]:
    """Read a CSV file with the columns `name` and `probability`; other columns are ignored.

    `report` takes warnings about those columns, and about a delimiter other than the comma. Also
    returns the errors of the file; the error of a line is in its entry.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} is not UTF-8"
        return [], [Diagnostic("bad-encoding", message, file=file, help="save the file as UTF-8")]
    if not text.strip():
        return [], [Diagnostic("no-header", "the file is empty", help=_FORM, file=file)]
    texts = re.split(r"\r\n|\n|\r", text.rstrip())
    session = Session(_COLUMNS, file, report, RowOptions(csv=CsvDialect(recognises=True)))
    delimiter = delimiter_of(texts[0], session)
    while not texts[-1].replace(delimiter, "").strip():  # as spreadsheets write a row without cells
        texts.pop()
    first, *lines = [_Line(file, number, line) for number, line in enumerate(texts, 1)]
    try:
        header = first.cells(delimiter)
    except csv.Error as error:
        return [], [first.refusal("bad-quoting", f"the line cannot be read: {error}")]
    others = [name for name in header if name not in _COLUMNS]
    if len(header) - len(others) != 2 or not _COLUMNS.keys() <= set(header):
        message = f"the header is `{shorten(first.text)}`, not `name,probability`"
        return [], [first.refusal("no-header", message)]
    if others:
        columns = f"column{'' if len(others) == 1 else 's'} {first_names(others, '`')}"
        message = f"{columns} {'is' if len(others) == 1 else 'are'} left out"
        hint = "only `name` and `probability` are read"
        report(first.refusal("unknown-column", message, hint))
    return [line.entry(header, delimiter) for line in lines], []


def assigned(
    entries: Iterable[Entry], inputs: Mapping[str, Input], first_of: Mapping[str, int]
) -> tuple[dict[int, Fraction], list[Diagnostic]]:
    """Return the probability of each signal that has one, and the errors in the other entries."""
    elements: dict[str, list[int]] = {}
    for name, input_ in inputs.items():
        names = input_.element_names(name)
        elements |= {element: [first_of[name] + i] for i, element in enumerate(names)}
        elements[name] = list(range(first_of[name], first_of[name] + len(names)))
    chances: dict[int, Fraction] = {}
    single: set[int] = set()  # signals with NAME=P, which goes before a table
    mistakes: list[Diagnostic] = []
    for entry in sorted(entries, key=lambda entry: (entry.file or entry.mistake) is not None):
        if entry.mistake is not None:
            mistakes.append(entry.mistake)
            continue
        name = shorten(entry.name)
        signals = elements.get(entry.name)
        try:
            if signals is None:
                message = f"a probability is for `{name}`, which is not an input"
                message = message if name else "a probability has no name"
                hint = did_you_mean(entry.name, elements, f"the inputs are {first_names(inputs)}")
                raise Refused("unknown-source", message, hint)
            chance = _chance(entry)
            signals = [signal for signal in signals if entry.file is None or signal not in single]
            if chances.keys() & set(signals):
                message = f"`{name}` has a probability twice"
                raise Refused("duplicate-column", message, "remove one of them")
            chances |= dict.fromkeys(signals, chance)
            single.update(signals if entry.file is None else ())
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

"""The header of a CSV file: which column holds which input."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import islice

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.limits import COLUMNS, lift
from nnc.numbers.exact import MAX_NAMES
from nnc.rows.csv.text import CsvText, note_bad_quotes, records, stretches
from nnc.rows.dialect import COMMA, COMMON, CsvDialect, delimiter_name, delimiter_option
from nnc.rows.inputs.names import about_left_out, lay_out, skeleton
from nnc.rows.inputs.value import is_number
from nnc.rows.session import CellRef, RowFindings, Session


@dataclass(frozen=True)
class CsvHeader:
    """The columns of the inputs; `kept` are the extras, `names` are all columns.

    `columns` has inputs in one column, `elements` buses in a column for each element: in order,
    a slice where they stand side by side. In the `dialect` the delimiter is known.
    """

    names: tuple[str, ...]
    dialect: CsvDialect
    columns: dict[str, int] = field(default_factory=dict)
    elements: dict[str, slice | list[int]] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.names)

    @property
    def delimiter(self) -> str:
        """The character between cells."""
        return self.dialect.delimiter or self.dialect.usual


def read_header(text: CsvText, session: Session, findings: RowFindings) -> tuple[CsvHeader, int]:
    """Read the first record; return the header, and where the rows start.

    Raises InvalidRowsError where nothing below could be read.
    """
    _check_count(text, findings)
    record = next(records(text))
    note_bad_quotes(text, record, findings)
    whole = text.place(record.start, record.end)
    names = [unicodedata.normalize("NFC", name) for name in record.cells]
    header = CsvHeader(tuple(names), replace(session.options.csv, delimiter=text.delimiter))
    findings.stop()
    if no_header := _no_header(names, text.delimiter, session):
        findings.add("no-header", no_header[0], whole, help=no_header[1])
        findings.stop()
    places = [text.place(*stretch) for stretch in stretches(text, record)]
    _check_twice(names, places, findings)
    if unused := sorted(session.options.rename.keys() - set(names)):
        for old in unused:
            findings.add_unused(old, names, "column")
        findings.stop()
    layout = lay_out(
        names,
        session.inputs,
        noun="column",
        extra=session.options.extra,
        also=session.also,
        hint=session.hint,
        rename=session.options.rename,
    )
    for problem in layout.problems:
        place = whole if problem.at is None else places[problem.at]
        first = None if problem.first is None else places[problem.first]
        hint = problem.help_with(options=session.options.has_options)
        findings.add(problem.rule, problem.message, place, help=hint, first=first)
    unnamed = [at for at, name in enumerate(names) if not name]
    unnamed = unnamed if len(unnamed) > 1 else []  # one may be the index of a frame
    for at in layout.others:
        if session.keeps(names[at]) and at not in unnamed:
            header.kept.setdefault(names[at], at)
    if session.inputs and not (layout.problems or layout.whole or layout.elements or header.kept):
        findings.add(
            "missing-column",
            "no column is an input",
            whole,
            help=f"the inputs are {names_to_write(session)}",
        )
        findings.stop()
    if layout.left_out:
        place = places[layout.left_out[0].at]
        session.warn(*about_left_out(layout.left_out, "column", session.options.extra_help), place)
    header.columns.update(layout.whole)
    header.elements.update((name, _stretch(at)) for name, at in layout.elements.items())
    return header, record.end + 1


def _check_count(text: CsvText, findings: RowFindings) -> None:
    """Refuse a first line of too many cells before it is taken apart. Raises InvalidRowsError."""
    end = text.text.find("\n")
    cells = text.text.count(text.delimiter, 0, len(text.text) if end < 0 else end) + 1
    allowed = COLUMNS.allowed()
    if cells > allowed:
        message = f"the first line is no header: it has {cells:,} cells, and a header {allowed:,}"
        help_ = lift(COLUMNS.needed(cells))
        findings.add("no-header", f"{message} at most", text.place(0, 0), help=help_)
        findings.stop()


def _stretch(places: list[int]) -> slice | list[int]:
    """Return places that stand side by side as a slice."""
    first, width = places[0], len(places)
    is_slice = places == list(range(first, first + width))
    return slice(first, first + width) if is_slice else places


def _no_header(names: list[str], delimiter: str, session: Session) -> tuple[str, str] | None:
    wanted = names_to_write(session)
    if not any(names):
        return "the first line is blank; expected a header", f"write the names first: {wanted}"
    if all(map(is_number, names)):
        return (
            "the first line holds numbers; expected a header",
            f"write the names first: {wanted}",
        )
    if first_line := re.fullmatch(r"sep=(.)", delimiter.join(names)):
        hint = f"remove it, and add `{delimiter_option(first_line[1])}`"
        if not session.options.has_options:
            hint = f"remove it, and write the names first: {wanted}"
        return f"the first line is `{first_line[0]}`; expected a header", hint
    for mark in COMMON:
        if mark != delimiter and _has_input(
            (name for name in names if mark in name), mark, session
        ):
            return _other_delimiter(mark, delimiter, session)
    parts = names[0].split(" ")
    columns = session.columns
    if len(names) == 1 and sum(columns.input_of(part) is not None for part in parts) > 1:
        return _other_delimiter(" ", delimiter, session) if all(parts) else None
    return None


def _has_input(texts: Iterable[str], mark: str, session: Session) -> bool:
    """Return whether a name like that of an input stands in texts, between marks."""
    parts = [part.strip(' "') for text in texts for part in text.split(mark)]
    names = [unicodedata.normalize("NFC", part) for part in parts]
    columns = session.columns
    alike = {skeleton(columns.column_of(name)) for name in session.inputs}
    return any(columns.input_of(name) is not None or skeleton(name) in alike for name in names)


def _other_delimiter(mark: str, delimiter: str, session: Session) -> tuple[str, str]:
    expected = "commas" if delimiter == COMMA else delimiter_name(delimiter)
    message = f"the columns are separated by {delimiter_name(mark)}; expected {expected}"
    if not session.options.has_options:
        return message, f"save the file with {expected} between the cells"
    if mark == session.options.csv.decimal:
        return message, f"`--decimal {mark}` needs another mark between the cells"
    return message, f"add `{delimiter_option(mark)}`, or save the file with {expected}"


def delimiter_of(line: str, session: Session) -> str:
    """Return what separates the cells of a file, by its first line where there is no doubt.

    It is another mark than usual where only between such the line has names of inputs. That is
    reported.
    """
    dialect = session.options.csv
    if (known := dialect.known(line)) is not None:
        return known
    usual = dialect.usual
    marks = [mark for mark in COMMON if mark in line and mark not in (usual, dialect.decimal)]
    likely = [mark for mark in marks if _has_input([line], mark, session)]
    if len(likely) != 1:
        return usual
    message = f"the columns are separated by {delimiter_name(likely[0])}, and read so"
    hint = f"`{delimiter_option(likely[0])}` says so" if session.options.has_options else None
    session.report(Diagnostic("delimiter-recognised", message, help=hint, file=session.file))
    return likely[0]


def names_to_write(session: Session) -> str:
    """Return the names of the first columns that a header should have."""
    names = list(islice(session.columns.names(), MAX_NAMES + 1))
    return ",".join(names[:MAX_NAMES]) + (",…" if names[MAX_NAMES:] else "")


def _check_twice(names: list[str], places: list[CellRef], findings: RowFindings) -> None:
    first: dict[str, int] = {}
    for at, name in enumerate(names):
        if name and name in first:
            findings.add(
                "duplicate-column",
                f"column `{name}` appears twice",
                places[at],
                help="remove one of them, or rename it",
                first=places[first[name]],
            )
        first.setdefault(name, at)

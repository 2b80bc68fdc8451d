"""Session, findings and rejects: what all readers of rows share."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Container,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    Sized,
)
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, TypeVar

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, Label, Span, closest
from nnc.diagnostics.rules import RuleName
from nnc.language.network import Input
from nnc.lazy import np
from nnc.numbers.exact import Refused, counted
from nnc.numbers.integers import Array
from nnc.printable import printable
from nnc.rows.columns import Batch
from nnc.rows.dialect import COMMAS, CsvDialect
from nnc.rows.elements import InputColumns
from nnc.rows.options import DROPPED_HELP, Extra, Floats

if TYPE_CHECKING:
    from nnc.rows.parts import Part

MAX_FINDINGS = 1000
_MAX_OF_ROW = 3  # findings in a row that is rejected
_MAX_DETAILS = 5  # rows of which the warning says what is wrong
CHUNK = 1 << 22  # bytes that are read at a time
MAX_LINE = 1 << 26
MAX_EXCERPT = 1000
MAX_CELLS = 1 << 26  # values held at a time, where a short text stands for a wide bus
MAX_OBJECTS = 1 << 18  # values held at a time as objects of Python

# Columns of rejected rows.
LINE = "_line"
ROW = "_row"
ERROR = "_error"
TEXT = "_text"  # in JSON, the text of a row that is not an object

FRAME = "<frame>"  # the name of a file in messages about a frame in memory


@dataclass(frozen=True, slots=True)
class RowOptions:
    """The options of a user for reading rows.

    `extra` says what becomes of a column that is not an input, and `extra_help` what the warning of
    one that is dropped recommends. `floats` is the meaning of binary floats, None for the number
    stored, with a warning where it matters; `csv` the dialect of CSV. `rename` has the inputs, or
    elements of them, that columns and keys of other names hold. With `has_options`, messages name
    options of the command line.
    """

    extra: Extra | None = None
    extra_help: str = DROPPED_HELP
    floats: Floats | None = None
    csv: CsvDialect = COMMAS
    rename: Mapping[str, str] = field(default_factory=dict)
    has_options: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """The settings of a reader of rows.

    A batch has at most `batch_size` rows. `report` takes warnings. `also` names columns that are
    not inputs and that `Batch.extras` keeps, whatever `options.extra` says.
    `check` takes the name of a column in `also` and the text of a cell, and raises Refused. CSV
    calls it where rows are refused anyway, so that all mistakes are told; sound ones it leaves be.
    `hint` says what to write for a column that is neither an input nor in `also`. With `rejects`,
    rows with mistakes go there, and are skipped. `expect` gets the number of rows from formats that
    say it. Where rows are rejected, `refuse` says which of a batch are not allowed, and why. Only a
    `part` of the file is read, if there is one. Inputs that are `required` have a default only by
    an option, which makes no row of a line of empty cells.
    """

    inputs: Mapping[str, Input]
    file: str
    report: Callable[[Diagnostic], None]
    options: RowOptions = RowOptions()
    batch_size: int = 65536
    also: Container[str] = frozenset()
    check: Callable[[str, str], None] | None = None
    hint: Callable[[str], str] | None = None
    rejects: Rejects | None = None
    expect: Callable[[int], None] | None = None
    refuse: Callable[[Batch], Mapping[int, str]] | None = None
    part: Part | None = None
    required: frozenset[str] = frozenset()

    @property
    def width(self) -> int:
        """The number of values in a row: one for each scalar and each element of a bus."""
        return sum(input_.width for input_ in self.inputs.values())

    @property
    def columns(self) -> InputColumns:
        """The columns or keys that hold the inputs."""
        return InputColumns(self.inputs, self.options.rename)

    @property
    def floats(self) -> Floats:
        """The meaning of binary floats."""
        return self.options.floats or "binary"

    @property
    def before(self) -> int:
        """The number of rows before those that are read."""
        return 0 if self.part is None else self.part.before

    def keeps(self, name: str) -> bool:
        """Return whether a column that is not an input is kept beside the outputs."""
        return name in self.also or self.options.extra == "keep"

    def warn(self, message: str, hint: str, place: CellRef | None = None) -> None:
        """Report columns that are left out."""
        span, excerpt = place or (None, None)
        self.report(
            Diagnostic(
                "unknown-column",
                message,
                help=hint,
                file=self.file,
                span=span,
                excerpt=excerpt,
            )
        )

    def refused(self, batch: Batch | None) -> Mapping[int, str]:
        """Map each row that breaks an assumption, although its values are valid, to a message."""
        if self.refuse is None or self.rejects is None or batch is None:
            return {}
        return self.refuse(batch)

    def rows_within(self, values: int) -> int:
        """Return how many rows to read at a time: a batch, or fewer where they are wide."""
        return max(1, min(self.batch_size, values // max(self.width, 1)))


# --------------------------------------------------------------------------------- mistakes


class CellRef(NamedTuple):
    """A stretch of text, and the line that it starts on."""

    span: Span
    excerpt: str | None


class RowFindings:
    """The mistakes in one file of rows, raised together."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._diagnostics: list[Diagnostic] = []

    def __bool__(self) -> bool:
        return bool(self._diagnostics)

    def add(
        self,
        rule: RuleName,
        message: str,
        place: CellRef | None = None,
        *,
        help: str | None = None,
        first: CellRef | None = None,
        row: int | None = None,
    ) -> None:
        """Add a mistake; `row` is the number of the row.

        `first` is where that stands which it repeats.

        Raises InvalidRowsError with all of them once there are 1,000.
        """
        self._take(self.diagnostic(rule, message, place, help, first), row)

    def add_unused(self, old: str, names: Collection[str], noun: str) -> None:
        """Add that there is no column, or key, which is to be renamed."""
        close = closest(old, names)
        hint = f"did you mean `{close}`?" if close else f"remove `--rename {old}=…`"
        self.add("missing-column", f"there is no {noun} `{old}` to rename", help=hint)

    def refuse(
        self,
        name: str,
        error: Refused,
        place: CellRef,
        *,
        noun: str = "input",
        row: int | None = None,
    ) -> None:
        """Add that the value of an input is refused; raises as `add` does."""
        self.add(error.rule, f"{noun} `{name}`: {error.message}", place, help=error.help, row=row)

    def diagnostic(
        self,
        rule: RuleName,
        message: str,
        place: CellRef | None,
        help: str | None,
        first: CellRef | None = None,
    ) -> Diagnostic:
        """Return a mistake in this file, without adding it."""
        span, excerpt = place or (None, None)
        labels: tuple[Label, ...] = ()
        if first is not None:
            label = Label("first here", file=self._file, span=first.span, excerpt=first.excerpt)
            labels = (label,)
        return Diagnostic(
            rule,
            message,
            help=help or None,
            file=self._file,
            span=span,
            excerpt=excerpt,
            labels=labels,
        )

    def _take(self, diagnostic: Diagnostic, _: int | None) -> None:
        self._diagnostics.append(diagnostic)
        if len(self._diagnostics) >= MAX_FINDINGS:
            self.stop()

    def stop(self) -> None:
        """Raise InvalidRowsError with all mistakes in the order of their places, if any."""
        if self._diagnostics:
            nowhere = Span(0, 0, 0, 0)
            raise InvalidRowsError(sorted(self._diagnostics, key=lambda each: each.span or nowhere))


class FindingsByRow(RowFindings):
    """The mistakes in rows that are skipped, row by row: a few of each, never raised."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self._by_row: dict[int, list[Diagnostic]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_row)

    def _take(self, diagnostic: Diagnostic, row: int | None) -> None:
        assert row is not None
        diagnostics = self._by_row.setdefault(row, [])
        if len(diagnostics) < _MAX_OF_ROW:
            diagnostics.append(diagnostic)

    def stop(self) -> None:
        """Raise nothing."""

    def pop(self) -> dict[int, list[Diagnostic]]:
        """Take out the mistakes, by the number of their row."""
        by_row = dict(sorted(self._by_row.items()))
        self._by_row.clear()
        return by_row


# ---------------------------------------------------------------------------------- rejects


class Rejects:
    """Counts rows that are refused, and keeps the first mistakes; `stream` takes the rows.

    With `limit`, InvalidRowsError is raised, too-many-rejects, once there are more.
    """

    def __init__(
        self, stream: BinaryIO | None = None, limit: int | None = None, file: str = ""
    ) -> None:
        self.stream, self._limit, self._file = stream, limit, file or None
        self.count = 0
        self._sound = 0
        self._first: list[Diagnostic] = []

    def add(self, diagnostics: Sequence[Diagnostic], number: int | None = None) -> None:
        """Count one row, and keep its mistakes; `number`, from 0, if it is known."""
        del number
        self.count += 1
        if len(self._first) < _MAX_DETAILS:
            self._first.append(diagnostics[0])
        if self._limit is not None and self.count > self._limit:
            message = f"more than {counted(self._limit, 'row')} {_verb(self._limit)} refused"
            hint = "correct the rows, or allow more with --on-error"
            details = self._details(len(self._first))
            raise InvalidRowsError(
                [
                    Diagnostic(
                        "too-many-rejects", message, help=hint, details=details, file=self._file
                    )
                ]
            )

    def write(self, data: bytes) -> None:
        """Write to the file of rejected rows, if there is one."""
        if self.stream is not None:
            self.stream.write(data)

    def counting(self, batches: Iterable[Batch]) -> Generator[Batch]:
        """Pass on the rows that are sound, and count them."""
        for batch in batches:
            self._sound += batch.count
            yield batch

    def warning(self, file: str, kept_in: str | None) -> Diagnostic | None:
        """Return the warning that rows were skipped, an error if all were; None for none."""
        if not self.count:
            return None
        total = counted(self.count + self._sound, "row")
        message = f"{self.count:,} of {total} {_verb(self.count)} refused and left out"
        is_alone = self.count == 1
        hint = f"`--rejects FILE` keeps {'it' if is_alone else 'them'}, with what is wrong"
        if kept_in is not None:
            hint = f"{'it is' if is_alone else 'they are'} in {kept_in}, with what is wrong"
        rule: RuleName = "rows-skipped" if self._sound else "too-many-rejects"
        return Diagnostic(rule, message, help=hint, details=self._details(self.count), file=file)

    def _details(self, count: int) -> tuple[str, ...]:
        """Describe the first mistakes of some rows."""
        details = []
        for diagnostic in self._first:
            line = "" if diagnostic.span is None else f", in line {diagnostic.span.line:,}"
            details.append(f"{diagnostic.message}{line}")
        if count > len(details):
            details.append(f"… and {count - len(details):,} more rows")
        return tuple(details)


class NumberedRejects(Rejects):
    """Keeps the mistakes of each refused row, by its number, from 0."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: dict[int, Sequence[Diagnostic]] = {}

    def add(self, diagnostics: Sequence[Diagnostic], number: int | None = None) -> None:
        """Keep the mistakes of one row."""
        super().add(diagnostics, number)
        if number is not None:
            self.wrong[number] = diagnostics

    def place(self, number: int) -> int:
        """Return how many sound rows are before the row of a number."""
        return number - sum(1 for each in self.wrong if each < number)


def _not_allowed(message: str, file: str, place: CellRef | None) -> Diagnostic:
    """Return the refusal of a row that is not allowed."""
    span, excerpt = place or (None, None)
    return Diagnostic("row-not-allowed", message, file=file, span=span, excerpt=excerpt)


def _verb(count: int) -> str:
    return "is" if count == 1 else "are"


def error_text(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the mistake of a rejected row, in one line."""
    return printable(
        "; ".join(f"{each.about.code} {each.rule}: {each.message}" for each in diagnostics)
    )


Rows = TypeVar("Rows", bound=Sized)


class TableRejects(Protocol[Rows]):
    """Selects and writes the rejected rows of a format that comes in tables."""

    def part(self, table: Rows, is_kept: Array) -> Rows:
        """Return some rows of a table."""

    def place(self, table: Rows, row: int) -> CellRef | None:
        """Return the place of a row, where the format knows it."""

    def write(self, rows: Rows, numbers: Array, wrong: Collection[list[Diagnostic]]) -> None:
        """Write rows unchanged, with their numbers and mistakes if there is room."""


def batches_of_tables(
    tables: Iterable[Rows],
    read: Callable[[Rows, int, RowFindings], Batch | None],
    session: Session,
    findings: RowFindings,
    rejected: TableRejects[Rows],
) -> Iterator[Batch]:
    """Read tables, without rows with mistakes if these are skipped.

    `read` takes a table, the number of its first row, and what takes the mistakes; it returns None
    where there are any.
    """
    start = session.before
    if session.rejects is not None:
        findings = FindingsByRow(session.file)
    for table in tables:
        batch = read(table, start, findings)
        if isinstance(findings, FindingsByRow) and session.rejects is not None:
            wrong, rest = findings.pop(), table
            if wrong:
                rest = rejected.part(table, _is_sound(wrong, start, len(table)))
                batch = read(rest, start, findings) if len(rest) else None
            if refused := session.refused(batch):
                sound = np.flatnonzero(_is_sound(wrong, start, len(table)))
                for row, message in refused.items():
                    at = int(sound[row])
                    place = rejected.place(table, at)
                    wrong[start + at] = [_not_allowed(message, session.file, place)]
                rest = rejected.part(table, _is_sound(wrong, start, len(table)))
                batch = read(rest, start, findings) if len(rest) else None
            if wrong:
                _reject(dict(sorted(wrong.items())), table, start, session.rejects, rejected)
        if batch is not None:
            yield batch
        start += len(table)


def _is_sound(wrong: Collection[int], start: int, count: int) -> Array:
    """Return for each row of a table, the first of which has the number `start`, if it is sound."""
    is_sound = np.ones(count, bool)
    for number in wrong:
        is_sound[number - start] = False
    return is_sound


def _reject(
    wrong: dict[int, list[Diagnostic]],
    table: Rows,
    start: int,
    rejects: Rejects,
    rejected: TableRejects[Rows],
) -> None:
    for number, diagnostics in wrong.items():
        rejects.add(diagnostics, number)
    if rejects.stream is not None:
        is_wrong = ~_is_sound(wrong, start, len(table))
        numbers = np.array(list(wrong), np.int64)
        rejected.write(rejected.part(table, is_wrong), numbers, wrong.values())

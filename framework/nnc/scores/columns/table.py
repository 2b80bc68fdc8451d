"""Rows of any format, or of Python, as columns of texts: a Table, whose columns have no types yet.

A column stores its distinct texts once and an index for each row, so the cost of interpreting a
column depends on its distinct values, not on its rows.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, Any, BinaryIO

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.files.opening import STDIN, open_to_read
from nnc.files.weights import Mistake, read_header
from nnc.language.network import Input
from nnc.lazy import np
from nnc.numbers.exact import Number, simplest
from nnc.numbers.integers import Array
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.dialect import COMMAS, CsvDialect
from nnc.rows.formats import frames_for, read_rows
from nnc.rows.inputs.shapes import array_of_rows, is_frame, mapping_of, type_name
from nnc.rows.output import texts_of
from nnc.rows.session import FRAME, RowOptions, Session
from nnc.rows.streams import seekable

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_CUTS = 1000


def cut_points(
    values: Sequence[Number], rows: NDArray[np.int64], wanted: int, *, is_integer: bool
) -> list[Number]:
    """Cut ascending values at up to `wanted` quantiles.

    `rows` counts the rows with each value.
    """
    if len(values) <= wanted + 1:
        places = list(range(1, len(values)))
    else:
        below = np.cumsum(rows)[:-1]
        total = int(rows.sum())
        places = sorted(
            {_nearest(below, Fraction(total * part, wanted + 1)) for part in range(1, wanted + 1)}
        )
    return [between(values[place - 1], values[place], is_integer=is_integer) for place in places]


def _nearest(below: NDArray[np.int64], target: Fraction) -> int:
    """Return the position with the number of rows below it closest to a number."""
    numbers = below.tolist()
    place = bisect_left(numbers, target)
    if place == len(numbers):
        return place
    if place and target - numbers[place - 1] <= numbers[place] - target:
        return place
    return place + 1


def between(low: Number, high: Number, *, is_integer: bool) -> Number:
    """Return the shortest decimal above `low` and at most `high`, the nearest to the middle.

    If they are not integers, it is strictly between, also for the adjacent binary floats.
    """
    bottom, top = Fraction(low), Fraction(high)
    if not is_integer:
        bottom, top = max(bottom, _stored(low)), min(top, _stored(high))
        if bottom >= top:  # decimals that are one and the same float
            bottom, top = Fraction(low), Fraction(high)
    middle = (bottom + top) / 2
    width = top - bottom
    digits = len(str(int(width))) if width >= 1 else 0
    for places in count(-digits):
        step = Fraction(10) ** -places
        nearest = round(middle / step) * step
        for decimal in (nearest, nearest - step, nearest + step):
            if bottom < decimal < top or (is_integer and decimal == top):
                return simplest(decimal)
    raise AssertionError  # between two numbers there is a decimal


def _stored(value: Number) -> Fraction:
    """Return the binary float of a number, or the number itself if it is too large."""
    try:
        return Fraction(float(value))
    except OverflowError:
        return Fraction(value)


@dataclass(frozen=True, slots=True, eq=False)
class TextColumn:
    """One column: `texts[codes[row]]` is the cell of a row; an empty text is no value."""

    name: str
    texts: tuple[str, ...]
    codes: Array

    @property
    def counts(self) -> Array:
        """The number of rows with each of the texts."""
        return np.bincount(self.codes, minlength=len(self.texts))

    def taken(self, rows: Array) -> TextColumn:
        """Return the cells of some rows."""
        return TextColumn(self.name, self.texts, self.codes[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Some rows by their columns; `digest` is that of their `file`, or of their cells."""

    columns: Mapping[str, TextColumn]
    count: int
    digest: str = ""
    file: str | None = None

    def taken(self, rows: Array) -> Table:
        """Return some of the rows."""
        columns = {name: column.taken(rows) for name, column in self.columns.items()}
        return replace(self, columns=columns, count=len(rows))

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Attribute the diagnostics raised inside to the file of these rows."""
        try:
            yield
        except InvalidRowsError as error:
            placed = [
                replace(diagnostic, file=diagnostic.file or self.file)
                for diagnostic in error.diagnostics
            ]
            raise InvalidRowsError(placed) from None


class _Codes:
    """Numbers the distinct texts of a column in order of appearance."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._parts: list[Array] = []

    def add(self, texts: Sequence[str]) -> None:
        places = self._places
        for text in dict.fromkeys(texts):
            places.setdefault(text, len(places))
        self._parts.append(np.fromiter(map(places.__getitem__, texts), np.int32, len(texts)))

    def column(self, name: str) -> TextColumn:
        codes = np.concatenate(self._parts) if self._parts else np.zeros(0, np.int32)
        return TextColumn(name, tuple(self._places), codes)


def read_table(
    file: str,
    form: str,
    report: Callable[[Diagnostic], None],
    csv: CsvDialect = COMMAS,
) -> Table:
    """Read all columns of a file of rows, `-` for standard input.

    Raises FileError, and InvalidRowsError as `nnc.rows.formats.read_rows` does.
    """
    name = "<stdin>" if file == STDIN else file
    with open_to_read(file) as stream, seekable(stream) as source:
        digest = hashlib.sha256()
        while data := source.read(1 << 20):
            digest.update(data)
        source.seek(0)
        inputs = _columns_of_array(source, name) if form == "npy" else {}
        session = Session(
            inputs, name, report, RowOptions("keep", floats="decimal", csv=csv, has_options=True)
        )
        table = _table(read_rows(source, form, session), session, csv)
    return Table(table.columns, table.count, f"sha256:{digest.hexdigest()}", name)


def _columns_of_array(stream: BinaryIO, file: str) -> dict[str, Input]:
    """Name the columns of an NPY array, which has no names, by their positions."""
    try:
        shape = read_header(stream, "the file").shape
    except Mistake as mistake:
        diagnostic = Diagnostic("bad-npy", mistake.message, help=mistake.help, file=file)
        raise InvalidRowsError([diagnostic]) from None
    stream.seek(0)
    width = shape[1] if len(shape) == 2 else 1
    return {f"x{place}": Input(type="real") for place in range(width)}


def table_of(rows: object) -> Table:
    """Return the columns of rows of Python: a mapping, records, a frame or an array.

    An array has columns `x0`, `x1` and so on. A float is the shortest decimal that reads back.
    Raises InvalidRowsError.
    """
    if is_frame(rows):
        session = Session({}, FRAME, _ignore, RowOptions("keep", floats="decimal"))
        frames = frames_for(f"a frame ({type_name(rows)})")
        if hasattr(rows, "reset_index"):
            rows = rows.reset_index(drop=True)  # an index of pandas is no column
        table = _table(frames.read_frame(rows, session), session, COMMAS)
    else:
        if getattr(rows, "ndim", 0) == 2 and hasattr(rows, "__array__"):
            array = array_of_rows(rows)
            rows = {f"x{place}": array[:, place] for place in range(array.shape[1])}
        table = _of_mapping(mapping_of(rows, {}))
    return Table(table.columns, table.count, _digest(table))


def _of_mapping(values: Mapping[str, Any]) -> Table:
    columns = {}
    for name, cells in values.items():
        codes = _Codes()
        if isinstance(cells, str) or not hasattr(cells, "__len__"):
            message = f"column `{name}` is one value; expected a value for each row"
            raise InvalidRowsError([Diagnostic("wrong-type", message, help="give a list")])
        listed = cells.tolist() if hasattr(cells, "tolist") else list(cells)
        codes.add([_text(value) for value in listed])
        columns[name] = codes.column(name)
    counts = {len(column.codes) for column in columns.values()}
    if len(counts) > 1:
        lengths = ", ".join(f"{name}: {len(each.codes)}" for name, each in columns.items())
        message = f"the columns are not of one length: {lengths}"
        raise InvalidRowsError(
            [Diagnostic("row-length", message, help="give a value for each row")]
        )
    return Table(columns, counts.pop() if counts else 0)


def _text(value: object) -> str:
    """Write a value of Python as a cell; a missing value is empty."""
    if value is None or value != value:  # NaN, and NaT, are not equal to themselves
        return ""
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return str(value)


def _table(batches: Iterable[Batch], session: Session, csv: CsvDialect) -> Table:
    """Gather the columns of all batches."""
    codes: dict[str, _Codes] = {}
    count = 0
    no_value = dict.fromkeys(csv.na, "")
    for batch in batches:
        columns: dict[str, Sequence[str]] = dict(batch.extras)
        for name, column in zip(session.inputs, batch.columns, strict=True):
            assert isinstance(column, Column | Labels)
            columns[name] = texts_of(column)
        for name, texts in columns.items():
            cells = [no_value.get(text, text) for text in texts] if no_value else list(texts)
            codes.setdefault(name, _Codes()).add(cells)
        count += batch.count
    return Table({name: each.column(name) for name, each in codes.items()}, count)


def _digest(table: Table) -> str:
    """Return a digest of all columns: their names and cells, with lengths."""
    digest = hashlib.sha256()
    for name, column in table.columns.items():
        whole = [each.encode("utf-8", "surrogatepass") for each in (name, *column.texts)]
        framed = [len(each).to_bytes(8, "little") + each for each in whole]
        digest.update(framed[0])
        digest.update(b"".join(framed[1 + code] for code in column.codes.tolist()))
    return f"sha256:{digest.hexdigest()}"


def _ignore(_: Diagnostic) -> None:
    """Ignore the warning: every column is kept."""

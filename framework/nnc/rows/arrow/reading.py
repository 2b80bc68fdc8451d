"""Record batches of Arrow, opened and read as rows: what Parquet and Arrow files share.

A file may hold anything, also what pyarrow reads without looking at it: an index of a dictionary
that is not there, offsets beyond the end. So every batch is validated to its last value first.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, NncError
from nnc.extras import install_line
from nnc.language.network import Input
from nnc.numbers.exact import Refused
from nnc.numbers.integers import Array
from nnc.rows.arrow.columns import (
    Kept,
    column_of,
    element_input,
    elements_of,
    float_type,
    is_text,
    note_mistakes,
    note_mistakes_of_element,
    refused_type,
)
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.cells import default_column, no_rows
from nnc.rows.inputs.names import about_left_out, lay_out
from nnc.rows.session import (
    ERROR,
    FRAME,
    ROW,
    RowFindings,
    Session,
    batches_of_tables,
    error_text,
)
from nnc.rows.streams import seekable

_MIN_VERSION = "15.0.0"  # the first that verifies checksums of pages
_MAX_VALUES = 1 << 22  # held at a time

# ------------------------------------------------------------------------------------- files


@contextlib.contextmanager
def opened(stream: BinaryIO, form: str, file: str) -> Iterator[pa.RecordBatch]:
    """Yield a source that pyarrow can seek in; of a pipe, a copy on the disk.

    Raises InvalidRowsError, bad-parquet, where pyarrow cannot read the file as a `form` file.
    """
    check_version(file)
    with seekable(stream) as source:
        try:
            yield pa.PythonFile(source, mode="r")
        except (pa.ArrowException, OSError) as error:
            raise _refused(error, form, file) from None


@contextlib.contextmanager
def blamed(form: str, file: str) -> Iterator[None]:
    """Raise whatever pyarrow raises in the block as a mistake of the file: nothing else runs there.

    Raises InvalidRowsError, bad-parquet.
    """
    try:
        yield
    except NncError:
        raise
    except Exception as error:  # noqa: BLE001 - IndexError, SystemError, UnicodeDecodeError, …
        raise _refused(error, form, file) from None


def sound(
    records: Iterable[pa.RecordBatch], form: str, file: str, count: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield record batches, each once it is found valid to its last value.

    `count` is how many rows the file says that it has. Raises InvalidRowsError, bad-parquet.
    """
    start, each = 0, iter(records)
    while True:
        with blamed(form, file):
            batch = next(each, None)
            if batch is None and count not in (None, start):
                raise pa.ArrowInvalid(f"it claims {count:,} rows, and has {start:,}")
            if batch is None:
                return
            _check(batch, start)
        yield batch
        start += batch.num_rows


def _check(batch: pa.RecordBatch, start: int) -> None:
    """Validate a batch, whose first row is `start`. Raises ArrowException."""
    try:
        batch.validate(full=True)
    except pa.ArrowException:
        rows = f"in rows {start + 1:,} to {start + batch.num_rows:,}"
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if pa.types.is_dictionary(column.type):  # which later rows share
                _validate(column.dictionary, f"column `{name}`, from row {start + 1:,} on")
            _validate(column, f"column `{name}`, {rows}")
        raise


def _validate(array: pa.Array, where: str) -> None:
    """Validate an array to its last value. Raises ArrowInvalid that says where."""
    try:
        array.validate(full=True)
    except pa.ArrowException as error:
        raise pa.ArrowInvalid(f"{where}: {error}") from None


def _refused(error: Exception, form: str, file: str) -> Exception:
    """Return the error of a file; errors of the system are kept."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    if isinstance(error, MemoryError):
        why = "it asks for more memory than there is"
    else:
        why = str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__
    message, hint = f"the file is not a valid {form} file: {why}", "write it again"
    if file == FRAME:
        message, hint = f"the frame is not valid in {form}: {why}", "make it again, without views"
    return InvalidRowsError([Diagnostic("bad-parquet", message, help=hint, file=file)])


def check_version(file: str | None) -> None:
    """Refuse a pyarrow that is too old. Raises InvalidRowsError, missing-library."""
    if _numbers(pa.__version__) < _numbers(_MIN_VERSION):
        message = f"pyarrow {pa.__version__} is too old; at least {_MIN_VERSION} is needed"
        hint = install_line("data")
        raise InvalidRowsError([Diagnostic("missing-library", message, help=hint, file=file)])


def _numbers(version: str) -> list[int]:
    return list(map(int, re.findall("[0-9]+", version)[:3]))


# ----------------------------------------------------------------------------------- columns


class Columns(NamedTuple):
    """The columns of inputs, of the elements of buses, and of extras in a file."""

    whole: Mapping[str, str]
    elements: Mapping[str, list[str]]
    kept: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The columns that are read."""
        elements = (name for names in self.elements.values() for name in names)
        return list(dict.fromkeys((*self.whole.values(), *elements, *self.kept)))


def rows_of(session: Session) -> int:
    """Return how many rows to read at a time."""
    return session.rows_within(_MAX_VALUES)


def columns_of(schema: pa.Schema, session: Session, findings: RowFindings) -> Columns:
    """Find the inputs among the columns of a file. Raises InvalidRowsError."""
    raw_names = list(schema.names)
    names = [unicodedata.normalize("NFC", name) for name in raw_names]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        findings.add(
            "duplicate-column", f"column `{name}` appears twice", help="rename one of them"
        )
    for old in sorted(session.options.rename.keys() - set(names)):
        findings.add_unused(old, names, "column")
    findings.stop()
    layout = lay_out(
        names,
        session.inputs,
        noun="column",
        extra=session.options.extra,
        also=session.also,
        hint=session.hint,
        lists=True,
        rename=session.options.rename,
    )
    for problem in layout.problems:
        hint = problem.help_with(options=session.options.has_options)
        findings.add(problem.rule, problem.message, help=hint)
    for name, input_, at in _with_inputs(layout.whole, layout.elements, session.inputs):
        if wrong := refused_type(schema.field(at).type, input_):
            hint = "convert the column"
            hint += "" if session.file == FRAME else ", and write the file again"
            findings.add("bad-value", f"input `{name}`: {wrong}", help=hint)
    if layout.left_out:
        session.warn(*about_left_out(layout.left_out, "column", session.options.extra_help))
    findings.stop()
    kept = tuple(raw_names[at] for at in layout.others if session.keeps(names[at]))
    return Columns(
        {name: raw_names[at] for name, at in layout.whole.items()},
        {name: [raw_names[at] for at in places] for name, places in layout.elements.items()},
        kept,
    )


def texts_of(schema: pa.Schema, columns: Columns) -> list[str]:
    """Return the columns of texts that are read as inputs only."""
    names = [name for name in columns.names if name not in columns.kept]
    return [name for name in names if is_text(schema.field(name).type)]


def _with_inputs(
    whole: Mapping[str, int], elements: Mapping[str, list[int]], inputs: Mapping[str, Input]
) -> Iterator[tuple[str, Input, int]]:
    for name, at in whole.items():
        yield name, inputs[name], at
    for name, places in elements.items():
        for place, at in enumerate(places):
            yield f"{name}({place})", element_input(inputs[name]), at


Writer = Callable[[BinaryIO, pa.Schema], Any]
"""Opens a writer of record batches of a schema."""


class ArrowRejects:
    """Writes rejected rows with the columns that they had, if there is a file for them."""

    def __init__(self, session: Session, schema: pa.Schema, write: Writer) -> None:
        stream = None if session.rejects is None else session.rejects.stream
        self.schema = schema
        self._fields = [field for field in schema if field.name not in (ROW, ERROR)]
        added = [pa.field(ROW, pa.int64()), pa.field(ERROR, pa.string())]
        self._schema = pa.schema([*added, *self._fields])
        self._writer = None if stream is None else write(stream, self._schema)

    @property
    def is_writing(self) -> bool:
        """True if rejected rows are written, so that all of their columns are needed."""
        return self._writer is not None

    def part(self, records: pa.RecordBatch, is_kept: Array) -> pa.RecordBatch:
        """Return some of the rows."""
        return records.filter(pa.array(is_kept))

    def place(self, *_: object) -> None:
        """Return None: rows have numbers, and no lines."""

    def write(
        self, records: pa.RecordBatch, numbers: Array, wrong: Collection[list[Diagnostic]]
    ) -> None:
        """Write rows, which are counted from 1 in the file."""
        assert self._writer is not None
        kept = [
            records.column(records.schema.get_field_index(field.name)) for field in self._fields
        ]
        columns = [pa.array(numbers + 1), pa.array(map(error_text, wrong), pa.string()), *kept]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        """End the file of rejected rows, also where it will be dropped."""
        if self._writer is not None:
            self._writer.close()


def batches_of(
    record_batches: Iterable[pa.RecordBatch],
    columns: Columns,
    session: Session,
    findings: RowFindings,
    rejected: ArrowRejects,
) -> Iterator[Batch]:
    """Read record batches with the columns that were found. Raises InvalidRowsError at the end.

    Where there are no rows, an empty batch has the columns that are kept.
    """
    most, count = rows_of(session), 0
    tables = (
        records.slice(begin, most)
        for records in record_batches
        for begin in range(0, records.num_rows, most)
    )
    with contextlib.closing(rejected):
        read = partial(_batch, columns, session)
        for batch in batches_of_tables(tables, read, session, findings, rejected):
            count += batch.count
            yield batch
    findings.stop()
    if not count and columns.kept:
        kept = {name: Kept(pa.nulls(0, rejected.schema.field(name).type)) for name in columns.kept}
        yield Batch(tuple(map(no_rows, session.inputs.values())), 0, kept)


def _batch(
    columns: Columns, session: Session, records: pa.RecordBatch, start: int, findings: RowFindings
) -> Batch | None:
    """Read some rows; None where there are mistakes."""
    at = {name: place for place, name in enumerate(records.schema.names)}
    wrong: list[tuple[int, str, Refused]] = []

    def note(name: str, row: int, element: int | None, error: Refused) -> None:
        wrong.append((row, name if element is None else f"{name}({element})", error))

    read: list[Column | Labels | None] = []
    floats: dict[str, np.dtype[Any]] = {}
    for name, input_ in session.inputs.items():
        if name in columns.whole:
            array = records.column(at[columns.whole[name]])
            column = column_of(array, input_, session.floats)
            if column is None:
                note_mistakes(array, input_, partial(note, name), session.floats)
            _note_floats(name, [array], input_, floats)
        elif name in columns.elements:
            arrays = [records.column(at[each]) for each in columns.elements[name]]
            column = elements_of(arrays, input_, session.floats)
            if column is None:
                for place, array in enumerate(arrays):
                    note_mistake = partial(note, name, element=place)
                    note_mistakes_of_element(array, input_, note_mistake, session.floats)
            _note_floats(name, arrays, input_, floats)
        else:
            column = default_column(input_, records.num_rows)
        read.append(column)
    for row, told_name, error in sorted(wrong, key=lambda mistake: mistake[0]):
        message = f"input `{told_name}`: {error.message}, in row {start + row + 1:,}"
        findings.add(error.rule, message, help=error.help, row=start + row)
    if findings:
        return None
    sound_columns = tuple(column for column in read if column is not None)
    assert len(sound_columns) == len(read)
    extras = {name: Kept(records.column(at[name])) for name in columns.kept}
    floats = {} if session.floats == "decimal" else floats
    return Batch(sound_columns, records.num_rows, extras, floats=floats)


def _note_floats(
    name: str, arrays: Sequence[pa.Array], input_: Input, floats: dict[str, np.dtype[Any]]
) -> None:
    """Note the type of an input that is stored as floats."""
    kinds = [kind for array in arrays if (kind := float_type(array.type)) is not None]
    if kinds and input_.of is None:
        floats[name] = max(kinds, key=lambda kind: kind.itemsize)

"""Record batches of Arrow read as rows: what Parquet and Arrow files share."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
from numpy.typing import NDArray

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.exact import Refused
from nnc.language.network import Input
from nnc.rows.arrow.columns import (
    Kept,
    column_of,
    element_input,
    elements_of,
    refused_type,
    tell_mistakes,
    tell_mistakes_of_element,
)
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.cells import default_column
from nnc.rows.inputs.names import about_left_out, is_column, lay_out
from nnc.rows.reading import Findings, Reading
from nnc.rows.rejects import ERROR, ROW, told
from nnc.rows.tables import batches_of as tables_read

MOST_VALUES = 1 << 22  # held at a time


class Columns(NamedTuple):
    """Which column of a file holds which input, or the elements of which bus; and the extras."""

    whole: Mapping[str, str]
    elements: Mapping[str, list[str]]
    kept: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The columns that are read."""
        elements = (name for names in self.elements.values() for name in names)
        return list(dict.fromkeys((*self.whole.values(), *elements, *self.kept)))


def rows_of(reading: Reading) -> int:
    """Tell how many rows are read at a time."""
    return max(1, min(reading.batch_size, MOST_VALUES // max(reading.width, 1)))


def columns_of(schema: Any, reading: Reading, findings: Findings) -> Columns:
    """Find the inputs among the columns of a file.  Raises InvalidRowsError."""
    written = list(schema.names)
    names = [unicodedata.normalize("NFC", name) for name in written]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        findings.add("duplicate-column", f"column `{name}` stands twice", help="rename one of them")
    findings.stop()
    layout = lay_out(
        names,
        reading.inputs,
        noun="column",
        extra=reading.extra,
        also=reading.also,
        hint=reading.hint,
        lists=True,
    )
    for one in layout.problems:
        findings.add(one.rule, one.message, help=one.help)
    for name, input_, at in _with_inputs(layout.whole, layout.elements, reading.inputs):
        if wrong := refused_type(schema.field(at).type, input_):
            fix = "convert the column, and write the file again"
            findings.add("bad-value", f"input `{name}`: {wrong}", help=fix)
    if layout.left_out:
        message, help_ = about_left_out(layout.left_out, "column")
        reading.report(Diagnostic("unknown-column", message, help=help_, file=reading.file))
    findings.stop()
    kept = tuple(
        one
        for one, name in zip(written, names, strict=True)
        if not is_column(name, reading.inputs) and (name in reading.also or reading.extra == "keep")
    )
    return Columns(
        {name: written[at] for name, at in layout.whole.items()},
        {name: [written[at] for at in places] for name, places in layout.elements.items()},
        kept,
    )


def _with_inputs(
    whole: Mapping[str, int], elements: Mapping[str, list[int]], inputs: Mapping[str, Input]
) -> Iterator[tuple[str, Input, int]]:
    for name, at in whole.items():
        yield name, inputs[name], at
    for name, places in elements.items():
        for place, at in enumerate(places):
            yield f"{name}({place})", element_input(inputs[name]), at


Writer = Callable[[BinaryIO, Any], Any]
"""Opens a writer of record batches of a schema."""


class Rejected:
    """Writes rejected rows with the columns that they had, where a file of them is asked for."""

    def __init__(self, reading: Reading, schema: Any, write: Writer) -> None:
        stream = None if reading.rejects is None else reading.rejects.stream
        self._fields = [field for field in schema if field.name not in (ROW, ERROR)]
        added = [pa.field(ROW, pa.int64()), pa.field(ERROR, pa.string())]
        self._schema = pa.schema([*added, *self._fields])
        self._writer = None if stream is None else write(stream, self._schema)

    @property
    def is_writing(self) -> bool:
        """Whether rows are written, and so all of their columns needed."""
        return self._writer is not None

    def part(self, records: Any, is_kept: NDArray[Any]) -> Any:
        """Give some of the rows."""
        return records.filter(pa.array(is_kept))

    def write(
        self, records: Any, numbers: NDArray[Any], wrong: Collection[list[Diagnostic]]
    ) -> None:
        """Write rows, which are counted from 1 in the file."""
        assert self._writer is not None
        kept = [records.column(records.schema.get_field_index(one.name)) for one in self._fields]
        columns = [pa.array(numbers + 1), pa.array(map(told, wrong), pa.string()), *kept]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        """End the file of rejected rows, also where it will be dropped."""
        if self._writer is not None:
            self._writer.close()


def batches_of(
    record_batches: Iterable[Any],
    columns: Columns,
    reading: Reading,
    findings: Findings,
    rejected: Rejected,
) -> Iterator[Batch]:
    """Read record batches with the columns that were found."""
    most = rows_of(reading)
    tables = (
        records.slice(begin, most)
        for records in record_batches
        for begin in range(0, records.num_rows, most)
    )
    with contextlib.closing(rejected):
        read = partial(_batch, columns, reading)
        yield from tables_read(tables, read, reading, findings, rejected)
    findings.stop()


def _batch(
    columns: Columns, reading: Reading, records: Any, start: int, findings: Findings
) -> Batch | None:
    """Read some rows; None where there are mistakes."""
    at = {name: place for place, name in enumerate(records.schema.names)}
    wrong: list[tuple[int, str, Refused]] = []

    def note(name: str, row: int, element: int | None, error: Refused) -> None:
        wrong.append((row, name if element is None else f"{name}({element})", error))

    read: list[Column | Labels | None] = []
    for name, one in reading.inputs.items():
        if name in columns.whole:
            array = records.column(at[columns.whole[name]])
            column = column_of(array, one)
            if column is None:
                tell_mistakes(array, one, partial(note, name))
        elif name in columns.elements:
            arrays = [records.column(at[each]) for each in columns.elements[name]]
            column = elements_of(arrays, one)
            if column is None:
                for place, array in enumerate(arrays):
                    tell_mistakes_of_element(array, one, place, partial(note, name))
        else:
            column = default_column(one, records.num_rows)
        read.append(column)
    for row, told_name, error in sorted(wrong, key=lambda one: one[0]):
        message = f"input `{told_name}`: {error.message}, in row {start + row + 1:,}"
        findings.add(error.rule, message, help=error.help, row=start + row)
    if findings:
        return None
    found = tuple(column for column in read if column is not None)
    assert len(found) == len(read)
    extras = {name: Kept(records.column(at[name])) for name in columns.kept}
    return Batch(found, records.num_rows, extras)

"""Tables of arrays, some rows at a time, and the batches that they are."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, NamedTuple

import numpy as np

from nnc.files.weights import Mistake
from nnc.language.network import Input
from nnc.numbers.exact import counted, shorten
from nnc.numbers.integers import Array
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.cells import column_of_array, default_column, labels_of_texts, mistakes_in
from nnc.rows.inputs.value import choice_of
from nnc.rows.session import CHUNK, RowFindings, Session, batches_of_tables

LABEL = "label"  # the column of a picture's class


class Part(NamedTuple):
    """The values of an input, rows x width: elements of `array`, from `first` on."""

    values: Array
    array: str
    first: int = 0


@dataclass(frozen=True, eq=False)
class Table:
    """Some rows: the values of inputs, and the columns that are kept beside them."""

    parts: Mapping[str, Part]
    count: int
    kept: Mapping[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.count


class _Refused:
    """Takes rejected rows, which cannot be written in these formats."""

    def part(self, table: Table, is_kept: Array) -> Table:
        parts = {n: part._replace(values=part.values[is_kept]) for n, part in table.parts.items()}
        kept = {name: array[is_kept] for name, array in table.kept.items()}
        return Table(parts, int(np.count_nonzero(is_kept)), kept)

    def place(self, *_: object) -> None:
        """Return None: rows have numbers, and no lines."""

    def write(self, *_: object) -> None:
        raise AssertionError("--rejects is refused for formats that cannot be written")


def batches_of(tables: Iterable[Table], session: Session, findings: RowFindings) -> Iterator[Batch]:
    """Yield the batch of each table, without the rows that are skipped."""

    def read(table: Table, start: int, into: RowFindings) -> Batch | None:
        batch = batch_of_arrays(session, table.parts, len(table), start, into)
        if batch is None or not table.kept:
            return batch
        texts = {name: list(map(str, array.tolist())) for name, array in table.kept.items()}
        return replace(batch, extras=texts)

    return batches_of_tables(tables, read, session, findings, _Refused())


def split(table: Array, inputs: Mapping[str, Input], array: str) -> dict[str, Part]:
    """Return the values of each input in a table that has a column for each element in order."""
    parts, first = {}, 0
    for name, input_ in inputs.items():
        parts[name] = Part(table[:, first : first + input_.width], array, first)
        first += input_.width
    return parts


def batch_of_arrays(
    session: Session,
    parts: Mapping[str, Part],
    count: int,
    start: int,
    findings: RowFindings,
) -> Batch | None:
    """Return a batch of the values of inputs, None where some are refused, which are added.

    An input without values has a default.
    """
    columns: list[Column | Labels] = []
    floats = {}
    for name, input_ in session.inputs.items():
        part = parts.get(name)
        if part is None:
            default = default_column(input_, count)
            columns += [] if default is None else [default]
            continue
        if part.values.dtype.kind == "f" and session.floats == "binary":
            floats[name] = part.values.dtype
        values = part.values
        if input_.of is None:
            values = values.astype(values.dtype.newbyteorder("="))
            column: Column | Labels | None = column_of_array(values, input_, session.floats)
        else:
            column = labels_of_texts([str(text) for text in values[:, 0].tolist()], input_.of)
        if column is None:
            _add_mistakes(session, name, part._replace(values=values), start, findings)
        elif input_.is_bus or isinstance(column, Labels):
            columns.append(column)
        else:
            columns.append(Column(column.numerators[:, 0], column.denominator))
    assert findings or len(columns) == len(session.inputs)
    return None if findings else Batch(tuple(columns), count, floats=floats)


def _add_mistakes(
    session: Session, name: str, part: Part, start: int, findings: RowFindings
) -> None:
    """Add the mistakes in the values of an input."""
    input_ = session.inputs[name]
    cells = part.values.reshape(-1)
    if input_.of is None:
        mistakes = mistakes_in(cells, input_, floats=session.floats)
    else:
        mistakes = mistakes_in(cells.tolist(), input_, read=choice_of)
    for place, error in mistakes:
        row, element = divmod(place, part.values.shape[1])
        element_name = f"{name}({element})" if input_.is_bus else name
        where = f"at [{start + row}, {part.first + element}] of {part.array}"
        message = f"input `{element_name}`: {error.message}, {where}"
        findings.add(error.rule, message, help=error.help, row=start + row)


def check_choices(session: Session, what: str) -> None:
    """Raise Mistake where an input is a choice, which numbers cannot hold."""
    for name, input_ in session.inputs.items():
        if input_.of is not None:
            message = f"input `{name}` is a choice, which {what} cannot hold"
            raise Mistake(message, "give the rows as csv, json or jsonl")
    if not session.width:
        raise Mistake("the network has no inputs, so an array has nothing to give it")


def inputs_text(session: Session) -> str:
    """Return how many inputs the network has, and how many elements in all."""
    inputs = counted(len(session.inputs), "input")
    if session.width != len(session.inputs):
        inputs += f" of {counted(session.width, 'element')} in all"
    return inputs


def rows_at_a_time(session: Session, row: int) -> int:
    """Return how many rows, of some bytes each, to read at a time."""
    return min(session.batch_size, max(1, 4 * CHUNK // max(row, 1)))


def exactly(stream: BinaryIO, size: int, promised: int) -> bytes:
    """Read `size` bytes, a piece at a time: the header may promise what is not there.

    Raises Mistake where the stream ends early, of the `promised` bytes that were to follow.
    """
    pieces, missing = io.BytesIO(), size
    while missing:
        piece = stream.read(min(missing, CHUNK))
        if not piece:
            raise too_short(missing + promised - size)
        pieces.write(piece)
        missing -= len(piece)
    return pieces.getvalue()


def too_long() -> Mistake:
    """Return the mistake that bytes follow the array."""
    return Mistake("more bytes follow than the header says", "store one array per file")


def too_short(missing: int) -> Mistake:
    """Return the mistake that some bytes of the array are missing."""
    return Mistake(f"the file ends {missing} bytes early", "write it again")


def check_shape(subject: str, shape: Sequence[int], name: str, input_: Input) -> None:
    """Raise Mistake where rows of several axes have other ones than the input declares.

    Elements in another order would be read wrongly without a word. Axes of size 1 do not count.
    """
    declared = input_.shape
    if declared is None or len(shape) == 1 or _long(shape) == _long(declared):
        return
    sizes, expected = (" x ".join(map(str, axes)) for axes in (shape, declared))
    message = f"{subject} has rows of {sizes}; `{shorten(name)}` has the shape {expected}"
    raise Mistake(message, "transpose or scale the rows, or declare the shape that they have")


def check_only_shape(session: Session, subject: str, shape: Sequence[int]) -> None:
    """Check the shape of rows of a network with one input, which is then all of a row."""
    if len(session.inputs) == 1:
        [(name, input_)] = session.inputs.items()
        check_shape(subject, shape, name, input_)


def _long(shape: Sequence[int]) -> list[int]:
    return [size for size in shape if size != 1]

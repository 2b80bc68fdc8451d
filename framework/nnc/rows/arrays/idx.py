"""IDX: one array, rows x anything, as MNIST is stored; the labels are a file beside it.

For `train-images-idx3-ubyte.gz` that is `train-labels-idx1-ubyte.gz`, the column `label`. Entries
are the elements of the inputs in the order of the network.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nnc.files.opening import open_to_read
from nnc.files.weights import Mistake, NpyHeader
from nnc.numbers.exact import shorten
from nnc.numbers.integers import Array
from nnc.rows.arrays.tables import (
    LABEL,
    Table,
    batches_of,
    check_choices,
    check_only_shape,
    exactly,
    inputs_text,
    rows_at_a_time,
    split,
    too_long,
)
from nnc.rows.columns import Batch
from nnc.rows.compressions import decompressed
from nnc.rows.session import RowFindings, Session

_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_MAX_DIMENSIONS = 8
_AGAIN = "copy or download it again"


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read IDX; see `nnc.rows.formats.read_rows`, also for what it raises."""
    findings = RowFindings(session.file)
    try:
        check_choices(session, "an IDX array of numbers")
        header = read_header(stream, "the file")
        count, *shape = header.shape
        if prod(shape) != session.width:
            size = " x ".join(map(str, header.shape))
            message = f"the array is {size}; the network has {inputs_text(session)}"
            raise Mistake(message, "give one picture or row for each of the first number")
        check_only_shape(session, "the array", shape)
        with contextlib.ExitStack() as stack:
            labels = _labels(session, count, stack) if session.keeps(LABEL) else None
            if session.expect is not None:
                session.expect(count)
            yield from batches_of(_tables(stream, header, session, labels), session, findings)
    except Mistake as mistake:
        findings.add("bad-npy", mistake.message, help=mistake.help)
    findings.stop()


def read_header(stream: BinaryIO, subject: str) -> NpyHeader:
    """Read a stream up to its array, which has at least one dimension. Raises Mistake."""
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES:
        raise Mistake(f"{subject} is not an IDX file", "name the format with --from")
    if not 1 <= start[3] <= _MAX_DIMENSIONS:
        expected = f"expected 1 to {_MAX_DIMENSIONS}"
        raise Mistake(f"{subject} has {start[3]} dimensions; {expected}", _AGAIN)
    sizes = stream.read(4 * start[3])
    if len(sizes) < 4 * start[3]:
        raise Mistake(f"{subject} ends inside its header", _AGAIN)
    shape = tuple(np.frombuffer(sizes, ">u4").tolist())
    return NpyHeader(
        np.dtype(_TYPES[start[2]]), is_fortran=False, shape=shape, start=4 + len(sizes)
    )


def _tables(
    stream: BinaryIO, header: NpyHeader, session: Session, labels: tuple[BinaryIO, str] | None
) -> Iterator[Table]:
    """Read the entries, some rows at a time, with their labels."""
    count, width = header.shape[0], session.width
    row = width * header.dtype.itemsize
    step = rows_at_a_time(session, row)
    for first in range(0, count, step):
        rows = min(step, count - first)
        data = exactly(stream, rows * row, (count - first) * row)
        table: Array = np.frombuffer(data, header.dtype).reshape(rows, width)
        kept = {} if labels is None else {LABEL: _next_labels(*labels, rows)}
        yield Table(split(table, session.inputs, "the array"), rows, kept)
    if stream.read(1):
        raise too_long()


def _labels(
    session: Session, count: int, stack: contextlib.ExitStack
) -> tuple[BinaryIO, str] | None:
    """Open the file of labels for some rows, and return it with its name; None if there is none.

    Raises Mistake where labels are asked for by name and there is none, or for another number.
    """
    file = labels_of(session.file)
    if not file.is_file() or file == Path(session.file):
        if LABEL in session.also:
            raise _no_labels(session.file)
        return None
    return _opened(file, count, stack)


def labels_of(file: str) -> Path:
    """Return the file of labels beside one of pictures, which it is itself where none is named."""
    path = Path(file)
    return path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))


def all_labels(file: str, count: int) -> Array:
    """Return the labels of some pictures in a file. Raises Mistake."""
    labels = labels_of(file)
    if not labels.is_file() or labels == Path(file):
        raise _no_labels(file)
    with contextlib.ExitStack() as stack:
        return _next_labels(*_opened(labels, count, stack), count)


def _no_labels(file: str) -> Mistake:
    labels = labels_of(file)
    message = f"there is no file of labels `{shorten(labels.name)}` beside the file"
    if labels == Path(file):
        message = "the name of the file does not say where its labels are"
    hint = "name them as in train-images-idx3-ubyte and train-labels-idx1-ubyte"
    return Mistake(message, hint)


def _opened(file: Path, count: int, stack: contextlib.ExitStack) -> tuple[BinaryIO, str]:
    """Open a file of labels, read up to them, and return it with its name in messages."""
    stream = decompressed(stack.enter_context(open_to_read(str(file))), str(file))
    subject = f"the file of labels `{shorten(file.name)}`"
    header = read_header(stream, subject)
    if header.shape != (count,) or header.dtype != np.uint8:
        size = " x ".join(map(str, header.shape))
        message = f"{subject} has {size} labels for {count} rows"
        if header.shape == (count,):
            message = f"{subject} has numbers that are not whole or of more than 8 bits"
        raise Mistake(message, _AGAIN)
    return stream, subject


def _next_labels(stream: BinaryIO, subject: str, rows: int) -> Array:
    try:
        return np.frombuffer(exactly(stream, rows, rows), np.uint8)
    except Mistake:
        raise Mistake(f"{subject} ends early", _AGAIN) from None

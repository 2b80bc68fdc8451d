"""NPZ: an array for each input, and others that may be kept as columns, read side by side.

An array of a bus is rows x elements, in any shape. Texts are values of choices, and labels.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from math import prod
from typing import BinaryIO, NamedTuple, cast

import numpy as np

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.files.weights import Mistake, NpyHeader
from nnc.files.weights import read_header as read_npy_header
from nnc.language.network import Input
from nnc.numbers.exact import counted, names_and_more, shorten
from nnc.numbers.integers import Array
from nnc.rows.arrays.tables import (
    Part,
    Table,
    batches_of,
    check_shape,
    exactly,
    rows_at_a_time,
    too_long,
)
from nnc.rows.columns import Batch
from nnc.rows.session import RowFindings, Session
from nnc.rows.streams import seekable

_MAX_ARRAYS = 10_000
_MAX_TEXT = 4096  # bytes of a text
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
_SAVE = "save it with numpy.savez, an array for each input"


class _Array(NamedTuple):
    """An array of the archive, its header read, and the input that it is for, if any."""

    name: str
    stream: BinaryIO
    header: NpyHeader
    input: Input | None

    @property
    def row(self) -> int:
        """The bytes of a row."""
        return prod(self.header.shape[1:]) * self.header.dtype.itemsize

    def next(self, rows: int, left: int) -> Array:
        """Read some rows, of those that are left. Raises Mistake."""
        try:
            data = exactly(self.stream, rows * self.row, left * self.row)
        except Mistake as mistake:
            raise Mistake(f"array `{shorten(self.name)}` ends early", mistake.help) from None
        except _DAMAGED:
            raise Mistake(f"array `{shorten(self.name)}` is damaged", "write it again") from None
        return np.frombuffer(data, self.header.dtype).reshape(rows, -1)


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read NPZ; see `nnc.rows.formats.read_rows`, also for what it raises."""
    findings = RowFindings(session.file)
    try:
        with ExitStack() as stack:
            source = stack.enter_context(seekable(stream))
            arrays = _arrays(source, session, findings, stack)
            if not findings and arrays:
                if session.expect is not None:
                    session.expect(arrays[0].header.shape[0])
                yield from batches_of(_tables(arrays, session), session, findings)
    except Mistake as mistake:
        findings.add("bad-npy", mistake.message, help=mistake.help)
    findings.stop()


def _arrays(
    source: BinaryIO, session: Session, findings: RowFindings, stack: ExitStack
) -> list[_Array]:
    """Open the arrays that are read, which have the same number of rows. Raises Mistake."""
    try:
        archive = stack.enter_context(zipfile.ZipFile(source))
        members = {each.filename.removesuffix(".npy"): each for each in archive.infolist()}
    except _DAMAGED:
        raise Mistake("the file is not an NPZ archive", _SAVE) from None
    if len(members) > _MAX_ARRAYS:
        raise Mistake(f"the archive has {len(members):,} arrays; at most {_MAX_ARRAYS:,} are read")
    columns = session.columns
    renamed = {columns.input_of(name) or name: name for name in members}
    _check_names(renamed, session, findings)
    arrays = []
    for name, member in renamed.items():
        input_ = session.inputs.get(name)
        if input_ is None and not session.keeps(name):
            continue
        subject = f"array `{shorten(member)}`"
        try:
            opened = cast("BinaryIO", stack.enter_context(archive.open(members[member])))
            header = read_npy_header(opened, subject)
        except _DAMAGED:
            raise Mistake(f"{subject} is damaged or encrypted", _SAVE) from None
        _check_header(header, subject, name, input_)
        arrays.append(_Array(name, opened, header, input_))
    counts = {array.header.shape[0]: array.name for array in arrays}
    if len(counts) > 1:
        (few, first), (more, second), *_ = counts.items()
        message = f"array `{shorten(first)}` has {counted(few, 'row')}, `{shorten(second)}` {more}"
        raise Mistake(message, "give each array the same number of rows")
    return arrays


def _check_names(renamed: Mapping[str, str], session: Session, findings: RowFindings) -> None:
    """Add inputs without an array, and arrays that are refused; warn of those left out."""
    for name, input_ in session.inputs.items():
        if name not in renamed and input_.default is None:
            listed = f"the arrays are {names_and_more(list(renamed))}" if renamed else _SAVE
            hint = did_you_mean(name, renamed, listed)
            findings.add("missing-column", f"input `{name}` has no array", help=hint or None)
    others = [name for name in renamed if name not in session.inputs and not session.keeps(name)]
    if not others:
        return
    if session.options.extra == "error":
        message = f"no input has the name of {names_and_more(others)}"
        findings.add("unknown-column", message, help="remove the arrays, or --extra error")
    elif session.options.extra is None:
        message = f"arrays {names_and_more(others)} are not inputs and are left out"
        if len(others) == 1:
            message = f"array {names_and_more(others)} is not an input and is left out"
        it = "it" if len(others) == 1 else "them"
        session.warn(message, session.options.extra_help.format(it=it))


def _check_header(header: NpyHeader, subject: str, name: str, input_: Input | None) -> None:
    """Raise Mistake for an array that is not rows of an input, or of one value each."""
    shape, is_text = header.shape, header.dtype.kind == "U"
    size = " x ".join(map(str, shape)) or "0-dimensional"
    width = 1 if input_ is None or input_.of is not None else input_.width
    if not shape or prod(shape[1:]) != width:
        what = "one value in a row" if width == 1 else f"{width} elements"
        message = f"{subject} is {size}; `{shorten(name)}` has {what}"
        raise Mistake(message, f"give it the shape rows x {width}")
    if input_ is not None:
        check_shape(subject, shape[1:], name, input_)
    takes_text = input_ is None or input_.of is not None
    if input_ is not None and input_.of is not None and not is_text:
        message = f"{subject} holds numbers, and input `{shorten(name)}` is a choice"
        raise Mistake(message, "give the values of the choice as texts")
    if is_text and takes_text:
        if header.dtype.itemsize > _MAX_TEXT:
            raise Mistake(f"{subject} has texts of more than {_MAX_TEXT // 4:,} characters")
    elif wrong := header.refused_type:
        hint = "convert it with numpy.ndarray.astype"
        raise Mistake(f"{subject} holds {wrong}; expected bool, int or float", hint)
    if header.is_fortran and len(shape) > 1:
        message = f"{subject} is stored column by column"
        raise Mistake(message, "save it row by row, with numpy.ascontiguousarray")


def _tables(arrays: list[_Array], session: Session) -> Iterator[Table]:
    """Read the arrays side by side, some rows at a time."""
    count = arrays[0].header.shape[0]
    step = rows_at_a_time(session, sum(array.row for array in arrays))
    for first in range(0, count, step):
        rows = min(step, count - first)
        values = {array.name: array.next(rows, count - first) for array in arrays}
        parts = {
            array.name: Part(values[array.name], f"`{shorten(array.name)}`")
            for array in arrays
            if array.input is not None
        }
        kept = {a.name: values[a.name][:, 0] for a in arrays if a.input is None}
        yield Table(parts, rows, kept)
    for array in arrays:
        try:
            if array.stream.read(1):
                raise too_long()
        except _DAMAGED:
            message = f"array `{shorten(array.name)}` is damaged"
            raise Mistake(message, "write it again") from None

"""Plain CSV text read as columns from its bytes, without taking it apart.

The ends of all cells are found at once, then inputs of one kind are read together. What is unusual
in a column is read from its texts; where a row, a value or a quote is wrong, nothing is read.
Numbers are read exactly as `nnc.numbers.exact` reads them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from nnc.diagnostics.diagnostic import Span
from nnc.language.network import Input
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.csv.header import CsvHeader
from nnc.rows.dialect import CsvDialect
from nnc.rows.inputs.cells import (
    checked,
    column_of_integers,
    default_column,
    elements_of_texts,
    input_of_texts,
    with_default,
)
from nnc.rows.inputs.octets import Octets, Offsets, labels_at, numbers_at, unsigned_at
from nnc.rows.inputs.value import BOOLEANS
from nnc.rows.session import MAX_EXCERPT, CellRef, Session
from nnc.rows.texts import place_in

_LINE_END, _QUOTE = b'\n"'


class _Group(NamedTuple):
    """Inputs of one kind that are read together, and their columns; or the elements of a bus."""

    input_: Input
    names: list[str]
    at: slice | list[int]
    by_element: bool = False


class PlainCsv:
    """Reads plain text below one header."""

    def __init__(self, header: CsvHeader, session: Session) -> None:
        self._header, self._session = header, session
        self._groups = list(_groups(header, session))
        self._dialect, self._delimiter = header.dialect, ord(header.delimiter)

    def batch(self, data: bytes, first_line: int) -> Batch | None:
        """Read whole lines, each with its line end; None where a row or a value is unusual."""
        try:
            data.decode()
        except UnicodeDecodeError:
            return None
        cells = _Cells.found(data, self._header.width, self._delimiter)
        columns = None if cells is None else self._columns(cells)
        if cells is None or columns is None:
            return None
        extras = {name: cells.texts(at) for name, at in self._header.kept.items()}
        return Batch(columns, len(cells), extras, _Places(data, extras, first_line))

    def _columns(self, cells: _Cells) -> tuple[Column | Labels, ...] | None:
        """Read every input, or take its default; None where a value is refused."""
        read: dict[str, Column | Labels] = {}
        for group in self._groups:
            columns = _columns(cells, group, self._dialect)
            if columns is None:
                return None
            read |= columns
        for name, input_ in self._session.inputs.items():
            if name not in read:
                default = default_column(input_, len(cells))
                assert default is not None
                read[name] = default
        return tuple(read[name] for name in self._session.inputs)


class _Places:
    """Finds kept cells in the lines of a batch; where these start is looked up once."""

    def __init__(self, data: bytes, extras: Mapping[str, Texts], first_line: int) -> None:
        self._data, self._extras, self._first_line = data, extras, first_line

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(line_end.end() for line_end in re.finditer(b"\n", self._data))]

    def __call__(self, row: int, name: str) -> CellRef:
        """Return the place of a cell that is kept."""
        begin, end = self._extras[name].stretch(row)
        quote = int(self._data[begin - 1] == _QUOTE)
        line, column = self._position(begin - quote)
        last, end_column = self._position(end + quote)
        span = Span(self._first_line + line, column, self._first_line + last, end_column)
        start, stop = self._starts[line], self._starts[line + 1] - 1
        excerpt = self._data[start : min(stop, start + 4 * MAX_EXCERPT + 4)]
        return place_in(excerpt.decode(errors="ignore"), span)

    def _position(self, at: int) -> tuple[int, int]:
        line = bisect_right(self._starts, at) - 1
        return line, len(self._data[self._starts[line] : at].decode()) + 1


def _groups(header: CsvHeader, session: Session) -> Iterator[_Group]:
    """Put scalars whose values are checked alike together; a bus and a choice stand alone."""
    alike: dict[object, _Group] = {}
    for name, input_ in session.inputs.items():
        if name in header.elements:
            yield _Group(input_, [name], header.elements[name], by_element=True)
        elif name in header.columns and input_.is_bus:
            yield _Group(input_, [name], [header.columns[name]])
        elif name in header.columns:
            kind = (input_.type, input_.min, input_.max, input_.default, input_.state_values)
            group = alike.setdefault(kind, _Group(input_, [], []))
            group.names.append(name)
            assert isinstance(group.at, list)
            group.at.append(header.columns[name])
    yield from alike.values()


def _columns(
    cells: _Cells, group: _Group, dialect: CsvDialect
) -> dict[str, Column | Labels] | None:
    """Read the inputs of a group; None where a value is refused."""
    input_, names = group.input_, group.names
    column = _fast(cells, group, dialect)
    if isinstance(column, Labels) or (column is not None and input_.is_bus):
        return {names[0]: column}
    if column is not None:
        rows = zip(names, column.numerators, strict=True)
        return {name: Column(values, column.denominator) for name, values in rows}
    if group.by_element:
        column = elements_of_texts(dialect.texts(cells.row_texts(group.at), input_), input_)
        return None if column is None else {names[0]: column}
    read: dict[str, Column | Labels] = {}
    for name, at in zip(names, _indices(group.at), strict=True):
        single = input_of_texts(dialect.texts(list(cells.texts(at)), input_), input_)
        if single is None:
            return None
        read[name] = single
    return read


def _fast(cells: _Cells, group: _Group, dialect: CsvDialect) -> Column | Labels | None:
    """Read a group from its bytes: columns x rows, a bus rows x width; None where that fails."""
    input_ = group.input_
    ends, lengths = cells.places(group.at)
    words = dialect.words(input_)
    if any('"' in word for word in (*words, *(input_.of or ()))):
        return None  # a quote is doubled in the file
    for word in words:
        lengths = np.where(_is_word(word, cells.octets, ends, lengths), 0, lengths)
    point = ord(dialect.decimal)
    if lengths.all():
        return _fast_values(cells.octets, ends, lengths, group, point)
    if input_.default is None or input_.is_bus:
        return None
    is_given = lengths > 0
    if not is_given.any():
        return None
    read = _fast_values(cells.octets, ends[is_given], lengths[is_given], group, point)
    if read is None:
        return None
    whole = with_default(read, is_given.reshape(-1), input_)
    assert isinstance(whole, Column)
    return Column(whole.numerators.reshape(ends.shape), whole.denominator)


def _is_word(word: str, octets: Octets, ends: Offsets, lengths: Offsets) -> NDArray[np.bool_]:
    """Return which cells are one word, of at least one character."""
    backwards = word.encode()[::-1]
    is_word: NDArray[np.bool_] = lengths == len(backwards)
    for place, character in enumerate(backwards, start=1):
        if not is_word.any():
            break
        is_word &= octets.take(ends - place, mode="clip") == character
    return is_word


def _fast_values(
    octets: Octets, ends: Offsets, lengths: Offsets, group: _Group, point: int
) -> Column | Labels | None:
    """Read cells that are not empty, as `_fast` does."""
    input_ = group.input_
    if input_.of is not None:
        codes = labels_at(octets, ends[0], lengths[0], input_.of)
        return None if codes is None else Labels(codes, input_.of)
    column = numbers_at(octets, ends, lengths, point)
    if column is None and input_.type == "bit" and not input_.is_bus:
        codes = labels_at(octets, ends, lengths, tuple(BOOLEANS))
        return None if codes is None else Column((codes >= 3).astype(np.uint8))
    is_integer = input_.is_bus and not group.by_element
    if column is None and is_integer:
        column = unsigned_at(octets, ends, lengths)
    if column is None:
        return None
    if is_integer:
        return column_of_integers(Column(column.numerators[0], column.denominator), input_)
    if input_.type != "bit":
        column = Column(column.numerators.astype(np.int64, copy=False), column.denominator)
    read = checked(column, input_)
    return Column(read.numerators.T, read.denominator) if read and input_.is_bus else read


def _indices(at: slice | list[int]) -> Sequence[int]:
    return range(at.start, at.stop) if isinstance(at, slice) else at


class _Cells:
    """The places of all cells of some lines.

    `edges` are those before the first cell, and after each, columns x rows. `quotes` says which
    have quotes around them, where any has.
    """

    def __init__(
        self, data: bytes, octets: Octets, edges: Offsets, quotes: NDArray[np.bool_] | None
    ) -> None:
        self.octets, self._data, self._edges, self._quotes = octets, data, edges, quotes

    def __len__(self) -> int:
        return int(self._edges.shape[1])

    @staticmethod
    def found(data: bytes, width: int, delimiter: int) -> _Cells | None:
        """Find the cells of whole lines; None where not every line has `width` cells."""
        octets: Octets = np.frombuffer(data, np.uint8)
        is_line_end = octets == _LINE_END
        is_edge = (octets == delimiter) | is_line_end
        if has_quotes := b'"' in data:
            is_quote = octets == _QUOTE
            is_outside = ~np.logical_xor.accumulate(is_quote)
            may_adjoin, opening = is_edge | is_quote, is_quote > is_outside
            is_wrong = opening[1:] > may_adjoin[:-1]
            is_wrong |= (is_quote & is_outside)[:-1] > may_adjoin[1:]
            if is_wrong.any() or not is_outside[-1]:
                return None
            is_edge &= is_outside
            is_line_end &= is_outside
        places = np.flatnonzero(is_edge)
        rows, rest = divmod(len(places), width)
        if rest or np.count_nonzero(is_line_end) != rows:
            return None
        edges = np.empty((width + 1, rows), np.int64)
        edges[1:] = places.reshape(rows, width).T
        if not (octets[edges[-1]] == _LINE_END).all():
            return None
        edges[0, 0] = -1
        edges[0, 1:] = edges[-1, :-1]
        if width == 1 and (edges[1] - edges[0] == 1).any():
            return None  # a blank line
        has_quote = octets[edges[:-1] + 1] == _QUOTE if has_quotes else None
        return _Cells(data, octets, edges, has_quote)

    def places(self, at: slice | list[int]) -> tuple[Offsets, Offsets]:
        """Return where the cells of some columns end, and their lengths: columns x rows."""
        if isinstance(at, list) and at == list(range(at[0], at[0] + len(at))):
            at = slice(at[0], at[0] + len(at))
        if isinstance(at, slice):
            ends = self._edges[at.start + 1 : at.stop + 1]
        else:
            ends = self._edges[[place + 1 for place in at]]
        lengths = ends - self._edges[at] - 1
        if self._quotes is None:
            return ends, lengths
        quotes = self._quotes[at]
        return ends - quotes, lengths - 2 * quotes

    def texts(self, at: int) -> Texts:
        """Return the texts of a column."""
        ends, lengths = self.places(slice(at, at + 1))
        return Texts(self._data, (ends - lengths)[0], ends[0])

    def row_texts(self, at: slice | list[int]) -> list[str]:
        """Return the texts of several columns, row by row."""
        by_column = [list(self.texts(place)) for place in _indices(at)]
        return [text for row in zip(*by_column, strict=True) for text in row]


class Texts(Sequence[str]):
    """Texts of a column, taken from the bytes of the file when they are used."""

    def __init__(self, data: bytes, starts: Offsets, ends: Offsets) -> None:
        self._data, self._starts, self._ends = data, starts, ends

    def __len__(self) -> int:
        return len(self._starts)

    def stretch(self, row: int) -> tuple[int, int]:
        """Return where the text of a row starts and ends."""
        return int(self._starts[row]), int(self._ends[row])

    def __iter__(self) -> Iterator[str]:
        if not len(self):
            return iter(())
        # only the part that holds the texts, which is small beside the bytes of a whole file
        first = int(self._starts.min())
        part = self._data[first : int(self._ends.max())]
        places = zip(self._starts.tolist(), self._ends.tolist(), strict=True)
        if b'""' in part:
            return (
                part[start - first : end - first].decode().replace('""', '"')
                for start, end in places
            )
        if part.isascii():
            text = part.decode("ascii")
            return (text[start - first : end - first] for start, end in places)
        return (part[start - first : end - first].decode() for start, end in places)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Texts: ...
    def __getitem__(self, at: int | slice) -> str | Texts:
        if isinstance(at, slice):
            return Texts(self._data, self._starts[at], self._ends[at])
        return self._data[self._starts[at] : self._ends[at]].decode().replace('""', '"')

"""A table for people, written only: whole, or as much of it as a screen shows."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import BinaryIO, NamedTuple

from nnc.numbers.exact import shorten as in_one_line
from nnc.rows.columns import Column, Labels
from nnc.rows.output import Heading, Numerals, Table, texts_of

_GAP = "   "
_CUT = "…"
_LINES_PER_WRITE = 4096
_MIN_ROWS = 50  # rows that are written whatever the height of the screen is


class Groups(NamedTuple):
    """The names of the columns of a table, in their order."""

    kept: Sequence[str] = ()
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()


class Screen(NamedTuple):
    """The size of a terminal, in cells."""

    width: int
    height: int

    @property
    def rows(self) -> int:
        """The largest number of rows of a table that are written."""
        return max(_MIN_ROWS, self.height - 4)


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write every row, numbers to the right, as wide as it has to be; nothing is cut."""
    write_table(results, stream, Groups(outputs=tuple(heading)))


def write_table(
    results: Iterable[Table],
    stream: BinaryIO,
    groups: Groups,
    screen: Screen | None = None,
    *,
    is_upright: bool = True,
) -> None:
    """Write rows as a table, and where it `is_upright` a row alone as a line for each column.

    With a screen, inputs that are too many for it are left out first, then columns that are kept,
    then outputs; and rows behind those that it shows. A last line counts them. The rows are held
    as texts, as the widest of a column is known at the end.
    """
    count, columns = _read(results, [*groups.kept, *groups.inputs, *groups.outputs], screen)
    is_upright = is_upright and count == 1
    lines = (_upright if is_upright else _rows)(columns, groups, screen)
    if not is_upright and screen is not None:
        lines = _with_footer(lines, columns, groups, screen, count)
    while some := list(islice(lines, _LINES_PER_WRITE)):
        text = "".join(f"{line.rstrip(' ')}\n" for line in some)
        stream.write(text.encode("utf-8", "backslashreplace"))


class _Texts(NamedTuple):
    """The cells of a column."""

    texts: list[str]
    are_numbers: bool
    width: int


def _read(
    results: Iterable[Table], names: Sequence[str], screen: Screen | None
) -> tuple[int, dict[str, _Texts]]:
    """Count the rows, and return the texts of those that are to be written."""
    texts: dict[str, list[str]] = {name: [] for name in names}
    are_numbers = dict.fromkeys(names, True)
    count = 0
    for result in results:
        size = len(result[names[0]]) if names else 0
        room = size if screen is None else max(0, screen.rows - count)
        for name in names:
            column = result[name]
            are_numbers[name] &= isinstance(column, Column | Numerals)
            texts[name] += texts_of(column if room >= size else _first(column, room))
        count += size
    return count, {name: _texts(name, texts[name], right=are_numbers[name]) for name in names}


def _first(column: Column | Labels | Sequence[str], count: int) -> Column | Labels | Sequence[str]:
    return column.cut(0, count) if isinstance(column, Column | Labels) else column[:count]


def _texts(name: str, texts: Sequence[str], *, right: bool) -> _Texts:
    """Make each text one line, once however often it occurs."""
    lines = {text: in_one_line(text, sys.maxsize) for text in dict.fromkeys(texts)}
    width = max(_cells(in_one_line(name, sys.maxsize)), *map(_cells, lines.values()), 0)
    return _Texts([lines[text] for text in texts], right, width)


# ------------------------------------------------------------------------------------- rows


def _rows(columns: Mapping[str, _Texts], groups: Groups, screen: Screen | None) -> Iterator[str]:
    fitting = groups if screen is None else _fitting(columns, groups, screen.width)
    padded: list[Iterable[str]] = []
    for names, all_names in zip(fitting, groups, strict=True):
        padded += [_padded(name, columns[name]) for name in names]
        if len(names) < len(all_names):
            padded.append([_CUT] * (1 + len(next(iter(columns.values())).texts)))
    lines = map(_GAP.join, zip(*padded, strict=True))
    first = next(lines)
    yield first
    yield "─" * _cells(first)
    yield from lines


def _padded(name: str, column: _Texts) -> Iterable[str]:
    """Bring the name and the texts of a column to one width."""
    texts = [in_one_line(name, sys.maxsize), *column.texts]
    lines = {}
    for text in dict.fromkeys(texts):
        blank = " " * (column.width - _cells(text))
        lines[text] = blank + text if column.are_numbers else text + blank
    return map(lines.__getitem__, texts)


def _fitting(columns: Mapping[str, _Texts], groups: Groups, width: int) -> Groups:
    """Return the columns that fit in a width, at least one output; the first ones of each group."""
    gap = len(_CUT) + len(_GAP)  # which stands for columns that are left out
    order = {name: getattr(groups, name) for name in ("outputs", "kept", "inputs")}
    room = width + len(_GAP) - gap * sum(map(bool, order.values()))
    fitting: dict[str, Sequence[str]] = {}
    for group, names in order.items():
        ends = list(accumulate(columns[name].width + len(_GAP) for name in names))
        if ends and ends[-1] <= room + gap:
            room += gap
        else:
            names = names[: max(group == "outputs", sum(end <= room for end in ends))]
        room -= ends[len(names) - 1] if names else 0
        fitting[group] = names
    return Groups(**fitting)


def _with_footer(
    lines: Iterator[str],
    columns: Mapping[str, _Texts],
    groups: Groups,
    screen: Screen,
    count: int,
) -> Iterator[str]:
    yield from lines
    fitting = _fitting(columns, groups, screen.width)
    cut = _cut_columns(fitting, groups)
    hint = "--to table | less -S for all" if cut else "-o FILE or | less for all"
    if count > screen.rows:
        cut.append(_more(count - screen.rows, "row"))
    if cut:
        yield f"{_CUT} {', '.join(cut)}; {hint}"


def _cut_columns(fitting: Groups, groups: Groups) -> list[str]:
    """Count the columns that are left out, inputs first."""
    nouns = {"inputs": "input", "kept": "column", "outputs": "output"}
    missing = {
        noun: len(getattr(groups, group)) - len(getattr(fitting, group))
        for group, noun in nouns.items()
    }
    return [_more(number, noun) for noun, number in missing.items() if number]


def _more(count: int, noun: str) -> str:
    return f"{count:,} more {noun}" if count == 1 else f"{count:,} more {noun}s"


# ------------------------------------------------------------------------------ a row alone


def _upright(columns: Mapping[str, _Texts], groups: Groups, screen: Screen | None) -> Iterator[str]:
    """Write one row as lines of a name and its value, the outputs below a rule."""
    fitting = groups if screen is None else _first_lines(groups, screen.rows)
    names = {name: in_one_line(name, sys.maxsize) for group in fitting for name in group}
    width = max(map(_cells, names.values()))
    lines = {
        name: f"{text}{' ' * (width - _cells(text))}{_GAP}{columns[name].texts[0]}"
        for name, text in names.items()
    }
    before = [*fitting.kept, *fitting.inputs]
    yield from map(lines.__getitem__, before)
    yield from _cut_lines(fitting._replace(outputs=groups.outputs), groups)
    if before:
        longest = max(map(_cells, lines.values()))
        yield "─" * (longest if screen is None else min(longest, screen.width))
    yield from map(lines.__getitem__, fitting.outputs)
    yield from _cut_lines(groups._replace(outputs=fitting.outputs), groups)


def _first_lines(groups: Groups, room: int) -> Groups:
    """Return the columns of a row that have a line each, at least one output."""
    fitting: dict[str, Sequence[str]] = {}
    for group in ("outputs", "kept", "inputs"):
        names: Sequence[str] = getattr(groups, group)
        fitting[group] = names[: max(room, int(group == "outputs"))]
        room = max(0, room - len(names))
    return Groups(**fitting)


def _cut_lines(fitting: Groups, groups: Groups) -> list[str]:
    cut = ", ".join(_cut_columns(fitting, groups))
    return [f"{_CUT} {cut}; --to table | less for all"] if cut else []


def _cells(text: str) -> int:
    """Count the columns that a text takes on a terminal: letters of some scripts take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)

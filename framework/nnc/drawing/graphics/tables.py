"""Rows -> shapes: what a neuron reads, with bars, weights, steps and amounts; and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from nnc.compiler.graph import NeuronNode
from nnc.diagnostics.diagnostic import KeyPath
from nnc.drawing.graphics.model import Row
from nnc.drawing.graphics.shapes import (
    NAME_WIDTH,
    PAD,
    SMALL,
    Image,
    Line,
    Rectangle,
    Shape,
    Text,
    fitted,
    heatmap,
    moved,
    text_width,
)
from nnc.language.network import BITS, COMPARISONS, FIRING, Fires, Input, Part, Threshold
from nnc.language.network import Limit as Cutoff
from nnc.language.references import CONSTANTS, name_in
from nnc.numbers.exact import Number, counted, magnitude, shorten, show_number, simplest
from nnc.printable import printable


def type_text(input_: Input) -> str:
    """Write the type of an input, its bounds and its default."""
    if input_.of is not None:
        text = "choice"
    else:
        text = f"{input_.type}({input_.size})" if input_.size is not None else input_.type
    ends = [None if end is None else show_number(end) for end in (input_.min, input_.max)]
    if any(end is not None for end in ends):
        text += f" {ends[0] or ''}…{ends[1] or ''}"
    if input_.type == "bit" and input_.state_values != BITS:
        text += f" {' or '.join(map(show_number, input_.state_values))}"
    if input_.default is not None:
        default = input_.default
        value = (
            default
            if isinstance(default, str)
            else ",".join(map(show_number, default[:8]))
            if isinstance(default, tuple)
            else show_number(default)
        )
        text += f" = {value}"
    return text


def rule_text(fires: Fires, node: NeuronNode, blanks: Mapping[KeyPath, str]) -> str:
    """Write the rule of a neuron, with its thresholds if they are few; some may be blanks."""
    if fires not in COMPARISONS:
        return f"{fires} of {len(node.sources)}"
    if not node.ports:
        blank = blanks.get(("neurons", node.name, "threshold"))
        return f"Σ {FIRING[fires].sign} {blank or show_number(node.thresholds[0])}"
    own = [blanks.get(("neurons", node.name, "thresholds", port)) for port in node.ports]
    limits = [
        f"{FIRING[node.rule(i)].sign} {own[i] or show_number(number)}"
        for i, number in enumerate(node.thresholds)
    ]
    return f"Σ {', '.join(limits)}" if len(limits) < 3 else counted(len(limits), "threshold")


def cutoff_text(cutoff: Cutoff) -> str:
    """Write a cut-off below its step, with a sign if the step begins after that number."""
    if isinstance(cutoff, Threshold):
        return f"{FIRING[cutoff.rule].sign}{show_number(cutoff.number)}"
    return show_number(cutoff)


def sources_text(rows: Sequence[Row]) -> str:
    """Describe in a title what a neuron adds up."""
    texts = []
    for row in rows:
        if row.cutoffs or row.note:
            cuts = [row.note, *row.cutoffs] if row.note else row.cutoffs
            points = row.texts() if row.note else row.texts()[1:]
            steps = ", ".join(f"{cut}: {each}" for cut, each in zip(cuts, points, strict=False))
            texts.append(f"{row.source} {{{steps}}}")
        elif len(set(row.texts())) == 1:
            texts.append(f"{row.texts()[0]} {row.source}")
        elif row.weights:
            texts.append(f"[{', '.join(row.texts())}] {row.source}")
        else:
            texts.append(row.source)
    return " + ".join(texts)


def wiring_note(part: Part, port: str, name: str, input_: Input) -> str:
    """Describe beside a port what its wires do not show."""
    notes = []
    for where, ports in (("", part.wiring), ("first", part.first), ("last", part.last)):
        for text in (ports or {}).get(port, ()):
            own = name_in(text) == name
            if own:
                text = "↺ " + text.removeprefix(name)
            if own or text in CONSTANTS or where:
                notes.append(f"{where} {text}".strip())
            elif text not in (name_in(text), f"{name_in(text)}(i)"):
                notes.append(text)
    if not notes and port not in part.wiring and input_.default is not None:
        notes.append("default")
    return " · ".join(notes)


def bus_text(values: Sequence[Number]) -> str:
    """Write the values of a bus: bits as an unsigned integer, others one by one."""
    if len(values) > 1 and set(values) <= {0, 1}:
        return show_number(sum(int(bit) << i for i, bit in enumerate(values)))
    return ",".join(map(show_number, values[:32])) + (",…" if values[32:] else "")


def value_text(value: str | None) -> str:
    """Write a value in a title, as the picture may cut it."""
    return "" if value is None else f" = {shorten(value, 400)}"


MOST_CHARACTERS = 16  # of a number in a picture


def brief_number(number: Number) -> str:
    """Write a number exactly, or rounded to four digits if it is very long: `≈2.700e41`.

    The title of its box has it exactly.
    """
    text = show_number(number)
    if len(text) <= MOST_CHARACTERS:
        return text
    sign, size = "-" if number < 0 else "", abs(Fraction(number))
    above, below = size.numerator, size.denominator
    exponent = len(show_number(above)) - len(show_number(below))
    exponent -= size < Fraction(10) ** exponent
    digits = int(size * Fraction(10) ** (3 - exponent) + Fraction(1, 2))
    if digits == 10_000:
        digits, exponent = 1000, exponent + 1
    return f"≈{sign}{digits // 1000}.{digits % 1000:03}e{exponent}"


ROW_HEIGHT = 19
BAR = 22  # half of the room for bars
_STEP_ROW = 33
_CELL_WIDTH = 106
_MAX_ROWS, _MAX_SHOWN = 24, 16  # of more rows only the heaviest are drawn


def heaviest_rows(rows: list[Row]) -> tuple[Row, ...]:
    """Return the rows to draw: of very many, those with the largest weights and the rest."""
    if len(rows) <= _MAX_ROWS:
        return tuple(rows)
    weight = [max(map(magnitude, row.weights), default=0) for row in rows]
    if rows[0].amount is not None:
        weight = [magnitude(row.amount or 0) for row in rows]
    heaviest = sorted(sorted(range(len(rows)), key=lambda i: -weight[i])[:_MAX_SHOWN])
    rest = [row for i, row in enumerate(rows) if i not in set(heaviest)]
    amount = None
    if rows[0].amount is not None:
        amount = simplest(Fraction(sum(row.amount or 0 for row in rest)))
    return (*(rows[i] for i in heaviest), Row(f"and {len(rest)} more", amount=amount))


def row_height(row: Row) -> int:
    """Return the height of a row; changed steps stand below each other."""
    if not row.cutoffs:
        return ROW_HEIGHT
    return _STEP_ROW * (2 if row.was else 1)


class Table:
    """The rows of one card, in columns: the source, its bar or steps, its weight, what it adds."""

    def __init__(self, rows: Sequence[Row], *, is_run: bool) -> None:
        self.rows = rows
        weights = [weight for row in rows if not row.cutoffs for weight in row.weights]
        self.largest = max(map(magnitude, weights), default=0)
        self.below = any(weight < 0 for weight in weights)
        self.above = any(weight > 0 for weight in weights)
        self.names = max((text_width(self._name(row)) for row in rows), default=0)
        texts = [weights_text(row) for row in rows if not row.cutoffs]
        self.numbers = max((text_width(text) for text in texts), default=0)
        strips = [_strip_width(row) for row in rows if has_strip(row)]
        self.numbers = max([self.numbers, *strips])
        olds = [row.old or "new" for row in rows if row.old or row.change == "added"]
        self.olds = max((text_width(text) + 8 for text in olds), default=0)
        amounts = [text_width(_amount(row)) for row in rows]
        self.amounts = max(amounts, default=0) + 10 if is_run and any(amounts) else 0
        has_bars = bool(weights)
        self.bars = BAR * (self.above + self.below) + 12 if has_bars else 0
        steps = [*filter(None, (row.was for row in rows)), *rows]
        cells = [len(row.weights) * self._cell(row) for row in steps if row.cutoffs]
        middle = max(
            [self.bars + self.olds + self.numbers, *[cell + 8 for cell in cells]], default=0
        )
        self.width = PAD + self.names + 10 + middle + self.amounts + PAD

    @staticmethod
    def _name(row: Row) -> str:
        return fitted(printable(row.source), NAME_WIDTH)

    @staticmethod
    def _cell(row: Row) -> int:
        texts = [*_points(row), *row.cutoffs]
        widest = max(text_width(text, SMALL) for text in texts)
        return max(24, min(_CELL_WIDTH, widest + 6))

    def row(self, row: Row, width: int) -> Iterator[Shape]:
        """Yield the shapes of one row, from its upper left corner."""
        yield Text(PAD, 14, self._name(row), f"source {row.change}".rstrip())
        right = width - PAD
        if row.amount is not None:
            style = "amount" if row.amount else "amount none"
            yield Text(right, 14, _amount(row), style, anchor="end")
        right -= self.amounts
        if row.cutoffs:
            yield from self._steps(row, right)
            if row.was is not None:
                shapes = self._steps(row.was, right, is_old=True)
                yield from (moved(shape, 0, _STEP_ROW) for shape in shapes)
        elif has_strip(row):
            yield from self._strip(row, right)
        elif row.weights:
            yield Text(right, 14, weights_text(row), f"weight {row.change}".rstrip(), anchor="end")
            if row.old or row.change == "added":
                left = right - text_width(weights_text(row)) - 8
                text, style = (row.old, "old") if row.old else ("new", "note")
                yield Text(left, 14, text, style, anchor="end")
            yield from self._bar(row, right - self.numbers - self.olds - 10)
        elif row.note:
            yield Text(right, 14, row.note, "note", SMALL, "end")

    def _bar(self, row: Row, right: int) -> Iterator[Shape]:
        axis = right - (BAR if self.above else 0)
        yield Line(axis, 3, axis, 16, "axis")
        if len(set(row.weights)) > 1 or not self.largest:
            return
        length = round(Fraction(magnitude(row.weights[0])) / self.largest * BAR)
        idle = " idle" if row.amount == 0 else ""
        if row.weights[0] > 0:
            yield Rectangle(axis, 5, max(1, length), 9, "above" + idle)
        elif row.weights[0] < 0:
            yield Rectangle(axis - max(1, length), 5, max(1, length), 9, "below" + idle)

    def _strip(self, row: Row, right: int) -> Iterator[Shape]:
        """Yield many weights as cells side by side."""
        width = _strip_width(row)
        style = f"tile {row.change}".rstrip()
        yield Rectangle(right - width, 3, width, 13, style, 0, f"{len(row.weights)} weights")
        data = heatmap([[float(weight) for weight in row.weights]])
        yield Image(right - width + 1, 4, width - 2, 11, data, f"{len(row.weights)} weights")

    def _steps(self, row: Row, right: int, *, is_old: bool = False) -> Iterator[Shape]:
        """Yield the points of a number as cells, with the cut-offs between them."""
        cell = self._cell(row)
        x = right - cell * len(row.weights)
        largest = max(map(magnitude, row.weights)) or 1
        for i, (points, text) in enumerate(zip(row.weights, _points(row), strict=True)):
            shade = -(-magnitude(points) * 3 // largest)
            style = f"step{shade}" if points >= 0 else f"step{shade} minus"
            yield Rectangle(x + i * cell, 2, cell, 16, "was" if is_old else style)
            middle = x + i * cell + cell // 2
            yield Text(middle, 14, text, "old" if is_old else "points", SMALL, "middle")
            if i:
                cutoff = fitted(row.cutoffs[i - 1], _CELL_WIDTH - 6, SMALL)
                yield Text(x + i * cell, 29, cutoff, "note", SMALL, "middle")
        if row.stretch is not None and not is_old:
            yield Rectangle(x + row.stretch * cell, 2, cell, 16, "here")


def _points(row: Row) -> list[str]:
    """Write the points of steps, or the blanks in their place."""
    blanks = row.blanks or ("",) * len(row.weights)
    pairs = zip(row.weights, blanks, strict=True)
    return [blank or brief_number(points) for points, blank in pairs]


def has_strip(row: Row) -> bool:
    """Return whether a source has too many weights to write them side by side."""
    return not row.cutoffs and weights_text(row).endswith(" weights")


def _strip_width(row: Row) -> int:
    return min(130, max(60, 4 * len(row.weights))) + 2


def weights_text(row: Row) -> str:
    """Write the weights of a source: one, many equal ones, or all of a few."""
    if not row.weights:
        return ""
    blanks = row.blanks or ("",) * len(row.weights)
    texts = [blank or _signed(weight) for weight, blank in zip(row.weights, blanks, strict=True)]
    if len(set(texts)) == 1:
        return texts[0] if len(texts) == 1 else f"{texts[0]} each"
    whole = " ".join(texts)
    return whole if len(whole) <= 24 else f"{len(texts)} weights"


def _amount(row: Row) -> str:
    return "" if row.amount is None else _signed(row.amount)


def _signed(number: Number) -> str:
    text = brief_number(number)
    return text if number < 0 else f"+{text}"

"""Element -> Card: the shapes of one box, its number line, and the heights of its ports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from nnc.drawing.graphics.model import Element, Matrix, Scale
from nnc.drawing.graphics.shapes import (
    NAME_WIDTH,
    PAD,
    SMALL,
    Dot,
    Image,
    Line,
    Marker,
    Rectangle,
    Shape,
    Text,
    fitted,
    heatmap,
    moved,
    text_width,
)
from nnc.drawing.graphics.tables import BAR, ROW_HEIGHT, Table, brief_number, row_height
from nnc.language.references import CONSTANTS
from nnc.numbers.exact import Number, counted, magnitude
from nnc.printable import printable

_ROOM = 22  # at each end of the line


def scale_width(scale: Scale) -> int:
    """Return the width of a box that the labels of its number line need."""
    texts = [_limit_text(scale, i) for i in range(len(scale.limits))]
    wanted = sum(text_width(text, SMALL) + 8 for text in texts[:6])
    ends = sum(text_width(text, SMALL) for text in _end_texts(scale))
    return min(360, max(120, wanted + 10, ends + 60)) + 2 * PAD


def _end_texts(scale: Scale) -> tuple[str, str]:
    ends = (scale.least, scale.greatest)
    low, high = ("…" if end is None else brief_number(end) for end in ends)
    return low, high


def _limit_text(scale: Scale, i: int) -> str:
    limit = scale.limits[i]
    number = brief_number(limit.number)
    return f"{printable(limit.name)} {number}" if limit.name else number


def number_line(scale: Scale, width: int) -> tuple[list[Shape], int]:
    """Return the line of sums: its ends, the thresholds, where it fires, and the sum of a run."""
    axis = Axis(scale, width)
    top = 22 if scale.sum is not None else 10
    shapes: list[Shape] = [Line(axis.left, top, axis.right, top, "axis")]
    first = axis.fires_from()
    if first is not None:
        shapes.append(Rectangle(first[0], top - 2, first[1] - first[0], 4, "zone"))
    for limit in scale.limits:
        x = axis.at(limit.number)
        shapes.append(Line(x, top - 5, x, top + 5, "tick"))
        is_hollow = limit.sign in (">", "<")
        shapes.append(Dot(x, top, 3, "hollow" if is_hollow else "full"))
    for limit in scale.gone:
        x = axis.at(limit.number)
        shapes.append(Line(x, top - 7, x, top + 7, "tick gone"))
        shapes += [
            Line(x, top - 7, axis.at(other.number), top - 7, "gone")
            for other in scale.limits
            if other.name == limit.name
        ]
    if scale.old_sum is not None:
        shapes.append(Marker(axis.at(scale.old_sum), top - 3, "sum was"))
    rows = _labels(scale, axis)
    for place, line, text, style in rows:
        shapes.append(Text(place, top + 15 + 11 * line, text, style, SMALL, "middle"))
    if scale.sum is not None:
        x = axis.at(scale.sum)
        shapes.append(Marker(x, top - 3, "sum"))
        text = _sum_text(scale)
        half = text_width(text, SMALL) // 2 + 1
        x = max(4 + half, min(width - 4 - half, x))
        shapes.append(Text(x, top - 13, text, "sum", SMALL, "middle"))
    lines = max((line for _, line, _, _ in rows), default=0)
    return shapes, top + 18 + 11 * lines


def _sum_text(scale: Scale) -> str:
    """Describe the sum, and its distance from the nearest threshold."""
    assert scale.sum is not None
    text = brief_number(scale.sum)
    if not scale.limits:
        return text
    total = Fraction(scale.sum)
    nearest = min(scale.limits, key=lambda limit: abs(limit.number - total))
    difference = scale.sum - nearest.number
    if not difference:
        return f"sum {text}, on {brief_number(nearest.number)}"
    side = "above" if difference > 0 else "below"
    return (
        f"sum {text}, {brief_number(magnitude(difference))} {side} {brief_number(nearest.number)}"
    )


class Axis:
    """The position of a sum on the line, in whole units."""

    def __init__(self, scale: Scale, width: int) -> None:
        self.scale = scale
        self.left, self.right = PAD + 4, width - PAD - 4
        numbers = [limit.number for limit in scale.limits]
        numbers += [limit.number for limit in scale.gone]
        ends = (scale.least, scale.greatest, scale.sum, scale.old_sum)
        numbers += [end for end in ends if end is not None]
        low, high = min(numbers, default=0), max(numbers, default=1)
        room = Fraction(high - low) / 8 if high > low else Fraction(1)
        if scale.least is None or high == low:
            low -= room
        if scale.greatest is None or high == low:
            high += room
        self.low, self.high = Fraction(low), Fraction(high)

    def at(self, number: Number) -> int:
        """Return how far right a number is."""
        share = (number - self.low) / (self.high - self.low)
        return self.left + round(share * (self.right - self.left))

    def fires_from(self) -> tuple[int, int] | None:
        """Return the interval in which at least one threshold fires, or None."""
        if not self.scale.limits:
            return None
        numbers = [limit.number for limit in self.scale.limits]
        if self.scale.up:
            start, stop = self.at(min(numbers)), self.right
        else:
            start, stop = self.left, self.at(max(numbers))
        return (start, stop) if start < stop else None


def _labels(scale: Scale, axis: Axis) -> list[tuple[int, int, str, str]]:
    """Return the position, line, text and style of every label below the line; none overlap."""
    least, greatest = _end_texts(scale)
    wanted = [
        (axis.at(limit.number), _limit_text(scale, i), "limit")
        for i, limit in enumerate(scale.limits)
    ]
    wanted += [(axis.at(limit.number), brief_number(limit.number), "old") for limit in scale.gone]
    numbers = {limit.number for limit in (*scale.limits, *scale.gone)}
    if scale.least not in numbers:
        wanted.append((axis.left, least, "end"))
    if scale.greatest not in numbers and scale.greatest != scale.least:
        wanted.append((axis.right, greatest, "end"))
    placed: list[tuple[int, int, str, str]] = []
    used: list[list[tuple[int, int]]] = [[] for _ in wanted]
    for x, text, style in sorted(wanted, key=lambda label: (label[2] == "end", label[0])):
        half = text_width(text, SMALL) // 2 + 1
        x = max(axis.left - 8 + half, min(axis.right + 8 - half, x))
        for line, taken in enumerate(used):
            if all(x + half + 3 <= start or x - half - 3 >= stop for start, stop in taken):
                taken.append((x - half, x + half))
                placed.append((x, line, text, style))
                break
    return placed


HEADER = 24
_VALUE_WIDTH, _RULE_WIDTH = 150, 260
_MAX_LABELS = 12
_TILE, _TILE_GAP, _TILES_IN_ROW = 34, 4, 8
_MAP = 232  # the side of the largest picture of weights


@dataclass(slots=True)
class Card:
    """The shapes of a box, from its upper left corner, and its ports."""

    width: int
    height: int
    shapes: list[Shape] = field(default_factory=list)
    inlets: list[int] = field(default_factory=list)
    outlets: list[int] = field(default_factory=list)
    inner: tuple[int, int] | None = None
    """The corner of the picture that it holds."""
    axis: tuple[int, int, Number, Number] | None = None
    """The number line: its left and right end, and the sums that these are."""


Size = tuple[int, int]


def card(element: Element, inner: Size | None = None) -> Card:
    """Return the box of an element; `inner` is the size of the picture inside."""
    if element.kind == "inputs" or element.columns:
        return _grid(element)
    if element.kind in ("input", "output"):
        return _pill(element)
    if element.kind == "part":
        return _part(element, inner)
    return _neuron(element)


# ----------------------------------------------------------------------- inputs and outputs


def _pill(element: Element) -> Card:
    """Return the box of an input or output: its name and value, its type, its labels."""
    name = fitted(printable(element.name), NAME_WIDTH)
    value = "" if element.value is None else fitted(printable(element.value), _VALUE_WIDTH)
    note = fitted(element.note, NAME_WIDTH, SMALL)
    labels = [fitted(printable(label), NAME_WIDTH, SMALL) for label in element.labels]
    lines = labels[:_MAX_LABELS]
    hidden = len(labels) - len(lines)
    if hidden:
        lines.append(f"and {hidden} more")
    old = "" if element.old_value is None else fitted(printable(element.old_value), _VALUE_WIDTH)
    reserved = max(value, " " * min(element.room, _VALUE_WIDTH // 8), key=text_width)
    widths = [text_width(name)]
    widths[0] += sum(text_width(text) + 14 for text in (old, reserved) if text)
    widths += [text_width(text, SMALL) + 16 for text in lines]
    widths.append(text_width(note, SMALL))
    width = max(56, max(widths) + 24)
    height = 36 if note else 26
    is_on = element.fires is True
    style = f"pill{' on' if is_on else ''} {element.change}".rstrip()
    shapes: list[Shape] = [Text(12, 17, name, "name")]
    if old:
        right = width - 12 - (text_width(value) + 8 if value else 0)
        shapes.append(Text(right, 17, old, "old", anchor="end"))
    if value:
        shapes.append(Text(width - 12, 17, value, "name value", anchor="end"))
    if note:
        shapes.append(Text(12, 30, note, "note", SMALL))
    for i, text in enumerate(lines):
        y = height + i * 16
        if i == element.label and element.label < _MAX_LABELS:
            shapes.append(Rectangle(8, y - 1, width - 16, 15, "chosen", 3))
        shapes.append(Text(16, y + 10, text, "label on" if i == element.label else "label", SMALL))
    height += len(lines) * 16 + (6 if lines else 0)
    frame = Rectangle(0, 0, width, height, style, min(18, height // 2))
    port = 18 if note else 13
    inlets = [port] if element.kind == "output" else []
    outlets = [port] * len(element.outlets)
    return Card(width, height, [frame, *shapes], inlets, outlets)


def _grid(element: Element) -> Card:
    """Return the box of many bits that are read together, or of one bus: a cell for each.

    An input of numbers is drawn as a picture.
    """
    count = element.count
    columns = element.columns or (int(count**0.5) if int(count**0.5) ** 2 == count else 16)
    side = max(4, min(13, 260 // columns))
    lines = -(-count // columns)
    name = fitted(printable(element.name), NAME_WIDTH)
    note = fitted(printable(element.note), NAME_WIDTH, SMALL)
    width = max(columns * side, text_width(name), text_width(note, SMALL)) + 24
    shapes: list[Shape] = [Text(12, 17, name, "name"), Text(12, 30, note, "note", SMALL)]
    if element.matrix is not None:
        pixels = heatmap(element.matrix.weights)
        shapes.append(Image(12, 38, columns * side, lines * side, pixels))
    for i in range(count if element.matrix is None else 0):
        x, y = 12 + i % columns * side, 38 + i // columns * side
        is_on = element.cells is not None and element.cells[i]
        shapes.append(Rectangle(x, y, side, side, "ink" if is_on else "cell"))
    height = 38 + lines * side + 14
    frame = Rectangle(0, 0, width, height, f"pill {element.change}".rstrip(), 6)
    inlets = [height // 2] if element.kind == "output" else []
    return Card(width, height, [frame, *shapes], inlets, [height // 2] * len(element.outlets))


# ---------------------------------------------------------------------------------- neurons


def _neuron(element: Element) -> Card:
    """Return the box of a neuron, of several alike, or of a layer."""
    is_run = element.fires is not None or (
        element.scale is not None and element.scale.sum is not None
    )
    table = Table(element.rows, is_run=is_run)
    width = max(table.width, _header_width(element), 130)
    matrix: list[Shape] = []
    matrix_height = 0
    if element.matrix is not None:
        matrix, matrix_width, matrix_height = _matrix(element.matrix)
        width = max(width, matrix_width + 2 * PAD)
    if element.scale is not None:
        width = max(width, scale_width(element.scale))
    shapes = [*_header(element, width)]
    inlets, top = [], HEADER + 4
    for row in element.rows:
        shapes += [moved(shape, 0, top) for shape in table.row(row, width)]
        inlets.append(top + ROW_HEIGHT // 2)
        top += row_height(row)
    if matrix:
        shapes += [moved(shape, PAD, top + 4) for shape in matrix]
        top += matrix_height + 6
    if element.scale is not None:
        line, height = number_line(element.scale, width)
        shapes += [moved(shape, 0, top) for shape in line]
        top += height
    height = top + 6
    outlets = _outlets(element, height)
    style = f"card{' on' if element.fires is True else ''} {element.change}".rstrip()
    shapes.insert(0, Rectangle(0, 0, width, height, style, 5))
    wired = [y for row, y in zip(element.rows, inlets, strict=True) if row.source not in CONSTANTS]
    shapes += [Dot(0, y, 2, "port") for y in wired] + [Dot(width, y, 2, "port") for y in outlets]
    axis = None
    if element.scale is not None:
        ends = Axis(element.scale, width)
        axis = ends.left, ends.right, ends.low, ends.high
    return Card(width, height, shapes, inlets, outlets, axis=axis)


def _outlets(element: Element, height: int) -> list[int]:
    count = len(element.outlets)
    if count < 2:
        return [HEADER // 2] * count
    gap = max(4, min(14, (height - HEADER) // count))
    return [HEADER // 2 + i * gap for i in range(count)]


def _header_width(element: Element) -> int:
    name = min(text_width(printable(element.name)), NAME_WIDTH)
    rule = min(text_width(element.note, SMALL), _RULE_WIDTH)
    return name + rule + 2 * PAD + 40


def _header(element: Element, width: int) -> Iterator[Shape]:
    style = {"part": "part", "layer": "layer", "neurons": "layer"}.get(element.kind, "head")
    yield Rectangle(1, 1, width - 2, HEADER - 1, "head on" if element.fires is True else style, 4)
    yield Text(PAD, 16, fitted(printable(element.name), NAME_WIDTH), "name")
    right = width - PAD
    if element.fires is not None:
        yield Dot(right - 5, HEADER // 2, 5, "lamp on" if element.fires else "lamp")
        right -= 16
    if element.note:
        yield Text(right, 16, fitted(element.note, _RULE_WIDTH, SMALL), "note", SMALL, "end")


# ------------------------------------------------------------------------ layers and parts


def _matrix(matrix: Matrix) -> tuple[list[Shape], int, int]:
    """Return weights as tiles if neurons read a square, else as one map; and the size."""
    size, fan_in = matrix.weights.shape
    columns = matrix.columns or int(fan_in**0.5)
    is_grid = matrix.columns > 0 or (columns >= 4 and columns * columns == fan_in)
    caption = Text(0, 8, f"{counted(size, 'neuron')} × {fan_in:,}", "note", SMALL)
    if is_grid and size <= 64:
        shapes, width, height = _tiles(matrix, columns)
    else:
        shapes, width, height = _map(matrix)
    width = max(width, text_width(caption.text, SMALL))
    return [caption, *(moved(shape, 0, 14) for shape in shapes)], width, height + 14


def _tiles(matrix: Matrix, columns: int) -> tuple[list[Shape], int, int]:
    shapes: list[Shape] = []
    pitch = _TILE + _TILE_GAP + 4
    for i, weights in enumerate(matrix.weights):
        x, y = i % _TILES_IN_ROW * pitch, i // _TILES_IN_ROW * pitch
        title = matrix.titles[i] if matrix.titles else ""
        fired = matrix.fired is not None and matrix.fired[i]
        shapes.append(
            Rectangle(x, y, _TILE + 2, _TILE + 2, "tile on" if fired else "tile", 0, title)
        )
        data = heatmap(weights.reshape(-1, columns))
        shapes.append(Image(x + 1, y + 1, _TILE, _TILE, data, title))
    size = len(matrix.weights)
    return shapes, min(size, _TILES_IN_ROW) * pitch, -(-size // _TILES_IN_ROW) * pitch


def _map(matrix: Matrix) -> tuple[list[Shape], int, int]:
    size, fan_in = matrix.weights.shape
    cell = max(1, min(6, _MAP // max(size, fan_in)))
    width, height = min(_MAP, max(40, fan_in * cell)), min(_MAP, max(12, size * cell))
    shapes: list[Shape] = [
        Rectangle(0, 0, width + 2, height + 2, "tile"),
        Image(1, 1, width, height, heatmap(matrix.weights)),
    ]
    for i in range(size if size <= height else 0):
        top, bottom = (1 + place * height // size for place in (i, i + 1))
        if matrix.titles:
            row = Rectangle(1, top, width, bottom - top, "row", 0, matrix.titles[i])
            shapes.append(row)
        if matrix.fired is not None:
            style = "mark on" if matrix.fired[i] else "mark"
            shapes.append(Rectangle(width + 6, top, 8, bottom - top, style))
    if matrix.margins is None or size > height:
        return shapes, width + 16, height + 4
    axis = width + 20 + BAR
    shapes.append(Line(axis, 1, axis, height + 1, "axis"))
    largest = max(map(magnitude, matrix.margins)) or 1
    for i, margin in enumerate(matrix.margins):
        top, bottom = (1 + place * height // size for place in (i, i + 1))
        length = max(1, round(Fraction(magnitude(margin)) / largest * BAR))
        fires = matrix.fired is not None and matrix.fired[i]
        left, style = (axis, "margin on") if fires else (axis - length, "margin")
        room = max(1, bottom - top - (bottom - top > 3))
        shapes.append(Rectangle(left, top, length, room, style))
    return shapes, axis + BAR + 4, height + 4


def _part(element: Element, inner: Size | None) -> Card:
    """Return the box of a part, with its inputs on the left and its outputs on the right."""
    lefts = [fitted(printable(row.source), NAME_WIDTH) for row in element.rows]
    notes = [row.note for row in element.rows]
    values = element.values or [""] * len(element.outlets)
    rights = [
        fitted(f"{printable(name)} {value}".rstrip(), NAME_WIDTH + _VALUE_WIDTH)
        for name, value in zip(element.outlets, values, strict=True)
    ]
    left = max((text_width(name) + (text_width(note, SMALL) + 8 if note else 0)
                for name, note in zip(lefts, notes, strict=True)), default=0)  # fmt: skip
    right = max(map(text_width, rights), default=0)
    width = max(left + right + 2 * PAD + 24, _header_width(element), 120)
    height = HEADER + 6 + max(len(lefts), len(rights)) * ROW_HEIGHT + 6
    shapes: list[Shape] = []
    place = None
    if inner is not None:
        place = (PAD, height)
        width, height = max(width, inner[0] + 2 * PAD), height + inner[1] + PAD
    if element.count > 1:
        shapes = [Rectangle(d, -d, width, height, "card sheet", 5) for d in (6, 3)]
    shapes.append(Rectangle(0, 0, width, height, f"card {element.change}".rstrip(), 5))
    shapes += _header(element, width)
    ports = [HEADER + 6 + i * ROW_HEIGHT for i in range(max(len(lefts), len(rights)))]
    for y, name, note in zip(ports, lefts, notes, strict=False):
        shapes.append(Text(PAD, y + 14, name, "source"))
        if note:
            shapes.append(Text(PAD + text_width(name) + 8, y + 14, note, "note", SMALL))
        shapes.append(Dot(0, y + ROW_HEIGHT // 2, 2, "port"))
    for y, name in zip(ports, rights, strict=False):
        shapes.append(Text(width - PAD, y + 14, name, "source", anchor="end"))
        shapes.append(Dot(width, y + ROW_HEIGHT // 2, 2, "port"))
    middles = [y + ROW_HEIGHT // 2 for y in ports]
    return Card(width, height, shapes, middles[: len(lefts)], middles[: len(rights)], place)

"""Counts of rows -> SVG: sums of neurons beside thresholds, and what is taken for what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple

from nnc.drawing.displays import bundle, png
from nnc.drawing.graphics.shapes import (
    NORMAL,
    SMALL,
    Line,
    Rectangle,
    Shape,
    Text,
    fitted,
    text_width,
)
from nnc.drawing.graphics.svg import MARGIN, TITLE, Theme, page, shape_text
from nnc.files.writing import open_atomically
from nnc.language.network import FIRING
from nnc.numbers.exact import Refused, counted, rounded_percent, show_number, simplest
from nnc.opening.cases.confusion import MAX_VALUES, Comparison
from nnc.printable import printable
from nnc.run.histograms import Histogram

ChartKind = Literal["margins", "sums", "confusion"]
CHARTS: tuple[ChartKind, ...] = ("margins", "sums", "confusion")
SUFFIXES = (".svg", ".png")
MAX_PANELS = 24
"""The most neurons whose sums are drawn."""

_PLOT, _HEIGHT = 600, 150
_LINE, _TIER = 13, 46
_CELL, _NAME = 40, 120


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of rows; a notebook shows it. `svg` is its text."""

    title: str
    svg: str = field(repr=False)

    def save(self, file: str | Path) -> None:
        """Write the chart to a file, as PNG where its name says so, else as SVG.

        Raises ValueError for another suffix.
        """
        suffix = Path(file).suffix.lower()
        if suffix and suffix not in SUFFIXES:
            raise ValueError(f"`{suffix}` is no format of a chart; use {' or '.join(SUFFIXES)}")
        with open_atomically(str(file)) as stream:
            stream.write(self.data(is_png=suffix == ".png"))

    def data(self, *, is_png: bool = False) -> bytes:
        """Return the bytes of a file. Raises Refused for PNG without the library for it."""
        return png(self.svg) if is_png else self.svg.encode()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        return bundle(repr(self), self.svg)


# ---------------------------------------------------------------------------------- sums


def sums_chart(
    name: str, histograms: Sequence[Histogram], rows: int, *, theme: Theme = "auto", more: int = 0
) -> Chart:
    """Draw a histogram for each neuron, with its thresholds and how many rows fire.

    `more` says how many neurons there are beyond these.
    """
    shapes: list[Shape] = []
    width, top = 0, 0
    for histogram in histograms:
        panel = _Panel(histogram)
        shapes += [shape.moved(0, top) for shape in panel.shapes()]
        width, top = max(width, panel.width), top + panel.height + 24
    if more:
        shapes.append(Text(0, top, f"and {counted(more, 'more neuron')}", "note", SMALL))
        top += 20
    if any(histogram.boundaries for histogram in histograms):
        for x, style, text in ((0, "bar on", "at least one threshold fires"), (230, "bar", "none")):
            shapes.append(Rectangle(x, top, 14, 10, style))
            shapes.append(Text(x + 20, top + 9, text, "note", SMALL))
        top += 20
    return _chart(f"{name}: sums of {counted(rows, 'row')}", shapes, (width, top), theme)


def _chart(title: str, shapes: Sequence[Shape], size: tuple[int, int], theme: Theme) -> Chart:
    width = max(size[0], text_width(printable(title), 14)) + 2 * MARGIN
    texts = [f"{shape_text(shape.moved(MARGIN, MARGIN + TITLE))}\n" for shape in shapes]
    return Chart(title, page(title, (width, size[1] + TITLE + 2 * MARGIN), texts, theme))


class _Label(NamedTuple):
    """The label of a threshold, at the right of its line."""

    x: int
    texts: tuple[str, ...]

    @property
    def right(self) -> int:
        """Its right end."""
        first, *others = self.texts
        widths = [text_width(first), *(text_width(text, SMALL) for text in others)]
        return self.x + 6 + max(widths) + 10


class _Panel:
    """The histogram of one neuron: labels of thresholds above, then bars, then an axis."""

    def __init__(self, histogram: Histogram) -> None:
        self.histogram = histogram
        self.step, self.counts = histogram.bins()
        bins = [bin_ for bin_, _ in self.counts] or [0]
        low, high = min(bins) * self.step, (max(bins) + 1) * self.step
        numbers = [Fraction(boundary.number) for boundary in histogram.boundaries]
        self.low, self.high = min([low, *numbers]), max([high, *numbers])
        self.labels = [self._label(i) for i in range(len(histogram.boundaries))]
        self.tiers = staggered([(label.x, label.right) for label in self.labels])
        self.base = 20 + (max(self.tiers, default=-1) + 1) * _TIER + _HEIGHT
        self.width = max([_PLOT + 60, *(label.right for label in self.labels)])
        self.height = self.base + 24

    def _at(self, value: Fraction) -> int:
        return round((value - self.low) / (self.high - self.low) * _PLOT)

    def _label(self, i: int) -> _Label:
        boundary, rows = self.histogram.boundaries[i], self.histogram.rows
        sign = FIRING[boundary.fires].sign
        name = fitted(printable(boundary.name), 200)
        fired = self.histogram.fired(i)
        texts = [
            f"{name} {sign} {show_number(boundary.number)}".lstrip(),
            f"{fired:,} of {counted(rows, 'row')} {'fires' if fired == 1 else 'fire'}",
        ]
        nearest, margin = self.histogram.nearest(i), self.histogram.margin(i)
        if nearest is not None and margin is not None:
            texts.append(f"nearest {show_number(nearest)}, margin {show_number(margin)}")
        return _Label(self._at(Fraction(boundary.number)), tuple(texts))

    def shapes(self) -> Iterator[Shape]:
        """Yield what is drawn."""
        yield Text(0, 10, fitted(printable(self.histogram.name), self.width), "name")
        if not self.histogram.rows:
            yield Text(0, 40, "no rows", "note", SMALL)
            return
        yield from self._bars()
        yield Line(0, self.base, _PLOT, self.base, "axis")
        for label, tier in zip(self.labels, self.tiers, strict=True):
            top = self.base - _HEIGHT - (tier + 1) * _TIER
            yield Line(label.x, top, label.x, self.base + 6, "tick")
            for i, text in enumerate(label.texts):
                style, size = ("limit", NORMAL) if not i else ("note", SMALL)
                yield Text(label.x + 6, top + 10 + i * _LINE, text, style, size)
        yield from self._ticks()

    def _bars(self) -> Iterator[Shape]:
        """Yield a bar for each bin, with the rows that fire below those where nothing does."""
        totals: dict[int, list[int]] = {}
        for (bin_, zone), count in self.counts.items():
            silent_on = totals.setdefault(bin_, [0, 0])
            silent_on[self.histogram.firing(zone) > 0] += count
        largest = max(sum(pair) for pair in totals.values())
        room = _HEIGHT - 14
        for bin_, (silent, firing) in sorted(totals.items()):
            left, right = self._at(bin_ * self.step), self._at((bin_ + 1) * self.step)
            title = self._bin_title(bin_, silent, firing)
            bottom = self.base
            for count, style in ((firing, "bar on"), (silent, "bar")):
                if count:
                    height = max(1, round(Fraction(count * room, largest)))
                    width = max(1, right - left - 1)
                    yield Rectangle(left, bottom - height, width, height, style, 0, title)
                    bottom -= height
        yield Text(_PLOT + 8, self.base - room + 4, f"{largest:,}", "note", SMALL)
        yield Line(_PLOT, self.base - room, _PLOT + 5, self.base - room, "axis")
        yield Line(_PLOT, self.base - room, _PLOT, self.base, "axis")

    def _bin_title(self, bin_: int, silent: int, firing: int) -> str:
        ends = (show_number(simplest((bin_ + i) * self.step)) for i in (0, 1))
        text = f"{' to below '.join(ends)}: {counted(silent + firing, 'row')}"
        return f"{text}, {firing:,} of them fire" if silent and firing else text

    def _ticks(self) -> Iterator[Shape]:
        """Yield numbers below the axis, at round distances, with room between them."""
        end = -1
        for number in round_numbers(self.low, self.high, 8):
            x, text = self._at(number), show_number(simplest(number))
            half = text_width(text, SMALL) // 2 + 1
            yield Line(x, self.base, x, self.base + 4, "axis")
            x = max(half, x)
            if x - half > end:
                yield Text(x, self.base + 16, text, "end", SMALL, "middle")
                end = x + half + 6


def staggered(spans: Sequence[tuple[int, int]]) -> list[int]:
    """Return a line for each span, in ascending order of its start, so that no two overlap.

    A span goes above all that begin in it, and so no line down from its start meets a text.
    """
    tiers = [0] * len(spans)
    for i in reversed(range(len(spans))):
        beside = [tiers[j] for j in range(i + 1, len(spans)) if spans[j][0] < spans[i][1]]
        tiers[i] = max(beside, default=-1) + 1
    return tiers


def round_numbers(low: Fraction, high: Fraction, most: int) -> list[Fraction]:
    """Return at most so many multiples of 1, 2 or 5 times a power of ten from one to another."""
    share = (high - low) / most
    power = len(str(share.numerator)) - len(str(share.denominator)) - 1
    step = Fraction(10) ** power
    factors = (2, Fraction(5, 2), 2)
    i = 0
    while (high // step) - -(-low // step) + 1 > most:
        step *= factors[i % 3]
        i += 1
    return [k * step for k in range(-(-low // step), high // step + 1)]


# ----------------------------------------------------------------------------- confusion


def confusion_chart(name: str, comparison: Comparison, *, theme: Theme = "auto") -> Chart:
    """Draw how often each value came where each was expected.

    Raises Refused where there are too many different values, or none.
    """
    matrix = comparison.matrix()
    if matrix is None:
        if comparison.pairs is None:
            message = f"`{comparison.column}` and `{comparison.output}` have more than "
            message += f"{MAX_VALUES} different values, the most that a confusion chart has"
            hint = "`--chart margins` and `--chart sums` draw numbers"
        else:
            message = f"no row says what `{comparison.output}` is expected to be"
            hint = f"fill cells of the column `{comparison.column}`"
        raise Refused("not-representable", message, hint)
    values, counts = matrix
    names = [value if isinstance(value, str) else show_number(value) for value in values]
    names = [fitted(printable(each), _NAME) for each in names]
    head = f"{comparison.right:,} of {counted(comparison.rows, 'row')} right"
    head += f" ({rounded_percent(comparison.right, comparison.rows)} %)"
    shapes = [Text(0, 4, head, "note", SMALL), *_matrix(names, counts)]
    wide, left = _columns(names, counts)
    width = max(left + wide * len(names) + 70, text_width(head, SMALL))
    title = comparison.output
    if comparison.column != comparison.output:
        title = f"{comparison.column} = {comparison.output}"
    height = 54 + len(names) * (_CELL * 3 // 4)
    return _chart(f"{name}: {title}", shapes, (width, height), theme)


def _columns(names: Sequence[str], counts: Sequence[Sequence[int]]) -> tuple[int, int]:
    """Return how wide the columns are, and where the first begins."""
    texts = [*names, *(f"{count:,}" for line in counts for count in line)]
    wide = max(_CELL, *(text_width(text) + 10 for text in texts))
    return wide, max(map(text_width, [*names, "expected"])) + 12


def _matrix(names: Sequence[str], counts: Sequence[Sequence[int]]) -> Iterator[Shape]:
    """Yield cells, a line for each value that is expected, a column for each that came."""
    wide, left = _columns(names, counts)
    high, top = _CELL * 3 // 4, 50
    yield Text(left, 24, "the network says", "note", SMALL)
    yield Text(left - 12, top - 8, "expected", "note", SMALL, "end")
    largest = max(max(line) for line in counts)
    wrong = [n for i, line in enumerate(counts) for j, n in enumerate(line) if i != j]
    most_wrong = max(wrong, default=0)
    for j, name in enumerate(names):
        yield Text(left + j * wide + wide // 2, top - 8, name, "name", NORMAL, "middle")
    for i, (name, line) in enumerate(zip(names, counts, strict=True)):
        y = top + i * high
        yield Text(left - 12, y + high // 2 + 4, name, "name", NORMAL, "end")
        for j, count in enumerate(line):
            most = largest if i == j else most_wrong
            style = f"step{-(-count * 3 // most) if count else 0}{'' if i == j else ' minus'}"
            title = f"expected {name}, got {names[j]}: {counted(count, 'row')}"
            box = Rectangle(left + j * wide + 1, y + 1, wide - 2, high - 2, style, 3, title)
            yield box
            if count:
                middle = box.x + wide // 2 - 1
                yield Text(middle, y + high // 2 + 4, f"{count:,}", "", NORMAL, "middle")
        if total := sum(line):
            text = f"{rounded_percent(line[i], total)} %"
            yield Text(left + len(names) * wide + 10, y + high // 2 + 4, text, "note", SMALL)

"""Scale -> shapes: the line of all sums of a neuron, with its thresholds and the sum of a run."""

from __future__ import annotations

from fractions import Fraction

from nnc.drawing.graphics.model import Scale
from nnc.drawing.graphics.shapes import (
    PAD,
    SMALL,
    Dot,
    Line,
    Marker,
    Rectangle,
    Shape,
    Text,
    text_width,
)
from nnc.drawing.graphics.wording import brief_number
from nnc.numbers.exact import Number, magnitude
from nnc.printable import printable

_ROOM = 22  # at each end of the line


def scale_width(scale: Scale) -> int:
    """Return how wide a box is for the labels of its number line."""
    texts = [_limit_text(scale, i) for i in range(len(scale.limits))]
    wanted = sum(text_width(text, SMALL) + 8 for text in texts[:6])
    ends = sum(text_width(text, SMALL) for text in _end_texts(scale))
    return min(360, max(120, wanted + 10, ends + 60)) + 2 * PAD


def _end_texts(scale: Scale) -> tuple[str, str]:
    ends = (scale.least, scale.greatest)
    return tuple("…" if end is None else brief_number(end) for end in ends)  # type: ignore[return-value]


def _limit_text(scale: Scale, i: int) -> str:
    limit = scale.limits[i]
    number = brief_number(limit.number)
    return f"{printable(limit.name)} {number}" if limit.name else number


def number_line(scale: Scale, width: int) -> tuple[list[Shape], int]:
    """Return the line of sums: its ends, the thresholds, where it fires, in a run the sum."""
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
    """Say the sum, and how far it is from the nearest threshold."""
    assert scale.sum is not None
    text = brief_number(scale.sum)
    if not scale.limits:
        return text
    nearest = min(scale.limits, key=lambda limit: abs(Fraction(limit.number) - scale.sum))  # type: ignore[operator]
    difference = scale.sum - nearest.number
    if not difference:
        return f"sum {text}, on {brief_number(nearest.number)}"
    side = "above" if difference > 0 else "below"
    return (
        f"sum {text}, {brief_number(magnitude(difference))} {side} {brief_number(nearest.number)}"
    )


class Axis:
    """The place of a sum on the line, in whole units."""

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
        """Return the stretch where at least one threshold fires; None where it does nowhere."""
        if not self.scale.limits:
            return None
        numbers = [limit.number for limit in self.scale.limits]
        if self.scale.up:
            start, stop = self.at(min(numbers)), self.right
        else:
            start, stop = self.left, self.at(max(numbers))
        return (start, stop) if start < stop else None


def _labels(scale: Scale, axis: Axis) -> list[tuple[int, int, str, str]]:
    """Return place, line, text and style of every label below the line; none overlap."""
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

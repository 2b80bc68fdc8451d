"""Draw rows of pixels as text: a shade per pixel, and signs where two rows differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nnc.language.network import Input
from nnc.numbers.exact import Number
from nnc.run.trace import PlainValue

_SHADES = " .,ox%#@"  # without + and -, which mark changed pixels
_MAX_WIDTH = 64  # pixels per line
_GAP = "   "


def picture_width(input_: Input) -> int | None:
    """Return the width of an input that is a one-channel picture, or None for others."""
    axes = [size for size in input_.shape or () if size > 1]
    return axes[1] if len(axes) == 2 and axes[1] <= _MAX_WIDTH else None


def picture_lines(inputs: Mapping[str, Input], *rows: Mapping[str, PlainValue]) -> Iterator[str]:
    """Yield the lines of all picture inputs of a row, or of two rows side by side.

    In the second picture, `+` marks pixels above those of the first, `-` pixels below.
    """
    for name, input_ in inputs.items():
        width = picture_width(input_)
        if width is None:
            continue
        values = [_elements(input_, row[name]) for row in rows]
        pictures = [shades(input_, pixels) for pixels in values]
        for place, (before, after) in enumerate(zip(values[0], values[-1], strict=True)):
            if before != after:
                pictures[-1][place] = "+" if after > before else "-"
        yield from lines_of(name, width, pictures)


def lines_of(name: str, width: int, pictures: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of pictures side by side, without blank lines above and below."""
    titles = [name, "+ above, - below"][: len(pictures)]
    yield f"  {_GAP.join(title[:width].ljust(width) for title in titles)}".rstrip()
    drawn = [
        _GAP.join("".join(each[start : start + width]) for each in pictures).rstrip()
        for start in range(0, len(pictures[0]), width)
    ]
    filled = [place for place, text in enumerate(drawn) if text]
    for text in drawn[filled[0] : filled[-1] + 1] if filled else []:
        yield f"  {text}".rstrip()


def shades(input_: Input, values: Sequence[Number | None]) -> list[str]:
    """Return a character for each pixel, a middle dot for None."""
    known = [value for value in values if value is not None]
    states = input_.state_values if input_.type == "bit" else (input_.min, input_.max)
    low = min(known, default=0) if states[0] is None else states[0]
    high = max(known, default=0) if states[1] is None else states[1]
    span = high - low or 1
    last = len(_SHADES) - 1
    return [
        "·" if value is None else _SHADES[max(0, min(last, round((value - low) * last / span)))]
        for value in values
    ]


def _elements(input_: Input, value: PlainValue) -> list[Number]:
    """Return the pixels of an input, which may be packed into an unsigned integer."""
    if isinstance(value, list):
        return value
    assert isinstance(value, int)
    return [value >> place & 1 for place in range(input_.width)]

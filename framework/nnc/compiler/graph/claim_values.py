"""Describe and parse the values of the operands of claims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor

from nnc.compiler.graph.graph import SignalType, Tap
from nnc.diagnostics.diagnostic import closest
from nnc.language.ranges import Range, format_value_set, read_value_set
from nnc.numbers.exact import Refused, counted, first_names, shorten, show_number

_NUMBERS = "write a number, several as 1|2|3, or a range as 0..64"


def what_is(tap: Tap) -> str:
    """Return a description of an operand."""
    if tap.labels:
        return "a choice" if tap.kind == "bus" else "a label"
    if tap.kind == "largest":
        return "the place of the largest sum"
    if tap.is_integer:
        return f"a bus of {counted(tap.width, 'bit')}"
    if tap.is_bus:
        return f"a bus of {counted(tap.width, 'number')}"
    return {"bit": "a bit", "number": "a number", "sum": "a sum", "level": "a level"}[tap.kind]


def reader_of(tap: Tap, types: Sequence[SignalType]) -> Callable[[str], str | tuple[Range, ...]]:
    """Return a function that parses values of an operand and raises Refused."""
    if tap.labels:
        return lambda text: _read_label(text, tap)
    if tap.is_bus and not tap.is_integer:
        return lambda _: _refuse_whole(tap)
    return lambda text: _read_numbers(text, tap, types)


def _refuse_whole(tap: Tap) -> str:
    message = f"is {what_is(tap)}, which has no value of its own"
    raise Refused("bad-claim", message, f"name an element: `{tap.alias}(0)`")


def _read_label(text: str, tap: Tap) -> str:
    if text in tap.labels:
        return text
    near = closest(text, tap.labels)
    hint = f"did you mean `{near}`?" if near is not None else ""
    if not hint and "|" in text:
        pieces = [piece.strip() for piece in text.split("|")]
        if all(piece in tap.labels for piece in pieces):
            hint = f"write a list: [{', '.join(pieces)}]"
    noun = "value" if tap.kind == "bus" else "label"
    raise Refused(
        "claim-value",
        f"has no {noun} `{shorten(text)}`",
        hint or f"its {noun}s are {first_names(tap.labels)}",
    )


def _read_numbers(text: str, tap: Tap, types: Sequence[SignalType]) -> tuple[Range, ...]:
    try:
        ranges = read_value_set(text)
    except Refused as error:
        hint = error.help
        if error.rule == "not-a-number" and text.isidentifier():
            hint = _NUMBERS
        raise Refused(error.rule, error.message, hint) from None
    for span in ranges:
        if not _is_possible(span, tap, types):
            raise Refused(
                "claim-value",
                f"is never {format_value_set((span,))}: it is {_possible(tap, types)}",
                _NUMBERS,
            )
    return ranges


def _is_possible(span: Range, tap: Tap, types: Sequence[SignalType]) -> bool:
    """Return True if an operand can have a value in a range."""
    if tap.kind == "sum":
        return True
    if tap.kind == "bit":
        return any(state in span for state in types[tap.signals[0]].states)
    if tap.kind == "number":
        type_ = types[tap.signals[0]]
        least, greatest, is_integer = type_.least, type_.greatest, type_.kind == "integer"
    else:
        top = (1 << tap.width) - 1 if tap.is_integer else tap.width - (tap.kind == "largest")
        least, greatest, is_integer = 0, top, True
    lows = [end for end in (least, span.least) if end is not None]
    highs = [end for end in (greatest, span.greatest) if end is not None]
    if not lows or not highs:
        return True
    low, high = max(lows), min(highs)
    return ceil(low) <= floor(high) if is_integer else low <= high


def _possible(tap: Tap, types: Sequence[SignalType]) -> str:
    """Return a description of the possible values of an operand."""
    if tap.kind == "bit":
        states = types[tap.signals[0]].states
        return " or ".join(map(show_number, states))
    if tap.kind == "number":
        type_ = types[tap.signals[0]]
        kind = "an integer" if type_.kind == "integer" else "a number"
        return f"{kind} {Range(type_.least, type_.greatest)}".removesuffix(" ..")
    top = (1 << tap.width) - 1 if tap.is_integer else tap.width - (tap.kind == "largest")
    return f"an integer {Range(0, top)}"

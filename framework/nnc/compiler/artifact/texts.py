"""Convert exact numbers, names and claims of a plan to text or JSON, and back.

A number is `-12`, `1/3`, or hexadecimal if it is too long for decimal in Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from nnc.compiler.graph import GraphClaim, Near, OutputKind, Tap, ValueSet, as_range
from nnc.language.keys import CLAIM_FORMS, CLAIMS, VARIED
from nnc.language.network import States
from nnc.language.ranges import Range
from nnc.numbers.exact import Number, exact_number, fits_json, show_number, simplest
from nnc.numbers.integers import Array, objects

Json = Any
OUTPUT_KINDS = get_args(OutputKind)
_DECIMAL_BITS = 13_000  # below Python's limit of 4,300 digits
_MAX_BITS = 1 << 16  # plans have fewer; computing gcds would take too long
_PART = r"-?(?:0|[1-9][0-9]{0,3999}|0x[1-9a-f][0-9a-f]*)"
_NUMBER = re.compile(rf"({_PART})(?:/({_PART}))?")


class Damaged(Exception):
    """A compiled network is damaged."""


def text_of(value: Number) -> str:
    """Return a number exactly as text."""
    if isinstance(value, Fraction):
        return f"{text_of(value.numerator)}/{text_of(value.denominator)}"
    return str(value) if value.bit_length() < _DECIMAL_BITS else hex(value)


def number_in(text: str) -> Number:
    """Parse a number. Raises Damaged."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise Damaged("the compiled network holds a number that is not one")
    above, below = int(match[1], 0), int(match[2] or "1", 0)
    is_whole = match[2] is None
    if max(above.bit_length(), below.bit_length()) > _MAX_BITS or not (is_whole or below >= 2):
        raise Damaged("the compiled network holds a number that is not one")
    if is_whole:
        return above
    return simplest(Fraction(above, below))


def json_number(value: Number) -> int | str:
    """Return a number for JSON: an integer that every parser reads exactly, else a text."""
    return value if fits_json(value) else text_of(value)


def number_of(value: object) -> Number:
    """Decode a number from JSON. Raises Damaged."""
    if type(value) is int:
        return value
    if isinstance(value, str):
        return number_in(value)
    raise Damaged("the compiled network holds a number that is not one")


def text_in(value: object) -> str:
    """Return a value if it is a string. Raises Damaged otherwise."""
    if not isinstance(value, str):
        raise Damaged("the compiled network has no text where one belongs")
    return value


def list_in(value: object) -> list[Json]:
    """Return a value if it is a list. Raises Damaged otherwise."""
    if not isinstance(value, list):
        raise Damaged("the compiled network has no list where one belongs")
    return value


def numbers_to_bytes(array: Array) -> NDArray[np.uint8]:
    """Encode an array of exact numbers as text, row by row, one number per line."""
    return to_bytes("\n".join(map(text_of, array.ravel().tolist())))


def numbers_from(data: Array) -> Array:
    """Decode exact numbers, one per line. Raises Damaged."""
    return objects(list(map(number_in, lines_of(data))))


def to_bytes(text: str) -> NDArray[np.uint8]:
    """Return a text as an array of UTF-8 bytes."""
    return np.frombuffer(text.encode(), np.uint8)


def lines_of(data: Array) -> list[str]:
    """Decode the lines of a text; an empty text has none. Raises Damaged."""
    try:
        text = data.tobytes().decode()
    except UnicodeDecodeError:
        raise Damaged("the compiled network holds a text that is not UTF-8") from None
    return text.split("\n") if text else []


def names_in(data: Array, count: int) -> tuple[str, ...]:
    """Decode `count` names, one per line. Raises Damaged if their number differs."""
    names = lines_of(data)
    if len(names) != count:
        raise Damaged(f"the compiled network has {len(names):,} names for {count:,}")
    return tuple(names)


StatesOf = Callable[[Sequence[int]], tuple[States | None, ...] | None]
_TAPS = ("about", "varied", "when")


def described_claims(claims: Sequence[GraphClaim]) -> list[Json]:
    """Return claims in their JSON form."""
    return [
        {
            "kind": claim.kind,
            "place": claim.place,
            "form": claim.form,
            "name": claim.name,
            **{key: [_tap(tap) for tap in getattr(claim, key)] for key in _TAPS},
            "values": [_values(values) for values in claim.values],
            "when_values": [_values(values) for values in claim.when_values],
            "file": claim.file,
            **({} if claim.near is None else {"near": _described_near(claim.near)}),
        }
        for claim in claims
    ]


def _described_near(near: Near) -> Json:
    """Return a given row and limits in JSON form, with values as texts or lists of texts."""
    values = {
        name: list(map(_text, value)) if isinstance(value, (list, tuple)) else _text(value)
        for name, value in near.given.items()
    }
    limits = (None if limit is None else json_number(limit) for limit in (near.changes, near.each))
    return [values, *limits]


def _text(value: object) -> str:
    return value if isinstance(value, str) else show_number(exact_number(value))


def _tap(tap: Tap) -> Json:
    signals: Json = list(map(int, tap.signals))
    if isinstance(tap.signals, range):
        signals = {"first": tap.signals.start, "count": len(tap.signals)}
    return [tap.alias, tap.kind, signals, list(tap.labels), tap.is_integer, tap.is_bus]


def _values(values: ValueSet) -> Json:
    return [
        value if isinstance(value, str) else [None if e is None else json_number(e) for e in value]
        for value in values
    ]


def claims_in(described: Json, states_of: StatesOf, most: int) -> tuple[GraphClaim, ...]:
    """Decode claims about at most `most` signals. Raises Damaged, LookupError or TypeError."""
    return tuple(_claim(claim, states_of, most) for claim in list_in(described))


def _claim(described: Json, states_of: StatesOf, most: int) -> GraphClaim:
    kind, form, place = described["kind"], described["form"], described["place"]
    file = described["file"]
    taps = {
        key: tuple(_read_tap(tap, states_of, most) for tap in list_in(described[key]))
        for key in _TAPS
    }
    values, when_values = (
        tuple(map(_read_values, list_in(described[key]))) for key in ("values", "when_values")
    )
    is_condition = form in ("never", "always")
    fits = (
        kind in CLAIMS
        and form in CLAIM_FORMS
        and type(place) is int
        and len(values) == (len(taps["about"]) if is_condition else 0)
        and len(when_values) == len(taps["when"])
        and (len(taps["about"]) == 1 or form not in VARIED)
        and (len(taps["about"]) % 2 == 0 or form != "equal")
        and ("near" in described) == (form == "unchanged")
        and (len(taps["about"]) == 1 or form != "unchanged")
        and (file is None or isinstance(file, str))
    )
    if not fits:
        raise Damaged("a claim of the compiled network is not described")
    return GraphClaim(
        kind,
        place,
        form,
        text_in(described["name"]),
        taps["about"],
        values,
        taps["varied"],
        taps["when"],
        when_values,
        file,
        near=_read_near(described["near"]) if "near" in described else None,
    )


def _read_near(described: Json) -> Near:
    row, changes, each = described
    if not isinstance(row, dict):
        raise Damaged("a claim of the compiled network is about no row")
    values = {
        name: list(map(text_in, value)) if isinstance(value, list) else text_in(value)
        for name, value in row.items()
    }
    limits = [None if limit is None else number_of(limit) for limit in (changes, each)]
    if limits[0] is not None and not isinstance(limits[0], int):
        raise Damaged("a claim of the compiled network counts no whole changes")
    return Near(values, limits[0], limits[1])


def _read_tap(described: Json, states_of: StatesOf, most: int) -> Tap:
    alias, kind, listed, labels, is_integer, is_bus = described
    if isinstance(listed, dict):
        first, count = listed["first"], listed["count"]
        if type(first) is not int or type(count) is not int or not 0 < count <= most:
            raise Damaged("a claim of the compiled network has no signals")
        signals: Sequence[int] = range(first, first + count)
    else:
        signals = as_range(tuple(list_in(listed)))
        if not signals or any(type(signal) is not int for signal in signals):
            raise Damaged("a claim of the compiled network has no signals")
    if kind not in OUTPUT_KINDS or type(is_integer) is not bool or type(is_bus) is not bool:
        raise Damaged("a claim of the compiled network is not described")
    if min(signals[0], *signals) < 0 or max(signals[0], *signals) >= most:
        raise Damaged("a claim of the compiled network has signals that there are not")
    names = tuple(map(text_in, list_in(labels)))
    states = states_of(signals) if kind in ("bit", "bus", "number") else None
    return Tap(text_in(alias), kind, signals, names, states, is_integer, is_bus)


def _read_values(described: Json) -> ValueSet:
    values = list_in(described)
    labels = tuple(value for value in values if isinstance(value, str))
    if not labels:
        return tuple(map(_range, values))
    if len(labels) < len(values):
        raise Damaged("a claim of the compiled network mixes numbers and labels")
    return labels


def _range(described: Json) -> Range:
    low, high = described
    return Range(*(None if end is None else number_of(end) for end in (low, high)))

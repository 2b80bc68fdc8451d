"""Assumptions and properties in a compiled network: as JSON, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nnc.compiler.artifact.texts import (
    OUTPUT_KINDS,
    Damaged,
    json_number,
    list_in,
    number_of,
    text_in,
)
from nnc.compiler.graph import GraphClaim, Near, Tap, ValueSet, as_range
from nnc.language.keys import CLAIM_FORMS, CLAIMS, VARIED
from nnc.language.network import States
from nnc.language.ranges import Range
from nnc.numbers.exact import exact_number, show_number

Json = Any
StatesOf = Callable[[Sequence[int]], tuple[States | None, ...] | None]
_TAPS = ("about", "varied", "when")


def described_claims(claims: Sequence[GraphClaim]) -> list[Json]:
    """Return claims as JSON holds them."""
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
    """Return a given row and limits; a value is a text, or a list of texts."""
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
    """Read claims about a limited number of signals. Raises Damaged, LookupError or TypeError."""
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

"""Sources as they are written -> wires between the boxes that they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from typing import NamedTuple

from nnc.drawing.graphics.model import Element, Row, Wire
from nnc.language.network import Network
from nnc.language.references import CONSTANTS, name_in, parse_source
from nnc.numbers.exact import magnitude


class Reading(NamedTuple):
    """A source that an element reads in one of its rows; the rest is as in a `Wire`."""

    source: str
    row: int
    sign: int = 0
    share: float | None = None
    is_bus: bool = False
    carries: bool | None = None


def readings_of(rows: Sequence[Row], drawn: Sequence[Row]) -> Iterator[Reading]:
    """Return what a neuron reads in the rows that are drawn; the last one is for all others."""
    places = {row.source: place for place, row in enumerate(drawn)}
    largest = max((magnitude(w) for row in rows if not row.cutoffs for w in row.weights), default=0)
    for row in rows:
        place = places.get(row.source, len(drawn) - 1)
        is_bus = row.width > 1
        if row.cutoffs:
            yield Reading(row.source, place, is_bus=is_bus)
            continue
        weights = [weight for weight in row.weights if weight] or [0]
        sign = (min(weights) > 0) - (max(weights) < 0) if row.weights else 1
        share = None
        if largest and row.weights:
            share = float(Fraction(max(map(magnitude, weights))) / largest)
        carries = None if row.amount is None else row.amount != 0
        yield Reading(row.source, place, sign, share, is_bus, carries)


def wired(
    elements: Sequence[Element],
    places: Mapping[str, int],
    readings: Iterable[tuple[int, Reading]],
) -> tuple[tuple[Element, ...], tuple[Wire, ...]]:
    """Return the elements with the outlets that are read, and the wires; constants have none.

    `places` has the element of each name, `readings` what each element reads, by its place.
    """
    outlets = [{alias: i for i, alias in enumerate(element.outlets)} for element in elements]
    wires: dict[tuple[int, int, int, int], Wire] = {}
    for target, reading in readings:
        if reading.source in CONSTANTS:
            continue
        source = parse_source(reading.source)
        place = places[source.name]
        is_named = elements[place].kind in ("neuron", "part")
        port = source.port or "" if is_named else ""
        outlet = outlets[place].setdefault(port, len(outlets[place]))
        key = (place, outlet, target, reading.row)
        if key not in wires:
            wires[key] = Wire(*key, *reading[2:])
        elif reading.carries and wires[key].carries is False:
            wires[key] = wires[key]._replace(carries=True)
    with_outlets = (
        replace(element, outlets=tuple(names))
        for element, names in zip(elements, outlets, strict=True)
    )
    return tuple(with_outlets), tuple(wires.values())


def readers_of(network: Network, groups: Mapping[str, list[str]]) -> dict[str, frozenset[str]]:
    """Return what reads each name; a group of neurons counts once, as its first."""
    readers: dict[str, set[str]] = {}
    reads: Iterator[tuple[str, tuple[str, ...]]] = chain(
        ((groups.get(name, [name])[0], each.reads()) for name, each in network.neurons.items()),
        ((name, each.reads()) for name, each in network.layers.items()),
        ((name, each.reads()) for name, each in network.parts.items()),
    )
    for name, texts in reads:
        for text in texts:
            readers.setdefault(name_in(text), set()).add(name)
    for alias, output in network.outputs.items():
        for text in output.reads():
            readers.setdefault(name_in(text), set()).add(f"output {alias}")
    return {name: frozenset(names) for name, names in readers.items()}

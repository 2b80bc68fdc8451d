"""Names of single wires, `a[3]`, `a_3`, `a3` -> buses: inputs and outputs of a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange.importing.naming import Names
from nnc.numbers.exact import first_names, shorten

_FORMS = (
    re.compile(r"(?P<stem>.*[^\[\]<>(){}])\[(?P<at>[0-9]{1,7})\]"),
    re.compile(r"(?P<stem>.*[^\[\]<>(){}])[<({](?P<at>[0-9]{1,7})[>)}]"),
    re.compile(r"(?P<stem>.*[^_])_(?P<at>[0-9]{1,7})"),
    re.compile(r"(?P<stem>.*[^0-9_])(?P<at>[0-9]{1,7})"),
)


class Bus(NamedTuple):
    """Wires that belong together, by their places in the file; a wire on its own has no size."""

    wanted: str
    wires: tuple[int, ...]
    is_bus: bool


def buses_of(names: Sequence[str]) -> list[Bus]:
    """Find the buses: names of one stem with the numbers from 0 on, each once, in any order.

    Numbers may have leading zeros where all have as many digits: `a00` to `a63`.
    """
    split = [_split(name) for name in names]
    families: dict[tuple[int, str], list[tuple[str, int]]] = {}
    for place, parts in enumerate(split):
        if parts is not None:
            families.setdefault(parts[:2], []).append((parts[2], place))
    wires = {key: _wires(members, key[0]) for key, members in families.items()}
    buses: list[Bus] = []
    seen: set[tuple[int, str]] = set()
    for place, parts in enumerate(split):
        places = None if parts is None else wires[parts[:2]]
        if parts is None or places is None:
            buses.append(Bus(names[place], (place,), is_bus=False))
        elif parts[:2] not in seen:
            seen.add(parts[:2])
            buses.append(Bus(parts[1], places, is_bus=True))
    return buses


def _wires(members: Sequence[tuple[str, int]], form: int) -> tuple[int, ...] | None:
    """Return the places of the wires of a bus in its order; None where names are no bus.

    In square brackets a single one is a bus; in others it may be part of a name, as in `1GAT(0)`.
    """
    places = {int(digits): place for digits, place in members}
    is_whole = len(places) == len(members) == max(places) + 1 and len(members) > (form != 0)
    is_padded = any(digits != str(int(digits)) for digits, _ in members)
    if not is_whole or (is_padded and len({len(digits) for digits, _ in members}) > 1):
        return None
    return tuple(places[at] for at in range(len(places)))


def _split(name: str) -> tuple[int, str, str] | None:
    """Return the form of a name with a number, its stem and the digits."""
    for form, pattern in enumerate(_FORMS):
        if match := pattern.fullmatch(name):
            return form, match["stem"], match["at"]
    return None


def names_of(*wires: Sequence[str]) -> Names:
    """Return where names are chosen: a wire that has a plain name keeps it before others."""
    return Names(kept=(bus.wanted for each in wires for bus in buses_of(each) if not bus.is_bus))


def _called(bus: Bus, names: Sequence[str]) -> str:
    """Return what a bus is called in its file: its first and last name where these tell no bus."""
    first, last = names[bus.wires[0]], names[bus.wires[-1]]
    return f"{first}..{last}" if bus.is_bus and first[-1].isdigit() else bus.wanted


Change = tuple[str, str, str]
"""An `input` or `output`, what it is called in the file, and what in the network."""


def renamed(changes: Iterable[Change]) -> tuple[Diagnostic, ...]:
    """Tell which inputs and outputs have other names in the network."""
    words = [f"{kind} `{shorten(old)}` is `{new}`" for kind, old, new in changes if old != new]
    if not words:
        return ()
    return (Diagnostic("renamed", f"some names differ in the network: {first_names(words)}"),)


class Wires(NamedTuple):
    """The inputs of a network, and what each wire of the file is called there."""

    inputs: dict[str, str]
    sources: list[str]
    changes: list[Change]


def inputs_of(wanted: Sequence[str], names: Names) -> Wires:
    """Declare the wires that come from outside: bits, and buses of bits."""
    inputs: dict[str, str] = {}
    sources = [""] * len(wanted)
    changes: list[Change] = []
    for bus in buses_of(wanted):
        name = names.new(bus.wanted, "i", is_own=not bus.is_bus)
        changes.append(("input", _called(bus, wanted), name))
        inputs[name] = f"bit({len(bus.wires)})" if bus.is_bus else "bit"
        for at, place in enumerate(bus.wires):
            sources[place] = f"{name}({at})" if bus.is_bus else name
    return Wires(inputs, sources, changes)


class Aliases(NamedTuple):
    """The outputs by alias, as places in the file, and what a neuron of each is best called."""

    buses: dict[str, Bus]
    wanted: list[str]
    own: list[bool]
    """Of each wire, whether a neuron that is it has to have the name of the alias itself."""
    changes: list[Change]


def aliases_of(wanted: Sequence[str], direct: Mapping[int, str], names: Names) -> Aliases:
    """Choose the aliases of the wires that go out.

    `direct` has the inputs that go out as they are: an alias may be the name of an input only
    where it is that input.
    """
    buses: dict[str, Bus] = {}
    called, own = [""] * len(wanted), [False] * len(wanted)
    for bus in buses_of(wanted):
        same = [direct.get(place) for place in bus.wires] == [bus.wanted]
        if same and not bus.is_bus and bus.wanted not in buses:
            buses[bus.wanted] = bus
            called[bus.wires[0]] = bus.wanted
            continue
        alias = names.new(bus.wanted, "o", is_own=not bus.is_bus)
        buses[alias] = bus
        for at, place in enumerate(bus.wires):
            called[place] = f"{alias}_{at}" if bus.is_bus else alias
            own[place] = not bus.is_bus
    changes = [("output", _called(bus, wanted), alias) for alias, bus in buses.items()]
    return Aliases(buses, called, own, changes)

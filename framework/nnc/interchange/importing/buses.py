"""Names of single wires, `a[3]`, `a_3`, `a3` -> buses: inputs and outputs of a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.naming import Names
from nnc.language.network import Input, Network, Neuron, Output
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


def _called(bus: Bus, names: Sequence[str]) -> str:
    """Return the name of a bus in its file: its first and last wire if these have plain names."""
    first, last = names[bus.wires[0]], names[bus.wires[-1]]
    return f"{first}..{last}" if bus.is_bus and first[-1].isdigit() else bus.wanted


Change = tuple[str, str, str]
"""The side, `input`, `output` or "", the name in the file, and the name in the network."""


def renamed(changes: Iterable[Change], where: str = "network") -> tuple[Diagnostic, ...]:
    """Report the inputs, outputs and events that have another name in the network, or the file."""
    words = [
        f"{side} `{shorten(old)}` is `{new}`".lstrip() for side, old, new in changes if old != new
    ]
    if not words:
        return ()
    return (Diagnostic("renamed", f"some names differ in the {where}: {first_names(words)}"),)


class Ports:
    """The inputs and outputs of a circuit, as those of a network: bits, and buses of bits.

    `sources` has what each wire that comes from outside is called in the network. A wire with a
    plain name keeps it before others take it.
    """

    def __init__(self, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        buses = buses_of(inputs)
        self._wires = (tuple(inputs), tuple(outputs))
        self._wanted = outputs
        self._output_buses = buses_of(outputs)
        kept = [bus.wanted for bus in (*buses, *self._output_buses) if not bus.is_bus]
        self.names = Names(kept=kept)
        self.sources = [""] * len(inputs)
        self._inputs: dict[str, Input] = {}
        self._outputs: dict[str, Bus] = {}
        self._changes: list[Change] = []
        for bus in buses:
            name = self.names.new(bus.wanted, "i", is_own=not bus.is_bus)
            self._changes.append(("input", _called(bus, inputs), name))
            self._inputs[name] = Input(type=f"bit({len(bus.wires)})" if bus.is_bus else "bit")
            for at, wire in enumerate(bus.wires):
                self.sources[wire] = f"{name}({at})" if bus.is_bus else name

    def name_outputs(self, direct: Mapping[int, str]) -> list[tuple[str, bool]]:
        """Choose the name of the neuron of each output; True if it must have that name.

        `direct` has the inputs that are outputs as they are: an alias may be the name of an input
        only where it is that input.
        """
        called = [("", False)] * len(self._wanted)
        for bus in self._output_buses:
            same = [direct.get(wire) for wire in bus.wires] == [bus.wanted]
            if same and not bus.is_bus and bus.wanted not in self._outputs:
                self._outputs[bus.wanted] = bus
                called[bus.wires[0]] = (bus.wanted, False)
                continue
            alias = self.names.new(bus.wanted, "o", is_own=not bus.is_bus)
            self._outputs[alias] = bus
            for at, wire in enumerate(bus.wires):
                called[wire] = (f"{alias}_{at}", False) if bus.is_bus else (alias, True)
        return called

    def network(self, neurons: Mapping[str, Neuron], wires: Sequence[str]) -> Imported:
        """Return the network with these outputs, and a note of all new names."""
        outputs = {
            alias: Output.model_construct(
                sources=tuple(wires[wire] for wire in bus.wires), is_bus=bus.is_bus
            )
            for alias, bus in self._outputs.items()
        }
        self._changes += [
            ("output", _called(bus, self._wanted), alias) for alias, bus in self._outputs.items()
        ]
        network = Network(inputs=self._inputs, fires="at_least", neurons=neurons, outputs=outputs)
        return Imported(network, notes=renamed(self._changes), wires=self._wires)

"""Logic -> AIGER 1.9: a circuit of ANDs, in ASCII or binary (Biere, Heljanko, Wieringa 2011)."""

from __future__ import annotations

from collections.abc import Iterator

from nnc.interchange.exporting.circuits.circuit import Circuit, circuit_of
from nnc.interchange.exporting.circuits.ports import Ports
from nnc.interchange.exporting.logic import Logic
from nnc.interchange.languages import FileContents, Wishes


def write_text(logic: Logic, _: Wishes, header: str) -> FileContents:
    """Write a circuit as text, with the names of its bits and a comment at the end."""
    numbered = _Numbered(logic)
    lines = [
        numbered.first_line("aag"),
        *(str(2 * place) for place in range(1, numbered.inputs + 1)),
        *map(str, numbered.outputs),
        *(f"{own} {high} {low}" for own, high, low in numbered.ands),
        *numbered.symbols(),
        "c",
        header.rstrip(),
        *numbered.ports.lines,
    ]
    return FileContents("\n".join([*lines, ""]), numbered.ports.changes)


def write_binary(logic: Logic, _: Wishes, header: str) -> FileContents:
    """Write a circuit in the binary form."""
    numbered = _Numbered(logic)
    first = [numbered.first_line("aig"), *map(str, numbered.outputs), ""]
    deltas = bytearray()
    for own, high, low in numbered.ands:
        _put(deltas, own - high)
        _put(deltas, high - low)
    last = [*numbered.symbols(), "c", header.rstrip(), *numbered.ports.lines, ""]
    data = "\n".join(first).encode() + bytes(deltas) + "\n".join(last).encode()
    return FileContents(data, numbered.ports.changes)


class _Numbered:
    """A circuit whose ANDs are numbered on from its inputs."""

    def __init__(self, logic: Logic) -> None:
        self.ports = Ports(logic, "AIGER")
        self._circuit: Circuit = circuit_of(logic, self.ports, "AIGER")
        self.inputs = len(self._circuit.inputs)
        nodes = self._circuit.ands()
        number = {place: place for place in range(self.inputs + 1)}
        number |= {node: self.inputs + 1 + place for place, node in enumerate(nodes)}
        sources = self._circuit.graph.sources
        self.ands = []
        for node in nodes:
            low, high = sorted(2 * number[read >> 1] + (read & 1) for read in sources[node])
            self.ands.append((2 * number[node], high, low))
        self.outputs = [2 * number[bit >> 1] + (bit & 1) for _, bit in self._circuit.outputs]

    def first_line(self, form: str) -> str:
        ands = len(self.ands)
        return f"{form} {self.inputs + ands} {self.inputs} 0 {len(self.outputs)} {ands}"

    def symbols(self) -> Iterator[str]:
        yield from (f"i{place} {name}" for place, name in enumerate(self._circuit.inputs))
        yield from (f"o{place} {name}" for place, (name, _) in enumerate(self._circuit.outputs))


def _put(data: bytearray, value: int) -> None:
    """Add a number, seven bits a byte, the lowest first."""
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    data.append(value)

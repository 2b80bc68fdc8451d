"""Logic -> a circuit of ANDs: AIGER 1.9 (Biere, Heljanko, Wieringa 2011), and tables of BLIF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnc.interchange.exporting.circuits.circuit import Circuit, circuit_of
from nnc.interchange.exporting.circuits.ports import Ports
from nnc.interchange.exporting.logic import Logic
from nnc.interchange.exporting.wording import line_comments
from nnc.interchange.languages import FileContents, Wishes

_WIDTH = 96


def write_blif(logic: Logic, wishes: Wishes, header: str) -> FileContents:
    """Write a model called `top`."""
    ports = Ports(logic, "BLIF")
    model = ports.names.made(wishes.top)
    circuit = circuit_of(logic, ports, "BLIF")
    comments = line_comments("\n".join([header.rstrip(), *ports.lines]), "#")
    lines = [
        *comments,
        f".model {model}",
        *_listed(".inputs", circuit.inputs),
        *_listed(".outputs", [name for name, _ in circuit.outputs]),
        *_tables(circuit, ports),
        ".end",
    ]
    return FileContents("\n".join([*lines, ""]), ports.changes)


def _tables(circuit: Circuit, ports: Ports) -> Iterator[str]:
    """Yield the table of each AND and of each output."""
    names = dict(enumerate(circuit.inputs, 1))
    for place, node in enumerate(circuit.ands()):
        names[node] = ports.names.made(f"n{place}")
        first, second = circuit.graph.sources[node]
        yield f".names {names[first >> 1]} {names[second >> 1]} {names[node]}"
        yield f"{1 - (first & 1)}{1 - (second & 1)} 1"
    for name, literal in circuit.outputs:
        if literal > 1:
            yield f".names {names[literal >> 1]} {name}"
            yield f"{1 - (literal & 1)} 1"
        else:  # without a line a table is 0
            yield f".names {name}"
            yield from ["1"] * literal


def _listed(word: str, names: Sequence[str]) -> Iterator[str]:
    """Yield a list of names, in lines that are not too long."""
    line = word
    for name in names:
        if len(line) + len(name) > _WIDTH:
            yield f"{line} \\"
            line = " "
        line += f" {name}"
    yield line


def write_aag(logic: Logic, _: Wishes, header: str) -> FileContents:
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


def write_aig(logic: Logic, _: Wishes, header: str) -> FileContents:
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

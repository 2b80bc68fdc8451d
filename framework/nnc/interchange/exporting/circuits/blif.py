"""Logic -> BLIF: a circuit of ANDs as tables of two inputs, as Berkeley's tools read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnc.interchange.exporting.circuits.circuit import Circuit, circuit_of
from nnc.interchange.exporting.circuits.ports import Ports
from nnc.interchange.exporting.logic import Logic
from nnc.interchange.exporting.wording import line_comments
from nnc.interchange.languages import FileContents, Wishes

_WIDTH = 96


def write(logic: Logic, wishes: Wishes, header: str) -> FileContents:
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

"""Circuits, read by ABC or Yosys: the ANDs that these make of them run in another Python.

The script knows AIGER alone, and runs all rows at once: a node is an integer with a bit for each
row. A simulator of events took 20 ms a row for a circuit of 20,000 ANDs.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from pathlib import Path

from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.ports import answer_of, word_of
from nnc.interchange.checking.rows import Answer, Row
from nnc.interchange.exporting.circuits.ports import Ports
from nnc.interchange.exporting.gates import gates_of

_SUFFIXES = {"blif": "blif", "aiger": "aig", "aag": "aag"}
_MOST_OF_YOSYS = 200_000
"""ANDs that Yosys is given: it takes 3 kB of memory for each."""
_RUN = r"""
import json, sys

def number():
    value = shift = 0
    while True:
        byte = stream.read(1)[0]
        value |= (byte & 127) << shift
        if byte < 128:
            return value
        shift += 7

about = json.load(sys.stdin)
everything = (1 << about["rows"]) - 1
given = [int(word, 16) for word in about["given"]]
stream = open("read.aig", "rb")
form, most, inputs, latches, outputs, ands = stream.readline().split()
count = int(inputs)
assert (form, int(latches), count) == (b"aig", 0, len(given)), (form, latches, count)
results = [int(stream.readline()) for _ in range(int(outputs))]
gates = []
for own in range(2 * count + 2, 2 * (count + int(ands)) + 1, 2):
    first = own - number()
    gates.append((first, first - number()))
symbols = {"i": {}, "o": {}}
for line in stream.read().decode(errors="replace").splitlines():
    if line[:1] not in symbols:
        break
    place, _, name = line[1:].partition(" ")
    symbols[line[0]][name] = int(place)
values = [0] * (count + 1)
for place, (name, word) in enumerate(zip(about["inputs"], given)):
    values[1 + (symbols["i"][name] if about["is named"] else place)] = word
for first, second in gates:
    a, b = values[first >> 1], values[second >> 1]
    values.append((a ^ everything if first & 1 else a) & (b ^ everything if second & 1 else b))
names = about["outputs"]
assert len(results) == len(names), (len(results), len(names))
for place, name in enumerate(names):
    result = results[symbols["o"][name] if about["is named"] else place]
    value = values[result >> 1] ^ (everything if result & 1 else 0)
    print(f"{value:x}")
"""


def run_circuit(
    data: bytes, plan: Plan, rows: Sequence[Row], folder: Path, *, form: str
) -> list[Answer]:
    """Return what a circuit gives for rows. Raises ToolMissing and ToolFailed."""
    gates = gates_of(plan)
    ports = Ports(gates, form)
    _read(data, folder, form)
    inputs = [wire for inlet in ports.inlets for wire in inlet.port.wires]
    outputs = [wire for outlet in ports.outlets for wire in outlet.port.wires]
    words = [word_of(ports, row, gates) for row in reversed(rows)]
    about = {
        "rows": len(rows),
        "given": [f"{int(''.join(bits), 2):x}" for bits in zip(*words, strict=True)][::-1],
        "inputs": inputs,
        "outputs": outputs,
        "is named": form == "aag",  # Yosys has an order of its own
    }
    (folder / "run.py").write_text(_RUN, encoding="utf-8")
    program: list[str | Path] = [programs.python(), "-I", folder / "run.py"]
    output = programs.run(program, folder, json.dumps(about).encode()).decode()
    columns = [f"{int(line, 16):0{len(rows)}b}"[::-1] for line in output.split()]
    if len(columns) != len(outputs):
        raise programs.ToolFailed(f"it has {len(columns)} outputs, not {len(outputs)}")
    if not columns:
        return [answer_of(gates, ports, "") for _ in rows]
    return [answer_of(gates, ports, "".join(bits)) for bits in zip(*reversed(columns), strict=True)]


def circuit_title(form: str) -> str:
    """Name what reads circuits of a form, and what runs them. Raises ToolMissing."""
    if form == "aag":
        reader = programs.titled("Yosys", programs.version_of(_yosys(), "-V"))
    else:
        reader = programs.titled("ABC", programs.version_of(_abc(), "version"))
    return f"{reader} and {programs.titled('Python', platform.python_version())}"


def _abc() -> str:
    return programs.find(["yosys-abc", "abc"], "install yosys or abc, or check --to verilog")


def _yosys() -> str:
    return programs.find(["yosys"], "install yosys, or check --to aiger")


def _read(data: bytes, folder: Path, form: str) -> None:
    """Let ABC, or Yosys text of AIGER, read a circuit and write what it has read as AIGER.

    Raises ToolMissing for more than Yosys can be given.
    """
    name = f"network.{_SUFFIXES[form]}"
    (folder / name).write_bytes(data)
    if form == "aag":  # which ABC does not read
        ands = int(data.split(b"\n", 1)[0].split()[-1])
        if ands > _MOST_OF_YOSYS:
            message = f"{ands:,} ANDs take more memory than is good of Yosys, which reads them"
            raise programs.ToolMissing(message, "check --to aiger, the same circuit, read by ABC")
        script = f"read_aiger -module_name network {name}; write_aiger -symbols read.aig"
        programs.run([_yosys(), "-q", "-p", script], folder)
        return
    read = "read_blif" if form == "blif" else "read_aiger"
    script = f"{read} {name}; strash; write_aiger read.aig\n"
    said = programs.run([_abc(), "-c", script], folder).decode(errors="replace")
    if not (folder / "read.aig").exists():
        lines = [line for line in said.splitlines() if "rror" in line or "annot" in line]
        raise programs.ToolFailed((lines or ["ABC does not read it"])[0].strip())

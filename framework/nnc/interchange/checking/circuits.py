"""Circuits: Verilog, run by Icarus Verilog; BLIF and AIGER, read by ABC or Yosys.

ABC and Yosys write the ANDs that they have read, which are evaluated here for all rows at once: a
node is an integer with a bit for each row.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from nnc.compiler.netlist import Affine, Netlist
from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import Answer, Row, signals_of
from nnc.interchange.exporting.circuits.ports import Inlet, Outlet, Ports
from nnc.interchange.exporting.logic import logic_of, states_of
from nnc.numbers.exact import Number, simplest

MAX_YOSYS_ANDS = 200_000  # Yosys takes 3 kB of memory for each
MAX_VERILOG_WEIGHTS = 100_000  # Icarus Verilog takes minutes to read 200,000
_SUFFIXES = {"blif": "blif", "aiger": "aig", "aag": "aag"}
_BENCH = """\
module nnc_check;
  reg [{last_in}:0] rows [0:{last_row}];
  reg [{last_in}:0] row;
  wire [{last_out}:0] result;
  integer k;
  {module} dut({connected});
  initial begin
    $readmemb("rows", rows);
    for (k = 0; k <= {last_row}; k = k + 1) begin
      row = rows[k];
      #1 $display("%b", result);
    end
  end
endmodule
"""


# ------------------------------------------------------------------------------- Verilog


def run_verilog(data: bytes, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Run a module of Verilog on rows, driven by a test bench.

    Raises ToolMissing, also for more than Icarus Verilog can be given, and ToolFailed.
    """
    logic = logic_of(plan)
    weights = sum(len(cell.terms) for cell in logic.cells)
    if weights > MAX_VERILOG_WEIGHTS:
        message = f"{weights:,} weights take Icarus Verilog minutes to read"
        raise programs.ToolMissing(message, "check --to aiger, the same gates, read by ABC")
    ports = Ports(logic, "verilog")
    module = re.search(r"^module (\w+|\\\S+ )", data.decode(), re.MULTILINE)
    if module is None:
        raise programs.ToolFailed("it has no module")
    (folder / "network.v").write_bytes(data)
    (folder / "bench.v").write_text(_bench(ports, module[1], len(rows)), encoding="utf-8")
    words = "".join(f"{_word_of(plan, ports, row) or '0'}\n" for row in rows)
    (folder / "rows").write_text(words, encoding="ascii")
    files = [folder / "bench.v", folder / "network.v"]
    programs.run([_iverilog(), "-g2005", "-s", "nnc_check", "-o", "bench", *files], folder)
    output = programs.run([_iverilog("vvp"), "-n", "bench"], folder).decode()
    return [_answer_of(plan, ports, line.strip()) for line in output.splitlines()]


def simulator_title() -> str:
    """Name the simulator with its version. Raises ToolMissing."""
    return programs.titled("Icarus Verilog", programs.version_of(_iverilog(), "-V"))


def _iverilog(name: str = "iverilog") -> str:
    return programs.find([name], "install Icarus Verilog, or check the export to Python")


def _bench(ports: Ports, module: str, count: int) -> str:
    """Write a test bench that applies every row to a circuit."""
    connected, widths = [], []
    for vector, sides in (("row", ports.inlets), ("result", ports.outlets)):
        width = 0
        for side in sides:
            end = width + side.port.width
            connected.append(f".{side.port.name}({vector}[{end - 1}:{width}])")
            width = end
        widths.append(max(1, width))
    return _BENCH.format(
        module=module,
        connected=", ".join(connected),
        last_in=widths[0] - 1,
        last_out=widths[1] - 1,
        last_row=count - 1,
    )


# ------------------------------------------------------------------------ BLIF and AIGER


def run_circuit(
    data: bytes, plan: Plan, rows: Sequence[Row], folder: Path, *, form: str
) -> list[Answer]:
    """Run a circuit on rows. Raises ToolMissing and ToolFailed."""
    ports = Ports(logic_of(plan), form)
    circuit = _read(data, folder, form)
    inputs = [wire for inlet in ports.inlets for wire in inlet.port.wires]
    outputs = [wire for outlet in ports.outlets for wire in outlet.port.wires]
    if (circuit.inputs, len(circuit.outputs)) != (len(inputs), len(outputs)):
        counts = f"{circuit.inputs:,} inputs and {len(circuit.outputs):,} outputs"
        raise programs.ToolFailed(f"it has {counts}, not {len(inputs):,} and {len(outputs):,}")
    if form == "aag":  # Yosys has an order of its own
        inputs_at, outputs_at = ([circuit.names[wire] for wire in w] for w in (inputs, outputs))
    else:
        inputs_at, outputs_at = list(range(len(inputs))), list(range(len(outputs)))
    words = [_word_of(plan, ports, row)[::-1] for row in reversed(rows)]
    input_bits = {
        place: int("".join(bits), 2)
        for place, bits in zip(inputs_at, zip(*words, strict=True), strict=True)
    }
    results = circuit.evaluate(input_bits, (1 << len(rows)) - 1)
    columns = [f"{results[place]:0{len(rows)}b}"[::-1] for place in outputs_at]
    return [
        _answer_of(plan, ports, "".join(column[k] for column in reversed(columns)))
        for k in range(len(rows))
    ]


def circuit_title(form: str) -> str:
    """Return the title of the tools that read and run circuits. Raises ToolMissing."""
    if form == "aag":
        reader = programs.titled("Yosys", programs.version_of(_yosys(), "-V"))
    else:
        reader = programs.titled("ABC", programs.version_of(_abc(), "version"))
    return f"{reader} and {programs.titled('Python', platform.python_version())}"


def _abc() -> str:
    return programs.find(["yosys-abc", "abc"], "install yosys or abc, or check --to verilog")


def _yosys() -> str:
    return programs.find(["yosys"], "install yosys, or check --to aiger")


class _Ands(NamedTuple):
    """A circuit as ABC or Yosys writes it: literals are 2 * node, and 1 more where negated."""

    inputs: int
    outputs: list[int]
    ands: list[tuple[int, int]]
    names: dict[str, int]

    def evaluate(self, bits: dict[int, int], ones: int) -> list[int]:
        """Return the outputs of all rows, a bit for each row."""
        values = [0, *(bits[place] for place in range(self.inputs))]
        for literals in self.ands:
            one, other = (values[x >> 1] ^ (ones if x & 1 else 0) for x in literals)
            values.append(one & other)
        return [values[x >> 1] ^ (ones if x & 1 else 0) for x in self.outputs]


def _read(data: bytes, folder: Path, form: str) -> _Ands:
    """Read a circuit with ABC, or text of AIGER with Yosys.

    Raises ToolMissing for more than Yosys can be given.
    """
    name = f"network.{_SUFFIXES[form]}"
    (folder / name).write_bytes(data)
    said = ""
    if form == "aag":  # which ABC does not read
        ands = int(data.split(b"\n", 1)[0].split()[-1])
        if ands > MAX_YOSYS_ANDS:
            message = f"{ands:,} ANDs take more memory than is good of Yosys, which reads them"
            raise programs.ToolMissing(message, "check --to aiger, the same circuit, read by ABC")
        script = f"read_aiger -module_name network {name}; write_aiger -symbols read.aig"
        programs.run([_yosys(), "-q", "-p", script], folder)
    else:
        script = f"read_{form} {name}; strash; write_aiger read.aig"
        said = programs.run([_abc(), "-c", script], folder).decode(errors="replace")
    if not (folder / "read.aig").exists():
        lines = [line for line in said.splitlines() if "rror" in line or "annot" in line]
        raise programs.ToolFailed((lines or ["ABC does not read it"])[0].strip())
    return _decoded((folder / "read.aig").read_bytes())


def _decoded(data: bytes) -> _Ands:
    """Decode binary AIGER without latches."""
    head, _, rest = data.partition(b"\n")
    _, inputs, latches, outputs, ands = map(int, head.split()[1:6])
    if latches:
        raise programs.ToolFailed("it has latches")
    *lines, rest = rest.split(b"\n", outputs)
    deltas, end = _numbers(rest, 2 * ands)
    pairs = [
        (node - first, node - first - second)
        for node, first, second in zip(
            range(2 * inputs + 2, 2 * (inputs + ands) + 2, 2),
            deltas[::2],
            deltas[1::2],
            strict=True,
        )
    ]
    symbols = re.findall(r"^[io](\d+) (.*)$", rest[end:].decode(errors="replace"), re.MULTILINE)
    names = {name: int(place) for place, name in symbols}
    return _Ands(inputs, list(map(int, lines)), pairs, names)


def _numbers(data: bytes, count: int) -> tuple[list[int], int]:
    """Return numbers of seven bits a byte, and where they end."""
    numbers: list[int] = []
    at = value = shift = 0
    while len(numbers) < count:
        value |= (data[at] & 127) << shift
        shift += 7
        if data[at] < 128:
            numbers.append(value)
            value = shift = 0
        at += 1
    return numbers, at


# --------------------------------------------------------------------------------- ports


def _word_of(plan: Plan, ports: Ports, row: Row) -> str:
    """Write the bits of a row, the last port first, the highest bit of each first."""
    signals = signals_of(row, plan, "binary")
    values = [(_number(inlet, signals), inlet.port.width) for inlet in ports.inlets]
    return "".join(f"{value & (1 << width) - 1:0{width}b}" for value, width in reversed(values))


def _number(inlet: Inlet, signals: Sequence[Number]) -> int:
    """Return the value of a port: an index, bits, or a number."""
    values = [int(signals[net]) for net in inlet.nets]
    if inlet.input.of is not None:
        return values.index(1)
    if inlet.input.type == "bit":
        off, on = inlet.input.state_values
        return sum((bit ^ (off > on)) << place for place, bit in enumerate(values))
    return values[0]


def _answer_of(plan: Plan, ports: Ports, word: str) -> Answer:
    """Read the bits of all outputs, in the order of `_word_of`."""
    netlist = Netlist(plan)
    parts: dict[str, list[Any]] = {}
    end = len(word)
    for outlet in ports.outlets:
        start = end - outlet.port.width
        values = _values(netlist, outlet, word[start:end])
        parts.setdefault(outlet.output.name, []).extend(values)
        end = start
    return {
        port.name: parts[port.name][0] if port.shape == "scalar" else parts[port.name]
        for port in netlist.outputs
    }


def _values(netlist: Netlist, outlet: Outlet, bits: str) -> Iterator[Any]:
    """Yield the values of a port, the lowest bit first; None for an undefined bit."""
    port, labels = outlet.port, outlet.output.labels
    if set(bits) - {"0", "1"}:
        yield from [None] * len(outlet.values)
        return
    whole = int(bits, 2)
    if port.is_signed and bits[0] == "1":
        whole -= 1 << port.width
    if labels:
        yield labels[whole]
        return
    for value, bit in zip(outlet.values, reversed(bits), strict=False):
        if not isinstance(value, Affine) or not netlist.is_bit(value):
            yield simplest(Fraction(whole, value.unit if isinstance(value, Affine) else 1))
            return
        yield sorted(states_of(value))[int(bit)]

"""Circuits: Verilog, run by Icarus Verilog; BLIF and AIGER, read by ABC.

ABC writes the ANDs that it has read, which are evaluated here for all rows at once: a node is an
integer with a bit for each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from nnc.compiler.netlist import Affine, Netlist
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange import programs
from nnc.interchange.checking.rows import Row, Task, Tool, Values, signals_of
from nnc.interchange.checking.scripts import python_title
from nnc.interchange.exporting.circuits.ports import Inlet, Outlet, Ports
from nnc.interchange.exporting.logic import logic_of, states_of
from nnc.interchange.importing.circuits.aiger import circuit_of
from nnc.interchange.importing.circuits.gates import Circuit
from nnc.interchange.languages import LANGUAGES
from nnc.numbers.exact import Number, simplest

MAX_VERILOG_WEIGHTS = 100_000  # Icarus Verilog takes minutes to read 200,000
_VERILOG = programs.Program(("iverilog",), "install Icarus Verilog", "Icarus Verilog", "-V")
_RUNTIME = _VERILOG._replace(names=("vvp",))
_ABC = programs.Program(
    ("yosys-abc", "abc"), "install yosys or abc, or check --to verilog", "ABC", "version"
)
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


def _run_verilog(task: Task) -> Iterator[Values]:
    """Run a module of Verilog on rows, driven by a test bench.

    Raises ToolMissing, also for more than Icarus Verilog can be given, and ToolFailed.
    """
    logic, folder = logic_of(task.plan), task.folder
    weights = sum(len(cell.terms) for cell in logic.cells)
    if weights > MAX_VERILOG_WEIGHTS:
        message = f"{weights:,} weights take Icarus Verilog minutes to read"
        raise programs.ToolMissing(message, "check --to aiger, the same gates, read by ABC")
    ports = Ports(logic, "verilog")
    module = programs.found(r"^module (\w+|\\\S+ )", task.data.decode(), "it has no module")
    (folder / "network.v").write_bytes(task.data)
    (folder / "bench.v").write_text(_bench(ports, module, len(task.rows)), encoding="utf-8")
    words = "".join(f"{_word_of(task.plan, ports, row) or '0'}\n" for row in task.rows)
    (folder / "rows").write_text(words, encoding="ascii")
    files = [folder / "bench.v", folder / "network.v"]
    programs.run([_VERILOG.path(), "-g2005", "-s", "nnc_check", "-o", "bench", *files], folder)
    lines = programs.run([_RUNTIME.path(), "-n", "bench"], folder).decode().splitlines()
    return (_values(logic.netlist, ports, line.strip()) for line in lines)


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


def _run_circuit(task: Task) -> Iterator[Values]:
    """Run a circuit on rows. Raises ToolMissing and ToolFailed."""
    logic, count = logic_of(task.plan), len(task.rows)
    ports = Ports(logic, task.form)
    circuit = _read(task)
    inputs = sum(inlet.port.width for inlet in ports.inlets)
    outputs = sum(outlet.port.width for outlet in ports.outlets)
    if (len(circuit.inputs), len(circuit.outputs)) != (inputs, outputs):
        counts = f"{len(circuit.inputs):,} inputs and {len(circuit.outputs):,} outputs"
        raise programs.ToolFailed(f"it has {counts}, not {inputs:,} and {outputs:,}")
    words = [_word_of(task.plan, ports, row)[::-1] for row in reversed(task.rows)]
    columns = (int("".join(bits), 2) for bits in zip(*words, strict=True))
    values = {0: 0, **dict(zip(circuit.inputs, columns, strict=True))}
    ones = (1 << count) - 1

    def value(literal: int) -> int:
        return values[literal >> 1] ^ (ones if literal & 1 else 0)

    for variable, (first, second) in circuit.ands.items():
        values[variable] = value(first) & value(second)
    results = [f"{value(literal):0{count}b}"[::-1] for literal in reversed(circuit.outputs)]
    return (
        _values(logic.netlist, ports, "".join(result[k] for result in results))
        for k in range(count)
    )


def _read(task: Task) -> Circuit:
    """Read a circuit with ABC. Raises ToolMissing and ToolFailed."""
    name = f"network{LANGUAGES[task.form].suffixes[0]}"
    (task.folder / name).write_bytes(task.data)
    script = f"read_{task.form} {name}; strash; write_aiger read.aig"
    printed = programs.run([_ABC.path(), "-c", script], task.folder).decode(errors="replace")
    if not (task.folder / "read.aig").exists():
        lines = [line for line in printed.splitlines() if "rror" in line or "annot" in line]
        raise programs.ToolFailed((lines or ["ABC does not read it"])[0].strip())
    try:
        return circuit_of((task.folder / "read.aig").read_bytes())
    except InvalidNetworkError as error:  # such as latches
        raise programs.ToolFailed(error.diagnostics[0].message) from None


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


def _values(netlist: Netlist, ports: Ports, word: str) -> Values:
    """Read the bits of all outputs, in the order of `_word_of`."""
    parts: dict[str, list[Any]] = {}
    end = len(word)
    for outlet in ports.outlets:
        start = end - outlet.port.width
        values = _port_values(netlist, outlet, word[start:end])
        parts.setdefault(outlet.output.name, []).extend(values)
        end = start
    return [
        parts[port.name][0] if port.shape == "scalar" else parts[port.name]
        for port in netlist.outputs
    ]


def _port_values(netlist: Netlist, outlet: Outlet, bits: str) -> list[Any]:
    """Return the values of a port, the lowest bit first; None for an undefined bit."""
    port, labels = outlet.port, outlet.output.labels
    if set(bits) - {"0", "1"}:
        return [None] * len(outlet.values)
    numbers = [value for value in outlet.values if isinstance(value, Affine)]
    if numbers and netlist.is_bit(numbers[0]) and not labels:
        pairs = zip(numbers, reversed(bits), strict=True)
        return [sorted(states_of(value))[int(bit)] for value, bit in pairs]
    number = int(bits, 2) - (1 << port.width if port.is_signed and bits[0] == "1" else 0)
    if labels:
        return [labels[number]]
    return [simplest(Fraction(number, numbers[0].unit if numbers else 1))]


ICARUS = Tool(lambda _: _VERILOG.title(), _run_verilog)
ABC = Tool(lambda _: f"{_ABC.title()} and {python_title()}", _run_circuit)

"""Circuits, run by Icarus Verilog: Verilog itself, and the others as ABC or Yosys reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.exact import Number, simplest
from nnc.interchange.checking import programs
from nnc.interchange.checking.rows import Answer, Row, signals_of
from nnc.interchange.exporting.circuits.ports import Inlet, Outlet, Ports
from nnc.interchange.exporting.gates import Gates, gates_of

_READS = {"blif": "read_blif", "aiger": "read_aiger"}
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


def run_circuit(
    data: bytes, plan: Plan, rows: Sequence[Row], folder: Path, *, form: str
) -> list[Answer]:
    """Return what a circuit gives for rows. Raises ToolMissing and ToolFailed."""
    gates = gates_of(plan)
    ports = Ports(gates, form)
    text = data.decode() if form == "verilog" else _as_verilog(data, folder, form)
    module = re.search(r"^module (\w+|\\\S+ )", text, re.MULTILINE)
    if module is None:
        raise programs.ToolFailed("it has no module")
    (folder / "network.v").write_text(text, encoding="utf-8")
    bench = _bench(ports, module[1], len(rows), form)
    (folder / "bench.v").write_text(bench, encoding="utf-8")
    words = "".join(f"{_word(ports, row, gates)}\n" for row in rows)
    (folder / "rows").write_text(words, encoding="ascii")
    files = [folder / "bench.v", folder / "network.v"]
    programs.run([_compiler(), "-g2005", "-s", "nnc_check", "-o", "bench", *files], folder)
    output = programs.run([_simulator(), "-n", "bench"], folder).decode()
    return [_answer(gates, ports, line.strip()) for line in output.splitlines()]


def circuit_title(form: str) -> str:
    """Name what runs circuits of a form. Raises ToolMissing."""
    simulator = programs.titled("Icarus Verilog", programs.version_of(_compiler(), "-V"))
    if form == "verilog":
        return simulator
    if form == "aag":
        reader = programs.titled("Yosys", programs.version_of(_yosys(), "-V"))
    else:
        reader = programs.titled("ABC", programs.version_of(_abc(), "version"))
    return f"{reader} and {simulator}"


def _compiler() -> str:
    return programs.find(["iverilog"], "install Icarus Verilog, or check the export to Python")


def _simulator() -> str:
    return programs.find(["vvp"], "install Icarus Verilog, or check the export to Python")


def _abc() -> str:
    return programs.find(["yosys-abc", "abc"], "install yosys or abc, or check --to verilog")


def _yosys() -> str:
    return programs.find(["yosys"], "install yosys, or check --to aiger")


def _as_verilog(data: bytes, folder: Path, form: str) -> str:
    """Return a circuit as ABC reads it, its ports in their order, or Yosys text of AIGER."""
    name = f"network.{_SUFFIXES[form]}"
    (folder / name).write_bytes(data)
    if form == "aag":  # which ABC does not read
        script = f"read_aiger -module_name network {name}; write_verilog -noattr read.v"
        programs.run([_yosys(), "-q", "-p", script], folder)
        return (folder / "read.v").read_text(encoding="utf-8")
    script = f"{_READS[form]} {name}; write_verilog read.v\n"
    said = programs.run([_abc(), "-c", script], folder).decode(errors="replace")
    if not (folder / "read.v").exists():
        lines = [line for line in said.splitlines() if "rror" in line or "annot" in line]
        raise programs.ToolFailed((lines or ["ABC does not read it"])[0].strip())
    return (folder / "read.v").read_text(encoding="utf-8")


def _bench(ports: Ports, module: str, count: int, form: str) -> str:
    """Write a module that gives every row to a circuit, one after the other."""
    inputs = [inlet.port for inlet in ports.inlets]
    outputs = [outlet.port for outlet in ports.outlets]
    connected = []
    for vector, own in (("row", inputs), ("result", outputs)):
        place = 0
        for port in own:
            places = range(place, place + port.width)
            if form == "verilog":
                connected.append(f".{port.name}({vector}[{places[-1]}:{places[0]}])")
            elif form == "aag":  # Yosys names each bit by its symbol, in an order of its own
                pairs = zip(port.wires, places, strict=True)
                connected += [f".\\{name} ({vector}[{bit}])" for name, bit in pairs]
            else:
                connected += [f"{vector}[{bit}]" for bit in places]
            place += port.width
    return _BENCH.format(
        module=module,
        connected=", ".join(connected),
        last_in=max(1, sum(port.width for port in inputs)) - 1,
        last_out=max(1, sum(port.width for port in outputs)) - 1,
        last_row=count - 1,
    )


def _word(ports: Ports, row: Row, gates: Gates) -> str:
    """Write the bits of a row, the last port first."""
    signals = signals_of(row, gates)
    values = [(_number(inlet, signals), inlet.port.width) for inlet in ports.inlets]
    bits = (f"{value & (1 << width) - 1:0{width}b}" for value, width in reversed(values))
    return "".join(bits) or "0"


def _number(inlet: Inlet, signals: Sequence[Number]) -> int:
    """Return what a port holds: a place, bits, or a number."""
    values = [int(signals[signal]) for signal in inlet.signals]
    if inlet.input.of is not None:
        return values.index(1)
    if inlet.input.type == "bit":
        return sum(bit << place for place, bit in enumerate(values))
    return values[0]


def _answer(gates: Gates, ports: Ports, word: str) -> Answer:
    parts: dict[str, list[Any]] = {}
    end = len(word)
    for outlet in ports.outlets:
        start = end - outlet.port.width
        bits, end = word[start:end], start
        own = parts.setdefault(outlet.tap.alias, [])
        own += _values(gates, outlet, bits)
    answer: Answer = {}
    for tap in gates.plan.outputs:
        values = parts[tap.alias]
        answer[tap.alias] = values if tap.is_bus and _has_elements(tap) else values[0]
    return answer


def _has_elements(tap: Tap) -> bool:
    return tap.kind not in ("level", "largest")


def _values(gates: Gates, outlet: Outlet, bits: str) -> Iterator[Any]:
    """Yield what a port gives, the lowest bit first; None where a bit is undefined."""
    tap, port = outlet.tap, outlet.port
    if set(bits) - {"0", "1"}:
        yield from [None] * (1 if tap.kind in ("level", "largest", "sum") else port.width)
        return
    whole = int(bits, 2)
    if port.is_signed and bits[0] == "1":
        whole -= 1 << port.width
    if tap.kind in ("level", "largest"):
        yield tap.labels[whole] if tap.labels else whole
    elif tap.kind == "sum":
        yield simplest(Fraction(whole, gates.maker[outlet.signals[0]].value[2]))
    elif all(tap.states_of(place) is not None for place in range(tap.width)):
        for place, bit in enumerate(reversed(bits)):
            states = tap.states_of(place)
            assert states is not None
            yield states[int(bit)]
    else:
        yield whole

"""Verilog, run by Icarus Verilog: a module of its own gives it every row, one after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.ports import answer_of, word_of
from nnc.interchange.checking.rows import Answer, Row
from nnc.interchange.exporting.circuits.ports import Ports
from nnc.interchange.exporting.gates import gates_of

_HINT = "install Icarus Verilog, or check the export to Python"
_MOST_WEIGHTS = 100_000
"""Of what Icarus Verilog is given: 200,000 took it minutes to read."""
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


def run_verilog(text: str, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Return what a module gives for rows.

    Raises ToolMissing, also for more than Icarus Verilog can be given, and ToolFailed.
    """
    gates = gates_of(plan)
    weights = sum(len(gate.sources) for gate in gates.gates)
    if weights > _MOST_WEIGHTS:
        message = f"{weights:,} weights take Icarus Verilog minutes to read"
        raise programs.ToolMissing(message, "check --to aiger, the same gates, read by ABC")
    ports = Ports(gates, "verilog")
    module = re.search(r"^module (\w+|\\\S+ )", text, re.MULTILINE)
    if module is None:
        raise programs.ToolFailed("it has no module")
    (folder / "network.v").write_text(text, encoding="utf-8")
    bench = _bench(ports, module[1], len(rows))
    (folder / "bench.v").write_text(bench, encoding="utf-8")
    words = "".join(f"{word_of(ports, row, gates) or '0'}\n" for row in rows)
    (folder / "rows").write_text(words, encoding="ascii")
    files = [folder / "bench.v", folder / "network.v"]
    programs.run([_compiler(), "-g2005", "-s", "nnc_check", "-o", "bench", *files], folder)
    output = programs.run([_simulator(), "-n", "bench"], folder).decode()
    return [answer_of(gates, ports, line.strip()) for line in output.splitlines()]


def simulator_title() -> str:
    """Name the simulator with its version. Raises ToolMissing."""
    return programs.titled("Icarus Verilog", programs.version_of(_compiler(), "-V"))


def _compiler() -> str:
    return programs.find(["iverilog"], _HINT)


def _simulator() -> str:
    return programs.find(["vvp"], _HINT)


def _bench(ports: Ports, module: str, count: int) -> str:
    """Write a module that gives every row to a circuit."""
    inputs = [inlet.port for inlet in ports.inlets]
    outputs = [outlet.port for outlet in ports.outlets]
    connected = []
    for vector, own in (("row", inputs), ("result", outputs)):
        place = 0
        for port in own:
            connected.append(f".{port.name}({vector}[{place + port.width - 1}:{place}])")
            place += port.width
    return _BENCH.format(
        module=module,
        connected=", ".join(connected),
        last_in=max(1, sum(port.width for port in inputs)) - 1,
        last_out=max(1, sum(port.width for port in outputs)) - 1,
        last_row=count - 1,
    )

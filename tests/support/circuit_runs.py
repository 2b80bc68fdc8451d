"""Exported circuits, run: by readers of their own for AIGER and BLIF, and by iverilog for Verilog.

A port is found by the line that describes it: `output points: 8 bits, signed, in units of 1/10`.
"""

import re
import subprocess
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import nnc
from nnc.compiler.graph import Tap
from nnc.language.network import Input

Row = dict[str, Any]
_PORT = re.compile(
    r"^(?://|#|\*)? ?(input|output) (\w+): (\d+) bits?(, signed)?.*?(?:in units of 1/(\d+))?$",
    re.MULTILINE,
)


class Port(NamedTuple):
    """A port as the comments of a file describe it."""

    name: str
    width: int
    is_signed: bool
    unit: int


def ports_of(text: str, kind: str) -> list[Port]:
    return [
        Port(name, int(width), bool(signed), int(unit or 1))
        for own, name, width, signed, unit in _PORT.findall(text)
        if own == kind
    ]


def bits_of(value: int, width: int) -> list[int]:
    return [value >> place & 1 for place in range(width)]


def given(plan: nnc.Plan, ports: Sequence[Port], row: Row) -> list[int]:
    """Return the bits of all inputs in their order."""
    found: list[int] = []
    left = iter(ports)
    for name, one in plan.inputs.items():
        for value in _numbers(one, row[name]):
            port = next(left)
            found += bits_of(value, port.width)
    assert next(left, None) is None
    return found


def _numbers(one: Input, value: Any) -> list[int]:
    if one.of is not None:
        return [one.of.index(value)]
    values = value if isinstance(value, list) else [value]
    if one.type == "integer":
        return [int(v) for v in values]
    greater = max(one.state_values)
    return [sum((v == greater) << place for place, v in enumerate(values))]


def told(plan: nnc.Plan, ports: Sequence[Port], bits: Sequence[int]) -> Row:
    """Return the outputs, in the form of the oracle, from the bits of all in their order."""
    values = iter(bits)
    numbers = []
    for port in ports:
        own = [next(values) for _ in range(port.width)]
        number = sum(bit << place for place, bit in enumerate(own))
        if port.is_signed and own[-1]:
            number -= 1 << port.width
        numbers.append(Fraction(number, port.unit))
    assert next(values, None) is None
    left = iter(numbers)
    row = {tap.alias: _value(tap, left) for tap in plan.outputs}
    assert next(left, None) is None
    return row


def _value(tap: Tap, left: Any) -> Any:
    if tap.kind in ("level", "largest"):
        place = next(left)
        return tap.labels[int(place)] if tap.labels else place
    declared = [tap.states_of(place) for place in range(tap.width)]
    states = [own and tuple(sorted(own)) for own in declared]
    if tap.kind == "sum" or None in states:
        values = [next(left) for _ in tap.signals]
        values = [
            Fraction(own[int(v)]) if own is not None and tap.kind != "sum" else v
            for own, v in zip(states, values, strict=True)
        ]
        return values if tap.is_bus and len(values) > 1 else values[0]
    number = int(next(left))
    if tap.is_bus and len(states) > 1 and all(own == (0, 1) for own in declared):
        return Fraction(number)
    bits = [
        Fraction(own[number >> place & 1]) for place, own in enumerate(states) if own is not None
    ]
    return bits if len(bits) > 1 else bits[0]


# -------------------------------------------------------------------------------- readers

Circuit = tuple[list[str], list[str], Callable[[Sequence[int]], list[int]]]
"""The names of the inputs and outputs, and from the bits of the ones to those of the others."""


def read_aiger(data: bytes) -> Circuit:
    """Read AIGER without latches, ASCII or binary."""
    first, _, rest = data.partition(b"\n")
    form, most, inputs, latches, outputs, ands = first.decode().split()
    assert (form in ("aag", "aig"), latches, int(most)) == (True, "0", int(inputs) + int(ands))
    count = int(inputs)
    gates = []
    if form == "aag":
        lines = rest.decode().split("\n")
        assert lines[:count] == [str(2 * place + 2) for place in range(count)]
        results = [int(line) for line in lines[count : count + int(outputs)]]
        start = count + int(outputs)
        for line in lines[start : start + int(ands)]:
            own, high, low = map(int, line.split())
            assert own > high >= low
            gates.append((own, high, low))
        lines = lines[start + int(ands) :]
    else:
        results = []
        for _ in range(int(outputs)):
            line, _, rest = rest.partition(b"\n")
            results.append(int(line))
        at = 0

        def number() -> int:
            nonlocal at
            value = shift = 0
            while True:
                byte = rest[at]
                at += 1
                value |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    return value

        for place in range(int(ands)):
            own = 2 * (count + place + 1)
            high = own - number()
            gates.append((own, high, high - number()))
        lines = rest[at:].decode().split("\n")
    symbols = lines[: lines.index("c")]
    names: dict[str, list[str]] = {"i": [], "o": []}
    for line in symbols:
        mark, name = line.split(" ", 1)
        assert int(mark[1:]) == len(names[mark[0]])
        names[mark[0]].append(name)

    def run(bits: Sequence[int]) -> list[int]:
        value = [0, *bits, *[0] * len(gates)]
        for own, high, low in gates:
            value[own >> 1] = (value[high >> 1] ^ high & 1) & (value[low >> 1] ^ low & 1)
        return [value[one >> 1] ^ one & 1 for one in results]

    return names["i"], names["o"], run


def read_blif(text: str) -> Circuit:
    """Read a model of tables that are in order."""
    lines = [
        line.split()
        for line in text.replace("\\\n", " ").split("\n")
        if line and not line.startswith("#")
    ]
    assert [lines[0][0], lines[-1]] == [".model", [".end"]]
    (inputs, outputs), tables = (line[1:] for line in lines[1:3]), []
    for line in lines[3:-1]:
        if line[0] == ".names":
            tables.append((line[1:-1], line[-1], list[list[str]]()))
        else:
            tables[-1][2].append(line)

    def run(bits: Sequence[int]) -> list[int]:
        value = dict(zip(inputs, bits, strict=True))
        for sources, own, rows in tables:
            assert own not in value
            found = "".join(str(value[source]) for source in sources)
            value[own] = int(any(row[:-1] == ([found] if found else []) for row in rows))
        return [value[name] for name in outputs]

    return inputs, outputs, run


def wires(ports: Sequence[Port]) -> list[set[str]]:
    """Return what each bit of some ports may be called."""
    return [
        {f"{port.name}[{place}]"} | ({port.name} if port.width == 1 else set())
        for port in ports
        for place in range(port.width)
    ]


def run_aiger(data: bytes, plan: nnc.Plan, rows: Sequence[Row], folder: Path) -> list[Row]:
    del folder
    text = data.rpartition(b"\nc\n")[2].decode()
    return _run(read_aiger(data), text, plan, rows)


def run_blif(data: bytes, plan: nnc.Plan, rows: Sequence[Row], folder: Path) -> list[Row]:
    del folder
    return _run(read_blif(data.decode()), data.decode(), plan, rows)


def _run(circuit: Circuit, text: str, plan: nnc.Plan, rows: Sequence[Row]) -> list[Row]:
    inputs, outputs, run = circuit
    ports, results = ports_of(text, "input"), ports_of(text, "output")
    for names, described in ((inputs, ports), (outputs, results)):
        assert all(name in own for name, own in zip(names, wires(described), strict=True))
    return [told(plan, results, run(given(plan, ports, row))) for row in rows]


def run_verilog(data: bytes, plan: nnc.Plan, rows: Sequence[Row], folder: Path) -> list[Row]:
    """Run iverilog with every warning an error."""
    text = data.decode()
    ports, results = ports_of(text, "input"), ports_of(text, "output")
    (folder / "network.v").write_bytes(data)
    size = sum(port.width for port in ports) or 1
    (folder / "rows.txt").write_text(
        "\n".join("".join(map(str, reversed(given(plan, ports, row)))) or "0" for row in rows)
    )
    at, wired = 0, []
    for port in ports:
        wired.append(f".{port.name}(row[{at} +: {port.width}])")
        at += port.width
    wired += [f".{port.name}(o_{place})" for place, port in enumerate(results)]
    declared = "\n".join(
        f"  wire [{port.width - 1}:0] o_{place};" for place, port in enumerate(results)
    )
    shown = ", ".join(f"o_{place}" for place in reversed(range(len(results))))
    (folder / "bench.v").write_text(f"""\
module bench;
  reg [{size - 1}:0] rows [0:{len(rows) - 1}];
  reg [{size - 1}:0] row;
{declared}
  network tried({", ".join(wired)});
  integer k;
  initial begin
    $readmemb("{folder}/rows.txt", rows);
    for (k = 0; k < {len(rows)}; k = k + 1) begin
      row = rows[k];
      #1 $display("%b", {{{shown}}});
    end
  end
endmodule
""")
    files = [folder / "network.v", folder / "bench.v"]
    words = ["iverilog", "-g2001", "-Wall", "-Wno-timescale", "-o", folder / "bench", *files]
    built = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, ""), built.stderr[:2000]
    ran = subprocess.run(["vvp", folder / "bench"], capture_output=True, text=True, check=True)
    found = [[int(bit) for bit in reversed(line)] for line in ran.stdout.split()]
    return [told(plan, results, bits) for bits in found]


CIRCUITS: dict[str, Callable[[bytes, nnc.Plan, Sequence[Row], Path], list[Row]]] = {
    "aag": run_aiger, "aiger": run_aiger, "blif": run_blif, "verilog": run_verilog,
}  # fmt: skip

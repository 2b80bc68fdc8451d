"""Gates -> one Verilog 2001 module: a signed sum and a comparison for each neuron."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from nnc.interchange.exporting.circuits.ports import Outlet, Port, Ports
from nnc.interchange.exporting.gates import UP, Gate, Gates
from nnc.interchange.exporting.wording import WORDS, line_comments, variables, wrapped

_MOST_TERMS = 48
"""Of one sum."""


def verilog_text(gates: Gates, top: str, header: str) -> str:
    """Write a module of combinational logic called `top`.

    A sum is as wide as the least and the greatest total need, for whatever stands at the ports.
    """
    ports = Ports(gates, "Verilog")
    return "\n".join(_Module(gates, ports, ports.names.made(top)).lines(header))


class _Module:
    def __init__(self, gates: Gates, ports: Ports, top: str) -> None:
        self._gates, self._ports, self._top = gates, ports, top
        self._port_of = {
            signal: (inlet, place)
            for inlet in ports.inlets
            for place, signal in enumerate(inlet.signals)
        }
        self._signals, self._totals = variables(
            gates,
            lambda element: self._element(gates.plan.first_of[element.name] + element.place),
            lambda name, _: ports.names.made(name),
        )
        self._totals = {
            gate.first: self._totals.get(gate.first) or ports.names.made(f"total_{gate.name}")
            for gate in gates.gates
        }

    def _element(self, signal: int) -> str:
        inlet, place = self._port_of[signal]
        if inlet.input.of is not None:
            return f"({inlet.port.name} == {_unsigned(place, inlet.port.width)})"
        is_bit = inlet.input.type == "bit" and inlet.port.is_vector
        name = f"{inlet.port.name}[{place}]" if is_bit else inlet.port.name
        return f"~{name}" if self._gates.is_inverted(signal) else name

    def lines(self, header: str) -> Iterator[str]:
        yield from line_comments(header, "//")
        yield from line_comments("\n".join(self._ports.lines), "//")
        yield f"module {self._top}("
        ports = [f"input  wire {_declared(inlet.port)}" for inlet in self._ports.inlets]
        ports += [f"output wire {_declared(outlet.port)}" for outlet in self._ports.outlets]
        yield ",\n".join(f"  {port}" for port in ports)
        yield ");"
        for gate in self._gates.gates:
            yield from self._gate(gate)
        for outlet in self._ports.outlets:
            yield from self._output(outlet)
        yield "endmodule\n"

    # --------------------------------------------------------------------------------- gates

    def _gate(self, gate: Gate) -> Iterator[str]:
        least, greatest = self._ports.reach(gate)
        width = _signed_width(least, greatest)
        total = self._totals[gate.first]
        if not gate.is_cutoff or gate.first in self._gates.summed:
            text = yield from self._sum(gate, width)
            yield _statement(f"wire signed [{width - 1}:0] {total} = {text}")
        for signal, (op, limit) in zip(gate.signals, gate.tests, strict=True):
            text = self._compared(gate, total, op, int(limit), width)
            yield _statement(f"wire {self._signals[signal]} = {text}")

    def _compared(self, gate: Gate, total: str, op: str, limit: int, width: int) -> str:
        """Compare a total, or the number that a cut-off reads; nothing where it is always so."""
        least, greatest = self._ports.reach(gate)
        if not gate.is_cutoff:
            number = _signed(limit, width)
        else:
            port = self._port_of[gate.sources[0]][0].port
            total, least, greatest = port.name, port.least, port.greatest
            number = (_signed if port.is_signed else _unsigned)(limit, port.width)
        if op == UP:
            return (
                "1'b1" if limit <= least else "1'b0" if limit > greatest else f"{total} >= {number}"
            )
        return "1'b1" if limit >= greatest else "1'b0" if limit < least else f"{total} <= {number}"

    def _sum(self, gate: Gate, width: int) -> Generator[str, None, str]:
        """Return a total of signed numbers of so many bits; write wires of parts of a long one.

        Parts may wrap around, as the total fits. The time of Icarus Verilog goes with the square of
        the number of terms of one sum.
        """
        terms = list(self._terms(gate, width))
        if len(terms) <= _MOST_TERMS:
            return " ".join(terms).removeprefix("+ ") or _signed(0, width)
        parts = []
        for start in range(0, len(terms), _MOST_TERMS):
            parts.append(self._ports.names.made(f"{self._totals[gate.first]}_part"))
            text = " ".join(terms[start : start + _MOST_TERMS]).removeprefix("+ ")
            yield _statement(f"wire signed [{width - 1}:0] {parts[-1]} = {text}")
        return " + ".join(parts)

    def _terms(self, gate: Gate, width: int) -> Iterator[str]:
        """Yield each weighted source, with its sign before it."""
        for source, weight in zip(gate.sources, gate.weights, strict=True):
            sign, number = "-" if weight < 0 else "+", _signed(abs(weight), width)
            if source in self._ports.bounds:
                port = self._port_of[source][0].port
                value = port.name if port.is_signed else f"$signed({{1'b0, {port.name}}})"
                yield f"{sign} {value if abs(weight) == 1 else f'{number} * {value}'}"
            else:
                yield f"{sign} ({self._signals[source]} ? {number} : {_signed(0, width)})"

    def _value(self, gate: Gate, factor: int, offset: int, width: int) -> str:
        """Write a total times a factor, and more."""
        total = self._totals[gate.first]
        text = total if factor == 1 else f"{_signed(factor, width)} * {total}"
        sign = "-" if offset < 0 else "+"
        return f"{text} {sign} {_signed(abs(offset), width)}" if offset else text

    # ------------------------------------------------------------------------------- outputs

    def _output(self, outlet: Outlet) -> Iterator[str]:
        port, tap = outlet.port, outlet.tap
        if tap.kind == "sum":
            gate = self._gates.maker[outlet.signals[0]]
            factor, offset, _ = gate.value
            name = self._totals[gate.first]
            if (factor, offset) != (1, 0):
                ends = [factor * end + offset for end in self._ports.reach(gate)]
                width = _signed_width(min(*ends, offset), max(*ends, offset))
                name = self._ports.names.made(f"value_{port.name}")
                text = self._value(gate, factor, offset, width)
                yield _statement(f"wire signed [{width - 1}:0] {name} = {text}")
            text = f"{name}[{port.width - 1}:0]"
        elif tap.kind == "level":
            unit, none = _unsigned(1, port.width), _unsigned(0, port.width)
            bits = (self._signals[signal] for signal in outlet.signals)
            text = " + ".join(f"({bit} ? {unit} : {none})" for bit in bits)
        elif tap.kind == "largest":
            text = yield from self._first_largest(outlet)
        elif len(outlet.signals) == 1 and not port.is_vector:
            text = self._bit(outlet.signals[0])
        elif outlet.signals[0] in self._ports.bounds:
            text = self._signals[outlet.signals[0]]
        else:
            text = f"{{{', '.join(self._bit(signal) for signal in reversed(outlet.signals))}}}"
        yield _statement(f"assign {port.name} = {text}")

    def _bit(self, signal: int) -> str:
        if signal < 2:
            return f"1'b{signal}"
        text = self._signals[signal]
        if self._gates.is_inverted(signal):
            text = text[1:] if text.startswith("~") else f"~{text}"
        return text

    def _first_largest(self, outlet: Outlet) -> Generator[str, None, str]:
        """Write the wires that find the first of the largest sums, and return its place."""
        names, width = self._ports.names, outlet.port.width
        ranks = self._gates.ranks(outlet.tap)
        assert ranks is not None
        made = [self._gates.maker[signal] for signal in outlet.signals]
        ends = [offset for _, offset in ranks]
        for gate, (factor, offset) in zip(made, ranks, strict=True):
            ends += [factor * end + offset for end in self._ports.reach(gate)]
        size = _signed_width(min(ends), max(ends))
        place, best = _unsigned(0, width), ""
        for i, (gate, rank) in enumerate(zip(made, ranks, strict=True)):
            own = names.made(f"{outlet.port.name}_sum_{i}")
            text = self._value(gate, *rank, size)
            yield _statement(f"wire signed [{size - 1}:0] {own} = {text}")
            if not i:
                best = own
                continue
            is_more, more, at = (
                names.made(f"{outlet.port.name}_{word}_{i}") for word in ("more", "best", "place")
            )
            yield f"  wire {is_more} = {own} > {best};"
            yield f"  wire [{width - 1}:0] {at} = {is_more} ? {_unsigned(i, width)} : {place};"
            if i + 1 < len(made):
                yield f"  wire signed [{size - 1}:0] {more} = {is_more} ? {own} : {best};"
            place, best = at, more
        return place


def _declared(port: Port) -> str:
    signed = "signed " if port.is_signed else ""
    width = f"[{port.width - 1}:0] " if port.is_vector else ""
    return f"{signed}{width}{port.name}"


def _statement(text: str) -> str:
    return wrapped(f"{text};", "  ", atoms=WORDS)


def _signed_width(least: int, greatest: int) -> int:
    """Return how many bits hold all numbers between two, and the size of each."""
    return max(abs(least), abs(greatest)).bit_length() + 1


def _signed(value: int, width: int) -> str:
    return f"{'-' if value < 0 else ''}{width}'sd{abs(value)}"


def _unsigned(value: int, width: int) -> str:
    return f"{width}'d{value}"

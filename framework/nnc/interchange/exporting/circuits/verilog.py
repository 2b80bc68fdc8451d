"""Logic -> one Verilog 2001 module: a signed sum and a comparison for each neuron."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from nnc.compiler.netlist import Affine, Argmax, Cell, Comparison
from nnc.interchange.exporting.circuits.ports import Outlet, Port, Ports
from nnc.interchange.exporting.logic import Logic, bit_of, is_inverted
from nnc.interchange.exporting.wording import WORDS, line_comments, variables, wrapped
from nnc.interchange.languages import FileContents, Wishes

_MAX_TERMS = 48  # of one sum


def write(logic: Logic, wishes: Wishes, header: str) -> FileContents:
    """Write a module of combinational logic called `top`.

    A sum is as wide as the least and the greatest total need, for whatever stands at the ports.
    """
    ports = Ports(logic, "Verilog")
    module = _Module(logic, ports, ports.names.made(wishes.top))
    return FileContents("\n".join(module.lines(header)), ports.changes)


class _Module:
    def __init__(self, logic: Logic, ports: Ports, top: str) -> None:
        self._logic, self._ports, self._top = logic, ports, top
        self._port_of = {
            net: (inlet, place) for inlet in ports.inlets for place, net in enumerate(inlet.nets)
        }
        self._nets, self._totals = variables(
            logic,
            lambda element: self._element(logic.plan.first_of[element.name] + element.place),
            lambda name, _: ports.names.made(name),
        )
        self._totals = {
            cell.first: self._totals.get(cell.first) or ports.names.made(f"total_{cell.name}")
            for cell in logic.cells
        }

    def _element(self, net: int) -> str:
        inlet, place = self._port_of[net]
        if inlet.input.of is not None:
            return f"({inlet.port.name} == {_unsigned(place, inlet.port.width)})"
        is_bit = inlet.input.type == "bit" and inlet.port.is_vector
        name = f"{inlet.port.name}[{place}]" if is_bit else inlet.port.name
        return f"~{name}" if self._logic.is_inverted(net) else name

    def lines(self, header: str) -> Iterator[str]:
        yield from line_comments(header, "//")
        yield from line_comments("\n".join(self._ports.lines), "//")
        yield f"module {self._top}("
        ports = [f"input  wire {_declared(inlet.port)}" for inlet in self._ports.inlets]
        ports += [f"output wire {_declared(outlet.port)}" for outlet in self._ports.outlets]
        yield ",\n".join(f"  {port}" for port in ports)
        yield ");"
        for cell in self._logic.cells:
            yield from self._cell(cell)
        for outlet in self._ports.outlets:
            yield from self._output(outlet)
        yield "endmodule\n"

    # --------------------------------------------------------------------------------- cells

    def _cell(self, cell: Cell) -> Iterator[str]:
        least, greatest = self._ports.reach(cell)
        width = _signed_width(least, greatest)
        total = self._totals[cell.first]
        if cell.operand is None or cell.first in self._logic.summed:
            text = yield from self._sum(cell, width)
            yield _statement(f"wire signed [{width - 1}:0] {total} = {text}")
        for net, test in zip(cell.nets, cell.tests, strict=True):
            text = self._compared(cell, total, test, width)
            yield _statement(f"wire {self._nets[net]} = {text}")

    def _compared(self, cell: Cell, total: str, test: Comparison, width: int) -> str:
        """Compare a total, or the number that a cut-off reads; nothing where it is always so."""
        least, greatest = self._ports.reach(cell)
        limit = int(test.limit)
        if cell.operand is None:
            number = _signed(limit, width)
        else:
            port = self._port_of[cell.operand][0].port
            total, least, greatest = port.name, port.least, port.greatest
            number = (_signed if port.is_signed else _unsigned)(limit, port.width)
        if test.is_rising:
            return (
                "1'b1" if limit <= least else "1'b0" if limit > greatest else f"{total} >= {number}"
            )
        return "1'b1" if limit >= greatest else "1'b0" if limit < least else f"{total} <= {number}"

    def _sum(self, cell: Cell, width: int) -> Generator[str, None, str]:
        """Return a total of signed numbers of so many bits; write wires of parts of a long one.

        Parts may wrap around, as the total fits. The time of Icarus Verilog goes with the square of
        the number of terms of one sum.
        """
        terms = list(self._terms(cell, width))
        if len(terms) <= _MAX_TERMS:
            return " ".join(terms).removeprefix("+ ") or _signed(0, width)
        parts = []
        for start in range(0, len(terms), _MAX_TERMS):
            parts.append(self._ports.names.made(f"{self._totals[cell.first]}_part"))
            text = " ".join(terms[start : start + _MAX_TERMS]).removeprefix("+ ")
            yield _statement(f"wire signed [{width - 1}:0] {parts[-1]} = {text}")
        return " + ".join(parts)

    def _terms(self, cell: Cell, width: int) -> Iterator[str]:
        """Yield each weighted source, with its sign before it."""
        for source, weight in cell.terms:
            sign, number = "-" if weight < 0 else "+", _signed(abs(weight), width)
            if source in self._ports.bounds:
                port = self._port_of[source][0].port
                value = port.name if port.is_signed else f"$signed({{1'b0, {port.name}}})"
                yield f"{sign} {value if abs(weight) == 1 else f'{number} * {value}'}"
            else:
                yield f"{sign} ({self._nets[source]} ? {number} : {_signed(0, width)})"

    def _value(self, cell: Cell, factor: int, offset: int, width: int) -> str:
        """Write a total times a factor, and more."""
        total = self._totals[cell.first]
        text = total if factor == 1 else f"{_signed(factor, width)} * {total}"
        sign = "-" if offset < 0 else "+"
        return f"{text} {sign} {_signed(abs(offset), width)}" if offset else text

    # ------------------------------------------------------------------------------- outputs

    def _output(self, outlet: Outlet) -> Iterator[str]:
        port, value = outlet.port, outlet.values[0]
        if isinstance(value, Argmax):
            text = yield from self._first_largest(value, port)
        elif isinstance(value, Affine) and value.is_sum:
            text = yield from self._sum_text(value, port)
        elif isinstance(value, Affine) and self._logic.is_level(value, outlet.output):
            unit, none = _unsigned(1, port.width), _unsigned(0, port.width)
            bits = (self._nets[net] for net, _ in value.terms)
            text = " + ".join(f"({bit} ? {unit} : {none})" for bit in bits)
        else:
            numbers = [each for each in outlet.values if isinstance(each, Affine)]
            wires = list(map(self._wire, numbers))
            is_vector = port.is_vector and not self._logic.is_number(numbers[0])
            text = f"{{{', '.join(reversed(wires))}}}" if is_vector else wires[0]
        yield _statement(f"assign {port.name} = {text}")

    def _sum_text(self, value: Affine, port: Port) -> Generator[str, None, str]:
        """Return a sum at a port; write its wire where it is not the total of a cell itself."""
        cell, factor, offset = self._logic.rank(value)
        name = self._totals[cell.first]
        if (factor, offset) != (1, 0):
            ends = [factor * end + offset for end in self._ports.reach(cell)]
            width = _signed_width(min(*ends, offset), max(*ends, offset))
            name = self._ports.names.made(f"value_{port.name}")
            text = self._value(cell, factor, offset, width)
            yield _statement(f"wire signed [{width - 1}:0] {name} = {text}")
        return f"{name}[{port.width - 1}:0]"

    def _wire(self, value: Affine) -> str:
        """Write a number of an input, or the wire of a bit."""
        if self._logic.is_number(value):
            return self._nets[bit_of(value)]
        if value.net is None:
            return f"1'b{bit_of(value)}"
        text = self._nets[value.net]
        if is_inverted(value):
            text = text[1:] if text.startswith("~") else f"~{text}"
        return text

    def _first_largest(self, largest: Argmax, port: Port) -> Generator[str, None, str]:
        """Write the wires that find the first of the largest sums, and return its place."""
        names, width = self._ports.names, port.width
        ranks = self._logic.ranks(largest)
        ends = [rank.offset for rank in ranks]
        for cell, factor, offset in ranks:
            ends += [factor * end + offset for end in self._ports.reach(cell)]
        size = _signed_width(min(ends), max(ends))
        place, best = _unsigned(0, width), ""
        for i, (cell, factor, offset) in enumerate(ranks):
            own = names.made(f"{port.name}_sum_{i}")
            text = self._value(cell, factor, offset, size)
            yield _statement(f"wire signed [{size - 1}:0] {own} = {text}")
            if not i:
                best = own
                continue
            is_more, more, at = (
                names.made(f"{port.name}_{word}_{i}") for word in ("more", "best", "place")
            )
            yield f"  wire {is_more} = {own} > {best};"
            yield f"  wire [{width - 1}:0] {at} = {is_more} ? {_unsigned(i, width)} : {place};"
            if i + 1 < len(ranks):
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

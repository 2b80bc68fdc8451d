"""The ports of a circuit: what each input and output of a network is as bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import NamedTuple

from nnc.compiler import netlist
from nnc.compiler.netlist import Affine, Argmax, Cell, Value
from nnc.interchange.exporting.logic import Logic, bit_of, states_of, wire_text
from nnc.interchange.exporting.wording import Identifiers
from nnc.interchange.languages import Change
from nnc.language.network import Input
from nnc.numbers.exact import Refused, counted

_KEYWORDS = """
always and assign automatic begin bit buf bufif0 bufif1 byte case casex casez cell cmos config
const deassign default defparam design disable do edge else end endcase endconfig endfunction
endgenerate endmodule endprimitive endspecify endtable endtask enum event export final for force
forever fork function generate genvar highz0 highz1 if ifnone import incdir include initial inout
input instance int integer interface join large liblist library localparam logic longint
macromodule medium modport module nand negedge new nmos nor noshowcancelled not notif0 notif1 or
output package parameter pmos posedge primitive program property protected pull0 pull1 pulldown
pullup pulsestyle_ondetect pulsestyle_onevent pure rand rcmos real realtime ref reg release repeat
return rnmos rpmos rtran rtranif0 rtranif1 scalared sequence shortint showcancelled signed small
specify specparam static string strong0 strong1 struct supply0 supply1 table task this time tran
tranif0 tranif1 tri tri0 tri1 triand trior trireg type typedef union unique unsigned use var
vectored virtual void wait wand weak0 weak1 while with wire wor xnor xor
""".split()


class Port(NamedTuple):
    """A port of one bit, or a vector of `width`, the lowest bit first.

    It holds the numbers from `least` to `greatest`, as two's complement where some are negative.
    `about` says what it stands for.
    """

    name: str
    width: int = 1
    about: str = ""
    is_vector: bool = False
    is_signed: bool = False

    @property
    def least(self) -> int:
        """The least number that fits."""
        return -(1 << self.width - 1) if self.is_signed else 0

    @property
    def greatest(self) -> int:
        """The greatest number that fits."""
        return (1 << self.width - self.is_signed) - 1

    @property
    def wires(self) -> list[str]:
        """The name of each bit."""
        if not self.is_vector:
            return [self.name]
        return [f"{self.name}[{place}]" for place in range(self.width)]


class Inlet(NamedTuple):
    """A port of inputs and the nets it gives: one, a number; or a bit each; or a choice."""

    port: Port
    input: Input
    nets: range


class Outlet(NamedTuple):
    """A port of an output, of all its values or of one of them."""

    port: Port
    output: netlist.Port
    values: Sequence[Value]


class Ports:
    """The ports of a network: `inlets` are its inputs, `outlets` its outputs.

    Raises Refused for what no bits hold: real numbers, and integers without bounds.
    """

    def __init__(self, logic: Logic, form: str) -> None:
        self.inlets = [
            inlet for name in logic.plan.inputs for inlet in self._input(logic, name, form)
        ]
        self.bounds = {
            net: (inlet.port.least, inlet.port.greatest)
            for inlet in self.inlets
            if inlet.input.type == "integer"
            for net in inlet.nets
        }
        """The numbers that the port of each net holds which is a number."""
        self._of_number = {
            inlet.nets[0]: inlet.port for inlet in self.inlets if inlet.input.type == "integer"
        }
        self.outlets = [outlet for port in logic.outputs for outlet in self._output(logic, port)]
        self.names = Identifiers(_KEYWORDS)
        wanted = [inlet.port.name for inlet in self.inlets]
        wanted += [outlet.port.name for outlet in self.outlets]
        names = self.names.chosen(wanted)
        kinds = ["input"] * len(self.inlets) + ["output"] * len(self.outlets)
        self.changes: list[Change] = list(zip(kinds, wanted, names, strict=True))
        of = iter(names)
        self.inlets = [
            each._replace(port=each.port._replace(name=next(of))) for each in self.inlets
        ]
        self.outlets = [
            each._replace(port=each.port._replace(name=next(of))) for each in self.outlets
        ]

    @property
    def lines(self) -> list[str]:
        """Describe the ports, one a line."""
        both = [("input", inlet.port) for inlet in self.inlets]
        both += [("output", outlet.port) for outlet in self.outlets]
        return [f"{kind} {port.name}: {', '.join(_described(port))}" for kind, port in both]

    def reach(self, cell: Cell) -> tuple[int, int]:
        """Return the least and the greatest total, whatever bits stand at the ports."""
        least = greatest = 0
        for source, weight in cell.terms:
            ends = [weight * end for end in self.bounds.get(source, (0, 1))]
            least, greatest = least + min(ends), greatest + max(ends)
        return least, greatest

    def _input(self, logic: Logic, name: str, form: str) -> Iterator[Inlet]:
        input_ = logic.plan.inputs[name]
        first = logic.plan.first_of[name]
        nets = range(first, first + input_.width)
        if input_.of is not None:
            port = self._numbered(name, len(input_.of), input_.of)
            yield Inlet(port, input_, nets)
        elif input_.type == "bit":
            about = wire_text([input_.state_values])
            is_bus = input_.size is not None
            yield Inlet(Port(name, len(nets), about, is_vector=is_bus), input_, nets)
        else:
            least, greatest = bounds_of(name, input_, form)
            for place, net in enumerate(nets):
                element = f"{name}_{place}" if input_.size is not None else name
                about = f"{least} to {greatest}"
                port = self._of_range(element, least, greatest, about)
                yield Inlet(port, input_, range(net, net + 1))

    def _output(self, logic: Logic, port: netlist.Port) -> Iterator[Outlet]:
        values = port.values
        if isinstance(values[0], Argmax):
            yield Outlet(self._numbered(port.name, len(values[0].of), port.labels), port, values)
        elif isinstance(values[0], Affine) and logic.is_level(values[0], port):
            count = len(values[0].terms) + 1
            yield Outlet(self._numbered(port.name, count, port.labels), port, values)
        elif all(map(logic.netlist.is_bit, values)):
            about = wire_text(map(states_of, port.numbers))
            is_vector = port.shape != "scalar"
            yield Outlet(Port(port.name, len(values), about, is_vector=is_vector), port, values)
        else:
            for place, value in enumerate(port.numbers):
                name = port.name if port.shape == "scalar" else f"{port.name}_{place}"
                yield Outlet(self._of_value(name, value, logic), port, (value,))

    def _of_value(self, name: str, value: Affine, logic: Logic) -> Port:
        if value.is_sum:
            return self._of_sum(name, value, logic)
        number = self._of_number.get(bit_of(value))
        if number is not None:
            return number._replace(name=name)
        return Port(name, about=wire_text([states_of(value)]))

    def _numbered(self, name: str, count: int, labels: Sequence[str] | None) -> Port:
        """Return a port for a position, with a text for each value."""
        width = max(1, (count - 1).bit_length())
        about = ", ".join(f"{place} is {label!r}" for place, label in enumerate(labels or ()))
        return Port(name, width, about, is_vector=True)

    def _of_range(self, name: str, least: int, greatest: int, about: str) -> Port:
        is_signed = least < 0
        width = max(1, greatest.bit_length(), (~least if is_signed else least).bit_length())
        width += is_signed
        return Port(name, width, about, is_vector=True, is_signed=is_signed)

    def _of_sum(self, name: str, value: Affine, logic: Logic) -> Port:
        cell, factor, offset = logic.rank(value)
        least, greatest = logic.netlist.bounds(cell)
        assert least is not None
        assert greatest is not None
        ends = sorted(factor * int(end) + offset for end in (least, greatest))
        about = f"in units of 1/{value.unit}" if value.unit > 1 else ""
        return self._of_range(name, ends[0], ends[1], about)


def bounds_of(name: str, input_: Input, form: str) -> tuple[int, int]:
    """Return the bounds of a number. Raises Refused for a real one, and where it has none."""
    if input_.type == "real":
        raise Refused(
            "not-exportable",
            f"the input `{name}` is a real number, which {form} cannot hold",
            "make it an integer in a unit of its own, such as tenths, with a `min` and a `max`",
        )
    if input_.min is None or input_.max is None:
        raise Refused(
            "not-exportable",
            f"the input `{name}` has no bounds, so no number of bits holds it in {form}",
            f"give `{name}` a `min` and a `max`",
        )
    return ceil(input_.min), floor(input_.max)


def _described(port: Port) -> Iterator[str]:
    yield counted(port.width, "bit")
    if port.is_signed:
        yield "signed"
    if port.about:
        yield port.about

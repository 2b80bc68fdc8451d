"""Provide the netlist of a plan, its outputs as values and its cells, and print it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property, partial
from typing import NamedTuple

from nnc.compiler.bounds import Bounds
from nnc.compiler.graph import GraphClaim, Tap
from nnc.compiler.joint import assumption_plan
from nnc.compiler.netlist.cells import (
    Affine,
    Argmax,
    Cell,
    Comparison,
    Lowering,
    Net,
    OneHot,
    Port,
    Shape,
    Value,
    affine,
    combined,
)
from nnc.compiler.plan import LayerStep, Plan
from nnc.language.network import Input
from nnc.numbers.exact import Number, show_number
from nnc.printable import line


class Violation(NamedTuple):
    """An assumption, and the bit that is 1 in rows that violate it."""

    claim: GraphClaim
    net: Net


class Netlist:
    """A plan as cells; inputs and outputs are values of nets, whatever states bits have.

    Cells read only smaller nets. Their terms are distinct nets, not constants, with nonzero
    factors; sums of cells occur only in values of outputs. Limits are integers with `>=` or `<=`,
    unless a real number is read. Only requested rows of layers are computed, and they are not
    stored.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._lowering = Lowering(plan)

    # -------------------------------------------------------------------------------- ports

    @cached_property
    def inputs(self) -> tuple[Port, ...]:
        """The inputs of the network."""
        return tuple(self._input(name, input_) for name, input_ in self.plan.inputs.items())

    def _input(self, name: str, input_: Input) -> Port:
        first = self.plan.first_of[name]
        nets = range(first, first + input_.width)
        if input_.of is not None:
            return Port(name, "scalar", (OneHot(tuple(nets)),), input_.of)
        shape: Shape = "vector" if input_.is_bus else "scalar"
        return Port(name, shape, tuple(map(self.value, nets)))

    @cached_property
    def outputs(self) -> tuple[Port, ...]:
        """The outputs of the network."""
        return tuple(map(self.port, self.plan.outputs))

    def port(self, tap: Tap) -> Port:
        """Return the values of an output or of an operand in a claim."""
        if tap.kind in ("bit", "number", "bus") and not tap.labels:
            values: tuple[Value, ...] = tuple(
                self.value(signal) if (states := tap.states_of(i)) is None else _bit(signal, states)
                for i, signal in enumerate(tap.signals)
            )
            shape: Shape = "word" if tap.is_integer else "vector" if tap.is_bus else "scalar"
            return Port(tap.alias, shape, values)
        if tap.kind == "bus":
            return Port(tap.alias, "scalar", (OneHot(tuple(tap.signals)),), tap.labels)
        if tap.kind == "level":
            level = affine((signal, 1) for signal in tap.signals)
            return Port(tap.alias, "scalar", (level,), tap.labels)
        sums = tuple(map(self.sum, tap.signals))
        if tap.kind == "largest":
            return Port(tap.alias, "scalar", (Argmax(sums),), tap.labels)
        return Port(tap.alias, "vector" if tap.is_bus else "scalar", sums)

    def value(self, net: Net) -> Affine:
        """Return the value of an input element or bit; for a bit, its states."""
        if self.is_number(net):
            return affine([(net, 1)])
        return _bit(net, self.plan.states_of(net))

    def sum(self, net: Net) -> Affine:
        """Return the exact sum of the neuron that produces a bit."""
        return combined([(self.cell(net).exact, 1)])

    # -------------------------------------------------------------------------------- cells

    @property
    def first_made(self) -> Net:
        """The first net of a cell; smaller nets are constants and inputs."""
        return self.plan.first_made

    def is_number(self, net: Net) -> bool:
        """Return True if a net is a number of an input."""
        return net in self._lowering.numbers

    def noun(self, port: Port) -> str:
        """Return the kind of an output: `bit`, `number`, `bus`, `sum`, `level` or `largest`."""
        value = port.values[0] if port.values else None
        if isinstance(value, Argmax):
            return "largest"
        if isinstance(value, Affine) and value.is_sum:
            return "sum"
        if port.shape != "scalar" or isinstance(value, OneHot):
            return "bus"
        if port.labels or not self.is_bit(port.number):
            return "number" if port.number.net and self.is_number(port.number.net) else "level"
        return "bit"

    def is_bit(self, value: Value) -> bool:
        """Return True if a value depends on at most one bit and nothing else."""
        if not isinstance(value, Affine) or len(value.terms) > 1:
            return False
        return value.net is None or not (value.net < 0 or self.is_number(value.net))

    def cell(self, net: Net) -> Cell:
        """Return the cell of a bit or of a sum."""
        net = abs(net)
        if net < self.plan.signals:
            return self._lowering.cell(net)
        return self._moved(self._watching.cell(net - self._shift))

    def bounds(self, cell: Cell) -> Bounds:
        """Return bounds on a cell's sum, rounded outwards, treating its nets as independent."""
        return self._lowering.bounds(cell)

    def cells(
        self, roots: Iterable[Net] | None = None, without: Collection[LayerStep] = ()
    ) -> Iterator[Cell]:
        """Yield the cells that some nets depend on, in order, or all cells without `roots`.

        Without `roots`, the cells of the layers `without` are skipped.
        """
        if roots is None:
            yield from self._lowering.cells(without)
            return
        needed: dict[Net, Cell] = {}
        seen = set(roots)
        todo = list(seen)
        while todo:
            net = abs(todo.pop())
            if net < self.first_made:
                continue
            cell = self.cell(net)
            if cell.first not in needed:
                needed[cell.first] = cell
                more = {source for source, _ in cell.terms} - seen
                seen |= more
                todo += more
        for first in sorted(needed):
            yield needed[first]

    def name_of(self, net: Net) -> str:
        """Return the name of a net; `sum(n)` is the sum of a neuron."""
        if net < 0:
            return f"sum({self.plan.neuron_of(-net)})"
        if net < self.plan.signals:
            return self.plan.name_of(net)
        return self._watched.name_of(net - self._shift)

    # -------------------------------------------------------------------------- assumptions

    @cached_property
    def violated(self) -> tuple[Violation, ...]:
        """The assumptions and their violation bits, which are numbered after the plan's nets."""
        if assumption_plan(self.plan) is None:
            return ()
        claims = [claim for claim in self.plan.claims if claim.kind == "assume"]
        nets = (self._shifted(tap.signals[0]) for tap in self._watched.outputs)
        return tuple(map(Violation, claims, nets))

    @cached_property
    def _watched(self) -> Plan:
        watched = assumption_plan(self.plan)
        assert watched is not None, "a net that there is not"
        return watched

    @cached_property
    def _watching(self) -> Lowering:
        return Lowering(self._watched)

    @property
    def _shift(self) -> int:
        """The offset from signals in the plan of assumptions to nets, except inputs."""
        return self.plan.signals - self.plan.first_made

    def _shifted(self, net: Net) -> Net:
        return net if net < self.first_made else net + self._shift

    def _moved(self, cell: Cell) -> Cell:
        terms = tuple((self._shifted(net), factor) for net, factor in cell.terms)
        return cell._replace(first=cell.first + self._shift, terms=terms)

    def __str__(self) -> str:
        return "\n".join(map(line, _lines(self))) + "\n"


def _bit(net: Net, states: tuple[Number, Number]) -> Affine:
    off, on = states
    return affine([(net, on - off)], off)


# -------------------------------------------------------------------------------- as text


def _lines(netlist: Netlist) -> Iterator[str]:
    """Yield a line for each input, each cell of the plan, and each output."""
    for port in netlist.inputs:
        yield f"input {_port(port, netlist)}"
    for cell in netlist.cells():
        total = _number(Affine(cell.terms), netlist)
        compared = "sum" if cell.operand is None else netlist.name_of(cell.operand)
        tests = (
            f"{netlist.name_of(net)} = [{compared} {_test(test)}]"
            for net, test in zip(cell.nets, cell.tests, strict=True)
        )
        yield f"cell {cell.name}: sum = {total};  {', '.join(tests)}"
    for port in netlist.outputs:
        yield f"output {_port(port, netlist)}"


def _test(test: Comparison) -> str:
    return f"{test.op} {show_number(test.limit)}"


def _port(port: Port, netlist: Netlist) -> str:
    values = ", ".join(_value(value, netlist) for value in port.values)
    labels = f" of {', '.join(port.labels)}" if port.labels else ""
    return f"{port.name}: {port.shape} {values}{labels}"


def _value(value: Value, netlist: Netlist) -> str:
    if isinstance(value, Affine):
        return _number(value, netlist)
    if isinstance(value, Argmax):
        numbers = ", ".join(map(partial(_number, netlist=netlist), value.of))
        return f"argmax({numbers})"
    return f"onehot({', '.join(map(netlist.name_of, value.of))})"


def _number(number: Affine, netlist: Netlist) -> str:
    """Return a number as text: `2 a - b + 1`, or `(2 a + 1) / 3`."""
    signed = [(factor, f" {netlist.name_of(net)}") for net, factor in number.terms]
    signed += [(number.constant, "")] if number.constant or not signed else []
    text = ""
    for factor, name in signed:
        size = name.strip() if name and abs(factor) == 1 else f"{abs(factor)}{name}"
        sign = "-" if factor < 0 else "+"
        text += f" {sign} {size}" if text else f"{'-' * (factor < 0)}{size}"
    if number.unit == 1:
        return text
    return f"({text}) / {number.unit}" if len(signed) > 1 else f"{text} / {number.unit}"

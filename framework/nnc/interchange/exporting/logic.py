"""Netlist -> Logic: the cells that a file needs, and what its wires carry.

Only what the outputs need is kept. Where the bounds of a sum decide its comparisons, nothing is
read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import floor, lcm
from typing import NamedTuple

from nnc.compiler.graph import SharedWeights
from nnc.compiler.netlist import Affine, Argmax, Cell, Comparison, Net, Netlist, Port
from nnc.compiler.plan import LayerStep, Plan
from nnc.interchange.exporting.layers import IN_FLOAT32, LayerBlock, layer_block
from nnc.interchange.languages import Shares
from nnc.language.network import BITS, Input, States
from nnc.numbers.exact import shorten, show_number
from nnc.printable import printable
from nnc.rows.options import Floats

_ASSUMED = "assumption"
_MAX_WORDS = 160  # characters of an assumption in a message


class Assumed(NamedTuple):
    """An assumption: the net that is 1 for a row that breaks it, and what it says."""

    net: Net
    words: str


class Element(NamedTuple):
    """An element of an input: which input, the declaration, and its place in a bus or choice."""

    name: str
    input: Input
    place: int


class Rank(NamedTuple):
    """A number to compare: factor * the sum of a cell + offset."""

    cell: Cell
    factor: int
    offset: int


@dataclass(frozen=True, eq=False)
class Logic:
    """The cells that the outputs of a netlist need, in order, and those that tell what is assumed.

    `floats` says what a float of a row means. `blocks` are layers that are not among the cells.
    """

    netlist: Netlist
    cells: tuple[Cell, ...]
    floats: Floats = "binary"
    assumed: tuple[Assumed, ...] = ()
    blocks: tuple[LayerBlock, ...] = ()

    @property
    def plan(self) -> Plan:
        """The plan of the network."""
        return self.netlist.plan

    @property
    def outputs(self) -> tuple[Port, ...]:
        """The outputs of the network."""
        return self.netlist.outputs

    def name_of(self, net: Net) -> str:
        """Name a net, as it is written in the file; one of an assumption in common."""
        return self.plan.name_of(net) if net < self.plan.signals else _ASSUMED

    def is_inverted(self, net: Net) -> bool:
        """Return whether a bit that is 1 has the lesser of its values, so that its wire is 0."""
        return is_inverted(self.netlist.value(net))

    def is_number(self, value: Affine) -> bool:
        """Return whether a value is a number of an input."""
        return value.net is not None and self.netlist.is_number(value.net)

    def is_level(self, value: Affine, port: Port) -> bool:
        """Return whether a value of an output is how many of some bits are 1."""
        return bool(port.labels) or not (
            value.is_sum or self.is_number(value) or self.netlist.is_bit(value)
        )

    @cached_property
    def elements(self) -> dict[Net, Element]:
        """The element of an input that each net of an input is."""
        return {
            self.plan.first_of[name] + place: Element(name, input_, place)
            for name, input_ in self.plan.inputs.items()
            for place in range(input_.width)
        }

    @cached_property
    def maker(self) -> dict[Net, Cell]:
        """The cell that gives each bit, or whose sum a net is."""
        makers = {net: cell for cell in self.cells for net in cell.nets}
        return makers | {-cell.first: cell for cell in self.cells}

    @cached_property
    def summed(self) -> set[Net]:
        """The first bits of the cells whose sum an output gives or compares."""
        return _summed(self.outputs)

    @cached_property
    def sizes(self) -> dict[Net, int]:
        """The greatest size of each bounded integer of an input; a bit has 1."""
        return sizes_of(self.plan)

    @cached_property
    def arrays(self) -> list[range]:
        """The nets of each bus of the inputs, and of each block."""
        buses = [
            range(self.plan.first_of[name], self.plan.first_of[name] + input_.width)
            for name, input_ in self.plan.inputs.items()
            if input_.size is not None
        ]
        return [*buses, *(block.nets for block in self.blocks)]

    @property
    def steps(self) -> list[Cell | LayerBlock]:
        """The cells and blocks in the order of evaluation."""
        return sorted([*self.cells, *self.blocks], key=lambda step: step.first)

    def rank(self, value: Affine) -> Rank:
        """Return how a sum follows from that of its cell, in units of `value.unit`."""
        ((net, factor),) = value.terms
        return Rank(self.maker[net], factor, value.constant)

    def ranks(self, largest: Argmax) -> list[Rank]:
        """Return how sums that are compared follow from those of cells, in integers over one unit.

        Where real numbers are added up, they are only over their own units.
        """
        ranks = [self.rank(value) for value in largest.of]
        if any(rank.cell.is_real for rank in ranks):
            return ranks
        unit = lcm(*(value.unit for value in largest.of))
        scales = [unit // value.unit for value in largest.of]
        return [
            Rank(cell, factor * scale, offset * scale)
            for (cell, factor, offset), scale in zip(ranks, scales, strict=True)
        ]

    def has_total(self, cell: Cell) -> bool:
        """Return whether the sum of a cell is needed more than once, or by an output."""
        return cell.first in self.summed or (len(cell.tests) > 1 and cell.operand is None)

    def levels(self) -> Iterator[tuple[int, list[Cell], list[LayerBlock]]]:
        """Yield each level with its cells and blocks."""
        levels: dict[int, tuple[list[Cell], list[LayerBlock]]] = {}
        for cell in self.cells:
            levels.setdefault(cell.level, ([], []))[0].append(cell)
        for block in self.blocks:
            levels.setdefault(block.level, ([], []))[1].append(block)
        yield from ((level, *both) for level, both in sorted(levels.items()))


def sizes_of(plan: Plan) -> dict[Net, int]:
    """Return the greatest size of each bounded integer of the inputs."""
    return {
        plan.first_of[name] + place: max(
            floor(abs(Fraction(end))) for end in (input_.min, input_.max)
        )
        for name, input_ in plan.inputs.items()
        if input_.type == "integer" and input_.min is not None and input_.max is not None
        for place in range(input_.width)
    }


def logic_of(
    plan: Plan, floats: Floats = "binary", *, assumes: bool = False, shares: Shares = None
) -> Logic:
    """Return the cells of a plan that its outputs need, and those that tell what it assumes.

    `shares` are the layers that are blocks if they can be, unless an output gives their sums.
    """
    netlist = Netlist(plan)
    assumed = [
        Assumed(net, printable(shorten(claim.words(), _MAX_WORDS)))
        for claim, net in (netlist.violated if assumes else ())
    ]
    summed = _summed(netlist.outputs)
    wanted = {net for port in netlist.outputs for net in nets_of(port)}
    wanted.update(each.net for each in assumed)
    blocks = _blocks(plan, shares, summed)
    cells = list(netlist.cells(without=blocks))
    cells += netlist.cells(each.net for each in assumed)
    kept: list[Cell] = []
    kept_blocks: list[LayerBlock] = []
    steps: list[Cell | LayerBlock] = [*cells, *blocks.values()]
    for step in sorted(steps, key=lambda step: step.first, reverse=True):
        if wanted.isdisjoint(step.nets):
            continue
        if isinstance(step, LayerBlock):
            kept_blocks.append(step)
            wanted.update(step.sources)
        else:
            cell = step if step.first in summed else _folded(step, netlist)
            kept.append(cell)
            wanted.update(net for net, _ in cell.terms)
    return Logic(
        netlist,
        tuple(reversed(kept)),
        floats,
        tuple(assumed),
        tuple(reversed(kept_blocks)),
    )


def _blocks(plan: Plan, shares: Shares, summed: set[Net]) -> dict[LayerStep, LayerBlock]:
    """Return the layers that are blocks, and not cells."""
    if shares is None:
        return {}
    sizes = sizes_of(plan)
    numbers = {
        plan.first_of[name] + place
        for name, input_ in plan.inputs.items()
        if input_.type in ("integer", "real")
        for place in range(input_.width)
    }
    blocks = {}
    for layer in plan.layers:
        is_convolution = isinstance(layer.weights, SharedWeights)
        if not (is_convolution or shares == "layers") or not summed.isdisjoint(layer.firsts):
            continue
        if sizes.keys() >= numbers.intersection(map(int, layer.sources)):
            block = layer_block(layer, sizes)
            is_held = shares == "layers" or (block is not None and block.size + 1 < IN_FLOAT32)
            if block is not None and is_held:
                blocks[layer] = block
    return blocks


def numbers_of(port: Port) -> Iterator[Affine]:
    """Yield the numbers that an output gives or compares."""
    for value in port.values:
        if isinstance(value, Affine):
            yield value
        elif isinstance(value, Argmax):
            yield from value.of


def nets_of(port: Port) -> Iterator[Net]:
    """Yield the bits and numbers that an output reads; of sums the first bits of their cells."""
    yield from (abs(net) for value in numbers_of(port) for net, _ in value.terms)


def _summed(outputs: Iterable[Port]) -> set[Net]:
    nets = (net for port in outputs for value in numbers_of(port) for net, _ in value.terms)
    return {-net for net in nets if net < 0}


def _folded(cell: Cell, netlist: Netlist) -> Cell:
    """Return a cell that reads nothing where the bounds of the sum decide every comparison."""
    if cell.operand is not None or cell.is_real:
        return cell
    bounds = netlist.bounds(cell)
    decided = [test.decided(bounds) for test in cell.tests]
    if None in decided:
        return cell
    tests = tuple(Comparison(">=", 0 if passes else 1) for passes in decided)
    return cell._replace(terms=(), tests=tests)


# --------------------------------------------------------------------------------- wires


def bit_of(value: Affine) -> Net:
    """Return the net that a bit or a number of an input depends on; of a constant 0 or 1."""
    return value.constant if value.net is None else value.net


def states_of(value: Affine) -> States:
    """Return the values of a bit, of a constant those of any bit."""
    return BITS if value.net is None else value.states


def wire_values(states: States) -> States:
    """Return the two values of a bit as a wire carries them: 0 for the lesser, 1 for the greater.

    So a wire carries the value itself where that is 0 or 1, whichever the neuron has when it fires.
    """
    return min(states), max(states)


def wire_text(states: Iterable[States]) -> str:
    """Describe the values of the wires of some bits; nothing where they are 0 and 1."""
    values = {wire_values(pair) for pair in states}
    if len(values) > 1:
        return "0 is the lesser value, 1 the greater"
    [(lesser, greater)] = values
    is_plain = (lesser, greater) == BITS
    return "" if is_plain else f"0 is {show_number(lesser)}, 1 is {show_number(greater)}"


def is_inverted(value: Affine) -> bool:
    """Return whether a bit that is 1 has the lesser of its values, so that its wire is 0."""
    off, on = states_of(value)
    return off > on

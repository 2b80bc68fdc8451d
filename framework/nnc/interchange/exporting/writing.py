"""A writer of cells and outputs, to which each language adds its own words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nnc.compiler.netlist import Affine, Argmax, Cell, Net, Port, Value
from nnc.interchange.exporting.layers import LayerBlock, stretches, table_lines
from nnc.interchange.exporting.logic import Element, Logic, bit_of, states_of
from nnc.interchange.exporting.wording import (
    Identifiers,
    comparisons,
    real_sum_text,
    scaled_text,
    total_of,
    variables,
)
from nnc.language.network import BITS, Input
from nnc.numbers.exact import Number


class Writer(ABC):
    """The cells of a network in a language: `nets` and `totals` are what these are called there.

    A bus of up to `widest` bits is one integer, of any number of bits where that is None.
    """

    widest: int | None = None
    is_exact = False
    """True if real numbers are exact, and not doubles."""
    bit: str
    """A comparison, {0}, as 0 or 1."""
    chosen: str
    """The state {1} where the bit {0} is 0, else {2}."""
    quotient: str
    """The integer {0}, divided by {1}."""

    def __init__(self, logic: Logic, nets: Mapping[Net, str], totals: Mapping[Net, str]) -> None:
        self._logic, self._nets, self._totals = logic, nets, totals

    # ------------------------------------------------------------------- words of a language

    @abstractmethod
    def _let(self, name: str, text: str, cell: Cell | None = None) -> str:
        """Write a statement that names a bit, or the total of a cell."""

    @abstractmethod
    def _number(self, value: Number) -> str:
        """Write a number."""

    @abstractmethod
    def _label(self, index: str, port: Port) -> str:
        """Write the label of a place; the place itself where there are no labels."""

    @abstractmethod
    def _first_largest(self, largest: Argmax, port: Port) -> str:
        """Write the label of the first of the largest numbers."""

    @abstractmethod
    def _word(self, bits: Sequence[str]) -> str:
        """Write bits as one integer, the lowest first."""

    # --------------------------------------------------------------------------------- cells

    def _cell(self, cell: Cell) -> Iterator[str]:
        """Write the statements of a cell."""
        yield from self._kept_total(cell)
        yield from self._tests(cell)

    def _kept_total(self, cell: Cell) -> Iterator[str]:
        """Write the statement that names the total of a cell, if it is needed by name."""
        if cell.first in self._totals:
            yield self._let(self._totals[cell.first], self._total(cell), cell)

    def _tests(self, cell: Cell) -> Iterator[str]:
        """Write the statements that name the bits of a cell."""
        total = self._totals.get(cell.first) or self._total(cell)
        for net, text in zip(cell.nets, self._compared(cell, total), strict=True):
            yield self._let(self._nets[net], self.bit.format(text))

    def _total(self, cell: Cell) -> str:
        return total_of(cell, self._nets.__getitem__)

    def _compared(self, cell: Cell, total: str) -> list[str]:
        return comparisons(cell, self._nets.__getitem__, total, self._logic.floats)

    # ------------------------------------------------------------------------------- outputs

    def _is_word(self, port: Port) -> bool:
        return port.shape == "word" and (self.widest is None or len(port.values) <= self.widest)

    def _is_list(self, port: Port) -> bool:
        return port.shape != "scalar" and not self._is_word(port)

    def _values(self, port: Port) -> list[str]:
        """Write what an output gives: one text, or one for each element of a list."""
        values = [self._value_text(value, port) for value in port.values]
        return [self._word(values)] if self._is_word(port) else values

    def _value_text(self, value: Value, port: Port) -> str:
        if isinstance(value, Argmax):
            return self._first_largest(value, port)
        assert isinstance(value, Affine)
        if value.is_sum:
            return self._sum(value)
        if self._logic.is_level(value, port):
            return self._label(" + ".join(self._nets[net] for net, _ in value.terms), port)
        text, states = self._nets[bit_of(value)], states_of(value)
        is_plain = self._logic.is_number(value) or states == BITS
        return text if is_plain else self.chosen.format(text, *map(self._number, states))

    def _ranks(self, largest: Argmax) -> list[str]:
        """Write what the largest sum is found by: of integers no quotient, which may be rounded."""
        ranks = self._logic.ranks(largest)
        if any(rank.cell.is_real for rank in ranks):
            return list(map(self._sum, largest.of))
        return [
            scaled_text(self._totals[cell.first], factor, offset) for cell, factor, offset in ranks
        ]

    def _sum(self, value: Affine) -> str:
        """Write a sum: of integers its total times a factor, and more, over a unit."""
        cell, factor, offset = self._logic.rank(value)
        total = self._totals[cell.first]
        if cell.is_real and not self.is_exact:
            return real_sum_text(value, total)
        text = scaled_text(total, factor, offset)
        return text if value.unit == 1 else self.quotient.format(text, value.unit)


class Script(Writer):
    """One function over local variables; `checks` are the texts of functions that it may call.

    A check is called by `prefix` and its name; `needs` are those that one calls itself.
    """

    checks: Mapping[str, str]
    needs: Mapping[str, Sequence[str]]
    is_choice: str
    """1 where the choice {0} has the value {1}, else 0."""
    slice: str
    """The elements of the list {0} from {1} to before {2}, inside a list."""
    table: tuple[str, str]
    """The lines around the integers of the constant list {0}."""
    prefix = ""
    nothing = "null"
    indent = "  "

    def __init__(self, logic: Logic, top: str, reserved: Iterable[str]) -> None:
        self._names = Identifiers([*reserved, *(f"{self.prefix}{check}" for check in self.checks)])
        self._top = self._names.made(top)
        self._inputs = {name: self._names.made(name) for name in logic.plan.inputs}
        self._blocks = {block.first: self._names.made(block.name) for block in logic.blocks}
        made = variables(logic, self._element, lambda name, _: self._names.made(name), self._places)
        super().__init__(logic, *made)
        self._table_names: dict[int, list[str]] = {}
        self._used: set[str] = {"convolve"} if logic.blocks else set()

    def _places(self, block: LayerBlock) -> Iterator[str]:
        """Write the elements of the list that a block gives."""
        return (f"{self._blocks[block.first]}[{i}]" for i in range(len(block.nets)))

    def _tables(self) -> Iterator[str]:
        """Write the kernels and limits of blocks, and name them."""
        for block in self._logic.blocks:
            limits = [limit for row in block.limits for limit in row]
            for values in (block.kernel, limits, block.places):
                if values:
                    name = self._names.made(f"{block.name}_weights")
                    self._table_names.setdefault(block.first, []).append(name)
                    yield self.table[0].format(name)
                    yield from table_lines(values, self.indent)
                    yield self.table[1]

    def _block(self, block: LayerBlock) -> Iterator[str]:
        """Write the statement that calculates a block."""
        first_of, nets = self._logic.plan.first_of, self._logic.arrays
        names = {first_of[name]: text for name, text in self._inputs.items()} | self._blocks
        parts = []
        for stretch in stretches(block.sources, nets):
            array = next((net for net in nets if stretch[0] in net), None)
            if array == stretch == range(block.sources[0], block.sources[-1] + 1):
                yield self._called(block, names[array.start])
                return
            if array is None or len(stretch) == 1:
                parts.append(self._nets[stretch[0]])
            else:
                start, stop = (end - array.start for end in (stretch.start, stretch.stop))
                parts.append(self.slice.format(names[array.start], start, stop))
        yield self._called(block, f"[{', '.join(parts)}]")

    def _called(self, block: LayerBlock, picture: str) -> str:
        arguments = [picture, *self._table_names[block.first]]
        arguments += [] if block.places else [self.nothing]
        numbers = ", ".join(map(str, block.numbers))
        call = f"{self.prefix}convolve({', '.join(arguments)}, [{numbers}])"
        return self._let(self._blocks[block.first], call)

    def _element(self, element: Element) -> str:
        name, input_, place = element
        variable = self._inputs[name]
        if input_.of is not None:
            return self.is_choice.format(variable, self._text(input_.of[place]))
        return f"{variable}[{place}]" if input_.size is not None else variable

    def _functions(self) -> Iterator[str]:
        """Yield the texts of the checks that are called."""
        used = {check for helper in self._used for check in (helper, *self.needs.get(helper, ()))}
        used |= {check for helper in used for check in self.needs.get(helper, ())}
        yield from (text for check, text in self.checks.items() if check in used)

    def _check(self, name: str, input_: Input) -> str:
        """Write the statement that checks an input."""
        check: str = input_.type
        arguments: list[str] = []
        if input_.of is not None:
            arguments = [self._texts(input_.of)]
        elif input_.is_integer_bus:
            check, arguments = "bits", [str(input_.size)]
        else:
            if check == "bit" and input_.state_values != BITS:
                arguments = [self._number(state) for state in input_.state_values]
            elif input_.min is not None or input_.max is not None:
                bounds = ((">=", input_.min), ("<=", input_.max))
                arguments = [self._bound(input_, op, bound) for op, bound in bounds]
            if input_.size is not None:
                self._used.add(check)
                arguments = [str(input_.size), f"{self.prefix}{check}", *arguments]
                check = "list"
        self._used.add(check)
        given = ", ".join([self._text(name), self._given(name, input_), *arguments])
        return f"{self._inputs[name]} = {self.prefix}{check}({given})"

    @abstractmethod
    def _given(self, name: str, input_: Input) -> str:
        """Write what is checked of an input."""

    @abstractmethod
    def _bound(self, input_: Input, op: str, bound: Number | None) -> str:
        """Write a bound of an input, also where it has none."""

    @abstractmethod
    def _text(self, value: str) -> str:
        """Write a text."""

    @abstractmethod
    def _texts(self, values: Sequence[str]) -> str:
        """Write a list of texts."""

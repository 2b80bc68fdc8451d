"""Logic -> OPB: pseudo-Boolean constraints, two for each threshold, of whose variables rows are.

A variable is a bit, a value of a choice, or a binary digit of what an integer is above its `min`;
one more is made for each threshold. What the network refuses breaks a constraint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from nnc.compiler.netlist import Affine, Argmax, Cell, Net, Port
from nnc.interchange.exporting.circuits.ports import bounds_of
from nnc.interchange.exporting.logic import Logic, Rank, bit_of, is_inverted, states_of, wire_text
from nnc.interchange.exporting.wording import line_comments
from nnc.interchange.languages import FileContents, Wishes
from nnc.language.network import Input, States
from nnc.numbers.exact import Refused

_MAX_TERMS = 1 << 22

Linear = tuple[dict[int, int], int]
"""Variables with their weights, and a constant."""


def write(logic: Logic, _: Wishes, header: str) -> FileContents:
    """Write the constraints. Raises Refused for what no bits hold, and where they are too many."""
    return FileContents("\n".join(Constraints(logic).lines(header)))


class Constraints:
    """The constraints of a network, and the variables that stand for its nets."""

    def __init__(self, logic: Logic) -> None:
        self._logic = logic
        self._count = self._terms = self._constraints = 0
        self.linear: dict[Net, Linear] = {0: ({}, 0), 1: ({}, 1)}
        """Each net as a sum of variables."""
        self.places: dict[str, list[int]] = {}
        """For each output that is the place of the largest: the variable of each place."""
        self._about: list[str] = []
        self._lines: list[str] = []
        for name, input_ in self._logic.plan.inputs.items():
            self._input(name, input_)
        for cell in self._logic.cells:
            self._cell(cell)
        for each in self._logic.assumed:
            self._lines.append(f"* assumed: {each.words}")
            weights, constant = self.linear[each.net]
            if weights:
                self._constrain(weights, -constant, "=")
            elif constant:  # no row at all is allowed
                self._constrain({self._variable(): 1}, 2)
        for port in self._logic.outputs:
            self._output(port)

    def lines(self, header: str) -> Iterator[str]:
        """Write the file."""
        yield f"* #variable= {self._count} #constraint= {self._constraints}"
        yield from line_comments("\n".join([header.rstrip(), *self._about]), "*")
        yield from self._lines
        yield ""

    def _variable(self) -> int:
        self._count += 1
        return self._count

    def _constrain(self, weights: Mapping[int, int], least: int, relation: str = ">=") -> None:
        """Add the constraint that a weighted sum of variables is at least, or is, a number."""
        self._terms += len(weights)
        _refuse_many(self._terms)
        self._constraints += 1
        terms = " ".join(f"{weight:+} x{variable}" for variable, weight in weights.items())
        self._lines.append(f"{terms} {relation} {least} ;")

    # -------------------------------------------------------------------------------- inputs

    def _input(self, name: str, input_: Input) -> None:
        first = self._logic.plan.first_of[name]
        nets = range(first, first + input_.width)
        if input_.type in ("bit", "choice"):
            variables = [self._variable() for _ in nets]
            for net, variable in zip(nets, variables, strict=True):
                is_inverted = self._logic.is_inverted(net)
                self.linear[net] = {variable: -1 if is_inverted else 1}, int(is_inverted)
            bits = [f"x{variable}" for variable in variables]
            if input_.of is not None:
                self._about.append(f"input {name}: {_places(bits, input_.of)}")
                self._lines.append(f"* {name} has one value")
                self._constrain(dict.fromkeys(variables, 1), 1, "=")
            else:
                text = " ".join(bits)
                self._about.append(f"input {name}: {_with_states(text, [input_.state_values])}")
            return
        least, greatest = bounds_of(name, input_, "OPB")
        for place, net in enumerate(nets):
            element = f"{name}({place})" if input_.size is not None else name
            size = (greatest - least).bit_length()
            weights = {self._variable(): 1 << digit for digit in range(size)}
            self.linear[net] = weights, least
            self._about.append(f"input {element}: {_sum_text(weights, least)}")
            if greatest - least != (1 << size) - 1:
                self._lines.append(f"* {element} is at most {greatest}")
                self._constrain(_times(weights, -1), least - greatest)

    # --------------------------------------------------------------------------------- cells

    def _cell(self, cell: Cell) -> None:
        # a cut-off compares its number, not the total
        read = cell.terms if cell.operand is None else [(cell.operand, 1)]
        weights, constant = self._sum(read)
        least = sum(weight for weight in weights.values() if weight < 0)
        greatest = sum(weight for weight in weights.values() if weight > 0)
        for net, test in zip(cell.nets, cell.tests, strict=True):
            own = self._variable()
            self.linear[net] = {own: 1}, 0
            self._lines.append(f"* x{own} is {self._logic.name_of(net)}")
            threshold = int(test.limit) - constant + (not test.is_rising)
            if not least < threshold <= greatest:
                is_on = (threshold <= least) == test.is_rising
                self._constrain({own: 1 if is_on else -1}, int(is_on))
                continue
            # on one side of the threshold nothing is asked, as the sum is at least `least`
            below, above = threshold - least, greatest - threshold + 1
            if test.is_rising:
                self._constrain(weights | {own: -below}, least)
                self._constrain(_times(weights, -1) | {own: above}, 1 - threshold)
            else:
                self._constrain(weights | {own: below}, threshold)
                self._constrain(_times(weights, -1) | {own: -above}, -greatest)

    def _sum(self, factors: Iterable[tuple[Net, int]]) -> Linear:
        weights: dict[int, int] = {}
        constant = 0
        for net, factor in factors:
            own, offset = self.linear[net]
            constant += factor * offset
            for variable, weight in own.items():
                weights[variable] = weights.get(variable, 0) + factor * weight
        return {variable: weight for variable, weight in weights.items() if weight}, constant

    # ------------------------------------------------------------------------------- outputs

    def _output(self, port: Port) -> None:
        value = port.values[0]
        if isinstance(value, Argmax):
            self._largest(value, port)
        elif isinstance(value, Affine) and self._logic.is_level(value, port):
            places = [str(place) for place in range(len(port.labels))]
            labels = f": {_places(places, port.labels)}" if port.labels else ""
            self._about.append(f"output {port.name}: {_sum_text(*self._sum(value.terms))}{labels}")
        elif all(map(self._logic.netlist.is_bit, port.values)):
            bits = " ".join(map(self._wire, port.numbers))
            text = _with_states(bits, map(states_of, port.numbers))
            self._about.append(f"output {port.name}: {text}")
        else:
            for name, number in zip(port.names, port.numbers, strict=True):
                self._about.append(f"output {name}: {self._number_text(number)}")

    def _wire(self, value: Affine) -> str:
        """Write the wire of a bit: a variable, one that is negated, or a constant."""
        variables, constant = self.linear[bit_of(value)]
        is_negated = bool(constant) != is_inverted(value)
        if not variables:
            return str(int(is_negated))
        [variable] = variables
        return f"{'~' if is_negated else ''}x{variable}"

    def _number_text(self, value: Affine) -> str:
        """Write a sum, a number, or the value of a bit with its states."""
        text = _sum_text(*self.number(value))
        return text if value.unit == 1 else f"({text}) / {value.unit}"

    def number(self, value: Affine) -> Linear:
        """Return a value of an output, times its unit."""
        if value.is_sum:
            return self._ranked(self._logic.rank(value))
        weights, constant = self._sum(value.terms)
        return weights, constant + value.constant

    def _ranked(self, rank: Rank) -> Linear:
        """Return a number that follows from the sum of a cell."""
        cell, factor, offset = rank
        weights, constant = self._sum((net, factor * weight) for net, weight in cell.terms)
        return weights, constant + offset

    def _largest(self, largest: Argmax, port: Port) -> None:
        """Make a variable for each place, and constrain it to be the first of the largest."""
        sums = list(map(self._ranked, self._logic.ranks(largest)))
        _refuse_many(len(sums) * (len(sums) - 1))  # most pairs take a term
        own = self.places[port.name] = [self._variable() for _ in sums]
        labels = port.labels or tuple(map(str, range(len(sums))))
        self._about.append(f"output {port.name}: {_places([f'x{v}' for v in own], labels)}")
        self._lines.append(f"* {port.name} is one of them")
        self._constrain(dict.fromkeys(own, 1), 1, "=")
        for place, variable in enumerate(own):
            for other in range(len(sums)):
                if other == place:
                    continue
                weights = _joined(sums[place][0], sums[other][0])
                asked = sums[other][1] - sums[place][1] + (other < place)
                least = sum(weight for weight in weights.values() if weight < 0)
                if asked > least:
                    self._constrain(weights | {variable: least - asked}, least)


def _refuse_many(terms: int) -> None:
    if terms > _MAX_TERMS:
        message = f"more than {_MAX_TERMS:,} terms are too many to be written as OPB"
        raise Refused("not-exportable", message, "export to Verilog or AIGER")


def _times(weights: Mapping[int, int], factor: int) -> dict[int, int]:
    return {variable: factor * weight for variable, weight in weights.items()}


def _joined(first: Mapping[int, int], second: Mapping[int, int]) -> dict[int, int]:
    """Return the weights of a difference."""
    weights = dict(first)
    for variable, weight in second.items():
        weights[variable] = weights.get(variable, 0) - weight
    return {variable: weight for variable, weight in weights.items() if weight}


def _sum_text(weights: Mapping[int, int], constant: int) -> str:
    """Write a sum of variables for people: `2 x1 + x2 - 5`."""
    parts = [
        f"{'-' if weight < 0 else '+'} {'' if abs(weight) == 1 else f'{abs(weight)} '}x{variable}"
        for variable, weight in weights.items()
    ]
    if constant or not parts:
        parts.append(f"{'-' if constant < 0 else '+'} {abs(constant)}")
    text = " ".join(parts)
    return text.removeprefix("+ ") if text.startswith("+") else f"-{text[2:]}"


def _places(texts: Sequence[str], labels: Sequence[str]) -> str:
    return ", ".join(f"{text} is {label!r}" for text, label in zip(texts, labels, strict=True))


def _with_states(bits: str, states: Iterable[States]) -> str:
    about = wire_text(states)
    return f"{bits}: {about}" if about else bits

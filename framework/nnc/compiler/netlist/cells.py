"""Define values, which are exact functions of nets, and cells, which compare integer sums.

A *net* is a bit, a number of an input, or the sum of a cell. Nets 0 and 1 are the constants. Inputs
and bits have the numbers of the plan's signals, and the sum of the cell whose first bit is `b` is
the net `-b`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Literal, NamedTuple, TypeAlias

from nnc.compiler.bounds import Bounds
from nnc.compiler.plan import LayerStep, Plan, numbers
from nnc.language.network import COMPARISONS, FIRING, Input, States
from nnc.numbers.exact import Number, simplest

Net = int
Shape = Literal["scalar", "vector", "word"]


class Affine(NamedTuple):
    """A number: (the sum of factor * net over `terms`, plus `constant`) / unit.

    The nets are distinct and not constants, the factors are not 0, and the unit is minimal.
    """

    terms: tuple[tuple[Net, int], ...]
    constant: int = 0
    unit: int = 1

    def at(self, bit: int) -> Number:
        """Return the number if every net equals `bit`, 0 or 1."""
        factors = sum(factor for _, factor in self.terms)
        return simplest(Fraction(factors * bit + self.constant, self.unit))

    @property
    def states(self) -> States:
        """The numbers if its net is 0 and if it is 1."""
        return self.at(0), self.at(1)

    @property
    def is_sum(self) -> bool:
        """True if it is a multiple of the sum of a cell plus a constant."""
        return self.net is not None and self.net < 0

    @property
    def net(self) -> Net | None:
        """The only net that it depends on, or None if there is not exactly one."""
        return self.terms[0][0] if len(self.terms) == 1 else None


class Argmax(NamedTuple):
    """The index of the largest of some numbers, the first of equal ones."""

    of: tuple[Affine, ...]


class OneHot(NamedTuple):
    """The index of the bit that is 1; exactly one bit is."""

    of: tuple[Net, ...]


Value: TypeAlias = Affine | Argmax | OneHot


class Port(NamedTuple):
    """An input or an output: a scalar, a vector of values, or a word.

    The values of a word are its bits, lowest first; it is one unsigned integer. With `labels`, the
    value is the label at that index.
    """

    name: str
    shape: Shape
    values: tuple[Value, ...]
    labels: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of the values: `alias(3)` in a vector or word."""
        if self.shape == "scalar":
            return [self.name]
        return [f"{self.name}({place})" for place in range(len(self.values))]

    @property
    def number(self) -> Affine:
        """The integer of a word, or the number of a scalar."""
        numbers = self.numbers
        if self.shape != "word":
            (number,) = numbers
            return number
        return combined((number, 1 << place) for place, number in enumerate(numbers))

    @property
    def numbers(self) -> tuple[Affine, ...]:
        """The values that are numbers: all except indices of the largest and choices."""
        return tuple(value for value in self.values if isinstance(value, Affine))


def affine(terms: Iterable[tuple[Net, Number]], constant: Number = 0) -> Affine:
    """Return a number with constants and equal nets merged, in minimal form."""
    factors: dict[Net, Number] = {}
    for net, factor in terms:
        if net > 1 or net < 0:
            factors[net] = factors.get(net, 0) + factor
        else:
            constant += net * factor
    kept = {net: factor for net, factor in factors.items() if factor}
    unit = lcm(constant.denominator, *(factor.denominator for factor in kept.values()))
    scaled = tuple((net, int(factor * unit)) for net, factor in kept.items())
    return Affine(scaled, int(constant * unit), unit)


def combined(numbers: Iterable[tuple[Affine, Number]]) -> Affine:
    """Return the sum of some numbers times their factors."""
    terms: list[tuple[Net, Number]] = []
    constant: Number = 0
    for (inner, inner_constant, unit), factor in numbers:
        scale = Fraction(factor, unit)
        terms += [(net, weight * scale) for net, weight in inner]
        constant += inner_constant * scale
    return affine(terms, constant)


_OPERATORS = {fires: FIRING[fires].ascii for fires in COMPARISONS}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


class Comparison(NamedTuple):
    """A comparison with a limit: `op` is `>=` or `<=`, or for real numbers also `>` or `<`."""

    op: str
    limit: Number

    @property
    def is_rising(self) -> bool:
        """True if greater numbers pass."""
        return self.op in (">", ">=")

    def passes(self, value: Number) -> bool:
        """Return True if a number passes the limit."""
        if self.op == ">=":
            return value >= self.limit
        if self.op == "<=":
            return value <= self.limit
        return value > self.limit if self.op == ">" else value < self.limit

    def decided(self, bounds: Bounds) -> bool | None:
        """Return the result for all numbers within bounds, or None if it varies."""
        last, first = (
            bounds if self.is_rising else reversed(bounds)
        )  # the last and the first to pass
        if last is not None and self.passes(last):
            return True
        return False if first is not None and not self.passes(first) else None


class Cell(NamedTuple):
    """A neuron: bit `first + i` is 1 if the sum of factor * net over `terms` passes `tests[i]`.

    A cell with an `operand` reads only one number of an input, and its tests compare that number,
    not the sum. `is_real` is True if a net may be any real number. `exact` is the sum of the neuron
    as in the file, with states, fractions and constants: a multiple of the net `-first` plus a
    constant.
    """

    name: str
    level: int
    terms: tuple[tuple[Net, int], ...]
    tests: tuple[Comparison, ...]
    first: Net
    exact: Affine
    operand: Net | None = None
    is_real: bool = False

    @property
    def unit(self) -> Fraction:
        """The change of the exact sum per 1 in the sum."""
        ((_, factor),) = self.exact.terms
        return Fraction(factor, self.exact.unit)

    @property
    def nets(self) -> range:
        """The bits of the cell."""
        return range(self.first, self.first + len(self.tests))


class Lowering:
    """Build the cells of a plan one by one, without storing rows of layers."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.numbers: dict[Net, Input] = {
            plan.first_of[name] + place: input_
            for name, input_ in plan.inputs.items()
            if input_.type in ("integer", "real")
            for place in range(input_.width)
        }
        """The input of each net that is a number."""
        table = plan.neurons
        self._names = table.names
        self._levels, self._fires = table.listed("levels"), table.listed("fires")
        self._first, self._scales = table.listed("first"), table.listed("scales")
        self._offsets, self._indptr = table.listed("offsets"), table.listed("indptr")
        self._sources, self._weights = table.listed("sources"), table.listed("weights")
        self._limit_ptr, self._limits = table.listed("limit_ptr"), table.listed("limits")

    def cells(self, without: Collection[LayerStep] = ()) -> Iterator[Cell]:
        """Yield the cells in the order of evaluation, except those of the layers `without`."""
        for stretch in self._plan.schedule:
            if isinstance(stretch, LayerStep):
                if stretch in without:
                    continue
                for i in range(stretch.size):
                    yield self._of_row(stretch, i)
                continue
            place = stretch.start
            while place < stretch.stop:
                cell, place = self._of_neuron(place)
                yield cell

    def cell(self, net: Net) -> Cell:
        """Return the cell of a bit."""
        layer = self._plan.layer_of(net)
        if layer is not None:
            return self._of_row(layer, (net - layer.first) // layer.width)
        place = bisect_right(self._first, net) - 1
        while place and self._continues(place):
            place -= 1
        return self._of_neuron(place)[0]

    def bounds(self, cell: Cell) -> Bounds:
        """Return bounds on a cell's sum, rounded outwards, treating its nets as independent."""
        if not self.numbers or self.numbers.keys().isdisjoint(dict(cell.terms)):
            lowest = sum([factor for _, factor in cell.terms if factor < 0])
            return Bounds(lowest, sum([factor for _, factor in cell.terms]) - lowest)
        least: Number | None = 0
        greatest: Number | None = 0
        for net, factor in cell.terms:
            low, high = self._ends(net)
            if factor < 0:
                low, high = high, low
            least = None if least is None or low is None else least + low * factor
            greatest = None if greatest is None or high is None else greatest + high * factor
        return Bounds(
            None if least is None else floor(least), None if greatest is None else ceil(greatest)
        )

    def _ends(self, net: Net) -> tuple[Number | None, Number | None]:
        input_ = self.numbers.get(net)
        if input_ is None:
            return 0, 1
        least, greatest = input_.min, input_.max
        if input_.type == "real":
            return least, greatest
        return (
            None if least is None else ceil(least),
            None if greatest is None else floor(greatest),
        )

    # ------------------------------------------------------------------------------ neurons

    def _of_neuron(self, place: int) -> tuple[Cell, int]:
        """Return the cell of the neuron at an index of the table, and the next neuron's index."""
        start, stop = self._indptr[place], self._indptr[place + 1]
        end = place + 1
        while end < len(self._names) and self._continues(end):
            end += 1
        limits = self._limits[self._limit_ptr[place] : self._limit_ptr[end]]
        rules = [
            COMPARISONS[self._fires[i]]
            for i in range(place, end)
            for _ in range(self._limit_ptr[i], self._limit_ptr[i + 1])
        ]
        cell = self._made(
            self._names[place],
            self._levels[place],
            list(zip(self._sources[start:stop], self._weights[start:stop], strict=True)),
            [
                Comparison(_OPERATORS[fires], limit)
                for fires, limit in zip(rules, limits, strict=True)
            ],
            self._first[place],
            Affine(((-self._first[place], 1),), self._offsets[place], self._scales[place]),
        )
        return cell, end

    def _continues(self, place: int) -> bool:
        """Return True if an entry of the table has further thresholds of the previous neuron."""
        ports, before = self._plan.neurons.ports, place - 1
        return (
            place in ports
            and before in ports
            and self._fires[place] != self._fires[before]
            and self._first[place]
            == self._first[before] + self._limit_ptr[place] - self._limit_ptr[before]
            and self._sum_of(place) == self._sum_of(before)
        )

    def _sum_of(self, place: int) -> tuple[str, int, int, list[int], list[int]]:
        synapses = slice(self._indptr[place], self._indptr[place + 1])
        return (
            self._names[place],
            self._scales[place],
            self._offsets[place],
            self._sources[synapses],
            self._weights[synapses],
        )

    def _of_row(self, layer: LayerStep, i: int) -> Cell:
        place = i * layer.width
        sources, weights = layer.row(place)
        unit = lcm(*(weight.denominator for weight in weights))
        if unit != 1:
            weights = [weight * unit for weight in weights]
        first = layer.first + place
        factor = Fraction(layer.factor) / (layer.scale(place) * unit)
        offset = Fraction(layer.offset(place))
        scale = lcm(factor.denominator, offset.denominator)
        op = _OPERATORS[layer.fires]
        return self._made(
            f"{layer.name}({i})",
            layer.level,
            list(zip(sources, map(int, weights), strict=True)),
            [
                Comparison(op, limit * unit)
                for limit in numbers(layer.limits[place : place + layer.width])
            ],
            first,
            Affine(((-first, int(factor * scale)),), int(offset * scale), scale),
        )

    def _made(
        self,
        name: str,
        level: int,
        synapses: Sequence[tuple[Net, int]],
        tests: Sequence[Comparison],
        first: Net,
        exact: Affine,
    ) -> Cell:
        """Return a cell with constants moved to the limits and repeated nets merged."""
        factors = dict(synapses)
        if len(factors) < len(synapses):
            factors = dict.fromkeys(factors, 0)
            for source, weight in synapses:
                factors[source] += weight
        constant = factors.pop(1, 0)
        factors.pop(0, None)
        terms = tuple([term for term in factors.items() if term[1]])
        if constant:
            tests = [Comparison(op, limit - constant) for op, limit in tests]
            ((_, scale),) = exact.terms
            exact = exact._replace(constant=exact.constant + scale * constant)
        read = self.numbers.keys() & factors.keys()
        read = {net for net in read if factors[net]}
        is_real = any(self.numbers[net].type == "real" for net in read)
        operand = None
        if read and len(terms) == 1:
            ((operand, factor),) = terms
            tests = [_divided(test, factor) for test in tests]
        if is_real:
            tests = [Comparison(op, simplest(Fraction(limit))) for op, limit in tests]
        else:
            tests = [integer_comparison(op, limit) for op, limit in tests]
        return Cell(name, level, terms, tuple(tests), first, exact, operand, is_real)


def _divided(test: Comparison, factor: int) -> Comparison:
    op, limit = test
    return Comparison(_TURNED[op] if factor < 0 else op, Fraction(limit) / factor)


def integer_comparison(op: str, limit: Number) -> Comparison:
    """Return a comparison of integers as `>=` or `<=` with an integer."""
    if op == ">":
        return Comparison(">=", floor(limit) + 1)
    if op == ">=":
        return Comparison(">=", ceil(limit))
    return Comparison("<=", ceil(limit) - 1 if op == "<" else floor(limit))

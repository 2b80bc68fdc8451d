"""Logic -> a model of ONNX: each level one product of matrices and one comparison.

A bit is a column of bools; a sum is added up in float32 or float64, wherever every part of it is an
integer that the type holds, so that no order of adding up matters. Few synapses among many sources
are gathered and added up, since a matrix of them all would be mostly zeros. A convolution is Conv.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from nnc.compiler.netlist import Affine, Argmax, Cell, Port
from nnc.compiler.plan import Plan
from nnc.interchange.exporting.exactness import size_of
from nnc.interchange.exporting.layers import IN_FLOAT32, LayerBlock
from nnc.interchange.exporting.logic import Logic, Rank, bit_of, states_of
from nnc.interchange.exporting.onnx_model import Column, Columns
from nnc.interchange.exporting.wording import double_of
from nnc.interchange.languages import Change, FileContents, Wishes
from nnc.language.network import BITS, Input, States
from nnc.lazy import np
from nnc.numbers.exact import LARGEST_WHOLE, Number, show_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = LARGEST_WHOLE
_COMPARISONS = {">": "Greater", ">=": "GreaterOrEqual", "<": "Less", "<=": "LessOrEqual"}
_DENSE = 1 << 12
_SPARSER = 8
"""A larger matrix is not written out if its weights are this many times fewer."""


class _Rank(NamedTuple):
    """A number: factor * the total of a cell + offset."""

    cell: Cell
    factor: float
    offset: float


class _Compared(NamedTuple):
    """A comparison of a cell: which of its signals it gives, and of which column."""

    signal: int
    limit: Number
    column: int


def write(logic: Logic, wishes: Wishes, header: str) -> FileContents:
    """Write a model of one node or a few for each level.

    A bit is uint8, or what its states need; an integer is int64, a real number float64, a choice a
    text. A bus has the shape rows x size, all else one number a row.
    """
    metadata = [("nnc.structure", header.splitlines()[1].removeprefix("structure "))]
    writer = _Writer(logic, wishes.top)
    return FileContents(
        writer.graph.model(header + about_rows(logic.plan), metadata), writer.changes
    )


def about_rows(plan: Plan) -> str:
    """Describe what a model lacks that a network has."""
    missing = [name for name, input_ in plan.inputs.items() if input_.default is not None]
    texts = ["rows that nnc would refuse are not refused here"]
    if missing:
        texts.append(f"there are no defaults here: give {' and '.join(missing)} a value")
    return "".join(f"{text}\n" for text in texts)


class _Writer(Columns):
    def __init__(self, logic: Logic, top: str) -> None:
        super().__init__(logic, top)
        self._totals: dict[int, Column] = {}
        wanted = [*logic.plan.inputs, *(port.name for port in logic.outputs)]
        inputs = len(logic.plan.inputs)
        kinds = ["input"] * inputs + ["output"] * (len(wanted) - inputs)
        chosen = self.graph.names.chosen(wanted)
        self.changes: list[Change] = list(zip(kinds, wanted, chosen, strict=True))
        names = chosen[inputs:]
        self._write_inputs()
        for level, cells, blocks in logic.levels():
            self._write_level(f"level{level}", cells)
            for block in blocks:
                self._write_convolution(f"level{level}", block)
        for port, name in zip(logic.outputs, names, strict=True):
            self._write_output(port, name)

    # ---------------------------------------------------------------------------- inputs

    def _write_inputs(self) -> None:
        """Declare the inputs, and make one tensor of those of a type that are one number each."""
        scalars: dict[str, list[str]] = {}
        for name, input_ in self._logic.plan.inputs.items():
            type_ = input_type(input_)
            self.graph.add_input(name, type_, input_.size, _about(input_))
            if input_.of is not None:
                values = self.graph.constant(list(input_.of), f"{name}.values")
                column = self._node("Unsqueeze", [name, self._axis(1)], name)
                self._place(name, self._node("Equal", [column, values], f"{name}.is"), "bool")
            elif input_.size is not None:
                self._place(name, name, type_)
            else:
                scalars.setdefault(type_, []).append(name)
        for type_, names in scalars.items():
            columns = [
                self._node("Unsqueeze", [name, self._axis(1)], f"{name}.0") for name in names
            ]
            tensor = columns[0]
            if len(columns) > 1:
                tensor = self._node("Concat", columns, f"all/{type_}", axis=1)
            self._types[tensor] = type_, len(names)
            for place, name in enumerate(names):
                self._columns[self._logic.plan.first_of[name]] = Column(tensor, place)
        for name, input_ in self._logic.plan.inputs.items():
            if input_.type == "bit" and input_.state_values != BITS:
                self._bits_of_states(name, input_)

    def _bits_of_states(self, name: str, input_: Input) -> None:
        """Make bools of the values of a bit with states of its own."""
        first = self._logic.plan.first_of[name]
        values = self._gathered([self._columns[first + i] for i in range(input_.width)])
        on = np.array([float(input_.state_values[1])]).astype(input_type(input_))
        bits = self._node("Equal", [values, self.graph.constant(on, "on")], f"{name}.is_on")
        self._place(name, bits, "bool")

    def _place(self, name: str, tensor: str, type_: str) -> None:
        """Remember where the elements of an input are."""
        width = self._logic.plan.inputs[name].width
        self._types[tensor] = type_, width
        first = self._logic.plan.first_of[name]
        self._columns.update({first + i: Column(tensor, i) for i in range(width)})

    # ---------------------------------------------------------------------------- levels

    def _write_level(self, level: str, cells: Sequence[Cell]) -> None:
        sums: dict[str, list[Cell]] = {}
        cutoffs: dict[bool, list[Cell]] = {}
        for cell in cells:
            if not cell.terms:
                self._write_constant(cell)
            elif cell.operand is not None:
                cutoffs.setdefault(cell.is_real, []).append(cell)
            else:
                sums.setdefault(self._type_of(cell), []).append(cell)
        for is_real, some in sorted(cutoffs.items()):
            self._write_cutoffs(level, some, is_real=is_real)
        for type_, some in sorted(sums.items()):
            for fan_in, part in self._parts(some):
                self._write_sums(level, part, type_, fan_in)

    def _type_of(self, cell: Cell) -> str:
        """Return the type that a sum is exact in; of real numbers float64, which rounds."""
        if cell.is_real or size_of(cell, self._logic) >= IN_FLOAT32:
            return "float64"
        return "float32"

    def _parts(self, cells: Sequence[Cell]) -> Iterator[tuple[int, list[Cell]]]:
        """Yield cells that are one matrix, with 0, and others by the size of their fan-in."""
        width = len({net for cell in cells for net, _ in cell.terms})
        parts: dict[int, list[Cell]] = {}
        is_small = width * len(cells) <= _DENSE
        for cell in cells:
            is_dense = is_small or len(cell.terms) * _SPARSER >= width
            size = 0 if is_dense else 1 << (len(cell.terms) - 1).bit_length()
            parts.setdefault(size, []).append(cell)
        yield from sorted(parts.items())

    def _write_constant(self, cell: Cell) -> None:
        """Write what a cell without sources gives: its total is 0."""
        for net, test in zip(cell.nets, cell.tests, strict=True):
            self._columns[net] = self._constant(is_on=test.passes(0))
        if cell.first in self._logic.summed:
            self._totals[cell.first] = self._constant(is_on=False)

    def _write_cutoffs(self, level: str, cells: Sequence[Cell], *, is_real: bool) -> None:
        """Compare integers and real numbers themselves."""
        tests: dict[str, list[_Compared]] = {}
        for cell in sorted(cells, key=lambda cell: self._columns[cell.operand or 0]):
            for net, (op, limit) in zip(cell.nets, cell.tests, strict=True):
                tests.setdefault(op, []).append(_Compared(net, limit, cell.operand or 0))
        type_ = "float64" if is_real else "int64"
        for op, some in sorted(tests.items()):
            values = self._gathered([self._columns[test.column] for test in some])
            limits: NDArray[Any]
            if is_real:
                limits = np.array([double_of(op, t.limit, self._logic.floats) for t in some])
            else:
                limits = np.array([int(test.limit) for test in some], np.int64)
            assert self._types[values][0] == type_
            self._compare(level, op, values, limits, [test.signal for test in some])
        for cell in cells:
            if cell.first in self._logic.summed:
                values = self._gathered([self._columns[cell.operand or 0]], "float64")
                (weight,) = _weights(cell)
                scale = self.graph.constant(np.array([weight]), f"{level}/weight")
                total = self._made("Mul", [values, scale], f"{level}/total", "float64", 1)
                self._totals[cell.first] = Column(total, 0)

    def _write_sums(self, level: str, cells: Sequence[Cell], type_: str, fan_in: int) -> None:
        """Add up, and compare: cells as one matrix, or each from `fan_in` columns."""
        sources = {net for cell in cells for net, _ in cell.terms}
        columns = sorted({self._columns[source] for source in sources})
        places = {column: place for place, column in enumerate(columns)}
        order = {source: places[self._columns[source]] for source in sources}
        values = self._gathered(columns, type_)
        if fan_in:
            totals = self._gathered_sums(level, cells, order, values, type_, fan_in)
        else:
            matrix = np.zeros((len(columns), len(cells)))
            for place, cell in enumerate(cells):  # two constants may be one column
                rows = [order[net] for net, _ in cell.terms]
                np.add.at(matrix, (rows, place), _weights(cell))
            weights = self._weights(matrix, type_, level)
            totals = self._made("MatMul", [values, weights], f"{level}/totals", type_, len(cells))
        self._compare_totals(level, cells, totals, type_)
        for place, cell in enumerate(cells):
            if cell.first in self._logic.summed:
                self._totals[cell.first] = Column(totals, place)

    def _gathered_sums(
        self,
        level: str,
        cells: Sequence[Cell],
        order: dict[int, int],
        values: str,
        type_: str,
        fan_in: int,
    ) -> str:
        """Add up columns that are gathered: fan_in of them for each cell, the last ones times 0."""
        places = np.zeros((len(cells), fan_in), np.int32)
        matrix = np.zeros((len(cells), fan_in))
        for i, cell in enumerate(cells):
            places[i, : len(cell.terms)] = [order[net] for net, _ in cell.terms]
            matrix[i, : len(cell.terms)] = _weights(cell)
        indices = self.graph.constant(places.reshape(-1), f"{level}/sources")
        gathered = self._node("Gather", [values, indices], f"{level}/gathered", axis=1)
        shape = self.graph.constant(np.array([0, *places.shape], np.int64), f"{level}/shape")
        parted = self._node("Reshape", [gathered, shape], f"{level}/parted")
        products = self._node(
            "Mul", [parted, self._weights(matrix, type_, level)], f"{level}/products"
        )
        return self._made(
            "ReduceSum", [products, self._axis(2)], f"{level}/totals", type_, len(cells), keepdims=0
        )

    def _write_convolution(self, level: str, block: LayerBlock) -> None:
        """Write Conv over the picture of each row, padded with 0, and compare its sums.

        The limits of places at the border take up what lies outside.
        """
        window, positions = block.window, block.window.positions
        picture = self._gathered([self._column(net) for net in block.sources], "float32")
        if block.count > 1:
            counted = self._reshaped(picture, (window.width, block.count), f"{level}/counted")
            picture = self._node("ReduceSum", [counted, self._axis(2)], "counts", keepdims=0)
        picture = self._reshaped(picture, window.shape, f"{level}/picture")
        channels = self._node("Transpose", [picture], f"{level}/channels", perm=(0, 3, 1, 2))
        kernel = np.array(block.kernel, np.float64).reshape(
            window.features, *window.kernel, window.depth
        )
        totals = self._node(
            "Conv",
            [channels, self._weights(kernel.transpose(0, 3, 1, 2), "float32", level)],
            f"{level}/totals",
            group=window.groups,
            kernel_shape=window.kernel,
            pads=window.padding * 2,
            strides=window.stride,
        )
        totals = self._node("Transpose", [totals], f"{level}/places", perm=(0, 2, 3, 1))
        totals = self._reshaped(totals, (positions, window.features, 1), f"{level}/sums")
        shape = len(block.limits), window.features, block.width
        limits = self.graph.constant(
            np.array(block.limits, np.float32).reshape(shape), f"{level}/thresholds"
        )
        if block.places:
            places = self.graph.constant(np.array(block.places, np.int32), f"{level}/classes")
            limits = self._node("Gather", [limits, places], f"{level}/thresholds", axis=0)
        op = _COMPARISONS[">=" if block.is_rising else "<="]
        fires = self._node(op, [totals, limits], f"{level}/fires")
        bits = self._reshaped(fires, (len(block.nets),), f"{level}/bits")
        self._types[bits] = "bool", len(block.nets)
        self._columns.update({net: Column(bits, i) for i, net in enumerate(block.nets)})

    def _weights(self, matrix: NDArray[Any], type_: str, level: str) -> str:
        """Write weights as bytes where they are small, which are brought to their type again."""
        if np.abs(matrix).max() > 127 or not (matrix == np.rint(matrix)).all():
            return self.graph.constant(matrix.astype(type_), f"{level}/weights")
        name = self.graph.constant(matrix.astype(np.int8), f"{level}/weights")
        return self._cast(name, type_)

    def _compare_totals(self, level: str, cells: Sequence[Cell], totals: str, type_: str) -> None:
        tests: dict[str, list[_Compared]] = {}
        for place, cell in enumerate(cells):
            ends = None if cell.is_real else size_of(cell, self._logic) + 1
            for signal, (op, limit) in zip(cell.nets, cell.tests, strict=True):
                # of real numbers the sum itself is compared; a limit beyond every total is
                # brought to one that the type holds
                brought = limit * cell.unit if ends is None else max(-ends, min(ends, limit))
                tests.setdefault(op, []).append(_Compared(signal, brought, place))
        for op, some in sorted(tests.items()):
            values = self._gathered([Column(totals, test.column) for test in some])
            limits = np.array([float(test.limit) for test in some]).astype(type_)
            self._compare(level, op, values, limits, [test.signal for test in some])

    def _compare(
        self, level: str, op: str, values: str, limits: NDArray[Any], signals: Sequence[int]
    ) -> None:
        thresholds = self.graph.constant(limits, f"{level}/thresholds")
        bits = self._made(
            _COMPARISONS[op], [values, thresholds], f"{level}/fires", "bool", len(signals)
        )
        self._columns.update({signal: Column(bits, i) for i, signal in enumerate(signals)})

    # ---------------------------------------------------------------------------- outputs

    def _write_output(self, port: Port, name: str) -> None:
        value = port.values[0] if port.values else None
        if isinstance(value, Argmax):
            tensor, type_ = self._labelled(self._largest(value), port)
        elif isinstance(value, Affine) and value.is_sum:
            tensor, type_ = self._sums(port.numbers)
        elif isinstance(value, Affine) and self._logic.is_level(value, port):
            tensor, type_ = self._labelled(self._level(value), port)
        else:
            tensor, type_ = self._values(port.numbers)
        if port.shape == "scalar" and tensor in self._types:
            tensor = self._node("Squeeze", [tensor, self._axis(1)], "value")
        size = None if port.shape == "scalar" else len(port.values)
        self.graph.named("Identity", [tensor], name)
        self.graph.add_output(name, type_, size, self._about_output(port))

    def _about_output(self, port: Port) -> str:
        """Describe an output."""
        noun = self._logic.netlist.noun(port)
        return f"{noun} of {', '.join(port.labels)}" if port.labels else noun

    def _sums(self, sums: Sequence[Affine]) -> tuple[str, str]:
        ranks = [_real_rank(self._logic.rank(value), value) for value in sums]
        is_exact = not any(rank.cell.is_real for rank in ranks)
        units = [1 if rank.cell.is_real else v.unit for rank, v in zip(ranks, sums, strict=True)]
        value = self._scaled(ranks)
        if any(unit != 1 for unit in units):
            divisor = self.graph.constant(np.array(units, np.float64), "units")
            value = self._made("Div", [value, divisor], "sums", "float64", len(units))
        if is_exact and all(unit == 1 for unit in units):
            return self._cast(value, "int64"), "int64"
        return value, "float64"

    def _scaled(self, ranks: Sequence[_Rank]) -> str:
        """Return totals times a factor each, plus an offset each."""
        value = self._gathered([self._totals[rank.cell.first] for rank in ranks], "float64")
        for op, numbers, neutral in (
            ("Mul", [float(rank.factor) for rank in ranks], 1),
            ("Add", [float(rank.offset) for rank in ranks], 0),
        ):
            if any(number != neutral for number in numbers):
                held = self.graph.constant(np.array(numbers), "scales")
                value = self._made(op, [value, held], "sums", "float64", len(numbers))
        return value

    def _largest(self, largest: Argmax) -> str:
        ranks = [_Rank(*rank) for rank in self._logic.ranks(largest)]
        if any(rank.cell.is_real for rank in ranks):  # others may be of integers, over their units
            ranks = [
                _real_rank(rank, value)
                if rank.cell.is_real
                else _Rank(rank.cell, rank.factor / value.unit, rank.offset / value.unit)
                for rank, value in zip(ranks, largest.of, strict=True)
            ]
        value = self._scaled(ranks)
        return self._node("ArgMax", [value], "largest", axis=1, keepdims=0, select_last_index=0)

    def _level(self, level: Affine) -> str:
        bits = self._gathered([self._column(net) for net, _ in level.terms], "int64")
        return self._node("ReduceSum", [bits, self._axis(1)], "level", keepdims=0)

    def _labelled(self, place: str, port: Port) -> tuple[str, str]:
        if not port.labels:
            return place, "int64"
        labels = self.graph.constant(list(port.labels), f"{port.name}.labels")
        return self._node("Gather", [labels, place], f"{port.name}.label", axis=0), "str"

    def _values(self, values: Sequence[Affine]) -> tuple[str, str]:
        """Return bits, numbers of inputs, or a bus of these, as one type."""
        types = set(map(self._type_of_value, values))
        type_ = types.pop() if len(types) == 1 else "float64" if "float64" in types else "int64"
        pieces = []
        for is_number, run in groupby(values, key=self._logic.is_number):
            some = list(run)
            columns = [self._column(bit_of(value)) for value in some]
            states = list(map(states_of, some))
            if is_number or all(state == BITS for state in states):
                pieces.append(self._gathered(columns, type_))
            else:
                pieces.append(self._chosen(columns, states, type_))
        tensor = pieces[0] if len(pieces) == 1 else self._node("Concat", pieces, "bus", axis=1)
        self._types[tensor] = type_, len(values)
        return tensor, type_

    def _type_of_value(self, value: Affine) -> str:
        if self._logic.is_number(value):
            return input_type(self._logic.elements[bit_of(value)].input)
        return _type_of_states(states_of(value))

    def _chosen(self, columns: Sequence[Column], states: Sequence[States], type_: str) -> str:
        bits = self._gathered(columns, "bool")
        off, on = (
            self.graph.constant(
                np.array([float(state[i]) for state in states]).astype(type_), "state"
            )
            for i in (0, 1)
        )
        return self._made("Where", [bits, on, off], "states", type_, len(columns))


def input_type(input_: Input) -> str:
    """Return the type of the tensor of an input."""
    types = {"choice": "str", "integer": "int64", "real": "float64"}
    return types.get(input_.type) or _type_of_states(input_.state_values)


def _type_of_states(states: States) -> str:
    if states == BITS:
        return "uint8"
    if not all(isinstance(state, int) for state in states):
        return "float64"
    return "int8" if all(-128 <= state < 128 for state in states) else "int64"


def _real_rank(rank: Rank | _Rank, value: Affine) -> _Rank:
    """Return the rank of a sum; the total of real numbers is the sum but for what is constant."""
    if not rank.cell.is_real:
        return _Rank(*rank)
    return _Rank(rank.cell, 1, float(Fraction(value.constant, value.unit)))


def _weights(cell: Cell) -> list[float]:
    """Return the factors of a sum; of real numbers those of the exact sum."""
    unit = cell.unit if cell.is_real else 1
    return [float(factor * unit) for _, factor in cell.terms]


def _about(input_: Input) -> str:
    """Describe the values of an input."""
    words: list[str] = [input_.type]
    for key, value in (("min", input_.min), ("max", input_.max)):
        if value is not None:
            words.append(f"{key} {show_number(value)}")
    if input_.type == "bit" and input_.state_values != BITS:
        words.append(f"states {' '.join(map(show_number, input_.state_values))}")
    if input_.of is not None:
        words.append(f"of {', '.join(input_.of)}")
    return " ".join(words)

"""Rows near a given one: the statement that an output is unchanged there, and a trial of them all.

The only part of the checker that uses NumPy, for floats that hold every sum exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, lcm
from typing import NamedTuple

from nnc.compiler.graph import GraphClaim, Near, Tap, ValueSet
from nnc.compiler.netlist import Affine, Argmax, Netlist, OneHot
from nnc.compiler.plan import Plan
from nnc.language.network import Input
from nnc.language.ranges import Range
from nnc.lazy import np
from nnc.numbers.exact import Number, exact_number
from nnc.numbers.integers import Array
from nnc.proofs.certificates.circuit import TRUE, Bit, Cell, Circuit, Copy, Label, NumberInput
from nnc.proofs.certificates.claims import is_among, numbers
from nnc.proofs.certificates.domain import Interval
from nnc.proofs.certificates.refusal import Work, need

_MAX_VALUES = 1 << 12  # of a number
_AT_ONCE = 1 << 16  # rows
_MAX_ENTRIES = 1 << 26  # of an array
_MAX_ADDED = 1 << 22  # entries that are kept of what each change adds to sums
_WORK = 10  # binary logarithm of the entries of matrices in a row that cost a unit
_ROW = 64  # entries that a row costs by itself
_LARGEST = 1 << 53  # integers that a float holds, and all below it
_LARGEST_SINGLE = 1 << 24  # as a float of 32 bits
_SLOTS = 22  # binary logarithm of the size of the table of known bits
_WORD = 64
_MAX_STEPS = 8  # different sums that changes add to a cell
_MANY = 1 << 12  # rows whose bounds are looked at at once, as long as they close some
_HASH = 0x9E3779B97F4A7C15  # Fibonacci hashing: Knuth, TAOCP vol. 3, section 6.4
_BROKEN = "it does not hold in a near row"


@dataclass
class Nearby:
    """The elements that may differ, with their other states, and how many may differ at most."""

    base: dict[int, Number]
    """The value of each signal of an input in the given row."""
    others: list[list[dict[int, Number]]]
    """The other values of the signals of each element; no list if there are infinitely many."""
    changes: int
    is_finite: bool = True


def near_circuit(plan: Plan, claim: GraphClaim) -> tuple[Circuit, Copy, Nearby, int]:
    """Return the circuit of near rows, its copy of the plan, and these rows.

    The last is a literal that is 1 if at most `changes` elements differ.
    """
    assert claim.near is not None
    row = _elements(claim.near.given, plan.inputs)
    named = {signal - 2 for tap in claim.varied for signal in tap.signals}
    circuit = Circuit()
    nearby = Nearby({}, [], 0)
    apart: list[int] = []
    first = 0
    for name, input_ in plan.inputs.items():
        own = row[first : first + input_.width]
        is_free = [not claim.varied or first + place in named for place in range(input_.width)]
        if input_.of is not None:
            _add_choice(circuit, name, input_, own, nearby, apart,
                        is_free=is_free[0] and claim.near.each is None)  # fmt: skip
        else:
            for place, (value, free) in enumerate(zip(own, is_free, strict=True)):
                near = claim.near if free else None
                signal = _add_element(circuit, name, input_, place, value, near, nearby, apart)
                circuit.elements[name, place, 0] = signal
        first += input_.width
    most = claim.near.changes
    nearby.changes = len(nearby.others) if most is None else min(most, len(nearby.others))
    counted = TRUE
    if nearby.changes < len(apart):
        count = circuit.bits((literal, 1) for literal in apart)
        counted = circuit.compared(count, "<=", nearby.changes)
    return circuit, circuit.add(plan, circuit.wires(plan.inputs), 0), nearby, counted


def changed(circuit: Circuit, copy: Copy, claim: GraphClaim) -> int:
    """Return the literal that is 1 if the output differs from that of the given row."""
    assert claim.near is not None
    (tap,) = claim.about
    values = _values_at(copy, tap, _elements(claim.near.given, copy.plan.inputs))
    if len(values) == 1:
        return -is_among(circuit, copy, tap, values[0])
    literals = []
    for number, (span,) in zip(numbers(circuit, copy, tap), values, strict=True):
        assert isinstance(span, Range)
        assert span.least is not None
        literals += [circuit.compared(number, op, span.least) for op in (">", "<")]
    return circuit.any_of(literals)


def _elements(row: Mapping[str, object], inputs: Mapping[str, Input]) -> list[Number]:
    """Return the elements of the given row: bits and the values of choices as 0 or 1."""
    elements: list[Number] = []
    for name, input_ in inputs.items():
        value: object = row.get(name)
        if name not in row:
            parts = [row.get(text) for text in input_.element_names(name)]
            value = parts if None not in parts else input_.default_values()
            if input_.of is not None:
                value = input_.default
        if input_.of is not None:
            elements += [int(label == value) for label in input_.of]
        elif input_.is_integer_bus and not isinstance(value, (list, tuple)):
            whole = int(exact_number(value))
            elements += [whole >> place & 1 for place in range(input_.width)]
        else:
            listed = value if isinstance(value, (list, tuple)) else [value]
            for each in listed:
                number = Fraction(each) if isinstance(each, float) else exact_number(each)
                is_bit = input_.type == "bit"
                elements.append(input_.state_values.index(number) if is_bit else number)
    need(len(elements) == sum(input_.width for input_ in inputs.values()), "no whole row is given")
    return elements


def _add_choice(
    circuit: Circuit,
    name: str,
    input_: Input,
    own: Sequence[Number],
    nearby: Nearby,
    apart: list[int],
    *,
    is_free: bool,
) -> None:
    assert input_.of is not None
    if not is_free or len(input_.of) == 1:
        for place, value in enumerate(own):
            circuit.elements[name, place, 0] = TRUE if value else -TRUE
        return
    signals = []
    for place, (label, value) in enumerate(zip(input_.of, own, strict=True)):
        signal = circuit.append(Label(f"{name}.{label}", name, label, input_.of))
        circuit.elements[name, place, 0] = signal
        nearby.base[signal] = value
        signals.append(signal)
        if value:
            apart.append(-signal)
    units: list[dict[int, Number]] = [
        {s: int(s == on) for s in signals} for on in signals if not nearby.base[on]
    ]
    nearby.others.append(units)


def _add_element(
    circuit: Circuit,
    name: str,
    input_: Input,
    place: int,
    value: Number,
    near: Near | None,
    nearby: Nearby,
    apart: list[int],
) -> int:
    """Add a bit or a number; return its literal, or its signal."""
    text = input_.element_names(name)[place]
    if input_.type == "bit":
        off, on = input_.state_values
        if near is None or (near.each is not None and abs(Fraction(on - off)) > near.each):
            return TRUE if value else -TRUE
        signal = circuit.append(Bit(text))
        nearby.base[signal] = value
        nearby.others.append([{signal: 1 - value}])
        apart.append(-signal if value else signal)
        return signal
    interval = Interval(input_.type == "integer").within(input_.min, input_.max)
    if near is None:
        interval = interval.within(value, value)
    elif near.each is not None:
        interval = interval.within(value - near.each, value + near.each)
    signal = circuit.append(NumberInput(text, interval))
    nearby.base[signal] = value
    if interval.single is not None:
        circuit.values[signal] = value
        return signal
    number = circuit.bits([(signal, 1)])
    apart.append(circuit.any_of([circuit.compared(number, op, value) for op in (">", "<")]))
    others: list[dict[int, Number]] = []
    size = interval.size
    if size is None or size > _MAX_VALUES:
        nearby.is_finite = False
    else:
        assert interval.least is not None
        assert interval.greatest is not None
        values = range(ceil(interval.least), floor(interval.greatest) + 1)
        others = [{signal: each} for each in values if each != value]
    nearby.others.append(others)
    return signal


def _values_at(copy: Copy, tap: Tap, row: Sequence[Number]) -> list[ValueSet]:
    """Return the value of an output in a row, in exact numbers."""
    netlist: Netlist = copy.netlist
    nets: list[Number] = [0, 1, *row]
    for cell in netlist.cells():
        terms = cell.terms if cell.operand is None else ((cell.operand, 1),)
        total = sum(factor * nets[net] for net, factor in terms)
        nets += [int(test.passes(total)) for test in cell.tests]

    def number(value: Affine) -> Number:
        total: Number = value.constant
        for net, factor in value.terms:
            read = [(net, 1)] if net > 0 else netlist.cell(net).terms
            total += factor * sum(weight * nets[each] for each, weight in read)
        return Fraction(total) / value.unit

    port = netlist.port(tap)
    value = port.values[0]
    if isinstance(value, OneHot):
        return [(port.labels[[nets[net] for net in value.of].index(1)],)]
    if isinstance(value, Argmax):
        sums = [number(each) for each in value.of]
        places: list[Number] = [sums.index(max(sums))]
    else:
        places = [number(each) for each in
                  ([port.number] if port.shape == "word" else port.numbers)]  # fmt: skip
    if port.labels:
        return [(port.labels[int(places[0])],)]
    return [(Range(each, each),) for each in places]


# ---------------------------------------------------------------------------------- all rows


def try_near(circuit: Circuit, wrong: int, nearby: Nearby, work: Work) -> None:
    """Try all near rows.

    Raises RefusedError if a literal is 1 in one of them, or if there are too many.
    """
    need(nearby.is_finite, "there is no end to the near rows")
    if abs(wrong) == TRUE:
        need(wrong < 0, _BROKEN)
        return
    cells, lines = _cells(circuit, wrong, nearby)
    _Tree(cells, lines, nearby, work).walk()


class _Block(NamedTuple):
    """Cells that do not read each other."""

    cells: slice
    read: slice
    """The cells that they read, and those between."""
    rising: Array
    """Positive weights, a row for each cell that they read and a column for each of theirs."""
    falling: Array
    """The weights below 0."""
    fed: slice
    """The columns of their sums of inputs; none where they read no inputs."""
    constants: Array
    """The numbers that are added where they read no inputs."""


class _Cells(NamedTuple):
    """The cells that a literal depends on, each 1 where its sum is 0 or more; the last is it."""

    blocks: list[_Block]
    given: Array
    """The sums of inputs, and of constants, in the given row."""
    weights: Array
    """A line for each input, a column for each such sum."""

    @property
    def entries(self) -> int:
        """The entries of all matrices."""
        return sum(block.rising.size for block in self.blocks) + len(self.given)

    def bits(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Return the least and the greatest bits of all cells where sums of inputs lie between."""
        shape = len(low), self.blocks[-1].cells.stop
        least = np.empty(shape, low.dtype)
        most = least if low is high else np.empty(shape, low.dtype)
        for cells, read, rising, falling, fed, constants in self.blocks:
            is_fed = fed.stop > fed.start
            if low is high:
                sums = least[:, read] @ (rising + falling)
                least[:, cells] = sums + (low[:, fed] if is_fed else constants) >= 0
                continue
            sums = least[:, read] @ rising + most[:, read] @ falling
            least_bits = sums + (low[:, fed] if is_fed else constants) >= 0
            sums = most[:, read] @ rising + least[:, read] @ falling
            most[:, cells] = sums + (high[:, fed] if is_fed else constants) >= 0
            least[:, cells] = least_bits
        return least, most

    def without(self, is_one: Array, is_kept: Array) -> _Cells:
        """Return only the cells that are kept, where the others are constant."""
        column = np.concatenate([[0], np.cumsum(is_kept)])
        given, fed_columns, blocks = self.given.copy(), [], []
        start = 0
        for block in self.blocks:
            own, read = is_kept[block.cells], is_kept[block.read]
            added = (is_one & ~is_kept)[block.read] @ (block.rising + block.falling)
            fed_size = block.fed.stop - block.fed.start
            if fed_size:
                given[block.fed] += added
                fed_columns.append(np.arange(block.fed.start, block.fed.stop)[own])
                fed_size = len(fed_columns[-1])
            blocks.append(
                _Block(
                    slice(*column[[block.cells.start, block.cells.stop]].tolist()),
                    slice(*column[[block.read.start, block.read.stop]].tolist()),
                    block.rising[read][:, own],
                    block.falling[read][:, own],
                    slice(start, start + fed_size),
                    (block.constants + added)[own],
                )
            )
            start += fed_size
        columns = np.concatenate(fed_columns)
        return _Cells(blocks, given[columns], self.weights[:, columns])


def _cells(circuit: Circuit, wrong: int, nearby: Nearby) -> tuple[_Cells, dict[int, int]]:
    """Return the cells that a literal depends on, and the line of each input among the weights."""
    cone = circuit.cone([wrong])
    cells = {s: cell for s in cone if isinstance(cell := circuit.signals[s], Cell)}
    if not cells:
        cells[0] = Cell(((abs(wrong), 1),), 1, strict=False, turned=False)
    last = next(reversed(cells))
    cells[last] = cells[last]._replace(turned=cells[last].turned ^ (wrong < 0))
    column = {signal: index for index, signal in enumerate(cells)}
    line = {s: index for index, s in enumerate(s for s in cone if s not in cells)}
    largest = {s: abs(_integer(nearby.base[s])) for s in line}
    for s, value in (pair for own in nearby.others for state in own for pair in state.items()):
        if s in line:
            largest[s] = max(largest[s], abs(_integer(value)))
    base = np.array([float(nearby.base[s]) for s in line], np.float64)
    groups: list[list[Cell]] = []
    first = 0  # of the group
    for index, cell in enumerate(cells.values()):
        if not groups or any(column.get(source, -1) >= first for source, _ in cell.terms):
            groups.append([])
            first = index
        groups[-1].append(cell)
    blocks, given, weights = [], [], []
    most, first, start = 0, 0, 0
    for group in groups:
        reads = [column[s] for cell in group for s, _ in cell.terms if s in column]
        read = slice(min(reads, default=0), max(reads, default=-1) + 1)
        need(len(group) * max(len(line), read.stop) <= _MAX_ENTRIES, "a layer is too large")
        inputs = np.zeros((len(line), len(group)))
        matrix = np.zeros((read.stop - read.start, len(group)))
        constants = np.zeros(len(group))
        for index, cell in enumerate(group):
            scale = lcm(*(weight.denominator for _, weight in cell.terms))
            limit = Fraction(cell.limit) * scale
            total = 0
            for s, weight in cell.terms:
                step = int(weight * scale) * (-1 if cell.turned else 1)
                total += abs(step) * largest.get(s, 1)
                if s in line:
                    inputs[line[s], index] = step
                else:
                    matrix[column[s] - read.start, index] = step
            lowest = floor(limit) + 1 if cell.strict else ceil(limit)
            lowest = max(-total - 1, min(total + 1, lowest))
            constants[index] = lowest - 1 if cell.turned else -lowest
            most = max(most, total)
        need(4 * most + 4 < _LARGEST, "a sum is too large to try near rows")
        is_fed = bool(inputs.any())
        if is_fed:
            given.append(base @ inputs + constants)
            weights.append(inputs)
        fed = slice(start, start + is_fed * len(group))
        cut = slice(first, first + len(group))
        rising = np.maximum(matrix, 0)
        blocks.append(_Block(cut, read, rising, matrix - rising, fed, constants))
        first, start = cut.stop, fed.stop
    # the smallest floats that hold every sum exactly
    kind = np.float32 if 4 * most + 4 < _LARGEST_SINGLE else np.float64
    blocks = [
        b._replace(rising=b.rising.astype(kind), falling=b.falling.astype(kind),
                   constants=b.constants.astype(kind))
        for b in blocks
    ]  # fmt: skip
    sums = np.concatenate([np.zeros(0), *given]).astype(kind)
    columns = np.concatenate([np.zeros((len(line), 0)), *weights], axis=1).astype(kind)
    return _Cells(blocks, sums, columns), line


def _integer(number: Number) -> int:
    need(number.denominator == 1, "a number is no integer")
    need(-_LARGEST < number < _LARGEST, "a sum is too large to try near rows")
    return int(number)


class _Tree:
    """All near rows: the children of each have one change more, of an element after its last.

    Where the literal is 0 whatever may still change, the rows below are left out. Of the others one
    is looked at for each word of the bits that cells of inputs have.
    """

    def __init__(self, cells: _Cells, line: Mapping[int, int], nearby: Nearby, work: Work) -> None:
        self._cells, self._work = cells, work
        changed = [
            [
                [(line[s], int(v - nearby.base[s])) for s, v in state.items()
                 if s in line and v != nearby.base[s]]
                for state in own
            ]
            for own in nearby.others
        ]  # fmt: skip
        elements = [own for own in ([s for s in own if s] for own in changed) if own]
        states = [state for own in elements for state in own]
        self._firsts = np.cumsum([0, *map(len, elements)])
        self._owners = np.repeat(np.arange(len(elements)), np.diff(self._firsts))
        self._changes = min(nearby.changes, len(elements))
        width = max(map(len, states), default=1)
        padded = [[*state, *[(0, 0)] * (width - len(state))] for state in states]
        pairs = np.array(padded, np.float64).reshape(-1, width, 2)
        self._lines = pairs[..., 0].astype(np.int64)
        self._diffs = pairs[..., 1].astype(cells.given.dtype)
        self._dense: Array | None = None
        self._closed = [(0, 0)] * (self._changes + 1)
        """The numbers of rows that were looked at and left out, by the changes left."""

    def _steps(self, changes: Array) -> Array:
        """Return what changes add to the sums of inputs."""
        if self._dense is not None:
            return self._dense[changes]
        pairs = zip(self._lines[changes].T, self._diffs[changes].T[..., None], strict=True)
        steps: Array = sum(self._cells.weights[line] * diff for line, diff in pairs)
        return steps

    def walk(self) -> None:
        """Raise RefusedError where the literal is 1 in a near row."""
        changes = self._changes
        self._work.spend(self._cells.entries * (1 + len(self._owners)) >> _WORK)
        low, high = self._ends()
        given = self._cells.given
        least, most = self._cells.bits(
            (given + np.sort(low, axis=0)[:changes].sum(axis=0))[None],
            (given - np.sort(-high, axis=0)[:changes].sum(axis=0))[None],
        )
        if not most[0, -1]:
            return
        is_kept = (least != most)[0]
        is_kept[-1] = True
        self._cells = self._cells.without(least[0] > 0, is_kept)
        size = len(self._cells.given)
        need((changes + 1) * len(low) * size <= _MAX_ENTRIES, "there are too many near rows")
        if len(self._owners) * size <= _MAX_ADDED:
            self._dense = self._steps(np.arange(len(self._owners)))
        self._reach = self._reaches(changes)
        self._words = self._words_of_moves()
        given = self._cells.given[None]
        if self._words is not None:
            self._known = np.full(1 << _SLOTS, _keys(given)[0])
        self._refuse_ones(given)
        self._try(given, np.zeros(1, np.int64), changes)

    def _words_of_moves(self) -> list[tuple[Array, Array]] | None:
        """Return sums that a change may add, one for each cell, and which changes add as much.

        None where they are many, or bits of the first cells do not settle all others.
        """
        if (
            self._dense is None
            or len(self._cells.given) > _WORD
            or any(
                block.read.start < block.read.stop and block.fed.start < block.fed.stop
                for block in self._cells.blocks
            )
        ):
            return None
        values = [np.unique(column) for column in self._dense.T]
        count = max(map(len, values), default=0)
        if count > _MAX_STEPS:
            return None
        padded = np.array([np.pad(each, (0, count - len(each)), "edge") for each in values])
        return [(own, _keys(self._dense - own)) for own in padded.T]

    def _ends(self) -> tuple[Array, Array]:
        """Return the most that changing each element subtracts from each sum, and adds to it."""
        cuts = pairwise(self._firsts.tolist())
        steps = [self._steps(np.arange(start, stop)) for start, stop in cuts]
        shape = len(steps), len(self._cells.given)
        low = np.array([np.minimum(own.min(axis=0), 0) for own in steps]).reshape(shape)
        high = np.array([np.maximum(own.max(axis=0), 0) for own in steps]).reshape(shape)
        return low.astype(self._diffs.dtype), high.astype(self._diffs.dtype)

    def _reaches(self, changes: int) -> Array:
        """Return how far sums fall and rise with 0, 1, ... changes of the elements from one on."""
        low, high = self._ends()
        best = np.zeros((changes, 2, low.shape[1]), low.dtype)
        reach = np.zeros((changes + 1, 2, len(low) + 1, low.shape[1]), low.dtype)
        for element in reversed(range(len(low))):
            own = np.stack([low[element], -high[element]])[None]
            best = np.sort(np.concatenate([best, own]), axis=0)[:changes]
            reach[1:, :, element] = np.cumsum(best, axis=0)
        return reach

    def _try(self, sums: Array, elements: Array, changes: int) -> None:
        """Try all rows below others, by the sums of these and the first element that may change."""
        is_open = np.ones(len(sums), bool)
        for part in np.split(np.arange(len(sums)), range(_MANY, len(sums), _MANY)):
            seen, closed = self._closed[changes]
            if seen and closed <= seen >> 3:
                break
            low, high = self._reach[changes][:, elements[part]]
            is_open[part] = self._may_be_one(sums[part] + low, sums[part] - high)
            closed += len(part) - int(is_open[part].sum())
            self._closed[changes] = seen + len(part), closed
        sums, elements = sums[is_open], elements[is_open]
        if changes == 1 and self._words is not None:
            self._try_last(sums, elements, self._words)
            return
        counts = len(self._owners) - self._firsts[elements]
        for lines in _parts(counts):
            of = np.repeat(lines, counts[lines])
            ends = np.cumsum(counts[lines])
            moves = np.arange(len(of)) + np.repeat(len(self._owners) - ends, counts[lines])
            children, after = sums[of] + self._steps(moves), self._owners[moves] + 1
            fresh = children
            if self._words is not None:
                fresh = children[self._fresh(_keys(children))]
            self._refuse_ones(fresh)
            if changes > 1:
                self._try(children, after, changes - 1)

    def _try_last(self, sums: Array, elements: Array, words: Sequence[tuple[Array, Array]]) -> None:
        """Try all rows with one more change, grouped by their words of bits."""
        parents = [_keys(sums + own) for own, _ in words]
        for element in np.unique(elements).tolist():
            lines, first = np.flatnonzero(elements == element), self._firsts[element]
            count = len(self._owners) - first
            for part in _parts(np.full(len(lines), count)):
                own = lines[part]
                keys = np.zeros((len(own), count), np.uint64)
                for parent, (_, moves) in zip(parents, words, strict=True):
                    keys |= parent[own, None] & moves[first:]
                of, moves = np.divmod(self._fresh(keys.reshape(-1)), max(1, count))
                fresh = sums[own[of]] + self._steps(first + moves)
                self._refuse_ones(fresh)

    def _may_be_one(self, low: Array, high: Array) -> Array:
        """Return where the literal may be 1, for sums within bounds."""
        self._work.spend(1 + (len(low) * (_ROW + self._cells.entries) >> _WORK))
        most: Array = self._cells.bits(low, high)[1][:, -1] > 0
        return most

    def _refuse_ones(self, sums: Array) -> None:
        for start in range(0, len(sums), _MANY):
            part = sums[start : start + _MANY]
            need(not self._may_be_one(part, part).any(), _BROKEN)

    def _fresh(self, keys: Array) -> Array:
        """Return the index of each word that was not seen before."""
        self._work.spend(1 + (len(keys) * _ROW >> _WORK))
        slots = keys * np.uint64(_HASH) >> np.uint64(_WORD - _SLOTS)
        places = np.flatnonzero(self._known[slots] != keys)
        keys, firsts = np.unique(keys[places], return_index=True)
        places = places[firsts]
        self._known[slots[places]] = keys
        return places


def _parts(counts: Array) -> Iterator[Array]:
    """Yield slices of numbers that add up to at most the rows of one batch, or a single one."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        most = ends[start] - counts[start] + _AT_ONCE
        stop = max(start + 1, int(np.searchsorted(ends, most, side="right")))
        yield np.arange(start, stop)
        start = stop


def _keys(sums: Array) -> Array:
    """Return the bits of rows as words."""
    packed = np.zeros((len(sums), _WORD // 8), np.uint8)
    bits = np.packbits(sums >= 0, axis=1)
    packed[:, : bits.shape[1]] = bits
    keys: Array = packed.view(np.uint64)[:, 0]
    return keys

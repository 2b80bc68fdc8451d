"""Rows near a given one: the statement that an output is unchanged there, and all of them tried.

The only part of the checker that uses NumPy, for floats that hold every sum exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, islice
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
_AT_ONCE = 1 << 12  # rows
_MAX_ADDED = 1 << 22  # changes times inputs whose sums are known beforehand
_WORK = 1_000  # synapses in a row that cost a unit
_TRIPLES = 1 << 21  # rows with three changes beyond which those with equal first neurons are one
_LARGEST = 1 << 53  # integers that a float holds, and all below it
_LARGEST_SINGLE = 1 << 24  # as a float of 32 bits


@dataclass
class Nearby:
    """The elements that may differ, each by its other states, and how many differ at most."""

    base: dict[int, Number]
    """The value of each signal of an input in the given row."""
    others: list[list[dict[int, Number]]]
    """The values that signals have instead, of each element; no list where there is no end."""
    changes: int
    is_finite: bool = True


def near_circuit(plan: Plan, claim: GraphClaim) -> tuple[Circuit, Copy, Nearby, int]:
    """Return the circuit of near rows, its copy of the plan, and these rows.

    The last is a literal that is 1 where at most `changes` elements differ.
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
    """Return the literal that is 1 where the output is another one than in the given row."""
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
    """Try all near rows. Raises RefusedError where a literal is 1 in one, or they are too many."""
    need(nearby.is_finite, "there is no end to the near rows")
    evaluation = _Evaluation(circuit, wrong, nearby, work)
    sizes = [len(own) for own in nearby.others]
    ways = [1, *[0] * nearby.changes]
    for size in sizes:
        for changes in range(nearby.changes, 0, -1):
            ways[changes] += ways[changes - 1] * size
    for changes, count in enumerate(ways):
        rows = None
        if changes == 3 and count > _TRIPLES:
            rows = _triples(circuit, wrong, nearby, work)
        if rows is None:
            work.spend(evaluation.units(count))
            rows = _rows(nearby, changes)
        for part in rows:
            need(not evaluation.any_broken(part), "it does not hold in a near row")


def _rows(nearby: Nearby, changes: int) -> Iterator[Array]:
    """Yield the changes of each row that has this many, some rows at once.

    A change is the position of a state among the other states of all elements.
    """
    owners = np.array([e for e, own in enumerate(nearby.others) for _ in own], np.int64)
    rows = combinations(range(len(owners)), changes)
    while part := list(islice(rows, _AT_ONCE)):
        chosen = np.array(part, np.int64).reshape(len(part), changes)
        of = owners[chosen]  # the states of an element lie side by side
        yield chosen[(of[:, 1:] != of[:, :-1]).all(axis=1)]


class _Block(NamedTuple):
    """Cells as a matrix; of cells that read inputs alone what each change adds to their sums."""

    places: Array
    matrix: Array
    """A line for each cell, a column for each signal that they read."""
    limits: Array
    turned: Array
    first: int
    given: Array
    """The sums in the given row."""
    added: Array | None


class _Evaluation:
    """The cells that a literal depends on as matrices: those that read only earlier ones in one."""

    def __init__(self, circuit: Circuit, wrong: int, nearby: Nearby, work: Work) -> None:
        self._wrong, self._nearby, self._work = wrong, nearby, work
        cone = circuit.cone([wrong])
        self._place = {signal: i for i, signal in enumerate(cone)}
        self._blocks: list[_Block] = []
        self._synapses = 1
        self._most = 0
        self._copied = {self._place[abs(wrong)]} if abs(wrong) != TRUE else set()
        # one place more, for the inputs that the literal does not depend on
        self._given = np.array([*(_given(nearby, signal) for signal in cone), 0], np.float64)
        states = [state for others in nearby.others for state in others]
        width = max(map(len, states), default=0)
        padded = [[*state.items(), *[(0, 0)] * (width - len(state))] for state in states]
        self._targets = np.array(
            [[self._place.get(signal, len(cone)) for signal, _ in pairs] for pairs in padded],
            np.int64,
        ).reshape(len(states), width)
        self._values = np.array(
            [[_float(v) if s in self._place else 0.0 for s, v in pairs] for pairs in padded]
        ).reshape(-1, width)
        group: list[int] = []
        for signal in cone:
            cell = circuit.signals[signal]
            if not isinstance(cell, Cell):
                continue
            if group and any(source >= group[0] for source, _ in cell.terms):
                self._close(circuit, group)
                group = []
            group.append(signal)
        if group:
            self._close(circuit, group)
        # the smallest floats that hold every sum exactly
        self._type = np.float32 if 4 * self._most + 1 < _LARGEST_SINGLE else np.float64
        self._blocks = [
            block._replace(
                matrix=block.matrix.astype(self._type),
                limits=block.limits.astype(self._type),
                given=block.given.astype(self._type),
                added=None if block.added is None else block.added.astype(self._type),
            )
            for block in self._blocks
        ]

    def _close(self, circuit: Circuit, group: Sequence[int]) -> None:
        """Add cells as one matrix; every sum is below what a float holds exactly."""
        cells = [circuit.signals[signal] for signal in group]
        sources = sorted({s for c in cells if isinstance(c, Cell) for s, _ in c.terms})
        index = {source: i for i, source in enumerate(sources)}
        matrix = np.zeros((len(sources), len(cells)))
        limits, turned = np.zeros(len(cells)), np.zeros(len(cells), bool)
        for column, cell in enumerate(cells):
            assert isinstance(cell, Cell)
            scale = lcm(*(weight.denominator for _, weight in cell.terms))
            most = 0
            for source, weight in cell.terms:
                step = int(weight * scale)
                matrix[index[source], column] = step
                most += abs(step) * self._largest(circuit, source)
            limit = Fraction(cell.limit) * scale
            lowest = floor(limit) + 1 if cell.strict else ceil(limit)
            need(4 * most + 1 < _LARGEST, "a sum is too large to try near rows")
            self._most = max(self._most, most)
            limits[column] = max(-most - 1, min(most + 1, lowest))
            turned[column] = cell.turned
            self._synapses += len(cell.terms)
        places = np.array([self._place[source] for source in sources], np.int64)
        added = None
        is_first = not any(isinstance(circuit.signals[source], Cell) for source in sources)
        if is_first and len(self._targets) * len(places) <= _MAX_ADDED:
            rows = np.repeat(self._given[None], len(self._targets), 0)
            np.put_along_axis(rows, self._targets, self._values, axis=1)
            added = (rows - self._given)[:, places] @ matrix
        else:
            self._copied.update(places.tolist())
        first, given = self._place[group[0]], self._given[places] @ matrix
        self._blocks.append(_Block(places, matrix.T, limits, turned, first, given, added))

    def _largest(self, circuit: Circuit, signal: int) -> int:
        if not isinstance(circuit.signals[signal], NumberInput):
            return 1
        values = [self._nearby.base[signal]]
        values += [state[signal] for own in self._nearby.others for state in own if signal in state]
        need(all(value.denominator == 1 for value in values), "a number is no integer")
        return max(abs(int(value)) for value in values)

    def units(self, rows: int) -> int:
        """Return the work of a number of rows."""
        return rows * (1 + self._synapses // _WORK)

    def any_broken(self, part: Array) -> bool:
        """Return whether the literal is 1 in one of the rows with these changes."""
        chosen = part.T
        # a line for each signal, so that those of a block lie side by side
        values = np.empty((len(self._given), len(part)), self._type)
        copied = list(self._copied)
        values[copied] = self._given[copied, None]
        columns = np.arange(len(part))[:, None]
        for changed in chosen:
            values[self._targets[changed], columns] = self._values[changed]
        for places, matrix, limits, turned, first, given, added in self._blocks:
            if added is None:
                totals = matrix @ values[places]
            else:
                start = np.broadcast_to(given, (len(part), len(given)))
                totals = sum((added[changed] for changed in chosen), start).T
            values[first : first + len(limits)] = (totals >= limits[:, None]) ^ turned[:, None]
        if abs(self._wrong) == TRUE:
            return self._wrong > 0
        bits = values[self._place[abs(self._wrong)]] > 0
        return bool((bits if self._wrong > 0 else ~bits).any())


def _given(nearby: Nearby, signal: int) -> float:
    return 1.0 if signal == TRUE else _float(nearby.base.get(signal, 0))


def _float(number: Number) -> float:
    need(-_LARGEST < number < _LARGEST, "a sum is too large to try near rows")
    return float(number)


# ------------------------------------------------------------------------ three flips of many


def _triples(circuit: Circuit, wrong: int, nearby: Nearby, work: Work) -> Iterator[Array] | None:
    """Yield three flips for every set of first cells that change with them.

    Each flip moves the sum of each of these cells by as much as any other, to or from the limit: so
    it changes where two help, if one is enough, or where all three do.
    """
    if any(len(own) != 1 or len(own[0]) != 1 for own in nearby.others):
        return None
    flipped = [next(iter(own[0])) for own in nearby.others]
    leaf = {signal: index for index, signal in enumerate(flipped)}
    words = np.zeros(len(flipped), np.uint64)
    two = all_ = 0
    bit = 0
    for signal in circuit.cone([wrong]):
        cell = circuit.signals[signal]
        if not isinstance(cell, Cell) or leaf.keys().isdisjoint(s for s, _ in cell.terms):
            continue
        weights = dict(cell.terms)
        if len(weights) != len(flipped) or weights.keys() != leaf.keys():
            return None
        steps = {abs(Fraction(weight)) for weight in set(weights.values())}
        if len(steps) > 1:
            return None
        total = sum(w * nearby.base[s] for s, w in weights.items())
        passes = total > cell.limit if cell.strict else total >= cell.limit
        gap = abs(Fraction(total) - Fraction(cell.limit)) / steps.pop()
        # a sum at the limit passes unless it is strict
        flips = floor(gap) + 1 if passes != cell.strict else ceil(gap)
        if flips > 3:
            continue
        if bit == 64:
            return None
        two, all_ = two | (flips == 1) << bit, all_ | (flips > 1) << bit
        for s, weight in weights.items():
            rises = (weight > 0) == (nearby.base[s] == 0)
            words[leaf[s]] |= np.uint64(int(rises != passes) << bit)
        bit += 1
    return _patterns(words, np.uint64(two), np.uint64(all_), work)


def _patterns(words: Array, two: np.uint64, all_: np.uint64, work: Work) -> Iterator[Array]:
    """Yield one triple for each pattern; the empty one is that of the given row."""
    count = len(words)
    work.spend(count**3 // 300)
    j, k = np.triu_indices(count, 1)
    both = words[j] & words[k]
    mask, fixed = (words[j] | words[k]) & two | both & all_, both & two
    recent = np.zeros(1 << 22, np.uint64)
    for i in range(count):
        start = int(np.searchsorted(j, i + 1))
        triples = words[i] & mask[start:] | fixed[start:]
        places = (triples ^ triples >> np.uint64(22) ^ triples >> np.uint64(44)) & np.uint64(
            0x3FFFFF
        )
        fresh = np.flatnonzero(recent[places] != triples)
        unique, lines = np.unique(triples[fresh], return_index=True)
        recent[places[fresh[lines]]] = unique
        pairs = start + fresh[lines]
        chosen = np.column_stack([np.full(len(pairs), i), j[pairs], k[pairs]])
        yield from (chosen[cut : cut + _AT_ONCE] for cut in range(0, len(chosen), _AT_ONCE))

"""All rows of a circuit, tried one by one, many at a time: bit r of a column is row r."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, lcm, prod
from typing import NamedTuple

from nnc.compiler.plan import Plan
from nnc.numbers.exact import Number
from nnc.proofs.certificates import records
from nnc.proofs.certificates.arithmetic import reached
from nnc.proofs.certificates.circuit import TRUE, Bit, Cell, Circuit, Label, Linear, NumberInput
from nnc.proofs.certificates.domain import Interval
from nnc.proofs.certificates.records import Header
from nnc.proofs.certificates.refusal import RefusedError, Work, need
from nnc.proofs.certificates.statement import Goal, Same, assumptions

MAX_ROWS = 1 << 24  # that are tried for a goal
_AT_ONCE = 1 << 16
_MOST_VALUES = 1 << 12


class Axis(NamedTuple):
    """Signals that vary together, and the state of each signal for each value."""

    size: int
    bits: dict[int, list[int]]
    """The states of bits."""
    numbers: dict[int, Sequence[Number]]


def tried(circuit: Circuit, goal: Goal, work: Work, most: int = MAX_ROWS) -> int:
    """Try all rows that a goal depends on; return how many. Raises RefusedError if it fails.

    A number that is only compared with constants, or with another such number, takes up to two
    values of each range between them; a number that is summed takes all its values.
    """
    roots = _roots(goal)
    cone = circuit.cone(roots)
    axes = _axes(circuit, cone, {s for s in roots if circuit.is_number(s)})
    count = prod(axis.size for axis in axes)
    need(count <= most, f"it depends on over {most:,} rows")
    cells = [signal for signal in cone if isinstance(circuit.signals[signal], Cell)]
    for columns, numbers, rows in _blocks(axes):
        all_rows = (1 << rows) - 1
        columns[TRUE] = all_rows
        evaluation = _Evaluation(circuit, columns, numbers, all_rows, work)
        for signal in cells:
            evaluation.add(signal)
        need(not evaluation.broken(goal), "it does not hold in a row")
    return count


def _roots(goal: Goal) -> set[int]:
    roots = {abs(literal) for literal in goal.allowed}
    if goal.wrong is not None and not goal.same:
        return roots | {abs(goal.wrong)}
    for same in goal.same:
        for number in (*same.before, *same.after):
            roots |= {signal for signal, _ in number.terms}
    return roots | {abs(literal) for pair in goal.places for literal in pair}


# ------------------------------------------------------------------------------------ axes


def _axes(circuit: Circuit, cone: Iterable[int], roots: set[int]) -> list[Axis]:
    """Return the axes of the inputs among signals; numbers among `roots` take all their values."""
    axes = []
    choices: dict[str, dict[int, str]] = {}
    allowed: dict[str, tuple[str, ...]] = {}
    numbers = []
    for signal in cone:
        kind = circuit.signals[signal]
        if isinstance(kind, Bit):
            axes.append(Axis(2, {signal: [0, 1]}, {}))
        elif isinstance(kind, Label):
            choices.setdefault(kind.input, {})[signal] = kind.label
            allowed[kind.input] = kind.allowed
        elif isinstance(kind, NumberInput):
            numbers.append(signal)
    for input_, labels in choices.items():
        bits = {s: [int(label == own) for label in allowed[input_]] for s, own in labels.items()}
        axes.append(Axis(len(allowed[input_]), bits, {}))
    return axes + [Axis(len(v), {}, {s: v}) for s, v in _numbers(circuit, cone, numbers, roots)]


def _numbers(
    circuit: Circuit, cone: Iterable[int], numbers: Sequence[int], roots: set[int]
) -> Iterator[tuple[int, Sequence[Number]]]:
    """Yield the values of numbers: samples of ranges, or all if they are summed or are roots.

    Numbers that are compared with each other have the same cut-offs, and as many values in each
    range as there are such numbers, so that they occur in every order.
    """
    cut_offs: dict[int, set[Fraction]] = {signal: set() for signal in numbers}
    intervals = {signal: _interval(circuit, signal) for signal in numbers}
    added, alike = set(roots), {signal: {signal} for signal in numbers}
    for signal in cone:
        cell = circuit.signals[signal]
        if not isinstance(cell, Cell):
            continue
        own = [(s, w) for s, w in cell.terms if s in cut_offs]
        if len(own) == len(cell.terms) == 1:
            cut_offs[own[0][0]].add(Fraction(cell.limit) / Fraction(own[0][1]))
        elif len(own) == len(cell.terms) == 2 and not cell.limit and not own[0][1] + own[1][1]:
            group = alike[own[0][0]] | alike[own[1][0]]
            for each in group:
                alike[each] = group
        else:
            added |= {s for s, _ in own}
    for signal in numbers:
        group = alike[signal]
        interval = intervals[signal]
        if group & added or len({intervals[each].is_integer for each in group}) > 1:
            size = interval.size
            if size is None or size > _MOST_VALUES or not interval.is_integer:
                kind = getattr(circuit.signals[signal], "name", "")
                raise RefusedError(f"`{kind}` is added up, and has too many values")
            yield signal, range(int(interval.least or 0), int(interval.least or 0) + size)
            continue
        own_cuts = set().union(*(cut_offs[each] for each in group))
        for each in group:
            ends = intervals[each].least, intervals[each].greatest
            own_cuts |= {Fraction(end) for end in ends if end is not None}
        yield signal, _values(interval, sorted(own_cuts), len(group))


def _interval(circuit: Circuit, signal: int) -> Interval:
    kind = circuit.signals[signal]
    assert isinstance(kind, NumberInput)
    return kind.interval


def _values(interval: Interval, cut_offs: Sequence[Fraction], count: int) -> list[Number]:
    """Sample `count` values from each range between cut-offs, and add the cut-offs themselves."""
    values: set[Number] = set()
    if interval.is_integer:
        for cut in cut_offs or [Fraction(0)]:
            values |= set(range(ceil(cut) - count, floor(cut) + count + 1))
    else:
        values |= set(cut_offs) or {Fraction(0)}
        first, last = min(values), max(values)
        for low, high in pairwise(cut_offs):
            values |= {low + (high - low) * i / (count + 1) for i in range(1, count + 1)}
        for i in range(1, count + 1):
            values |= {first - i, last + i}
    inside = [
        value
        for value in sorted(values)
        if (interval.least is None or value >= interval.least)
        and (interval.greatest is None or value <= interval.greatest)
    ]
    need(inside, "a number has no value")
    need(len(inside) <= _MOST_VALUES, "a number is compared with too many others")
    return inside


def _blocks(
    axes: Sequence[Axis],
) -> Iterator[tuple[dict[int, int], dict[int, dict[Number, int]], int]]:
    """Yield the columns of all bits, and of each number and value, with the number of rows.

    The last axes vary within a block, the others from block to block.
    """
    inner: list[Axis] = []
    rows = 1
    ordered = sorted(axes, key=lambda axis: axis.size)
    while ordered and rows * ordered[0].size <= _AT_ONCE:
        inner.append(ordered.pop(0))
        rows *= inner[-1].size
    all_rows = (1 << rows) - 1
    columns: dict[int, int] = {}
    numbers: dict[int, dict[Number, int]] = {}
    stride = 1
    for axis in inner:
        period = stride * axis.size
        unit = all_rows // ((1 << period) - 1) * ((1 << stride) - 1)
        _put(axis, [unit << (stride * i) for i in range(axis.size)], columns, numbers)
        stride = period
    places = [0] * len(ordered)
    while True:
        block, more = dict(columns), dict(numbers)
        for axis, index in zip(ordered, places, strict=True):
            _put(axis, [all_rows if i == index else 0 for i in range(axis.size)], block, more)
        yield block, more, rows
        at = 0
        while at < len(places) and places[at] == ordered[at].size - 1:
            places[at] = 0
            at += 1
        if at == len(places):
            return
        places[at] += 1


def _put(
    axis: Axis,
    units: Sequence[int],
    columns: dict[int, int],
    numbers: dict[int, dict[Number, int]],
) -> None:
    """Add the columns of an axis; `units` has the rows in which it takes each of its values."""
    for signal, states in axis.bits.items():
        columns[signal] = 0
        for unit, state in zip(units, states, strict=True):
            columns[signal] |= unit if state else 0
    for signal, values in axis.numbers.items():
        numbers[signal] = {v: unit for v, unit in zip(values, units, strict=True) if unit}


# ------------------------------------------------------------------------------ evaluation


def evaluated(
    circuit: Circuit,
    cone: Iterable[int],
    columns: Mapping[int, int],
    numbers: Mapping[int, Mapping[Number, int]],
    literals: Iterable[int],
    work: Work,
) -> list[int]:
    """Return the values of literals in one row, with the inputs of the columns."""
    evaluation = _Evaluation(circuit, {TRUE: 1, **columns}, numbers, 1, work)
    for signal in cone:
        if isinstance(circuit.signals[signal], Cell):
            evaluation.add(signal)
    return [evaluation.literal(literal) for literal in literals]


class _Evaluation:
    """The columns of signals in a block of rows."""

    def __init__(
        self,
        circuit: Circuit,
        columns: dict[int, int],
        numbers: Mapping[int, Mapping[Number, int]],
        all_rows: int,
        work: Work,
    ) -> None:
        self._circuit, self._columns, self._numbers = circuit, columns, numbers
        self._whole, self._work = all_rows, work

    def add(self, signal: int) -> None:
        """Evaluate a cell whose sources are evaluated."""
        cell = self._circuit.signals[signal]
        assert isinstance(cell, Cell)
        column = self._passes(cell.terms, cell.limit, strict=cell.strict)
        self._columns[signal] = column ^ self._whole if cell.turned else column

    def literal(self, literal: int) -> int:
        """Return the column of a literal."""
        column = self._columns[abs(literal)]
        return column if literal > 0 else column ^ self._whole

    def _passes(self, terms: Iterable[tuple[int, Number]], limit: Number, *, strict: bool) -> int:
        """Return the rows in which a sum reaches a limit or, if strict, exceeds it."""
        weighed: list[tuple[int, Number]] = []
        for signal, weight in terms:
            if signal in self._numbers:
                weighed += [(unit, weight * v) for v, unit in self._numbers[signal].items()]
            else:
                weighed.append((self._columns[signal], weight))
        scale = lcm(*(weight.denominator for _, weight in weighed))
        limit = limit * scale
        threshold = floor(limit) + 1 if strict else ceil(limit)
        scaled = [(column, int(weight * scale)) for column, weight in weighed]
        size = 1 + self._whole.bit_length() // 512
        self._work.spend(sum(2 + weight.bit_length() * size for _, weight in scaled))
        return reached(scaled, threshold, self._whole)

    def broken(self, goal: Goal) -> int:
        """Return the rows in which a goal is false."""
        rows = 0
        if goal.wrong is not None and not goal.same:
            return self.literal(goal.wrong)
        for first, second in goal.places:
            rows |= self.literal(first) ^ self.literal(second)
        for same in goal.same if not goal.places else ():
            rows |= self._apart(same)
        for literal in goal.allowed:
            rows &= self.literal(literal)
        return rows

    def _apart(self, same: Same) -> int:
        """Return the rows in which two numbers differ."""
        difference: Linear = same.before[0].minus(same.after[0])
        above = self._passes(difference.terms, -difference.constant, strict=True)
        reached_ = self._passes(difference.terms, -difference.constant, strict=False)
        return above | (reached_ ^ self._whole)


def check_row(plans: Sequence[Plan], header: Header, work: Work) -> None:
    """If one of the networks has assumptions, check that the row of a header is allowed.

    Raises RefusedError if the row is missing or breaks an assumption.
    """
    if not any(claim.kind == "assume" and not claim.instance for p in plans for claim in p.claims):
        return
    row = header.get("row")
    if type(row) is not dict:
        raise RefusedError("it shows no `row` that the assumptions allow", reason="row")
    circuit, allowed = assumptions(plans, header)
    cone = circuit.cone(allowed)
    columns, numbers = _columns(circuit, leaves(circuit, cone), row)
    literals = evaluated(circuit, cone, columns, numbers, allowed, work)
    need(all(literals), "its `row` breaks an assumption", "row")


def leaves(circuit: Circuit, cone: Iterable[int]) -> list[int]:
    """Return the inputs of a cone by their names in a row."""
    kinds = (Bit, Label, NumberInput)
    return [signal for signal in cone if isinstance(circuit.signals[signal], kinds)]


def name_of(circuit: Circuit, signal: int) -> str:
    """Return the name of an input in a row: one for a choice, else one for each element."""
    kind = circuit.signals[signal]
    assert isinstance(kind, (Bit, Label, NumberInput))
    return kind.input if isinstance(kind, Label) else kind.name


def _columns(
    circuit: Circuit, signals: Sequence[int], row: Mapping[str, object]
) -> tuple[dict[int, int], dict[int, dict[Number, int]]]:
    """Return the values of the inputs in the row: bits, and numbers."""
    columns: dict[int, int] = {}
    numbers: dict[int, dict[Number, int]] = {}
    for signal in signals:
        kind, name = circuit.signals[signal], name_of(circuit, signal)
        need(name in row, f"its `row` says nothing of `{name[:80]}`")
        value = row[name]
        if isinstance(kind, NumberInput):
            number = records.number(value)
            interval = kind.interval.within(number, number)
            need(not interval.is_empty, f"its `row` has a value that `{name[:80]}` never has")
            numbers[signal] = {number: 1}
        elif isinstance(kind, Label):
            need(value in kind.allowed, f"its `row` has a value that `{name[:80]}` never has")
            columns[signal] = int(value == kind.label)
        else:
            if type(value) is not int or value not in (0, 1):
                raise RefusedError(f"`{name[:80]}` is a bit in its `row`")
            columns[signal] = value
    return columns, numbers

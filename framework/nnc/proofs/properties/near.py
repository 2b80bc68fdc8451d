"""The rows near a given one: how many there are, each of them, and a claim about them all.

A *move* gives an element of the inputs another value: a bit, a number or a choice. A near row is
reached from the given one by moves of different elements.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, chain, combinations, islice
from math import ceil, floor, lcm
from typing import NamedTuple

from nnc.compiler.graph import GraphClaim, Near, Tap, ValueSet
from nnc.compiler.joint import Joint, broken, negated
from nnc.compiler.netlist import Cell, Netlist
from nnc.compiler.plan import Plan
from nnc.language.network import Input
from nnc.language.ranges import Range
from nnc.lazy import np
from nnc.numbers.exact import Number
from nnc.numbers.integers import Array
from nnc.proofs.plans.domain import CutOff, Interval, cells, interval_of, size_of
from nnc.proofs.properties.claims import Context, Obligation
from nnc.proofs.properties.raising import is_inside
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.row import elements_from
from nnc.run.trace import PlainValue

_MAX_VALUES = 1 << 12  # of a number that is added up
_AT_ONCE = 1 << 23  # values of inputs in a batch


class Element(NamedTuple):
    """An element that changes alone (bit, number, the bits of a choice): its places in a row."""

    name: str
    input: Input
    places: range
    interval: Interval | None
    """The values near enough of a number; None for bits and choices."""


class Move(NamedTuple):
    """Another value of an element: its places in a row, and what they are then."""

    element: int
    places: range
    values: tuple[Number, ...]


@dataclass(frozen=True)
class Neighbourhood:
    """A given row, as 0 and 1 for bits, and the elements of which at most `changes` differ."""

    inputs: Mapping[str, Input]
    row: Sequence[Number]
    elements: tuple[Element, ...]
    changes: int
    moves: tuple[Move, ...] | None = field(default=None, repr=False)
    """Every move that matters; None where there is no end to them."""

    @property
    def count(self) -> int | None:
        """The number of near rows, the given one included; None where there is no end to them."""
        if self.moves is None:
            return None
        sizes, _ = self._sizes()
        ways = [1, *[0] * self.changes]  # by the number of changes
        for size in sizes:
            for changes in range(self.changes if size else 0, 0, -1):
                ways[changes] += ways[changes - 1] * size
        return sum(ways)

    def within(self, changes: int) -> Neighbourhood:
        """Return the rows with at most so many changes."""
        return replace(self, changes=min(changes, self.changes))

    # ---------------------------------------------------------------------------- every row

    def combinations(self, changes: int) -> Iterator[Array]:
        """Yield the moves of every row with so many changes, a line of moves for each row."""
        assert self.moves is not None
        elements = np.array([move.element for move in self.moves], np.int32)
        every = combinations(range(len(self.moves)), changes)
        while True:
            part = chain.from_iterable(islice(every, self.at_once))
            chosen = np.fromiter(part, np.int32).reshape(-1, changes)
            if not len(chosen):
                break
            owners = elements[chosen]  # moves of one element lie side by side
            apart = (owners[:, 1:] != owners[:, :-1]).all(axis=1)
            yield chosen if apart.all() else chosen[apart]

    def box(self) -> Iterator[Array]:
        """Yield all near rows where every element may change."""
        places, values = self._patches
        sizes, firsts = self._sizes()
        count = self.count
        assert count is not None
        for start in range(0, count, self.at_once):
            numbers = np.arange(start, min(count, start + self.at_once))
            rows = np.repeat(self.given[None], len(numbers), 0)
            for size, first in zip(sizes, firsts, strict=True):
                numbers, digits = np.divmod(numbers, size + 1)
                lines = np.flatnonzero(digits)
                moves = first + digits[lines] - 1
                rows[lines[:, None], places[moves]] = values[moves]
            yield rows

    def _sizes(self) -> tuple[list[int], list[int]]:
        """Return the number of moves of each element, and its first move."""
        sizes = [0] * len(self.elements)
        for move in self.moves or ():
            sizes[move.element] += 1
        return sizes, [0, *accumulate(sizes)][:-1]

    @property
    def at_once(self) -> int:
        """The number of rows to evaluate at once."""
        return max(64, _AT_ONCE // max(1, len(self.row)))

    @cached_property
    def scales(self) -> list[int]:
        """The common denominator of the values of each place."""
        scales = [value.denominator for value in self.row]
        for move in self.moves or ():
            for place, value in zip(move.places, move.values, strict=True):
                scales[place] = lcm(scales[place], value.denominator)
        for input_, first in self._firsts():  # a bus has one denominator
            own = range(first, first + input_.width)
            for place, scale in zip(own, [lcm(*(scales[p] for p in own))] * len(own), strict=True):
                scales[place] = scale
        return scales

    @cached_property
    def given(self) -> Array:
        """The given row over the common denominators."""
        return _integers(self.row, self.scales).astype(self._dtype)

    @property
    def variances(self) -> Array:
        """The mean squared change of each value where as many elements change as may."""
        most: Array = np.ones(len(self.row))
        for move in self.moves or ():
            for place, value in zip(move.places, move.values, strict=True):
                most[place] = max(most[place], float(value - self.row[place]) ** 2)
        result: Array = most * self.changes / max(1, len(self.elements))
        return result

    @cached_property
    def _dtype(self) -> type[object]:
        """The type that holds the values of every near row."""
        every = chain(
            zip(self.row, self.scales, strict=True),
            (
                (value, self.scales[place])
                for move in self.moves or ()
                for place, value in zip(move.places, move.values, strict=True)
            ),
        )
        values, scales = zip(*every, strict=True)
        return _integers(values, scales).dtype.type

    @cached_property
    def _patches(self) -> tuple[Array, Array]:
        """The places and values of every move, each padded with its last."""
        assert self.moves is not None
        width = max((len(move.places) for move in self.moves), default=1)
        places, values = [], []
        for move in self.moves:
            padded = [*move.places, *[move.places[-1]] * (width - len(move.places))]
            own = [*move.values, *[move.values[-1]] * (width - len(move.values))]
            places.append(padded)
            values.append(_integers(own, [self.scales[place] for place in padded]))
        return np.array(places, np.int32), np.array(values).astype(self._dtype)

    def moved(self, chosen: Array, rows: Array | None = None) -> Array:
        """Return rows, by default copies of the given one, after the moves of each line."""
        places, values = self._patches
        if rows is None:
            rows = np.repeat(self.given[None], len(chosen), 0)
        lines = np.arange(len(chosen))[:, None]
        for i in range(chosen.shape[1]):
            rows[lines, places[chosen[:, i]]] = values[chosen[:, i]]
        return rows

    def toggled(self, row: Array) -> Array:
        """Return a row after each move; one that was made is taken back."""
        places, values = self._patches
        rows = np.repeat(row[None], len(places), 0)
        is_made = (row[places] == values).all(axis=1)
        moved_values = np.where(is_made[:, None], self.given[places], values)
        rows[np.arange(len(places))[:, None], places] = moved_values
        return rows

    def changed(self, row: Array) -> int:
        """Return the number of elements that a row changes."""
        apart = row != self.given
        return sum(bool(apart[element.places].any()) for element in self.elements)

    def taken_back(self, row: Array, size: int) -> Array:
        """Return a row with so many of its changed elements at a time as they were given."""
        places = [element.places for element in self.elements]
        changed = [own for own in places if (row[own] != self.given[own]).any()]
        rows = np.repeat(row[None], -(-len(changed) // size), 0)
        for index, own in enumerate(changed):
            rows[index // size, own] = self.given[own]
        return rows

    def batch(self, rows: Array) -> Batch:
        """Return rows as columns of the inputs."""
        columns: list[Column | Labels] = []
        for input_, first in self._firsts():
            own = rows[:, first : first + input_.width]
            if input_.of is not None:
                columns.append(Labels(own.argmax(axis=1), input_.of))
                continue
            if input_.type == "bit":
                own = own.astype(np.uint8)
            columns.append(Column(own if input_.is_bus else own[:, 0], self.scales[first]))
        return Batch(tuple(columns), len(rows))

    def exact(self, row: Array) -> list[Number]:
        """Return a row over the common denominators as numbers."""
        pairs = zip(row.tolist(), self.scales, strict=True)
        return [value if scale == 1 else Fraction(value, scale) for value, scale in pairs]

    def _firsts(self) -> Iterator[tuple[Input, int]]:
        first = 0
        for input_ in self.inputs.values():
            yield input_, first
            first += input_.width


def _integers(values: Sequence[Number], scales: Sequence[int]) -> Array:
    whole = [int(value * scale) for value, scale in zip(values, scales, strict=True)]
    is_small = all(-(1 << 53) < value < 1 << 53 for value in whole)
    is_byte = is_small and all(0 <= value < 256 for value in whole)
    return np.array(whole, np.uint8 if is_byte else np.int64 if is_small else object)


# ------------------------------------------------------------------------------ what is near


def neighbourhood(
    near: Near, inputs: Mapping[str, Input], varied: Iterable[Tap] = ()
) -> Neighbourhood:
    """Return the rows near one, whatever is assumed of them; only inputs that are `varied` differ.

    Without any, all do.
    """
    row = elements_from(near.given, inputs)
    named = {slot - 2 for tap in varied for slot in tap.signals}
    elements: list[Element] = []
    first = 0
    for name, input_ in inputs.items():
        texts = input_.element_names(name)
        for place in range(first, first + (1 if input_.of is not None else input_.width)):
            if named and place not in named:
                continue
            element = _element(input_, place, row, near.each)
            if element is not None:
                text = name if input_.of is not None else texts[place - first]
                elements.append(element._replace(name=text))
        first += input_.width
    most = len(elements) if near.changes is None else min(near.changes, len(elements))
    return Neighbourhood(inputs, row, tuple(elements), most)


def _element(
    input_: Input, place: int, row: Sequence[Number], each: Number | None
) -> Element | None:
    """Return an element with the values that are near enough; None where it has no other."""
    if input_.of is not None:
        places = range(place, place + input_.width)
        return Element("", input_, places, None) if each is None and len(places) > 1 else None
    if input_.type == "bit":
        off, on = input_.state_values
        is_near = each is None or max(off, on) - min(off, on) <= each
        return Element("", input_, range(place, place + 1), None) if is_near else None
    interval = interval_of(input_)
    if each is not None:
        low, high = row[place] - each, row[place] + each
        if interval.is_integer:
            low, high = ceil(low), floor(high)
        low = low if interval.least is None else max(low, interval.least)
        high = high if interval.greatest is None else min(high, interval.greatest)
        interval = Interval(interval.is_integer, low, high)
    return (
        None if size_of(interval) == 1 else Element("", input_, range(place, place + 1), interval)
    )


class Watched:
    """A plan whose outputs are watched, and the limits that it compares single inputs with."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def limits(self) -> dict[int, list[tuple[str, Fraction, Number]]]:
        """The comparisons of each input element that is never added to anything else.

        Each has the operator, the value where the element reaches the limit, and its factor.
        """
        limits: dict[int, list[tuple[str, Fraction, Number]]] = {}
        added: set[int] = set()
        for cell in self._cells_of_inputs():
            terms = cell.terms if cell.operand is None else ((cell.operand, 1),)
            if len(terms) > 1:
                added.update(net - 2 for net, _ in terms)
                continue
            for net, factor in terms:
                limits.setdefault(net - 2, []).extend(
                    (test.op, Fraction(test.limit) / factor, factor) for test in cell.tests
                )
        places = range(self.plan.first_made - 2)
        return {place: limits.get(place, []) for place in places if place not in added}

    def _cells_of_inputs(self) -> Iterator[Cell]:
        """Yield the cells that are watched, but for those of layers that read no inputs."""
        plan, netlist = self.plan, Netlist(self.plan)
        todo = [tap.signals[0] for tap in plan.outputs]
        seen = set(todo)
        passed: set[int] = set()
        while todo:
            net = todo.pop()
            if net < plan.first_made:
                continue
            layer = plan.layer_of(net)
            if layer is not None and layer.first in passed:
                continue
            sources = set() if layer is None else set(map(int, layer.sources))
            if layer is not None and not any(1 < each < plan.first_made for each in sources):
                passed.add(layer.first)
            else:
                cell = netlist.cell(net)
                yield cell
                sources = {source for source, _ in cell.terms}
            todo += sources - seen
            seen |= sources


def with_moves(near: Neighbourhood, watched: Watched) -> Neighbourhood:
    """Return a neighbourhood with every move that may change what a plan over its inputs gives.

    Of a number that is only compared with constants one value stands for each range between them.
    """
    moves: list[Move] = []
    for index, element in enumerate(near.elements):
        cut_offs = None
        if element.interval is not None and element.places[0] in watched.limits:
            cut_offs = {
                cut
                for op, value, factor in watched.limits[element.places[0]]
                for cut in [_cut(op, value, factor, element.interval.is_integer)]
                if is_inside(cut, element.interval)
            }
        values = _values(element, near.row, cut_offs)
        if values is None:
            return near
        moves += [Move(index, element.places, value) for value in values]
    return replace(near, moves=tuple(moves))


def _cut(op: str, value: Fraction, factor: Number, is_integer: bool) -> CutOff:
    """Return where a number passes a limit."""
    after = (op in (">", "<=")) == (factor > 0)
    if is_integer:
        return CutOff(floor(value) + 1 if after else ceil(value), after=False)
    return CutOff(int(value) if value.denominator == 1 else value, after)


def _values(
    element: Element, row: Sequence[Number], cut_offs: Collection[CutOff] | None
) -> Iterable[tuple[Number, ...]] | None:
    """Return the other values of an element; None where there is no end to them."""
    values = tuple(row[place] for place in element.places)
    if element.input.of is not None:
        units = ([int(i == j) for j in range(len(values))] for i in range(len(values)))
        return [value for value in map(tuple, units) if value != values]
    if element.interval is None:
        return [(1 - values[0],)]
    interval, (own,) = element.interval, values
    if cut_offs is not None:
        cuts = sorted(cut_offs)
        ends = [
            cut for cut in cuts if not (cut.value < own or (cut.value == own and not cut.after))
        ]
        mine = len(cuts) - len(ends)  # the range that the given value lies in
        return [(v,) for i, v in enumerate(cells(interval, cuts, own)) if i != mine]
    size = size_of(interval)
    if size is None or size > _MAX_VALUES:
        return None
    assert interval.least is not None
    first = ceil(interval.least)
    return [(value,) for value in range(first, first + size) if value != own]


# ------------------------------------------------------------------------------- as a claim


def elements_of(tap: Tap) -> list[Tap]:
    """Return a bus of several values as an output for each; any other output alone."""
    if not tap.is_bus or tap.is_integer or tap.labels:
        return [tap]
    return [
        replace(
            tap,
            alias=f"{tap.alias}({i})",
            kind=tap.kind if tap.kind != "bus" else "number" if states is None else "bit",
            signals=(signal,),
            states=None if tap.states is None else (states,),
            is_bus=False,
        )
        for i, signal in enumerate(tap.signals)
        for states in [tap.states_of(i)]
    ]


def as_always(claim: GraphClaim, value: PlainValue) -> GraphClaim:
    """Return the claim about one row that its output has this value."""
    taps = tuple(elements_of(claim.about[0]))
    values = value if isinstance(value, list) else [value]
    sets: list[ValueSet] = [
        (each,) if isinstance(each, str) else (Range(each, each),) for each in values
    ]
    return claim._replace(form="always", about=taps, values=tuple(sets))


def watched(claim: GraphClaim, context: Context) -> Watched:
    """Return a plan whose only bit is 1 where a row is allowed, and breaks a claim."""
    joint = Joint(context.graph.inputs)
    copy = joint.whole(context.graph)
    wrong = joint.all_of([*context.allowed(joint, copy), broken(joint, copy, claim)])
    return Watched(joint.watched(wrong)[0])


def obligation(claim: GraphClaim, context: Context, near: Neighbourhood) -> Obligation:
    """Return the obligation that no near row which is allowed breaks a claim."""
    free = {place: element for element in near.elements for place in element.places}
    joint = Joint(_inputs(near, free))
    wires, apart = _wires(joint, near, free)
    copy = joint.copy(context.graph, wires)
    literals = [*context.allowed(joint, copy), broken(joint, copy, claim)]
    if near.changes < len(apart):
        count = joint.bits((literal >> 1, -1 if literal & 1 else 1) for literal in apart)
        turned = sum(literal & 1 for literal in apart)
        literals.append(joint.compared(count, "at_most", near.changes - turned))
    return Obligation(*joint.watched(joint.all_of(literals)), ((joint, copy),))


def _inputs(near: Neighbourhood, free: Mapping[int, Element]) -> dict[str, Input]:
    """Return an input for each element: those that differ, and numbers with one value."""
    inputs: dict[str, Input] = {}
    first = 0
    for name, input_ in near.inputs.items():
        alone = {"size": None, "shape": None, "default": None, "columns": None}
        for place, text in enumerate(input_.element_names(name), first):
            element = free.get(place)
            if input_.of is not None:
                if element is not None:
                    inputs[name] = input_.model_copy(update={"default": None})
            elif input_.type != "bit":
                ends: tuple[Number | None, Number | None] = (near.row[place], near.row[place])
                if element is not None and element.interval is not None:
                    ends = element.interval.least, element.interval.greatest
                limits = {"min": ends[0], "max": ends[1]}
                inputs[text] = input_.model_copy(update={**alone, **limits})
            elif element is not None:
                inputs[text] = input_.model_copy(update=alone)
        first += input_.width
    return inputs


def _wires(
    joint: Joint, near: Neighbourhood, free: Mapping[int, Element]
) -> tuple[list[int], list[int]]:
    """Return the signal of each place, and literals that are 1 where an element differs."""
    wires: list[int] = []
    apart: list[int] = []
    for name, input_ in near.inputs.items():
        for index, text in enumerate(input_.element_names(name)):
            place = len(wires)
            element, own = free.get(place), near.row[place]
            states = (0, 1) if input_.of is not None else input_.state_values
            if element is None and input_.type in ("bit", "choice"):
                wires.append(joint.held(states, int(own)))
                continue
            key, at = (name, index) if input_.of is not None else (text, 0)
            signal = joint.element(key, at)
            wires.append(signal)
            if element is None:
                continue
            if input_.type in ("bit", "choice"):
                is_on = joint.on(signal)
                if input_.of is None or own:
                    apart.append(negated(is_on) if own else is_on)
                continue
            value = joint.value(signal)
            apart.append(
                joint.any_of(
                    [joint.compared(value, "above", own), joint.compared(value, "below", own)]
                )
            )
    return wires, apart

"""The inputs that force each output of a row, and the nearest rows that decide otherwise."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from nnc.compiler.graph import Tap
from nnc.numbers.exact import Number
from nnc.proofs.comparison import Condition
from nnc.proofs.plans import Support
from nnc.proofs.properties import fewest_by_search
from nnc.reasons.circuits import Circuit
from nnc.reasons.encoding import Encoding
from nnc.reasons.finder import (
    MAX_ROWS,
    MAX_SHOWN,
    Finder,
    Nearest,
    Table,
    UndecidedError,
    table_size,
)
from nnc.reasons.forcing import Forcing
from nnc.reasons.neighbours import Neighbours, RowTest
from nnc.reasons.question import Change, Goal, Question, Ways
from nnc.reasons.scales import scales_of
from nnc.reasons.sums import Comparison, comparison
from nnc.run.trace import PlainValue, given_inputs

_MANY_CHANGES = 16  # of a row: beyond that a nearer one is looked for


@dataclass(frozen=True, slots=True)
class Alteration:
    """One input, or one element of a bus, with another value than in the row."""

    input: str
    """The name of the input."""
    element: int | None
    """Which element of a bus; null for an input that is no bus, or a choice."""
    before: Number | str
    """The value in the row."""
    after: Number | str
    """The value in the other row."""


@dataclass(frozen=True, slots=True)
class NearRow:
    """The changes that lead to another row, and its output, evaluated exactly."""

    changes: tuple[Alteration, ...]
    """The inputs that change."""
    value: PlainValue
    """The value of the output there."""


class Forced(NamedTuple):
    """Conditions that force an output, whatever all other inputs are.

    No set of fewer than `least` inputs forces it, which is proved; `inputs` counts those that the
    output depends on.
    """

    conditions: tuple[Condition, ...]
    least: int
    inputs: int

    @property
    def is_smallest(self) -> bool:
        """True if it is proved that there is no smaller set of inputs."""
        return self.least == len(self.conditions)


class Near(NamedTuple):
    """The nearest rows with another result, or some of them if there `are_more`.

    If `is_proved`, no row is nearer; without rows, none exists.
    """

    rows: tuple[NearRow, ...]
    is_proved: bool
    are_more: bool


class Reasoning:
    """One row of a plan, and the search for other rows for all of its outputs."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._encodings: list[Encoding] = []
        self._finders: dict[tuple[str, str, bool], Finder] = {}

    def __enter__(self) -> Reasoning:
        return self

    def __exit__(self, *_: object) -> None:
        for encoding in self._encodings:
            encoding.solver.close()

    def finder(self, goal: Goal, ways: Ways, support: Support) -> Finder:
        """Return the search for rows that meet a goal."""
        key = (goal.tap.alias, repr(goal.value), goal.is_other)
        if key not in self._finders:
            self._finders[key] = self._new_finder(goal, ways, support)
        return self._finders[key]

    def _new_finder(self, goal: Goal, ways: Ways, support: Support) -> Finder:
        question = self.question
        scales = scales_of(question, support)
        if scales is not None and table_size(scales) <= MAX_ROWS:
            return Table(question, goal, scales)
        if not self._encodings or self._encodings[-1].is_large:
            self._encodings.append(Encoding(question))
        return Circuit(question, self._encodings[-1], goal, ways, support)


def forced_by(reasoning: Reasoning, tap: Tap, value: PlainValue) -> Forced:
    """Return the smallest set of inputs that forces an output's value in the row."""
    question = reasoning.question
    ways = question.ways(tap, value)
    assert ways, "the row has another value in the graph"
    support = _support(question, ways)
    if () in ways:
        return Forced((), least=0, inputs=0)
    lone = _comparison(question, ways, support, turned=0)
    if lone is not None:
        conditions = lone.forced()
        return Forced(tuple(conditions), len(conditions), len(support.axes))
    axes = sorted(support.axes)
    try:
        finder = reasoning.finder(Goal(tap, value, is_other=True), ways, support)
        forcing = Forcing(finder, axes)
        held = forcing.smallest()
        box = forcing.widened(held.axes)
        finder.spread(box)
    except UndecidedError:
        held_all = tuple(_as_it_is(question, axis) for axis in axes)
        return Forced(held_all, least=0, inputs=len(axes))
    conditions = [finder.condition(axis, places) for axis, places in box.items()]
    return Forced(tuple(conditions), held.least, len(axes))


def nearest_to(
    reasoning: Reasoning,
    tap: Tap,
    value: PlainValue,
    wanted: PlainValue | None,
    kept: Collection[str],
) -> Near:
    """Return the nearest rows in which an output has another value, or a wanted one.

    Inputs, or elements of buses, that are `kept` do not change.
    """
    question = reasoning.question
    goal = Goal(tap, value if wanted is None else wanted, is_other=wanted is None)
    ways = question.ways(tap, goal.value)
    support = _support(question, ways)
    if not ways or () in ways:  # it never is, or always
        return Near((), is_proved=True, are_more=False)
    axes = {
        i
        for i, axis in enumerate(question.domain.axes)
        if axis.input in kept or question.name_of(i) in kept
    }
    lone = _comparison(question, ways, support, turned=not goal.is_other)
    try:
        if lone is not None:
            nearest = lone.nearest(axes)
        else:
            nearest = reasoning.finder(goal, ways, support).nearest(axes)
    except UndecidedError:
        nearest = Nearest((), is_proved=False)
    known = len(nearest.changes[0]) if nearest.changes else _MANY_CHANGES + 1
    if known > _MANY_CHANGES and not nearest.is_proved:
        around = _looked_around(question, goal, support, axes)
        if around.changes and (not nearest.changes or len(around.changes[0]) < known):
            nearest = around
    rows = tuple(_row(question, tap, change) for change in nearest.changes)
    for row in rows:
        assert goal.is_met_by(row.value), "a row does not give what was found"
    assert all(map(question.is_allowed, nearest.changes))
    return Near(rows, nearest.is_proved, nearest.are_more)


def _looked_around(
    question: Question, goal: Goal, support: Support, kept: Collection[int]
) -> Nearest:
    """Return a near row by trying rows, if the circuit is too large for a search.

    It is the nearest if all rows with as many or fewer changes were tried.
    """
    scales = scales_of(question, support)
    if scales is None:
        return Nearest((), is_proved=False)
    around = Neighbours(scales, RowTest(question, goal, scales))
    for changes in range(1, around.reach() + 1):
        rows = [row for row in around.within(changes) if not row.keys() & set(kept)]
        if rows:
            some = tuple(around.change_of(row) for row in rows[:MAX_SHOWN])
            return Nearest(some, is_proved=True, are_more=len(rows) > MAX_SHOWN)
    other = fewest_by_search(
        question.plan,
        goal.tap,
        goal.value,
        given_inputs(question.plan, question.values),
        {question.name_of(axis) for axis in kept},
        RowTest(question, goal, scales).of_batch,
        is_wanted=not goal.is_other,
    )
    if other is None:
        return Nearest((), is_proved=False)
    values = [question.value_in([0, 1, *other], axis) for axis in range(len(question.row))]
    pairs = enumerate(zip(values, question.row, strict=True))
    return Nearest(({axis: new for axis, (new, now) in pairs if new != now},), is_proved=False)


def _support(question: Question, ways: Ways) -> Support:
    literals = [literal for way in (*ways, question.allowed) for literal in way]
    return question.shared.support({literal >> 1 for literal in literals})


def _comparison(
    question: Question, ways: Ways, support: Support, *, turned: bool | int
) -> Comparison | None:
    """Return the single comparison of some ways, `turned` if it does not hold in the row."""
    if len(ways) > 1 or len(ways[0]) > 1 or question.allowed:
        return None
    return comparison(question, ways[0][0] ^ turned, support)


def _as_it_is(question: Question, place: int) -> Condition:
    axis = question.domain.axes[place]
    is_bus = question.plan.inputs[axis.input].is_bus
    return Condition(axis.input, axis.element if is_bus else None, (question.row[place],))


def _row(question: Question, tap: Tap, change: Change) -> NearRow:
    changes = []
    for place in sorted(change):
        axis = question.domain.axes[place]
        element = axis.element if question.plan.inputs[axis.input].is_bus else None
        changes.append(Alteration(axis.input, element, question.row[place], change[place]))
    return NearRow(tuple(changes), question.value_of(tap, change))

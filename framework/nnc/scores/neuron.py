"""One neuron that leaves numbers open, and rows -> the best numbers, and their proof.

The cases of its file hold. Everything else in the network is fixed, so the sum of each row is
linear in the open numbers, and a few evaluations of the network determine it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from nnc.compiler.blanks import OpenNumber, open_numbers
from nnc.compiler.graph import NeuronNode, Tap
from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    InvalidRowsError,
    KeyPath,
)
from nnc.filling.answer import find_obstacle
from nnc.filling.questions import examples_of, question_of
from nnc.filling.search import Fixed, conditions_of, pinned
from nnc.language.firing import FIRING, Firing
from nnc.language.network import Open, Output
from nnc.lazy import np
from nnc.numbers.exact import Number, counted, show_number
from nnc.opening.checking import Checked, check_built, located
from nnc.rows.columns import Batch, Column
from nnc.run.evaluation import evaluate_batch
from nnc.scores.branching import Answer, Branches, Branching
from nnc.scores.demands import Demands, Linear, Span
from nnc.scores.goals import LEAST_LOSS, Goal, GoalName, Judge
from nnc.scores.proof import Proof, Status, StoppedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.int64]"

__all__ = [
    "LEAST_LOSS",
    "Decided",
    "Goal",
    "GoalName",
    "NeuronSettings",
    "Proof",
    "Status",
    "decide",
]

MAX_CELLS = 1000  # different rows, up to which pairs of them are counted
EXACT = 1 << 53  # floats below are exact integers
DEFAULT_BOUNDS = (-5, 5)  # of weights that the file leaves without bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronSettings:
    """The settings of a search for the numbers of a neuron: its goal, and its time in seconds."""

    goal: Goal = LEAST_LOSS
    seconds: float = 60.0


class Decided(NamedTuple):
    """The numbers of a neuron by their paths, and the extent of their proof."""

    values: Mapping[KeyPath, Number]
    proof: Proof
    cases: int
    undecided: tuple[KeyPath, ...]


class Condition(NamedTuple):
    """A case: factors times weights + threshold * turn + constant is at least 0."""

    factors: list[Number]
    turn: int
    constant: Number
    is_strict: bool


def decide(
    checked: Checked,
    tap: Tap,
    batch: Batch,
    ones: Sequence[bool],
    settings: NeuronSettings,
    tick: Callable[[int, int], None],
) -> Decided:
    """Find the best numbers that one neuron, the output `tap`, leaves open.

    `ones` marks the rows that should be 1. Raises InvalidNetworkError if no numbers satisfy the
    cases, and InvalidRowsError for unsatisfiable limits and too large values.
    """
    return _Deciding(checked, tap, batch, np.array(ones, np.int64), settings, tick).run()


class _Deciding:
    """The steps of one decision."""

    def __init__(
        self,
        checked: Checked,
        tap: Tap,
        batch: Batch,
        ones: Array,
        settings: NeuronSettings,
        tick: Callable[[int, int], None],
    ) -> None:
        assert checked.network is not None
        assert checked.linked is not None
        assert checked.wiring is not None
        self._checked, self._tap, self._settings, self._tick = checked, tap, settings, tick
        self._batch, self._ones = batch, ones
        self._end = time.monotonic() + settings.seconds
        self._network, self._linked, self._wiring = checked.network, checked.linked, checked.wiring
        self._numbers = list(open_numbers(self._linked))
        self._name = str(self._numbers[0].place[1])
        maker = self._wiring.nodes[self._wiring.producers[tap.signals[0]]]
        assert isinstance(maker, NeuronNode)
        self._node = maker
        self._unit = Fraction(1, 10 ** self._numbers[0].decimals)
        self._weights = [n for n in self._numbers if n.kind != "threshold"]
        self._ranges = [self._range_of(number) for number in self._weights]
        self._examples = 0

    def _wrong(self, message: str, hint: str, path: KeyPath) -> Diagnostic:
        mistake = Diagnostic("wrong-usage", message, path, file=self._checked.file, help=hint)
        if self._checked.document.value is not None:
            [mistake] = located(self._linked, [mistake])
        return mistake

    def _range_of(self, number: OpenNumber) -> tuple[int, int]:
        """Return the bounds of a weight in units; missing bounds are those of the fit."""
        low = DEFAULT_BOUNDS[0] if number.low is None else number.low
        high = DEFAULT_BOUNDS[1] if number.high is None else number.high
        least, most = ceil(low / self._unit), floor(high / self._unit)
        if least > most:
            text = f"{show_number(low)}..{show_number(high)}"
            message = f"there is no number with so many decimals from {text}"
            hint = "write both bounds, such as `7..9`"
            raise InvalidNetworkError([self._wrong(message, hint, number.place)])
        return least, most

    def run(self) -> Decided:
        """Find the numbers."""
        answer, proof = Branching(self._branches(), self._on_time).run()
        if answer is None:
            if proof.is_interrupted:
                raise KeyboardInterrupt
            raise self._impossible(proof)
        return Decided(self._values(answer), proof, self._examples, self._idle)

    def _on_time(self, done: int, of: int) -> None:
        self._tick(done, of)
        if time.monotonic() > self._end and done < of:
            raise StoppedError

    def _values(self, answer: Answer) -> dict[KeyPath, Number]:
        values: dict[KeyPath, Number] = {
            number.path: _plain(self._unit * units)
            for number, units in zip(self._weights, answer.weights, strict=True)
        }
        threshold = next((n for n in self._numbers if n.kind == "threshold"), None)
        if threshold is not None:
            values[threshold.path] = _plain(Fraction(self._sign * answer.threshold, self._scale))
        return values

    @property
    def _rule(self) -> Firing:
        return FIRING[self._node.rule(0)]

    @property
    def _sign(self) -> int:
        """Return -1 if small sums make the output 1, as for a neuron with states [1, 0]."""
        return 1 if self._rule.up == self._tap.is_one_firing(0) else -1

    def _branches(self) -> Branches:
        """Create the integer problem to search. Raises InvalidRowsError."""
        goal = self._settings.goal
        sums, conditions = self._sums(), self._conditions()
        self._idle = tuple(
            number.path
            for i, (number, (low, high)) in enumerate(zip(self._weights, self._ranges, strict=True))
            if low < high and not any(sums[1 + i]) and not any(c.factors[i] for c in conditions)
        )
        self._scale = self._common(sums, conditions)
        scaled = [[int(number * self._scale) * self._sign for number in line] for line in sums]
        table = np.array(scaled, np.int64).reshape(len(scaled), self._batch.count)
        cells, cell = np.unique(table.T, axis=0, return_inverse=True)
        if goal.name == "auc" and len(cells) > MAX_CELLS:
            message = f"the rows have {len(cells):,} different values"
            message += f", and --goal auc takes {MAX_CELLS:,} where numbers are open"
            raise InvalidRowsError([Diagnostic("bad-label", message, help="use --goal loss")])
        places = cell.reshape(-1)
        hits = np.bincount(places, weights=self._ones, minlength=len(cells)).astype(np.int64)
        rows = np.bincount(places, minlength=len(cells)).astype(np.int64)
        parts = [(np.zeros(len(places), np.int64), 1)] * len(goal.limits)
        judge = Judge(goal, self._ones, parts, None)
        demands = Demands(
            [self._linear(*condition) for condition in conditions],
            self._span(),
            hits,
            rows,
            on=self._rule.strict != self._tap.is_one_firing(0),
            keeps=(lambda fires: judge.keeps(fires[places])) if goal.limits else None,
        )
        unknown = self._network.unknown
        ends = [abs(each) * self._unit for span in self._ranges for each in span]
        return Branches(
            features=np.ascontiguousarray(cells[:, 1:]),
            base=cells[:, 0],
            ones=hits,
            zeros=rows - hits,
            ranges=tuple(self._ranges),
            terms=(unknown.terms if unknown else None) or len(self._ranges),
            scale=self._scale,
            largest=float(max(ends, default=Fraction(1))),
            goal=goal,
            demands=demands,
        )

    def _probe(self, values: Mapping[KeyPath, Number]) -> list[Number]:
        """Return the sums of the neuron with some numbers for all rows."""
        network = self._network.filled(values)
        outputs = {"sum": Output(sum=self._name)}
        network = network.model_copy(update={"outputs": outputs, "cases": ()})
        built = check_built(network)
        assert built.graph is not None, [str(diagnostic) for diagnostic in built.diagnostics]
        column = evaluate_batch(build_plan(built.graph), self._batch)["sum"]
        assert isinstance(column, Column)
        return column.values()

    def _sums(self) -> list[list[Number]]:
        """Return the sum of the fixed numbers in each row, then the effect of a unit of each."""
        start: dict[KeyPath, Number] = {
            number.path: _plain(self._unit * low)
            for number, (low, _) in zip(self._weights, self._ranges, strict=True)
        }
        for number in self._numbers:
            if number.kind == "threshold":
                start[number.path] = _inside(number, self._unit)
        first = self._probe(start)
        base, units = first, list[list[Number]]()
        for number, (low, high) in zip(self._weights, self._ranges, strict=True):
            if low == high:
                units.append([0] * len(first))
                continue
            other = {**start, number.path: _plain(self._unit * (low + 1))}
            changed = self._probe(other)
            unit = [more - less for more, less in zip(changed, first, strict=True)]
            units.append(unit)
            if low:
                base = [each - low * step for each, step in zip(base, unit, strict=True)]
        return [base, *units]

    def _conditions(self) -> list[Condition]:
        """Return the conditions of the cases on the numbers."""
        path = self._checked.path
        examples, mistakes = examples_of(self._linked, self._wiring, path, self._checked.root)
        if mistakes:
            raise InvalidRowsError(mistakes)
        self._examples = len(examples)
        if not examples:
            return []
        question = question_of(self._linked, self._wiring, examples)
        skeleton = question.skeleton
        worth = pinned(skeleton)
        if isinstance(worth, Fixed):
            raise self._impossible(None)
        own = [i for i, number in enumerate(question.numbers) if number.place[1] == self._name]
        cell = next(c for c, each in enumerate(skeleton.cells) if {*own} & {*each.blanks})
        conditions = []
        for condition in conditions_of(skeleton, [cell], worth):
            factors: list[Number] = []
            turn = 0
            for i in own:
                factor = condition.factors.get(i, 0)
                if question.numbers[i].kind == "threshold":
                    turn = int(factor)
                else:
                    factors.append(factor)
            conditions.append(Condition(factors, turn, condition.constant, condition.is_strict))
        return conditions

    def _common(self, sums: Sequence[Sequence[Number]], conditions: Sequence[Condition]) -> int:
        """Return a multiplier that makes all numbers integers. Raises InvalidRowsError."""
        whole = self._unit.denominator
        for line in sums:
            whole = lcm(whole, *{number.denominator for number in line})
        for factors, _, constant, _ in conditions:
            units = [self._unit * factor for factor in factors]
            whole = lcm(whole, constant.denominator, *(unit.denominator for unit in units))
        whole = lcm(whole, self._node.thresholds[0].denominator)
        ends: list[int] = [max(abs(low), abs(high)) for low, high in self._ranges]
        widest = [max((abs(Fraction(number)) for number in line), default=0) for line in sums]
        most = widest[0] + sum(end * width for end, width in zip(ends, widest[1:], strict=True))
        if most * whole * (len(ends) + 2) > EXACT:
            message = "the sums are too large, or have too many decimals, for a fit"
            raise InvalidRowsError([Diagnostic("bad-value", message)])
        return whole

    def _linear(
        self, factors: Sequence[Number], turn: int, constant: Number, is_strict: bool
    ) -> Linear:
        units = tuple(int(factor * self._unit * self._scale) for factor in factors)
        return Linear(units, turn * self._sign, int(constant * self._scale) - is_strict)

    def _span(self) -> Span:
        """Return the possible thresholds, negated for a neuron that fires for small sums."""
        open_ = next((n for n in self._numbers if n.kind == "threshold"), None)
        if open_ is None:
            fixed = self._sign * int(self._node.thresholds[0] * self._scale)
            return Span(fixed, fixed)
        ends = [
            None if each is None else self._sign * floor(each * self._scale)
            for each in (_up(open_.low, self._unit), open_.high)
        ]
        low, high = ends if self._sign > 0 else reversed(ends)
        return Span(low, high, int(self._unit * self._scale))

    def _impossible(self, proof: Proof | None) -> InvalidRowsError | InvalidNetworkError:
        """Return the error that nothing satisfies the cases, or the limits."""
        if self._examples and (reason := reason_of(self._checked)) is not None:
            return reason
        what = [str(limit) for limit in self._settings.goal.limits]
        if self._examples:
            what.insert(0, f"the {counted(self._examples, 'case')}")
        if self._network.unknown is not None and self._network.unknown.terms is not None:
            what.append(f"{counted(self._network.unknown.terms, 'term')} at most")
        keep = " and ".join(what) or "the bounds of the threshold"
        how = "all choices were looked at"
        if proof is None or proof.status != "proved":
            how = "none were found; that there are none is not proved"
        message = f"no numbers within the bounds keep {keep}: {how}"
        hint = "raise a limit, widen the bounds, or change the cases"
        return InvalidRowsError([Diagnostic("limits-impossible", message, help=hint)])


def reason_of(checked: Checked) -> InvalidNetworkError | None:
    """Return the cases that contradict each other, if `nnc solve` finds them."""
    unknown = None if checked.network is None else checked.network.unknown
    span = Open(*DEFAULT_BOUNDS)
    if unknown is not None and unknown.range is not None:
        span = unknown.range
    for bounds in (None, span):
        try:
            obstacle = find_obstacle(checked, bounds, seconds=5)
        except (InvalidNetworkError, InvalidRowsError):
            return None
        if obstacle is not None:
            return InvalidNetworkError([obstacle])
    return None


def _up(number: Number | None, unit: Fraction) -> Number | None:
    """Return the smallest multiple of a unit that is not below a number."""
    return None if number is None else ceil(number / unit) * unit


def _plain(number: Number) -> Number:
    return int(number) if number == int(number) else number


def _inside(number: OpenNumber, unit: Fraction) -> Number:
    """Return a number within the bounds of a threshold."""
    if number.low is not None:
        return _plain(ceil(number.low / unit) * unit)
    return 0 if number.high is None else _plain(floor(number.high / unit) * unit)

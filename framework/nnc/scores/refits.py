"""A network that leaves numbers of a neuron open, and rows -> Refit: what `nnc fit FILE` shares."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm
from typing import TYPE_CHECKING, Any

from nnc.bundles import bundle_of, line_of, text_of
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    InvalidRowsError,
    KeyPath,
    did_you_mean,
)
from nnc.language.firing import FIRING
from nnc.numbers.exact import Number, counted, names_and_more, show_number
from nnc.opening.checking import Checked, check_built

if TYPE_CHECKING:
    from nnc.compiler.blanks import OpenNumber
    from nnc.compiler.graph import NeuronNode, Tap
    from nnc.language.network import Network
    from nnc.scores.branching import Answer, Branches
    from nnc.scores.demands import Linear, Span
    from nnc.scores.fitting import FitOptions
    from nnc.scores.odds import Quality
    from nnc.scores.proof import Proof
    from nnc.scores.samples import Sample
    from nnc.scores.table import Table

Probed = tuple[list[Number], list[bool]]
"""Sums, and where the output is 1."""
BUILDING = ("terms", "cutoffs", "signs", "keep", "leave_out", "pool", "threads")
"""Settings that say how a score is built, which a file says itself."""
MOST_CELLS = 1000
"""Different rows up to which pairs of them are counted."""
_MOST = 1 << 53


@dataclass(frozen=True, slots=True, repr=False)
class Refit:
    """A network whose open numbers were found from rows.

    `values` are the numbers by their paths, `neuron` is whose they are, and `output` the output
    that says the label. `cases` counts the cases of the file, which all hold. `proof` says what is
    known of the numbers: that none are better, where it is `proved`.
    """

    network: Network
    values: Mapping[KeyPath, Number]
    threshold: Number
    neuron: str
    output: str
    proof: Proof
    options: FitOptions
    positive: str
    train: Quality
    test: Quality | None
    cases: int
    notes: tuple[Diagnostic, ...]

    __str__ = text_of
    __repr__ = line_of
    _repr_mimebundle_ = bundle_of

    @property
    def label(self) -> str:
        """The column that is predicted."""
        return self.options.label

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended the search."""
        return self.proof.is_interrupted


def refit(
    checked: Checked,
    table: Table,
    options: FitOptions,
    tick: Callable[[int, int], None] = lambda _done, _of: None,
    neuron: str | None = None,
) -> Refit:
    """Fill what one neuron of a checked network leaves open: its cases hold, rows as far as can be.

    The answer is evaluated again for all rows, and for all cases unless `neuron` says which of
    several it is, each an output that no other neuron reads. Raises InvalidNetworkError where no
    numbers give the cases; and InvalidRowsError for mistakes in the rows, and limits that nothing
    keeps.
    """
    return _Refitting(checked, table, options, tick, neuron).run()


class _Refitting:
    """The steps of one fit of open numbers."""

    def __init__(
        self,
        checked: Checked,
        table: Table,
        options: FitOptions,
        tick: Callable[[int, int], None],
        neuron: str | None,
    ) -> None:
        from nnc.compiler.blanks import open_numbers
        from nnc.scores.fitting import split
        from nnc.scores.labels import Spelling, no_rows, positive_of, rest_note
        from nnc.scores.samples import sample_of

        self._checked, self._options, self._tick = checked, options, tick
        self._end = time.monotonic() + options.seconds
        assert checked.network is not None
        assert checked.linked is not None
        assert checked.wiring is not None
        self._network, self._linked, self._wiring = checked.network, checked.linked, checked.wiring
        numbers = list(open_numbers(self._linked))
        self._is_alone = neuron is None
        self._name = str(numbers[0].place[1]) if neuron is None else neuron
        self._numbers = [n for n in numbers if n.place[1] == self._name]
        self._blank = {  # of other neurons, on which nothing here depends
            n.path: _inside(n, Fraction(1, 10**n.decimals))
            for n in numbers
            if n.place[1] != self._name
        }
        self._tap, self._node = self._asked()
        if not table.count:
            raise InvalidRowsError([no_rows(table.file)])
        plain = Spelling.of(table, options.label).applied(table)
        self._positive = positive_of(
            plain, options.label, options.positive, self._tap.zero_and_one(0)
        )
        self._rest = rest_note(plain, options.label, self._positive)
        train, test = split(table, options)
        self._unit = Fraction(1, 10 ** self._numbers[0].decimals)
        self._weights = [n for n in self._numbers if n.kind != "threshold"]
        self._ranges = [self._range_of(number) for number in self._weights]
        inputs = self._network.typed_inputs()
        self._sample = sample_of(train, inputs, options.label, self._positive)
        self._others = (
            None if test is None else sample_of(test, inputs, options.label, self._positive)
        )
        self._table = train

    def _wrong(self, message: str, hint: str = "", path: KeyPath = ()) -> Diagnostic:
        from nnc.opening.checking import located

        what = "nnc fit fills weights and the threshold of one neuron that is an output itself"
        diagnostic = Diagnostic(
            "wrong-usage", message, path, file=self._checked.file, help=hint or what
        )
        if path and self._checked.linked is not None and self._checked.document.value is not None:
            [diagnostic] = located(self._checked.linked, [diagnostic])
        return diagnostic

    # ------------------------------------------------------------------ what is asked

    def _asked(self) -> tuple[Tap, NeuronNode]:
        """Return the output of the label and its neuron. Raises InvalidNetworkError."""
        from nnc.compiler.graph import NeuronNode

        path = self._numbers[0].place[:2]
        node = next(
            node
            for node in self._wiring.nodes
            if isinstance(node, NeuronNode)
            and node.origin.path[:2] == path
            and not node.is_step
            and not node.origin.instance
        )
        return self._output(self._name, node), node

    def _output(self, name: str, node: NeuronNode) -> Tap:
        taps = [t for t in self._wiring.outputs if t.kind == "bit" and t.signals[0] == node.first]
        names = [tap.alias for tap in taps]
        wanted = self._options.output or self._options.label
        tap = next((tap for tap in taps if tap.alias == wanted), None)
        if tap is None and len(taps) == 1 and self._options.output is None:
            tap = taps[0]
        if tap is None:
            message = f"no output `{wanted}` says whether `{name}` fires, whose numbers are open"
            hint = did_you_mean(wanted, names, f"such outputs are {names_and_more(names)}")
            if not names:
                hint = f"write `outputs: {{{wanted}: {name}}}`"
            raise InvalidNetworkError([self._wrong(message, hint or "")])
        return tap

    def _range_of(self, number: OpenNumber) -> tuple[int, int]:
        """Return the bounds of a weight in units; those that are not written are the fit's."""
        low = self._options.low if number.low is None else number.low
        high = self._options.high if number.high is None else number.high
        least, most = ceil(low / self._unit), floor(high / self._unit)
        if least > most:
            text = f"{show_number(low)}..{show_number(high)}"
            message = f"there is no number with so many decimals from {text}"
            hint = "write both bounds, such as `7..9`, or give --points"
            raise InvalidNetworkError([self._wrong(message, hint, number.place)])
        return least, most

    # ------------------------------------------------------------------ numbers

    def run(self) -> Refit:
        """Find the numbers, put them in, and evaluate them."""
        from nnc.scores.branching import Branching

        asked = self._branches()
        answer, proof = Branching(asked, self._on_time).run(proves=self._options.proves)
        if answer is None:
            if proof.is_interrupted:
                raise KeyboardInterrupt
            raise self._impossible(proof)
        values = self._values(answer)
        return self._refit(values, answer, proof)

    def _on_time(self, done: int, of: int) -> None:
        from nnc.scores.proof import StoppedError

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
    def _rule(self) -> Any:
        return FIRING[self._node.rule(0)]

    @property
    def _sign(self) -> int:
        """Return -1 where small sums make the output 1, as they do of a silent neuron of [1, 0]."""
        return 1 if self._rule.up == self._tap.is_one_firing(0) else -1

    def _branches(self) -> Branches:
        """Make the problem of integers that is searched. Raises InvalidRowsError."""
        from nnc.scores.goals import Judge, parts_of
        from nnc.scores.labels import same_label
        from nnc.scores.samples import Asked, branches_of

        sample, goal = self._sample, self._options.goal
        if not sample.is_mixed:
            raise InvalidRowsError([same_label([self._options.label], self._table.file)])
        sums, conditions = self._sums(), self._conditions()
        self._idle = {
            number.path
            for i, (number, (low, high)) in enumerate(zip(self._weights, self._ranges, strict=True))
            if low < high and not any(sums[1 + i]) and not any(each[0][i] for each in conditions)
        }
        self._scale = self._common(sums, conditions)
        unknown = self._network.unknown
        ends = [abs(each) * self._unit for span in self._ranges for each in span]
        asked = Asked(
            [[int(number * self._scale) * self._sign for number in line] for line in sums],
            self._scale, tuple(self._ranges),
            (unknown.terms if unknown else None) or len(self._ranges),
            float(max(ends, default=Fraction(1))), [self._linear(*each) for each in conditions],
            self._span(), self._rule.strict != self._tap.is_one_firing(0),
        )  # fmt: skip
        judge = Judge(goal, sample.ones, parts_of(self._table, goal), None)
        branches = branches_of(sample, asked, goal, judge.keeps if goal.limits else None)
        if goal.name == "auc" and len(branches.base) > MOST_CELLS:
            message = f"the rows have {len(branches.base):,} different values"
            message += f", and --goal auc takes {MOST_CELLS:,} where numbers are open"
            raise InvalidRowsError([Diagnostic("bad-label", message, help="use --goal loss")])
        return branches

    def _probe(self, values: Mapping[KeyPath, Number], sample: Sample) -> Probed:
        """Evaluate the network with numbers for all rows: its sums, and where it is 1."""
        from nnc.compiler.plan import build_plan
        from nnc.language.network import Output

        outputs = {"fires": Output(sources=(self._name,)), "sum": Output(sum=self._name)}
        network = self._network.filled({**self._blank, **values})
        network = network.model_copy(update={"outputs": outputs, "cases": ()})
        built = check_built(network)
        assert built.graph is not None, [str(each) for each in built.diagnostics]
        sums, fires = sample.evaluated(build_plan(built.graph))
        is_one = self._tap.is_one_firing(0)
        return sums, [(value == self._node.states[1]) == is_one for value in fires]

    def _sums(self) -> list[list[Number]]:
        """Return what the fixed numbers add up to in each row, then what a unit of each adds."""
        start: dict[KeyPath, Number] = {
            number.path: _plain(self._unit * low)
            for number, (low, _) in zip(self._weights, self._ranges, strict=True)
        }
        for number in self._numbers:
            if number.kind == "threshold":
                start[number.path] = _inside(number, self._unit)
        first = self._probe(start, self._sample)[0]
        base, units = first, list[list[Number]]()
        for number, (low, high) in zip(self._weights, self._ranges, strict=True):
            if low == high:
                units.append([0] * len(first))
                continue
            other = {**start, number.path: _plain(self._unit * (low + 1))}
            changed = self._probe(other, self._sample)[0]
            unit = [more - less for more, less in zip(changed, first, strict=True)]
            units.append(unit)
            if low:
                base = [each - low * step for each, step in zip(base, unit, strict=True)]
        return [base, *units]

    def _conditions(self) -> list[tuple[list[Number], int, Number, bool]]:
        """Return what cases ask: of each weight, the threshold, a constant, and if it is strict."""
        from nnc.filling.questions import examples_of, question_of
        from nnc.filling.search import Fixed, conditions_of, pinned

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
            raise reason_of(self._checked, self._options) or self._impossible(None)
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
            conditions.append((factors, turn, condition.constant, condition.is_strict))
        return conditions

    def _common(self, sums: Sequence[Sequence[Number]], conditions: Sequence[Any]) -> int:
        """Return a number that makes all others whole. Raises InvalidRowsError, too large."""
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
        if most * whole * (len(ends) + 2) > _MOST:
            message = "the sums are too large, or have too many decimals, for a fit"
            raise InvalidRowsError([Diagnostic("bad-value", message)])
        return whole

    def _linear(
        self, factors: Sequence[Number], turn: int, constant: Number, is_strict: bool
    ) -> Linear:
        from nnc.scores.demands import Linear

        units = tuple(int(factor * self._unit * self._scale) for factor in factors)
        return Linear(units, turn * self._sign, int(constant * self._scale) - is_strict)

    def _span(self) -> Span:
        """Return the thresholds that are possible, turned over for a neuron of small sums."""
        from nnc.scores.demands import Span

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

    # ------------------------------------------------------------------ what came of it

    def _impossible(self, proof: Proof | None) -> InvalidRowsError | InvalidNetworkError:
        """Return that nothing keeps the cases, or the limits."""
        if self._examples and (reason := reason_of(self._checked, self._options)) is not None:
            return reason
        what = [str(limit) for limit in self._options.goal.limits]
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

    def _refit(self, values: dict[KeyPath, Number], answer: Answer, proof: Proof) -> Refit:
        """Evaluate the answer again, for all rows and cases; another result is a bug."""
        from nnc.filling.questions import replay_cases

        network = self._network.filled(values)
        if self._is_alone:
            replay_cases(self._checked, network, self._examples)
        sums, fires = self._probe(values, self._sample)
        points = [self._sign * number for number in sums]
        largest = max(
            (abs(float(self._unit * w)) for span in self._ranges for w in span), default=1
        )
        odds = self._sample.odds(points, largest)
        train = self._sample.quality(points, fires, odds)
        self._check(answer, train)
        test = None
        if self._others is not None:
            others, fired = self._probe(values, self._others)
            test = self._others.quality([self._sign * number for number in others], fired, odds)
        threshold = values.get(self._limit_path, self._node.thresholds[0])
        return Refit(
            network, values, threshold, self._name, self._tap.alias, proof,
            self._options, self._positive, train, test, self._examples,
            self._notes(values, train, test, proof),
        )  # fmt: skip

    def _notes(
        self, values: Mapping[KeyPath, Number], train: Quality, test: Quality | None, proof: Proof
    ) -> tuple[Diagnostic, ...]:
        from nnc.scores.baseline import no_better
        from nnc.scores.notes import advice_of, notes_of

        undecided = [n for n in self._weights if n.path in self._idle]
        notes = notes_of([self._sample], undecided, values, self._checked)
        advice = advice_of(is_proved=proof.status == "proved")
        note = no_better(self._tap.alias, train, test, self._options.goal, train.auc, advice)
        return tuple(each for each in (self._rest, *notes, note) if each is not None)

    @property
    def _limit_path(self) -> KeyPath:
        return (*self._numbers[0].place[:2], "threshold")

    def _check(self, answer: Answer, train: Quality) -> None:
        """Compare what was counted with what the network gives."""
        goal = self._options.goal
        if abs(train.loss * train.rows - answer.loss) > 1e-6 * max(1.0, answer.loss):
            raise AssertionError("the network has another loss than the numbers that were found")
        miss, alarm = goal.costs
        cost = train.misses * miss + train.false_alarms * alarm
        if goal.name == "accuracy" and cost != answer.value:
            raise AssertionError("the network makes other mistakes than the numbers found")


def reason_of(checked: Checked, options: FitOptions) -> InvalidNetworkError | None:
    """Say by which cases there are no numbers, if `nnc solve` knows."""
    from nnc.filling.answer import find_obstacle
    from nnc.language.network import Open

    unknown = None if checked.network is None else checked.network.unknown
    span = Open(options.low, options.high)
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
    """Return the least multiple of a unit that is not below a number."""
    return None if number is None else ceil(number / unit) * unit


def _plain(number: Number) -> Number:
    return int(number) if number == int(number) else number


def _inside(number: OpenNumber, unit: Fraction) -> Number:
    """Return some number within the bounds of a threshold."""
    if number.low is not None:
        return _plain(ceil(number.low / unit) * unit)
    return 0 if number.high is None else _plain(floor(number.high / unit) * unit)

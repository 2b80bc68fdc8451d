"""A network that leaves numbers of several neurons open, and rows -> SkeletonFit."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Literal

from nnc.bundles import bundle_of, line_of, text_of
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    InvalidRowsError,
    KeyPath,
)
from nnc.filling.questions import replay_cases
from nnc.numbers.exact import Number, counted, show_number
from nnc.opening.checking import Checked, check_built, located
from nnc.rows.columns import Column, Labels
from nnc.scores.labels_answer import Counts, labels_of
from nnc.scores.notes import advice_of, notes_of

if TYPE_CHECKING:
    from nnc.compiler.blanks import OpenNumber
    from nnc.compiler.graph import Graph
    from nnc.compiler.linking import Linked
    from nnc.filling.questions import Example, Question
    from nnc.filling.search import Request, Skeleton
    from nnc.filling.search.fewest import Fewest, Labelled
    from nnc.language.network import Input, Network
    from nnc.scores.fitting import FitOptions
    from nnc.scores.refits import Refit
    from nnc.scores.table import Table

MOST = 200_000
"""Weights times different rows, beyond which no search is begun."""
Status = Literal["proved", "solver", "searched"]


@dataclass(frozen=True, slots=True)
class LabelFit:
    """What came of a label: its column, the output that says it, and how well it does."""

    column: str
    positive: str
    output: str
    train: Counts
    test: Counts | None


@dataclass(frozen=True, slots=True, repr=False)
class SkeletonFit:
    """A network whose open numbers, of several neurons, were found from rows.

    `cost` is what wrong labels cost, `bound` what they cost at least with any numbers within the
    bounds, and `floor` with any network that sees the rows as this one does. The cost is `proved`
    to be least where it is the floor, and by the `solver` where it is its bound. `parts` are the
    answers of neurons that do not depend on each other, each found by itself; then there is no
    common cost.
    """

    network: Network
    values: Mapping[KeyPath, Number]
    labels: tuple[LabelFit, ...]
    options: FitOptions
    cases: int
    cost: int = 0
    bound: int = 0
    floor: int = 0
    parts: tuple[Refit, ...] = ()
    is_interrupted: bool = False
    notes: tuple[Diagnostic, ...] = ()
    solver: str = ""

    __str__ = text_of
    __repr__ = line_of
    _repr_mimebundle_ = bundle_of

    @property
    def status(self) -> Status:
        """What is known of the cost."""
        if self.cost == self.floor:
            return "proved"
        return "solver" if self.cost == self.bound else "searched"


def fit_numbers(
    checked: Checked,
    table: Table,
    options: FitOptions,
    tick: Callable[[int, int], None] = lambda _done, _of: None,
) -> Refit | SkeletonFit:
    """Fill what a checked network leaves open: its cases hold, and rows as far as can be.

    A neuron that is an output, and that no other one reads, is searched by itself, so that its loss
    can be proved to be least; several of them one after the other. All else is `fit_skeleton`'s.
    Raises InvalidNetworkError where nothing is open, and as `refit` and `fit_skeleton` do.
    """
    from nnc.filling.blanks import refuse_counts
    from nnc.scores.refits import refit

    wiring = checked.wiring if checked.is_open else None
    if checked.network is None or checked.linked is None or wiring is None:
        nothing = Diagnostic(
            "wrong-usage",
            "no number is left open, so that there is nothing to find",
            file=checked.file if checked.path is not None else None,
            help="write `_` for a number that rows are to decide, `weights: {age: _}`",
        )
        raise InvalidNetworkError(checked.errors or [nothing])
    refuse_counts(checked)
    parts = _apart(checked.linked, wiring, options, table)
    if not parts:
        return fit_skeleton(checked, table, options, lambda: tick(0, 0))
    if len(parts) == 1:
        return refit(checked, table, options, tick)
    return _fit_apart(checked, table, options, parts, tick)


def _apart(
    linked: Linked, wiring: Graph, options: FitOptions, table: Table
) -> dict[str, tuple[str, str | None]]:
    """Return the label of each open neuron; empty where one of them is not alone with its own."""
    from nnc.compiler.graph import NeuronNode

    names = dict.fromkeys(blank.path[:2] for blank in linked.blanks)
    nodes = [n for n in wiring.nodes if n.origin.path[:2] in names and not n.origin.instance]
    whole = [n for n in nodes if isinstance(n, NeuronNode) and not n.is_step]
    if len(whole) != len(names) or len(options.labels) != len(names):
        return {}
    read = {source for node in wiring.nodes for source in node.sources}
    largest = {s for tap in wiring.outputs if tap.kind == "largest" for s in tap.signals}
    if any(n.ports or len(n.thresholds) != 1 or n.first in read | largest for n in whole):
        return {}
    if len(names) == 1:
        return {str(next(iter(names))[1]): options.labels[0]}
    labels: dict[str, tuple[str, str | None]] = {}
    taps = {tap.alias: tap.signals[0] for tap in wiring.outputs if tap.kind == "bit"}
    by_signal = {node.first: str(node.origin.path[1]) for node in whole}
    for column, output in options.labels:
        name = by_signal.get(taps.get(output or column, -1))
        if name is None or name in labels or len(_values_of(table, column)) < 2:
            return {}
        labels[name] = column, output
    return labels


def _values_of(table: Table, column: str) -> set[str]:
    of = table.columns.get(column)
    return set() if of is None else {t for t, n in zip(of.texts, of.counts, strict=True) if n}


def _fit_apart(
    checked: Checked,
    table: Table,
    options: FitOptions,
    parts: Mapping[str, tuple[str, str | None]],
    tick: Callable[[int, int], None],
) -> SkeletonFit:
    """Fill neurons that do not depend on each other, one after the other.

    After Ctrl-C the others are searched without a proof; a second one leaves nothing.
    """
    from nnc.scores.refits import refit

    assert checked.network is not None
    end = time.monotonic() + options.seconds
    answers: list[Refit] = []
    is_interrupted = False
    for left, (neuron, (column, output)) in zip(
        range(len(parts), 0, -1), parts.items(), strict=True
    ):
        seconds = max(0.0, end - time.monotonic()) / left
        own = replace(options, label=column, output=output, more=(), seconds=seconds)
        own = replace(own, proves=options.proves and not is_interrupted)
        part = refit(checked, table, own, tick, neuron)
        if is_interrupted and part.proof.is_interrupted:
            raise KeyboardInterrupt
        is_interrupted |= part.proof.is_interrupted
        answers.append(part)
    values = {path: value for part in answers for path, value in part.values.items()}
    network = checked.network.filled(values)
    cases = answers[0].cases
    replay_cases(checked, network, cases)
    labels = tuple(
        LabelFit(
            part.label, part.positive, part.output, Counts.of(part.train),
            None if part.test is None else Counts.of(part.test),
        )
        for part in answers
    )  # fmt: skip
    notes = tuple(note for part in answers for note in part.notes)
    return SkeletonFit(
        network, values, labels, options, cases, parts=tuple(answers),
        is_interrupted=is_interrupted, notes=notes,
    )  # fmt: skip


def fit_skeleton(
    checked: Checked,
    table: Table,
    options: FitOptions,
    tick: Callable[[], object] = lambda: None,
) -> SkeletonFit:
    """Fill what a checked network leaves open: its cases hold, and as few labels are wrong as may.

    The answer is evaluated again for all rows and cases. Raises InvalidNetworkError where no
    numbers give the cases, a size is open, or ortools is missing; and InvalidRowsError for mistakes
    in the rows, and where nothing was found in time.
    """
    return _Fitting(checked, table, options, tick).run()


class _Fitting:
    """The steps of one fit of a skeleton."""

    def __init__(
        self, checked: Checked, table: Table, options: FitOptions, tick: Callable[[], object]
    ) -> None:
        from nnc.scores.fitting import split
        from nnc.scores.labels import no_rows, rest_note

        self._checked, self._options, self._tick = checked, options, tick
        self._end = time.monotonic() + options.seconds
        assert checked.network is not None
        assert checked.linked is not None
        assert checked.wiring is not None
        self._network: Network = checked.network
        self._linked: Linked = checked.linked
        self._wiring: Graph = checked.wiring
        self._refuse_options()
        if not table.count:
            raise InvalidRowsError([no_rows(table.file)])
        self._inputs = self._network.typed_inputs()
        rows = split(table, options)
        self._labels = labels_of(self._wiring, self._inputs, options, rows, self._refused)
        rest = (rest_note(rows[0], each.column, each.positive) for each in self._labels)
        self._rest = [note for note in rest if note is not None]

    def _refused(self, message: str, hint: str, path: KeyPath = ()) -> Diagnostic:
        diagnostic = Diagnostic("wrong-usage", message, path, file=self._checked.file, help=hint)
        if path and self._checked.document.value is not None:
            [diagnostic] = located(self._linked, [diagnostic])
        return diagnostic

    def _refuse_options(self) -> None:
        """Raise InvalidNetworkError for what goes with single neurons only."""
        options = self._options
        size = next((blank for blank in self._network.open if blank.kind == "size"), None)
        what = ""
        if size is not None:
            message = f"the size of layer `{size.path[1]}` is open, and rows do not decide it"
            hint = "write the size; nnc solve finds the least one from cases"
            raise InvalidNetworkError([self._refused(message, hint, size.path)])
        if options.has_goal and options.goal.name != "accuracy":
            what = f"the goal {options.goal.name}"
        elif options.goal.limits:
            what = f"a limit, {options.goal.limits[0]},"
        elif not options.proves:
            what = "a search without a proof"
        if what:
            message = f"{what} is for neurons that are outputs and do not depend on each other"
            hint = "here it is the fewest wrong rows: leave the option out, or give --budget"
            raise InvalidNetworkError([self._refused(message, hint)])

    # ------------------------------------------------------------------ what is asked

    @cached_property
    def _examples(self) -> list[Example]:
        from nnc.filling.questions import examples_of

        checked = self._checked
        path = checked.path or (self._network.folder / "network" if self._network.folder else None)
        root = checked.root or self._network.root
        examples, mistakes = examples_of(self._linked, self._wiring, path, root)
        if mistakes:
            raise InvalidRowsError(located(self._linked, mistakes))
        return examples

    def _question(self) -> Question:
        """Make the skeleton of the cases, and behind them of each different row."""
        from nnc.filling.questions import Example, question_of

        batch = self._labels[0].train.batch
        rows: list[dict[str, Any]] = [{} for _ in range(batch.count)]
        for (name, input_), column in zip(self._inputs.items(), batch.columns, strict=True):
            for row, value in zip(rows, _values(column, input_), strict=True):
                row[name] = value
        behind = [Example("", row, {}, ()) for row in rows]
        return question_of(self._linked, self._wiring, [*self._examples, *behind])

    def _bounded(self, skeleton: Skeleton) -> Skeleton:
        """Give weights without bounds those of the fit."""
        options, blanks = self._options, []
        for blank in skeleton.blanks:
            if blank.is_weight:
                low = options.low if blank.low is None else blank.low
                high = options.high if blank.high is None else blank.high
                blank = replace(blank, low=low, high=high)
            blanks.append(blank)
        return replace(skeleton, blanks=tuple(blanks))

    def _request(self, question: Question) -> Request:
        """Return what is asked of the numbers. Raises InvalidNetworkError: none within bounds."""
        from nnc.filling.search import Request

        unknown = self._network.unknown
        request = Request(
            (unknown.decimals if unknown else None) or 0,
            unknown.terms if unknown else None,
            "terms" if unknown is not None and unknown.minimize == "terms" else "weights",
            seconds=self._options.seconds,
        )
        for number, blank in zip(question.numbers, question.skeleton.blanks, strict=True):
            if blank.low is None or blank.high is None:
                continue
            if ceil(blank.low / request.unit) > floor(blank.high / request.unit):
                text = f"{show_number(blank.low)}..{show_number(blank.high)}"
                message = f"there is no number with so many decimals from {text}"
                hint = "write both bounds, such as `7..9`, or give --points"
                raise InvalidNetworkError([self._refused(message, hint, number.place)])
        return request

    def _asked(self, question: Question) -> Labelled:
        """Return the skeleton with what labels want. Raises InvalidRowsError, too many rows."""
        from nnc.filling.search.fewest import Label as Wanted
        from nnc.filling.search.fewest import labelled

        miss, alarm = self._options.goal.costs
        skeleton, first = question.skeleton, len(self._examples)
        for label in self._labels:
            if label.signal in skeleton.rows[first].known:
                message = f"no open number changes output `{label.output}`"
                hint = f"leave out --label {label.column}; nnc eval --expected judges it"
                raise InvalidNetworkError([self._refused(message, hint)])
        wanted = [
            Wanted(first + row, label.signal, *costs[:: 1 if label.is_one_firing else -1])
            for label in self._labels
            for row, (ones, zeros) in enumerate(label.train.tallies)
            for costs in [(miss * ones, alarm * zeros)]
        ]
        asked = labelled(skeleton, wanted)
        size = len(asked.skeleton.rows) * sum(
            1 + len(skeleton.cells[c].sources) for c in asked.needed
        )
        if size > MOST:
            message = f"the rows differ in {len(asked.skeleton.rows):,} ways for the open neurons"
            message += f", and have {size:,} weights to go through; at most {MOST:,} are searched"
            hint = "give fewer rows, or cut-offs (`age: {65: _}`) instead of numbers"
            raise InvalidRowsError([Diagnostic("fit-too-large", message, help=hint)])
        return asked

    # ------------------------------------------------------------------ what came of it

    def _is_over(self) -> bool:
        self._tick()
        return time.monotonic() > self._end

    def run(self) -> SkeletonFit:
        """Find the numbers, put them in, and evaluate them."""
        from nnc.filling.search.fewest import fewest_wrong
        from nnc.solvers.bounded import TooLarge, version

        question = self._question()
        question = replace(question, skeleton=self._bounded(question.skeleton))
        request = self._request(question)
        asked = self._asked(question)
        try:
            fewest = fewest_wrong(asked, request, self._is_over)
        except TooLarge:
            message = "the sums are too large, or have too many decimals, for a fit"
            hint = "give values fewer digits, and weights smaller bounds with --points"
            raise InvalidRowsError([Diagnostic("bad-value", message, help=hint)]) from None
        if fewest.values is None:
            if fewest.is_interrupted:
                raise KeyboardInterrupt
            raise self._nothing(fewest)
        values = {number.path: fewest.values[i] for i, number in enumerate(question.numbers)}
        network = self._network.filled(values)
        replay_cases(self._checked, network, len(self._examples))
        labels = self._judged(network)
        miss, alarm = self._options.goal.costs
        cost = sum(x.train.misses * miss + x.train.false_alarms * alarm for x in labels)
        if cost != fewest.cost:
            raise AssertionError("the network makes other mistakes than the numbers found")
        undecided = [number for i, number in enumerate(question.numbers) if i not in asked.numbers]
        answer = SkeletonFit(
            network, values, labels, self._options, len(self._examples), cost, fewest.bound,
            fewest.floor, (), fewest.is_interrupted, (), f"CP-SAT {version()}",
        )  # fmt: skip
        return replace(answer, notes=self._notes(undecided, answer))

    def _judged(self, network: Network) -> tuple[LabelFit, ...]:
        """Evaluate a network for all rows."""
        from nnc.compiler.plan import build_plan

        built = check_built(network.model_copy(update={"cases": ()}))
        assert built.graph is not None, [str(each) for each in built.diagnostics]
        plan = build_plan(built.graph)
        return tuple(
            LabelFit(
                label.column, label.positive, label.output, label.judged(plan, label.train),
                None if label.test is None else label.judged(plan, label.test),
            )
            for label in self._labels
        )  # fmt: skip

    def _notes(
        self, undecided: Sequence[OpenNumber], answer: SkeletonFit
    ) -> tuple[Diagnostic, ...]:
        """Return notes of rows that contradict each other, and outputs that are of no use."""
        from nnc.scores.baseline import no_better

        samples = [label.train for label in self._labels]
        notes = notes_of(samples, undecided, answer.values, self._checked)
        advice = advice_of(is_proved=answer.status != "searched")
        compared = [
            no_better(label.output, label.train, label.test, self._options.goal, None, advice)
            for label in answer.labels
        ]
        return (*self._rest, *notes, *(note for note in compared if note is not None))

    def _nothing(self, fewest: Fewest) -> InvalidNetworkError | InvalidRowsError:
        """Return why there are no numbers: cases that no numbers give, or no time."""
        from nnc.scores.refits import reason_of

        if fewest.is_impossible:
            return reason_of(self._checked, self._options) or InvalidNetworkError([
                Diagnostic(
                    "impossible",
                    f"no numbers within the bounds give the {counted(len(self._examples), 'case')}"
                    " of the file: CP-SAT says so",
                    file=self._checked.file, help="widen the bounds, or change the cases",
                )
            ])  # fmt: skip
        message = f"no numbers that give the cases were found in {self._options.seconds:g} s"
        hint = "give it longer with --budget, or fewer rows, or smaller bounds with --points"
        return InvalidRowsError(
            [Diagnostic("not-decided", message, file=self._checked.file, help=hint)]
        )


def _values(column: Column | Labels, input_: Input) -> list[Any]:
    """Return what an input is worth in each row: a bus in a tuple, a bit as its state."""
    if isinstance(column, Labels):
        return list(column.values())
    listed = [each.values() for each in column.elements()]
    if input_.type == "bit":
        listed = [[input_.state_values[int(bit)] for bit in each] for each in listed]
    return list(zip(*listed, strict=True)) if input_.is_bus else list(listed[0])

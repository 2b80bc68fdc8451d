"""A score from rows: `fit_table` finds the terms and their points, and says how good they are."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nnc.bundles import bundle_of, line_of, text_of, yaml_of
from nnc.compiler.graph import build_graph
from nnc.compiler.linking import Linker
from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, did_you_mean
from nnc.files.writing import write_whole
from nnc.language.library import Library
from nnc.language.network import Network
from nnc.numbers.exact import counted, names_and_more, shorten
from nnc.numbers.integers import Array
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.cells import input_of_texts
from nnc.run.evaluation import evaluate_batch
from nnc.scores.cells import MOST_TERMS, Cells, require_kernels
from nnc.scores.documents import (
    conditions_of,
    network_of,
    risks_of,
    totals_possible,
)
from nnc.scores.goals import Goal, Judge, parts_of
from nnc.scores.labels import (
    Spelling,
    no_rows,
    positive_of,
    rest_note,
    same_label,
)
from nnc.scores.local import LocalSearch
from nnc.scores.odds import Odds, Quality, no_better, odds_of, quality_of
from nnc.scores.proof import Proof, Prover, StoppedError
from nnc.scores.search import Card, Choices, Incumbents, search
from nnc.scores.table import Table
from nnc.scores.terms import (
    Candidates,
    Term,
    TermOptions,
    candidates_of,
    renamed_notes,
    unknown_column,
    without_duplicates,
)
from nnc.version import VERSION

MAX_FIXED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """The options of a fit.

    `label` is the column to predict, `positive` its value that counts as 1, `output` the name of
    the output. `terms` is how many terms there are at most, of points from `low` to `high`; the
    terms of columns in `signs` have none of the other sign, and those in `kept`, by their labels,
    have these points. `pool` is how many cards there are to be, the best first.
    `proves` is whether every choice is bounded; `seconds` ends the proof, if not the search.
    """

    label: str
    positive: str | None = None
    output: str | None = None
    terms: int = 5
    low: int = -5
    high: int = 5
    columns: TermOptions = field(default_factory=TermOptions)
    goal: Goal = field(default_factory=Goal)
    signs: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    test: Table | float | None = None
    seed: int = 0
    pool: int = 1
    proves: bool = True
    seconds: float = 60.0
    threads: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class FittedCard:
    """A card that was found: its terms with their points, the threshold, and what they mean."""

    terms: tuple[Term, ...]
    points: tuple[int, ...]
    threshold: int
    odds: Odds
    train: Quality
    test: Quality | None

    __str__ = text_of
    __repr__ = line_of
    _repr_mimebundle_ = bundle_of

    @property
    def totals(self) -> list[int]:
        """Every number of points that a row can get."""
        return totals_possible(self.terms, self.points)


@dataclass(frozen=True, slots=True, repr=False)
class Fit:
    """The result of a fit: the network of the best card, its proof, and the next best cards.

    `notes` are what is to be told of the rows.
    """

    network: Network
    cards: tuple[FittedCard, ...]
    proof: Proof
    options: FitOptions
    positive: str
    candidates: int
    notes: tuple[Diagnostic, ...]

    __str__ = text_of
    __repr__ = line_of
    _repr_mimebundle_ = bundle_of

    @property
    def card(self) -> FittedCard:
        """The best card."""
        return self.cards[0]

    def to_yaml(self) -> str:
        """Return the text of the network's file, which also says how it was made."""
        return yaml_of(self.network, meta=True)

    def save(self, file: str | Path) -> None:
        """Write the network's file, completely or not at all.

        Raises FileError where it cannot be written.
        """
        write_whole(str(file), self.to_yaml())

    @property
    def label(self) -> str:
        """The column that is predicted."""
        return self.options.label

    @property
    def output(self) -> str:
        """The output that is 1 from the threshold on."""
        return next(iter(self.network.outputs))


def fit_table(
    table: Table,
    options: FitOptions,
    tick: Callable[[int, int], None] = lambda _done, _of: None,
) -> Fit:
    """Find the best card for some rows.

    Raises InvalidRowsError where the rows or the options do not allow one, or kernels are missing.
    """
    require_kernels()
    with table.blamed():
        return _Fitting(table, options, tick).fit()


class _Fitting:
    """The steps of one fit."""

    def __init__(self, table: Table, options: FitOptions, tick: Callable[[int, int], None]) -> None:
        self._options, self._tick = options, tick
        self._end = time.monotonic() + options.seconds
        if not table.count:
            raise InvalidRowsError([no_rows()])
        self._all, self._notes = table, list[Diagnostic]()
        plain = Spelling.of(table, options.label).applied(table)
        self._positive = positive_of(plain, options.label, options.positive)
        rest = rest_note(plain, options.label, self._positive)
        self._notes += [rest] if rest else []
        train, self._test = split(plain, options)
        self._train = train
        self._ones = self._labels(train)
        if len(set(self._ones.tolist())) < 2:
            raise InvalidRowsError([same_label(options.label)])
        self._candidates = candidates_of(table, options.label, options.columns)
        self._notes += self._candidates.notes

    def fit(self) -> Fit:
        options = self._options
        fixed = fixed_terms(self._candidates, options)
        matrix = self._candidates.matrix(self._train)
        points = np.array([fixed.get(term, 0) for term in self._candidates.terms], np.int64)
        rest = [
            place
            for place, term in enumerate(self._candidates.terms)
            if term not in fixed and self._allowed(term)
        ]
        allowed = [self._allowed(self._candidates.terms[place]) for place in rest]
        matrix_of_rest = np.ascontiguousarray(matrix[:, rest])
        kept = without_duplicates(matrix_of_rest, Choices(allowed).same)
        if not kept:
            message = "every term is the same for all rows to learn from"
            raise InvalidRowsError([*self._notes, Diagnostic("no-terms", message)])
        self._tell_contradictions(matrix)
        terms = [self._candidates.terms[rest[place]] for place in kept]
        columns = np.ascontiguousarray(matrix_of_rest[:, kept])
        choices = Choices([allowed[place] for place in kept], has_fixed=bool(fixed))
        totals = matrix.astype(np.int64) @ points
        size = options.terms - len(fixed)
        cells = Cells(
            columns,
            self._ones,
            max(size, 1),
            goal=options.goal.kind,
            costs=(float(options.goal.costs[0]), float(options.goal.costs[1])),
            fixed=totals if fixed else None,
            threads=options.threads,
        )
        judge = Judge(
            options.goal,
            self._ones,
            parts_of(self._train, options.goal),
            totals if fixed else None,
        )
        incumbents = Incumbents(len(columns), options.pool, is_count=options.goal.name != "loss")
        proof = self._solve(cells, judge, choices, incumbents, size)
        if incumbents.is_perfect:
            proof.status = "proved"
        if proof.status != "proved":
            local = LocalSearch(cells, judge, choices, totals if fixed else None, self._look)
            if size > MOST_TERMS and not proof.is_interrupted:
                proof = self._grow(local, incumbents, size)
            if incumbents.cards:
                proof.bound = local.bound()
        if incumbents.is_perfect:  # perhaps only now
            proof.status, proof.bound = "proved", 0.0
        if incumbents.best is None:
            raise InvalidRowsError([*self._notes, self._impossible(proof)])
        cards = tuple(
            self._fitted(card, terms, columns, choices, judge, fixed, totals)
            for card in incumbents.ranked()[: options.pool]
        )
        network = self._network(cards[0], proof)
        self._replay(network, cards[0])
        self._compare_with_constants(cards[0], next(iter(network.outputs)))
        notes = (*self._notes, *renamed_notes(network.inputs))
        return Fit(network, cards, proof, options, self._positive, len(terms), notes)

    def _tell_contradictions(self, matrix: Array) -> None:
        """Note rows with the same terms and other labels, which no score tells apart."""
        packed = np.packbits(matrix, axis=1)
        places = np.unique(packed, axis=0, return_inverse=True)[1].reshape(-1)
        ones = np.bincount(places, weights=self._ones)
        wrong = int(np.minimum(ones, np.bincount(places) - ones).sum())
        if wrong:
            rows = counted(len(self._ones), "row")
            right = f"{100 * (1 - wrong / len(self._ones)):.1f} %"
            message = f"rows with the same terms have different labels: of {rows} no score of these"
            message += f" terms, of whatever points, judges more than {right} rightly"
            hint = "more columns, or more cut-offs, may tell them apart"
            self._notes.append(Diagnostic("rows-contradict", message, help=hint))

    def _compare_with_constants(self, card: FittedCard, output: str) -> None:
        advice = "allow more --terms or --cutoffs"
        note = no_better(output, card.train, card.test, self._options.goal, card.train.auc, advice)
        self._notes += [note] if note else []

    def _allowed(self, term: Term) -> tuple[int, ...]:
        """Return the points that a term may have."""
        sign = self._options.signs.get(term.column, 0)
        span = range(self._options.low, self._options.high + 1)
        return tuple(point for point in span if point and point * sign >= 0)

    def _impossible(self, proof: Proof) -> Diagnostic:
        limits = ", ".join(map(str, self._options.goal.limits))
        how = f"all {counted(proof.total, 'choice')} of terms were looked at"
        if proof.status != "proved":
            how = "none was found; that there is none is not proved"
        message = f"no score of up to {counted(self._options.terms, 'term')} keeps {limits}: {how}"
        return Diagnostic("limits-impossible", message, help="raise a limit, or allow more")

    def _look(self) -> None:
        if time.monotonic() > self._end:
            raise StoppedError

    def _grow(self, local: LocalSearch, incumbents: Incumbents, size: int) -> Proof:
        """Go on to more terms than can be bounded, from the best of those that can."""
        width = local.width
        proof = Proof("searched", sum(math.comb(width, n) for n in range(1, size + 1)))
        try:
            local.grow(incumbents, size)
        except (StoppedError, KeyboardInterrupt) as stop:
            proof.status = "stopped"
            proof.is_interrupted = isinstance(stop, KeyboardInterrupt)
        return proof

    def _solve(
        self, cells: Cells, judge: Judge, choices: Choices, incumbents: Incumbents, size: int
    ) -> Proof:
        """Search, and prove what was found; Ctrl-C ends either, once there is something."""
        size = min(size, MOST_TERMS)
        total = sum(math.comb(cells.width, n) for n in range(1, size + 1))
        try:
            search(cells, judge, choices, incumbents, size)
        except KeyboardInterrupt:
            if incumbents.best is None:
                raise
            return Proof("stopped", total=total, is_interrupted=True)
        if not self._options.proves or self._options.terms > MOST_TERMS:
            return Proof("searched", total=total)
        return Prover(cells, judge, choices, incumbents, self._on_time).prove(size)

    def _on_time(self, done: int, of: int) -> None:
        self._tick(done, of)
        if time.monotonic() > self._end and done < of:
            raise StoppedError

    def _labels(self, table: Table) -> Array:
        column = table.columns.get(self._options.label)
        if column is None:
            raise InvalidRowsError([unknown_column(self._options.label, list(table.columns))])
        return np.array([text == self._positive for text in column.texts], np.int64)[column.codes]

    def _fitted(
        self, card: Card, terms: Sequence[Term], columns: Array, choices: Choices, judge: Judge,
        fixed: Mapping[Term, int], base: Array,
    ) -> FittedCard:  # fmt: skip
        by_term = {
            terms[column]: point for column, point in zip(card.columns, card.points, strict=True)
        }
        whole = {**by_term, **fixed}
        chosen = [term for term in self._candidates.terms if term in whole]
        all_points = tuple(whole[term] for term in chosen)
        points = np.array(card.points, np.int64)
        totals = base + columns[:, list(card.columns)].astype(np.int64) @ points
        odds = odds_of(totals, self._ones, choices.largest)
        threshold = judge.threshold(totals)
        assert threshold is not None
        train = quality_of(totals, self._ones, odds, threshold)
        test = None
        if self._test is not None:
            part = Candidates(
                chosen,
                self._candidates.inputs,
                self._candidates.names,
                csv=self._candidates.csv,
            )
            with self._test.blamed():
                others = part.matrix(self._test).astype(np.int64) @ np.array(all_points, np.int64)
                test = quality_of(others, self._labels(self._test), odds, threshold)
        return FittedCard(tuple(chosen), all_points, threshold, odds, train, test)

    def _network(self, card: FittedCard, proof: Proof) -> Network:
        options = self._options
        rows: dict[str, object] = {"count": self._train.count, "ones": card.train.ones}
        rows["digest"] = self._train.digest
        made: dict[str, object] = {
            "label": options.label, "positive": self._positive, "goal": options.goal.name,
            "terms": options.terms, "points": [options.low, options.high],
            **conditions_of(options.goal, options.signs, options.kept, options.columns),
            "rows": rows, "seed": options.seed,
            "loss": f"{card.train.loss:.6f}", "accuracy": f"{card.train.accuracy:.4f}",
            "proof": proof.status, "choices": proof.total, "nnc": VERSION, "numpy": np.__version__,
        }  # fmt: skip
        meta = {"risk": risks_of(card.odds, card.totals), "fit": made}
        text = f"Points for {options.label} = {self._positive}, learnt from "
        text += f"{counted(self._train.count, 'row')}"
        return network_of(
            card.terms, card.points, card.threshold, self._candidates.inputs,
            options.output or options.label, meta, text,
        )  # fmt: skip

    def _replay(self, network: Network, card: FittedCard) -> None:
        """Evaluate the network for all rows; that it gives other points is a bug."""
        points, fires = replayed(network, self._train, self._candidates.names)
        part = Candidates(list(card.terms), self._candidates.inputs, csv=self._candidates.csv)
        expected = part.matrix(self._train).astype(np.int64) @ np.array(card.points, np.int64)
        if points != expected.tolist() or fires != (expected >= card.threshold).tolist():
            raise AssertionError("the network gives other points than the card")


def fixed_terms(candidates: Candidates, options: FitOptions) -> dict[Term, int]:
    """Return the terms that keep their points; a number at another cut-off becomes a candidate.

    Raises InvalidRowsError where a label is that of no term.
    """
    fixed: dict[Term, int] = {}
    for label, points in options.kept.items():
        term = candidates.term(label)
        if term is None:
            labels = [term.label for term in candidates.terms]
            hint = did_you_mean(label, labels, f"the terms are {names_and_more(labels)}")
            message = f"there is no term `{shorten(label)}` to keep"
            raise InvalidRowsError([Diagnostic("unknown-fit-column", message, help=hint)])
        fixed[term] = points
    if len(fixed) >= min(options.terms, MOST_TERMS) + 1 or len(fixed) > MAX_FIXED:
        message = f"{counted(len(fixed), 'term')} have points already, and at most {MAX_FIXED} can"
        raise InvalidRowsError([Diagnostic("unknown-fit-column", message)])
    for column in options.signs:
        if column not in candidates.names:
            raise InvalidRowsError([unknown_column(column, list(candidates.names))])
    return fixed


def replayed(
    network: Network, table: Table, names: Mapping[str, str]
) -> tuple[list[int], list[bool]]:
    """Evaluate a network for the rows of a table: its points, and where it fires."""
    linked = Linker(Library(Path())).link(network, Path())
    graph, _, diagnostics = build_graph(linked)
    assert graph is not None
    assert not [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
    columns: list[Column | Labels] = []
    by_input = {other: name for name, other in names.items()}
    for name, input_ in graph.inputs.items():
        column = table.columns[by_input[name]]
        read = input_of_texts(list(column.texts), input_)
        assert read is not None
        if isinstance(read, Labels):
            columns.append(Labels(read.codes[column.codes], read.labels))
        else:
            columns.append(Column(read.numerators[column.codes], read.denominator))
    results = evaluate_batch(build_plan(graph), Batch(tuple(columns), table.count))
    fires, points = (results[alias].values() for alias in network.outputs)
    return [int(point) for point in points], [bool(fire) for fire in fires]


def split(table: Table, options: FitOptions) -> tuple[Table, Table | None]:
    """Return the rows to learn from, and those to test with; by a digest of seed and number.

    Each label is spelled in one way. Raises InvalidRowsError where the test has others, or no rows.
    """
    test = options.test
    spelling = Spelling.of(table, options.label)
    table = spelling.applied(table)
    if isinstance(test, Table):
        test = spelling.applied(test)
        with test.blamed():
            spelling.check(test)
    if isinstance(test, Table) and not test.count:
        raise InvalidRowsError([no_rows(test.file, " for the test")])
    if test is None or isinstance(test, Table):
        return table, test
    is_test = np.zeros(table.count, bool)
    is_test[rows_for_test(table.count, options)] = True
    if len(set(is_test.tolist())) < 2:
        use = "to learn from" if is_test.all() else "for the test"
        message = f"a share of {test} of {counted(table.count, 'row')} leaves none {use}"
        hint = "give another share, or a file of rows"
        raise InvalidRowsError([Diagnostic("bad-label", message, help=hint)])
    return table.taken(np.flatnonzero(~is_test)), table.taken(np.flatnonzero(is_test))


def rows_for_test(count: int, options: FitOptions) -> list[int]:
    """Return which of so many rows are the share for the test, ascending."""
    if not isinstance(options.test, float):
        return []
    keys = [hashlib.sha256(f"{options.seed}:{row}".encode()).digest() for row in range(count)]
    return sorted(sorted(range(count), key=keys.__getitem__)[: round(count * options.test)])

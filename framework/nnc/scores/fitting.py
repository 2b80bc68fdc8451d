"""A score from rows: `Fitting` finds the terms and their points, and judges them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nnc.bundles import bundle_of, line_of, text_of, yaml_of
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.files.writing import write_whole
from nnc.language.network import Network
from nnc.lazy import np
from nnc.numbers.exact import counted, names_and_more
from nnc.numbers.integers import Array
from nnc.scores.cells import MOST_TERMS, Cells
from nnc.scores.columns.labels import positive_of, rest_note, same_label, words_of
from nnc.scores.columns.parts import Parts
from nnc.scores.columns.table import Table
from nnc.scores.columns.terms import (
    Candidates,
    Term,
    TermOptions,
    candidates_of,
    renamed_notes,
    unknown_column,
    without_duplicates,
)
from nnc.scores.documents import (
    conditions_of,
    network_of,
    replayed,
    risks_of,
    totals_possible,
)
from nnc.scores.goals import Goal, Judge, parts_of
from nnc.scores.local import LocalSearch
from nnc.scores.odds import Odds, Quality, no_better, odds_of, quality_of, steepest_of
from nnc.scores.proof import Proof, Prover, StoppedError
from nnc.scores.search import Card, Choices, Incumbents, search
from nnc.version import VERSION

_QUICK = 50_000_000  # choices of terms that are bounded in some five seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """The options of a fit.

    `label` is the column to predict, `positive` its value that counts as 1, `output` the name of
    the output. `terms` is the maximum number of terms, with points from `low` to `high`; the terms
    of columns in `signs` have no points of the other sign, and those in `kept`, by their labels,
    have these points. `pool` is the number of cards to return, best first.
    `cutoffs_tried` are numbers of cut-offs from which cross-validation chooses, together with a
    number of terms up to `terms`; if it is empty, nothing is chosen.
    `proves` is whether every choice is bounded; `seconds` limits the proof, but not the search.
    """

    label: str
    positive: str | None = None
    output: str | None = None
    terms: int = MOST_TERMS
    low: int = -5
    high: int = 5
    columns: TermOptions = field(default_factory=TermOptions)
    cutoffs_tried: tuple[int, ...] = ()
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
    """A fitted card: its terms with their points, the threshold, and its risks."""

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
        """Every possible number of points."""
        return totals_possible(self.terms, self.points)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The mean quality in the rows that each fold of a cross-validation holds out."""

    value: float
    """The loss, the cost of mistakes a row, or 1 less the AUC, as the goal is."""
    error: float
    """The standard error of the value."""
    loss: float
    """The mean logarithmic loss."""
    accuracy: float
    """The share of rows that are judged correctly."""
    auc: float
    """The share of pairs of a 1 and a 0 that are ordered correctly."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The quality of scores with some number of terms and of cut-offs."""

    terms: int
    """The number of terms at most."""
    cutoffs: int
    """The number of cut-offs of a number at most."""
    held_out: HeldOut
    """The quality in the rows held out."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The choice of a number of terms and of cut-offs by cross-validation."""

    folds: int
    """The number of folds."""
    rows: int
    """The number of rows in them; those for the test are none of them."""
    trials: tuple[Trial, ...]
    """The numbers that were compared."""
    least: int
    """The index of the trial with the least value."""
    chosen: int
    """The index of the one with the fewest terms within a standard error of that value."""
    constant: HeldOut
    """The quality of the share of ones, as the risk of every row."""


@dataclass(frozen=True, slots=True, repr=False)
class Fit:
    """The result of a fit: the network of the best card, its proof, and the next best cards.

    `notes` are about the rows. `selection` describes the choice of `--terms auto`.
    """

    network: Network
    cards: tuple[FittedCard, ...]
    proof: Proof
    options: FitOptions
    positive: str
    candidates: int
    notes: tuple[Diagnostic, ...]
    selection: Selection | None = None

    __str__ = text_of
    __repr__ = line_of
    _repr_mimebundle_ = bundle_of

    @property
    def card(self) -> FittedCard:
        """The best card."""
        return self.cards[0]

    def to_yaml(self) -> str:
        """Return the text of the network's file, which includes its provenance."""
        return yaml_of(self.network, meta=True)

    def save(self, file: str | Path) -> None:
        """Write the network's file atomically.

        Raises FileError if it cannot be written.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """The rows as bits of the columns that get points, and the conditions on the points.

    `terms` are those of the columns; `fixed` have points already, which add up to `base`.
    """

    terms: list[Term]
    columns: Array
    choices: Choices
    judge: Judge
    fixed: Mapping[Term, int]
    base: Array
    size: int

    def cells(self, goal: Goal, ones: Array, threads: int) -> Cells:
        """Return the counts of rows for all choices of columns."""
        return Cells(
            self.columns,
            ones,
            max(self.size, 1),
            objective=goal.objective,
            fixed=self.base if self.fixed else None,
            threads=threads,
        )


class Fitting:
    """One fit to rows; `parts` are some rows of the table, which describes the columns."""

    def __init__(
        self,
        table: Table,
        parts: Parts,
        options: FitOptions,
        tick: Callable[[int, int], None],
        selection: Selection | None = None,
    ) -> None:
        self._options, self._tick, self._selection = options, tick, selection
        self._end = time.monotonic() + options.seconds
        self._notes = list[Diagnostic]()
        self._positive = positive_of(table, options.label, options.positive)
        self._words = words_of(table, options.label, self._positive)
        rest = rest_note(table, options.label, self._positive)
        self._notes += [rest] if rest else []
        self._train, self._test = parts
        self.ones = self._labels(self._train)
        if len(set(self.ones.tolist())) < 2:
            raise InvalidRowsError([same_label(options.label)])
        self._candidates = candidates_of(table, options.label, options.columns, self._train)
        self._notes += self._candidates.notes

    @property
    def terms(self) -> list[Term]:
        """The candidate terms."""
        return self._candidates.terms

    def fit(self) -> Fit:
        """Find the best card. Raises InvalidRowsError if there is none."""
        options = self._options
        question = self._question()
        incumbents = self._incumbents(options.pool)
        proof = self._proved(question, incumbents)
        if incumbents.best is None:
            raise InvalidRowsError([*self._notes, self._impossible(proof)])
        cards = tuple(self._fitted(card, question) for card in incumbents.ranked()[: options.pool])
        network = self._network(cards[0], proof)
        self._replay(network, cards[0])
        self._compare_with_constants(cards[0], next(iter(network.outputs)))
        notes = (*self._notes, *renamed_notes(network.inputs))
        return Fit(
            network,
            cards,
            proof,
            options,
            self._positive,
            len(question.terms),
            notes,
            self._selection,
        )

    def searched(self) -> Iterator[tuple[int, FittedCard]]:
        """Yield the best card of each number of terms that a search finds, without a proof.

        There are as many terms as a proof can bound in a few seconds.
        """
        question = self._question()
        incumbents = self._incumbents(1)
        width = len(question.terms)
        most = max(
            n for n in range(1, question.size + 1) if n < 3 or choices_of(width, n) <= _QUICK
        )
        cells = replace(question, size=most).cells(
            self._options.goal, self.ones, self._options.threads
        )
        for size in search(cells, question.judge, question.choices, incumbents, most):
            if (best := incumbents.best) is not None:
                yield size + len(question.fixed), self._fitted(best, question)

    def constant(self) -> Quality:
        """Judge the share of ones, as the risk of every row, in the test rows."""
        assert self._test is not None
        ones = self._labels(self._test)
        share = float(self.ones.mean())
        miss, false_alarm = self._options.goal.costs
        threshold = 0 if share * miss > (1 - share) * false_alarm else 1
        odds = Odds(math.log(share / (1 - share)), 0.0)
        return quality_of(np.zeros(len(ones), np.int64), ones, odds, threshold)

    def _incumbents(self, pool: int) -> Incumbents:
        is_count = self._options.goal.name != "loss"
        return Incumbents(len(self.ones), pool, is_count=is_count)

    def _question(self) -> _Question:
        """Return the columns that may get points. Raises InvalidRowsError if there are none."""
        options, candidates = self._options, self._candidates
        fixed = candidates.fixed_terms(options.kept, options.signs, min(options.terms, MOST_TERMS))
        matrix = candidates.matrix(self._train)
        points = np.array([fixed.get(term, 0) for term in candidates.terms], np.int64)
        rest = [
            (place, allowed)
            for place, term in enumerate(candidates.terms)
            if term not in fixed and (allowed := self._allowed(term))
        ]
        columns = np.ascontiguousarray(matrix[:, [place for place, _ in rest]])
        kept = without_duplicates(columns, Choices([allowed for _, allowed in rest]).same)
        if not kept:
            message = "every term is the same for all rows to learn from"
            raise InvalidRowsError([*self._notes, Diagnostic("no-terms", message)])
        self._tell_contradictions(matrix, [term.label for term in candidates.terms])
        base = matrix.astype(np.int64) @ points
        groups = parts_of(self._train, options.goal)
        return _Question(
            terms=[candidates.terms[rest[place][0]] for place in kept],
            columns=np.ascontiguousarray(columns[:, kept]),
            choices=Choices([rest[place][1] for place in kept], has_fixed=bool(fixed)),
            judge=Judge(options.goal, self.ones, groups, base if fixed else None),
            fixed=fixed,
            base=base,
            size=options.terms - len(fixed),
        )

    def _tell_contradictions(self, matrix: Array, terms: Sequence[str]) -> None:
        """Add a note if rows with the same terms have different labels."""
        packed = np.packbits(matrix, axis=1)
        places = np.unique(packed, axis=0, return_inverse=True)[1].reshape(-1)
        ones = np.bincount(places, weights=self.ones)
        wrong = int(np.minimum(ones, np.bincount(places) - ones).sum())
        if wrong:
            rows = counted(len(self.ones), "row")
            right = f"{100 * (1 - wrong / len(self.ones)):.1f} %"
            message = f"rows that agree in every term have different labels: of {rows}, no score of"
            message += f" {names_and_more(terms)} judges more than {right} correctly"
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
        how = f"all {counted(proof.choices, 'choice')} of terms were looked at"
        if proof.status != "proved":
            how = "none was found; that there is none is not proved"
        message = f"no score of up to {counted(self._options.terms, 'term')} keeps {limits}: {how}"
        return Diagnostic("limits-impossible", message, help="raise a limit, or allow more")

    def _look(self) -> None:
        if time.monotonic() > self._end:
            raise StoppedError

    def _proved(self, question: _Question, incumbents: Incumbents) -> Proof:
        """Search cards, and prove that none is better as far as time allows."""
        cells = question.cells(self._options.goal, self.ones, self._options.threads)
        proof = self._solve(cells, question, incumbents)
        if incumbents.is_perfect:
            proof.status = "proved"
        if proof.status != "proved":
            base = question.base if question.fixed else None
            local = LocalSearch(cells, question.judge, question.choices, base, self._look)
            if question.size > MOST_TERMS and not proof.is_interrupted:
                proof = self._grow(local, incumbents, question.size)
            if incumbents.cards:
                proof.bound = local.bound()
        if incumbents.is_perfect:  # perhaps only now
            proof.status, proof.bound = "proved", 0.0
        return proof

    def _grow(self, local: LocalSearch, incumbents: Incumbents, size: int) -> Proof:
        """Continue with more terms than can be bounded, from the best cards that can."""
        proof = Proof("searched", choices=choices_of(local.width, size))
        try:
            local.grow(incumbents, size)
        except (StoppedError, KeyboardInterrupt) as stop:
            proof.status = "stopped"
            proof.is_interrupted = isinstance(stop, KeyboardInterrupt)
        return proof

    def _solve(self, cells: Cells, question: _Question, incumbents: Incumbents) -> Proof:
        """Search, then prove; Ctrl-C ends either once there is a result."""
        size = min(question.size, MOST_TERMS)
        total = choices_of(cells.width, size)
        judge, choices = question.judge, question.choices
        try:
            for _ in search(cells, judge, choices, incumbents, size):
                pass
        except KeyboardInterrupt:
            if incumbents.best is None:
                raise
            return Proof("stopped", choices=total, is_interrupted=True)
        if not self._options.proves or self._options.terms > MOST_TERMS:
            return Proof("searched", choices=total)
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

    def _fitted(self, card: Card, question: _Question) -> FittedCard:
        """Judge a card in the training rows and the test rows."""
        chosen = [question.terms[column] for column in card.columns]
        by_term = {**dict(zip(chosen, card.points, strict=True)), **question.fixed}
        terms = [term for term in self._candidates.terms if term in by_term]
        points = tuple(by_term[term] for term in terms)
        columns = question.columns[:, list(card.columns)].astype(np.int64)
        totals = question.base + columns @ np.array(card.points, np.int64)
        odds = odds_of(
            totals, self.ones, np.ones(len(totals)), steepest_of(question.choices.largest)
        )
        threshold = question.judge.threshold(totals)
        assert threshold is not None
        train = quality_of(totals, self.ones, odds, threshold)
        test = None
        if self._test is not None:
            with self._test.blamed():
                others = self._matrix(terms, self._test) @ np.array(points, np.int64)
                labels, always = self._labels(self._test), train.baseline.always
                test = quality_of(others, labels, odds, threshold, always)
        return FittedCard(tuple(terms), points, threshold, odds, train, test)

    def _matrix(self, terms: list[Term], table: Table) -> Array:
        """Return which terms hold in which rows."""
        candidates = self._candidates
        part = Candidates(terms, candidates.inputs, candidates.names, csv=candidates.csv)
        return part.matrix(table).astype(np.int64)

    def _network(self, card: FittedCard, proof: Proof) -> Network:
        options, selection = self._options, self._selection
        rows: dict[str, object] = {"count": self._train.count, "ones": card.train.ones}
        rows["digest"] = self._train.digest
        chosen: dict[str, object] = {}
        if selection is not None:
            chosen["chosen"] = {"folds": selection.folds, "trials": len(selection.trials)}
        made: dict[str, object] = {
            "label": options.label, "positive": self._positive, "goal": options.goal.name,
            "terms": options.terms, "points": [options.low, options.high],
            **conditions_of(options.goal, options.signs, options.kept, options.columns), **chosen,
            "rows": rows, "seed": options.seed,
            "loss": f"{card.train.loss:.6f}", "accuracy": f"{card.train.accuracy:.4f}",
            "proof": proof.status, "choices": proof.choices,
            "nnc": VERSION, "numpy": np.__version__,
        }  # fmt: skip
        meta = {"risk": risks_of(card.odds, card.totals), "fit": made}
        text = f"Points for {options.label} = {self._positive}, learnt from "
        text += f"{counted(self._train.count, 'row')}"
        return network_of(
            card.terms, card.points, card.threshold, self._candidates.inputs,
            options.output or options.label, self._words, text,
        ).model_copy(update={"meta": meta})  # fmt: skip

    def _replay(self, network: Network, card: FittedCard) -> None:
        """Evaluate the network for all rows; different points would be a bug."""
        points, fires = replayed(network, self._train, self._candidates.names)
        matrix = self._matrix(list(card.terms), self._train)
        expected = matrix @ np.array(card.points, np.int64)
        if points != expected.tolist() or fires != (expected >= card.threshold).tolist():
            raise AssertionError("the network gives other points than the card")


def choices_of(width: int, size: int) -> int:
    """Count the choices of up to `size` of some columns."""
    return sum(math.comb(width, terms) for terms in range(1, size + 1))

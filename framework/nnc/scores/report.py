"""The report of `nnc fit`: a page for people, and JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nnc.language.formatting.networks import to_yaml
from nnc.numbers.exact import Number, counted, rounded_percent
from nnc.printable import line
from nnc.records import Versioned, json_text
from nnc.scores.columns.terms import Term
from nnc.scores.documents import percent
from nnc.scores.fitting import Fit, FittedCard, HeldOut, Selection, Trial
from nnc.scores.goals import GoalName
from nnc.scores.odds import Baseline, Judged, Quality
from nnc.scores.proof import Proof
from nnc.terminal.findings.json import Finding, finding

MAX_TOTALS = 40
_GAP = "   "


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRecord:
    """A term and its points."""

    term: str
    """The term, as people read it."""
    column: str
    """The column of the rows."""
    input: str
    """The input of the network."""
    cut: Number | None
    """From which number on it holds; null for others."""
    value: str | None
    """Which value of a choice it is; null for others."""
    points: int
    """The number of points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRecord:
    """The risk at a number of points."""

    points: int
    """The number of points."""
    risk: float
    """The share of rows that are 1, by the odds that fit best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRecord:
    """The better of two constant answers, always 0 and always 1."""

    always: int
    """The constant: 0 or 1."""
    accuracy: float
    """The share of rows that are judged rightly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRecord:
    """The quality of a card in some rows."""

    rows: int
    """The number of rows."""
    ones: int
    """The number of rows that are 1."""
    loss: float
    """The mean logarithmic loss."""
    accuracy: float
    """The share of rows that are judged rightly."""
    auc: float | None
    """The share of pairs of a 1 and a 0 that the points order rightly."""
    hits: int
    """The rows that are 1 and judged so."""
    misses: int
    """The rows that are 1 and judged 0."""
    false_alarms: int
    """The rows that are 0 and judged 1."""
    baseline: BaselineRecord
    """The constant that is right in more of these rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRecord:
    """One card."""

    terms: tuple[TermRecord, ...]
    """The terms that have points."""
    threshold: int
    """From how many points on the output is 1."""
    risks: tuple[RiskRecord, ...]
    """The risk at each number of points."""
    train: QualityRecord
    """Its quality in the rows that it was learnt from."""
    test: QualityRecord | None
    """Its quality in the rows for the test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRecord:
    """The proof, and how much it covers."""

    status: str
    """`proved`, `searched` or `stopped`."""
    choices: int
    """The number of choices of terms."""
    bounded: int
    """The number of choices that were bounded."""
    examined: int
    """The number of choices that no bound excluded."""
    bound: float
    """A value that no score of so many terms is below: the loss or cost of all rows, or twice the
    pairs in the wrong order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutRecord:
    """The mean quality in the rows that each fold holds out."""

    loss: float
    """The mean logarithmic loss."""
    accuracy: float
    """The share of rows that are judged correctly."""
    auc: float | None
    """The share of pairs of a 1 and a 0 that are ordered correctly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """Scores of some numbers of terms and of cut-offs."""

    terms: int
    """The number of terms at most."""
    cutoffs: int
    """The number of cut-offs of a number at most."""
    value: float
    """The loss, the cost of mistakes a row, or 1 less the AUC, as the goal is."""
    error: float
    """The standard error of the value."""
    held_out: HeldOutRecord
    """The quality in the rows held out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionRecord:
    """The choice of a number of terms and of cut-offs by cross-validation."""

    folds: int
    """The number of folds."""
    rows: int
    """The number of rows in them; those for the test are none of them."""
    trials: tuple[TrialRecord, ...]
    """The numbers that were compared."""
    chosen: int
    """The index of the trial that was chosen."""
    constant: HeldOutRecord
    """The quality of the share of ones, as the risk of every row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitReport(Versioned):
    """The result of a fit."""

    label: str
    """The column that is predicted."""
    positive: str
    """Its value that counts as 1."""
    goal: str
    """The goal: `loss`, `accuracy` or `auc`."""
    cards: tuple[CardRecord, ...]
    """The scores that are best, the best first."""
    proof: ProofRecord
    """The proof that the first card is the best."""
    selection: SelectionRecord | None
    """The choice of its number of terms by `--terms auto`; null where it was given."""
    network: str
    """The best score as a network file."""
    diagnostics: tuple[Finding, ...]
    """Notes and warnings about the rows."""


def as_json(fit: Fit) -> str:
    """Return the report for programs."""
    return json_text(
        FitReport(
            label=fit.label,
            positive=fit.positive,
            goal=fit.options.goal.name,
            cards=tuple(map(_card_record, fit.cards)),
            proof=_proof_record(fit.proof),
            selection=None if fit.selection is None else _selection_record(fit.selection),
            network=to_yaml(fit.network, meta=True),
            diagnostics=tuple(map(finding, fit.notes)),
        )
    )


def _proof_record(proof: Proof) -> ProofRecord:
    return ProofRecord(
        status=proof.status,
        choices=proof.total,
        bounded=proof.bounded,
        examined=proof.examined,
        bound=round(proof.bound, 8),
    )


def _selection_record(selection: Selection) -> SelectionRecord:
    return SelectionRecord(
        folds=selection.folds,
        rows=selection.rows,
        trials=tuple(map(_trial_record, selection.trials)),
        chosen=selection.trials.index(selection.chosen),
        constant=_held_out_record(selection.constant),
    )


def _trial_record(trial: Trial) -> TrialRecord:
    return TrialRecord(
        terms=trial.terms,
        cutoffs=trial.cutoffs,
        value=round(trial.held_out.value, 8),
        error=round(trial.held_out.error, 8),
        held_out=_held_out_record(trial.held_out),
    )


def _held_out_record(held_out: HeldOut) -> HeldOutRecord:
    return HeldOutRecord(
        loss=round(held_out.loss, 8),
        accuracy=round(held_out.accuracy, 8),
        auc=None if held_out.auc is None else round(held_out.auc, 8),
    )


def _card_record(card: FittedCard) -> CardRecord:
    return CardRecord(
        terms=tuple(map(_term_record, card.terms, card.points)),
        threshold=card.threshold,
        risks=tuple(
            RiskRecord(points=total, risk=round(card.odds.risk(total), 6)) for total in card.totals
        ),
        train=_quality_record(card.train),
        test=None if card.test is None else _quality_record(card.test),
    )


def _term_record(term: Term, points: int) -> TermRecord:
    return TermRecord(
        term=term.label,
        column=term.column,
        input=term.input,
        cut=term.cut,
        value=term.value,
        points=points,
    )


def _quality_record(quality: Quality) -> QualityRecord:
    baseline = quality.baseline
    return QualityRecord(
        rows=quality.rows,
        ones=quality.ones,
        loss=round(quality.loss, 8),
        accuracy=round(quality.accuracy, 8),
        auc=None if quality.auc is None else round(quality.auc, 8),
        hits=quality.hits,
        misses=quality.misses,
        false_alarms=quality.false_alarms,
        baseline=BaselineRecord(always=baseline.value, accuracy=round(baseline.accuracy, 8)),
    )


# ------------------------------------------------------------------------------- for people


def as_text(fit: Fit) -> str:
    """Return the page for people."""
    return "".join(f"{line(text).rstrip()}\n" for text in _page(fit))


def card_as_text(card: FittedCard, output: str = "the output") -> str:
    """Return the points of a card, the risks, and how good it is."""
    return "".join(f"{line(text).rstrip()}\n" for text in _card(card, output))


def _page(fit: Fit) -> Iterator[str]:
    rows = counted(fit.card.train.rows, "row")
    yield f"points for {fit.label} = {fit.positive}, from {rows}"
    yield ""
    yield from _card(fit.card, fit.output)
    yield ""
    yield _proof(fit)
    if fit.selection is not None:
        yield ""
        yield from _selection(fit.selection, fit.options.goal.name)
    if len(fit.cards) > 1:
        yield ""
        yield from _pool(fit)


def _card(card: FittedCard, output: str) -> Iterator[str]:
    yield from _points(card)
    yield f"{output} is 1 from {counted(card.threshold, 'point')} on"
    yield ""
    yield from _risks(card)
    yield ""
    yield from qualities(card.train, card.test)


def _points(card: FittedCard) -> Iterator[str]:
    width = max(len(term.label) for term in card.terms)
    for term, points in zip(card.terms, card.points, strict=True):
        yield f"  {term.label:<{width}}{_GAP}{points:+d}"


def _risks(card: FittedCard) -> Iterator[str]:
    totals = card.totals
    listed = totals if len(totals) <= MAX_TOTALS else totals[:: len(totals) // MAX_TOTALS + 1]
    width = max(len("points"), *(len(str(total)) for total in listed))
    yield f"{'points':>{width}}{_GAP}{'risk':>8}"
    for total in listed:
        mark = f"{_GAP}1" if total >= card.threshold else ""
        yield f"{total:>{width}}{_GAP}{percent(card.odds.risk(total)):>8}{mark}"
    if len(listed) < len(totals):
        yield f"… {len(totals) - len(listed):,} more, in the file"


def qualities(train: Quality, test: Quality | None) -> Iterator[str]:
    """Yield how good something is in the rows it was learnt from, and in others, as a table."""
    table = [["rows", "", "loss", "accuracy", "AUC", "missed", "false alarms"]]
    for name, quality in (("learnt from", train), ("test", test)):
        if quality is not None:
            table.append(_quality(name, quality))
            accuracy, *mistakes = judged(quality.baseline)
            table.append([constant(quality.baseline), "", "", accuracy, "", *mistakes])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        padded = [f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True)]
        yield _GAP.join([f"{cells[0]:<{widths[0]}}", *padded])


def _quality(name: str, quality: Quality) -> list[str]:
    accuracy, *mistakes = judged(quality)
    auc = "" if quality.auc is None else f"{quality.auc:.3f}"
    return [name, f"{quality.rows:,}", f"{quality.loss:.5f}", accuracy, auc, *mistakes]


def judged(counts: Judged) -> list[str]:
    """Return the cells of a table that tell how many rows are judged correctly."""
    wrong, zeros = counts.misses + counts.false_alarms, counts.rows - counts.ones
    return [
        f"{rounded_percent(counts.rows - wrong, counts.rows)} %" if counts.rows else "",
        f"{counts.misses:,} of {counts.ones:,}",
        f"{counts.false_alarms:,} of {zeros:,}",
    ]


def constant(baseline: Baseline) -> str:
    """Return the name of a constant answer in a table."""
    return f"  always {baseline.value}"


BEST = {
    "loss": "the least loss of all",
    "accuracy": "the least cost of all",
    "auc": "the greatest AUC of all",
}


HELD_OUT = {
    "loss": "the least loss",
    "accuracy": "the least cost of mistakes",
    "auc": "the greatest AUC",
}

PERFECT = {
    "loss": "no loss is below 0",
    "accuracy": "no row is judged wrongly",
    "auc": "no AUC is above 1",
}


def _proof(fit: Fit) -> str:
    proof = fit.proof
    choices = counted(proof.total, "choice")
    if proof.status == "proved":
        best = BEST[fit.options.goal.name]
        if proof.bounded < proof.total:
            return f"proved: {best}, as {PERFECT[fit.options.goal.name]}"
        options = fit.options
        asked = {
            "limits": options.goal.limits,
            "signs": options.signs,
            "points given": options.kept,
        }
        kept = [name for name, values in asked.items() if values]
        if kept:
            best += f" that keep the {' and the '.join(kept)}"
        return (
            f"proved: {best}; {choices} of terms bounded, {proof.examined:,} examined, none better"
        )
    gap = ""
    if proof.bound:
        loss, bound = fit.card.train.loss, proof.bound / fit.card.train.rows
        gap = f"; no score is below a loss of {bound:.5f}, {100 * (1 - bound / loss):.1f} % less"
    if proof.status == "stopped":
        done = f"{ended(fit.options.seconds, proof)} after {proof.bounded:,} of {choices} of terms"
        return f"not proved: {done}, none of them better{gap}"
    return f"searched, not proved: there are {choices} of terms{gap}"


def ended(seconds: float, proof: Proof) -> str:
    """Return what stopped a proof."""
    return f"stopped {'by Ctrl-C' if proof.is_interrupted else f'when {seconds:g} s were over'},"


def _selection(selection: Selection, goal: GoalName) -> Iterator[str]:
    """Yield what was chosen, then a line for each trial, and one for the constant."""
    chosen, least = selection.chosen, selection.least
    error = f"{least.held_out.error:.5f}"
    marks = {id(least): HELD_OUT[goal]}
    marks[id(chosen)] = f"chosen, the fewest terms within {error} of {HELD_OUT[goal]}"
    if chosen is least:
        marks[id(chosen)] = f"chosen, {HELD_OUT[goal]}, and none with fewer terms within {error}"
    rows = counted(selection.rows, "row")
    terms, cutoffs = counted(chosen.terms, "term"), counted(chosen.cutoffs, "cut-off")
    yield f"chosen: {terms}, {cutoffs}, by {selection.folds}-fold cross-validation of {rows}"
    table = [["terms", "cut-offs", "loss", "accuracy", "AUC", ""]]
    for trial in selection.trials:
        numbers = [f"{trial.terms}", f"{trial.cutoffs}", *_held_out(trial.held_out)]
        table.append([*numbers, marks.get(id(trial), "")])
    table.append(["constant", "", *_held_out(selection.constant), ""])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for *cells, mark in table:
        padded = [f"{cell:>{width}}" for cell, width in zip(cells, widths[:-1], strict=True)]
        yield _GAP.join([*padded, mark])


def _held_out(held_out: HeldOut) -> list[str]:
    """Return the cells of a table that tell how good something is in rows held out."""
    auc = "" if held_out.auc is None else f"{held_out.auc:.3f}"
    return [f"{held_out.loss:.5f}", f"{100 * held_out.accuracy:.1f} %", auc]


def _pool(fit: Fit) -> Iterator[str]:
    """Tell all cards in a line each, by their rank."""
    yield "the best of different terms" + ("" if fit.proof.status == "proved" else ", as known")
    for rank, card in enumerate(fit.cards, 1):
        terms = ", ".join(
            f"{term.label} {points:+d}"
            for term, points in zip(card.terms, card.points, strict=True)
        )
        auc = "" if card.train.auc is None else f"  AUC {card.train.auc:.4f}"
        accuracy = f"accuracy {100 * card.train.accuracy:.2f} %"
        yield f"{rank:>4}  loss {card.train.loss:.5f}  {accuracy}{auc}  {terms}"

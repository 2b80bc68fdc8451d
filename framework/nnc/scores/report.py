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
from nnc.scores.fitting import Fit, FittedCard, HeldOut, Selection
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
class CardRecord:
    """One card."""

    terms: tuple[TermRecord, ...]
    """The terms that have points."""
    threshold: int
    """From how many points on the output is 1."""
    risks: tuple[RiskRecord, ...]
    """The risk at each number of points."""
    train: Quality
    """Its quality in the rows that it was learnt from."""
    test: Quality | None
    """Its quality in the rows for the test."""


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
    proof: Proof
    """The proof that the first card is the best."""
    selection: Selection | None
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
            proof=fit.proof,
            selection=fit.selection,
            network=to_yaml(fit.network, meta=True),
            diagnostics=tuple(map(finding, fit.notes)),
        )
    )


def _card_record(card: FittedCard) -> CardRecord:
    return CardRecord(
        terms=tuple(map(_term_record, card.terms, card.points)),
        threshold=card.threshold,
        risks=tuple(
            RiskRecord(points=total, risk=round(card.odds.risk(total), 6)) for total in card.totals
        ),
        train=card.train,
        test=card.test,
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


# ------------------------------------------------------------------------------- for people


def as_text(fit: Fit) -> str:
    """Return the page for people."""
    return "".join(f"{line(text).rstrip()}\n" for text in _page(fit))


def card_as_text(card: FittedCard) -> str:
    """Return the points of a card, the risks, and its quality."""
    return "".join(f"{line(text).rstrip()}\n" for text in _card(card, "the output is 1"))


def _page(fit: Fit) -> Iterator[str]:
    rows = counted(fit.card.train.rows, "row")
    yield f"points for {fit.label} = {fit.positive}, from {rows}"
    yield ""
    labels = fit.network.outputs[fit.output].labels
    yield from _card(fit.card, f"{fit.output} is {labels[1] if labels else 1}")
    yield ""
    yield _proof(fit)
    if fit.selection is not None:
        yield ""
        yield from _selection(fit.selection, fit.options.goal.name)
    if len(fit.cards) > 1:
        yield ""
        yield from _pool(fit)


def _card(card: FittedCard, result: str) -> Iterator[str]:
    yield from _points(card)
    yield f"{result} from {counted(card.threshold, 'point')} on"
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
    """Yield a table of the quality in the training rows and in others."""
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
    """Return the table cells that count the rows judged correctly."""
    wrong, zeros = counts.misses + counts.false_alarms, counts.rows - counts.ones
    return [
        f"{rounded_percent(counts.rows - wrong, counts.rows)} %" if counts.rows else "",
        f"{counts.misses:,} of {counts.ones:,}",
        f"{counts.false_alarms:,} of {zeros:,}",
    ]


def constant(baseline: Baseline) -> str:
    """Return the name of a constant answer in a table."""
    return f"  always {baseline.always}"


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
    choices = counted(proof.choices, "choice")
    if proof.status == "proved":
        best = BEST[fit.options.goal.name]
        if proof.bounded < proof.choices:
            return f"proved: {best}, as {PERFECT[fit.options.goal.name]}"
        options = fit.options
        asked = {
            "limits": options.goal.limits,
            "signs": options.signs,
            "points given": options.kept,
        }
        kept = [name for name, values in asked.items() if values]
        best += " scores over the cut-offs tried"
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
    """Yield the choice, then a line for each trial, and one for the constant."""
    chosen, least = selection.trials[selection.chosen], selection.trials[selection.least]
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
    is_in_vain = goal == "loss" and selection.constant.loss <= chosen.held_out.loss
    mark = "less loss than the chosen score" if is_in_vain else ""
    table.append(["constant", "", *_held_out(selection.constant), mark])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for *cells, mark in table:
        padded = [f"{cell:>{width}}" for cell, width in zip(cells, widths[:-1], strict=True)]
        yield _GAP.join([*padded, mark])


def _held_out(held_out: HeldOut) -> list[str]:
    """Return the table cells for the quality in held-out rows."""
    accuracy = f"{100 * held_out.accuracy:.1f} %"
    return [f"{held_out.loss:.5f}", accuracy, f"{held_out.auc:.3f}"]


def _pool(fit: Fit) -> Iterator[str]:
    """Yield a line for each card, by rank."""
    yield "the best of different terms" + ("" if fit.proof.status == "proved" else ", as known")
    for rank, card in enumerate(fit.cards, 1):
        terms = ", ".join(
            f"{term.label} {points:+d}"
            for term, points in zip(card.terms, card.points, strict=True)
        )
        auc = "" if card.train.auc is None else f"  AUC {card.train.auc:.4f}"
        accuracy = f"accuracy {100 * card.train.accuracy:.2f} %"
        yield f"{rank:>4}  loss {card.train.loss:.5f}  {accuracy}{auc}  {terms}"

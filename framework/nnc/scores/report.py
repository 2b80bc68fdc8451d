"""What `nnc fit` found: a page for people, and JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from typing_extensions import TypedDict

from nnc.language.formatting.networks import to_yaml
from nnc.numbers.exact import counted, fits_json, rounded_percent, show_number
from nnc.printable import line
from nnc.records import plain
from nnc.scores.baseline import Baseline, Judged
from nnc.scores.documents import percent
from nnc.scores.fitting import Fit, FittedCard
from nnc.scores.odds import Quality
from nnc.scores.proof import Proof
from nnc.scores.terms import Term
from nnc.terminal.findings.json import Finding, finding
from nnc.version import VERSION

MAX_TOTALS = 40
_GAP = "   "


class TermData(TypedDict):
    """A term and its points."""

    term: str
    column: str
    input: str
    cut: int | str | None
    value: str | None
    points: int


class RiskData(TypedDict):
    """The risk at a number of points."""

    points: int
    risk: float


class BaselineData(TypedDict):
    """The better of two constant answers, always 0 and always 1."""

    always: int
    accuracy: float


class QualityData(TypedDict):
    """How good a card is in some rows."""

    rows: int
    ones: int
    loss: float
    accuracy: float
    auc: float | None
    hits: int
    misses: int
    false_alarms: int
    baseline: BaselineData


class CardData(TypedDict):
    """One card."""

    terms: list[TermData]
    threshold: int
    risks: list[RiskData]
    train: QualityData
    test: QualityData | None


class ProofData(TypedDict):
    """What the proof covers."""

    status: str
    choices: int
    bounded: int
    examined: int
    bound: float


class FitReport(TypedDict):
    """What came of a fit."""

    format_version: int
    nnc_version: str
    label: str
    positive: str
    goal: str
    cards: list[CardData]
    proof: ProofData
    network: str
    diagnostics: list[Finding]


def as_json(fit: Fit) -> str:
    """Return the report for programs."""
    proof = fit.proof
    report: FitReport = {
        "format_version": 1,
        "nnc_version": VERSION,
        "label": fit.label,
        "positive": fit.positive,
        "goal": fit.options.goal.name,
        "cards": [_card_data(card) for card in fit.cards],
        "proof": proof_data(proof),
        "network": to_yaml(fit.network, meta=True),
        "diagnostics": [finding(note) for note in fit.notes],
    }
    return json.dumps(plain(report), indent=2, ensure_ascii=False) + "\n"


def proof_data(proof: Proof) -> ProofData:
    """Return what is known, for programs."""
    return {
        "status": proof.status,
        "choices": proof.total,
        "bounded": proof.bounded,
        "examined": proof.examined,
        "bound": round(proof.bound, 8),
    }


def _card_data(card: FittedCard) -> CardData:
    return {
        "terms": [
            _term_data(term, points) for term, points in zip(card.terms, card.points, strict=True)
        ],
        "threshold": card.threshold,
        "risks": [
            {"points": total, "risk": round(card.odds.risk(total), 6)} for total in card.totals
        ],
        "train": quality_data(card.train),
        "test": None if card.test is None else quality_data(card.test),
    }


def _term_data(term: Term, points: int) -> TermData:
    cut: int | str | None = None
    if term.cut is not None:
        cut = int(term.cut) if fits_json(term.cut) else show_number(term.cut)
    return {
        "term": term.label, "column": term.column, "input": term.input, "cut": cut,
        "value": term.value, "points": points,
    }  # fmt: skip


def quality_data(quality: Quality) -> QualityData:
    """Return how good something is, for programs."""
    return {
        "rows": quality.rows,
        "ones": quality.ones,
        "loss": round(quality.loss, 8),
        "accuracy": round(quality.accuracy, 8),
        "auc": None if quality.auc is None else round(quality.auc, 8),
        "hits": quality.hits,
        "misses": quality.misses,
        "false_alarms": quality.false_alarms,
        "baseline": baseline_data(quality.baseline),
    }


def baseline_data(baseline: Baseline) -> BaselineData:
    """Return the better constant, for programs."""
    return {"always": baseline.value, "accuracy": round(baseline.accuracy, 8)}


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

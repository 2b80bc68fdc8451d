"""Cut sets as text for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from nnc.cut_sets.sets import CutSet, CutSets
from nnc.numbers.exact import Number, counted, show_number
from nnc.printable import line
from nnc.records import json_lines, json_text
from nnc.terminal.findings.findings import Report
from nnc.terminal.findings.json import FindingsReport

PROBABILITY_DIGITS = 6  # significant ones, in texts
_SINGULAR = {"cut sets": "cut set", "path sets": "path set", "prime implicants": "prime implicant"}


@dataclass(frozen=True, slots=True)
class SetRecord:
    """One set of inputs."""

    on: tuple[str, ...]
    """The inputs that are on."""
    off: tuple[str, ...]
    """The inputs that are off."""
    probability: str | None
    """The probability of the set, exactly; null where none are given."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """The number of sets of one size."""

    order: int
    """The number of inputs in a set."""
    sets: int
    """The number of sets."""


@dataclass(frozen=True, slots=True)
class ImportanceRecord:
    """The importance of one input."""

    input: str
    """The name of the input."""
    birnbaum: str | None
    """The probability of the output with the input on, less that with it off."""
    fussell_vesely: str | None
    """The probability, where the output is 1, that a cut set with the input is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutReport(FindingsReport):
    """The cut sets that `nnc cuts` found."""

    output: str | None = None
    """The output; null where none was found."""
    value: Number = 1
    """The value that the sets give the output: 1, or 0 with --paths."""
    kind: str = "cut sets"
    """`cut sets`, `path sets` or `prime implicants`."""
    inputs: int = 0
    """The number of inputs that the output depends on."""
    total: int | None = 0
    """The number of sets, of the orders that were counted; null where they are too many."""
    is_complete: bool = False
    """True if sets of all orders were counted."""
    orders: tuple[OrderRecord, ...] = ()
    """The number of sets of each order."""
    probability: str | None = None
    """The probability of the output being 1, exactly; null where none are given."""
    sets: tuple[SetRecord, ...] = ()
    """The sets that are listed."""
    importance: tuple[ImportanceRecord, ...] = ()
    """The importance of each input, the highest first."""


def as_json(result: CutSets | None, findings: Report, form: str = "json") -> str:
    """Return cut sets as JSON, in its shape where there are none, too; or in a line each."""
    report = CutReport.of(findings) if result is None else _record(result, findings)
    if form == "json-lines":
        return json_lines([*report.sets, *report.importance, *report.diagnostics])
    return json_text(report)


def _record(result: CutSets, findings: Report) -> CutReport:
    return CutReport.of(
        findings,
        output=result.output,
        value=result.value,
        kind=result.kind,
        inputs=result.inputs,
        total=result.total,
        is_complete=result.is_complete,
        orders=tuple(OrderRecord(*count) for count in (result.counts or {}).items()),
        probability=_exact(result.probability),
        sets=tuple(
            SetRecord(cut_set.on, cut_set.off, _exact(cut_set.probability))
            for cut_set in result.sets
        ),
        importance=tuple(
            ImportanceRecord(row.input, _exact(row.birnbaum), _exact(row.fussell_vesely))
            for row in result.importance
        ),
    )


def _exact(value: Number | None) -> str | None:
    return None if value is None else show_number(value)


def rounded(value: Number | None) -> str:
    """Return a number rounded to six digits; `-` for none."""
    if value is None:
        return "-"
    context = Context(prec=PROBABILITY_DIGITS)
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return format(quotient.normalize(context), "g")


def as_text(result: CutSets, limit: int | None, order: int | None) -> str:
    """Return the result as text: counts by order, the sets, and the importance of inputs."""
    return "".join(f"{line(text)}\n" for text in _lines(result, limit, order))


def _lines(result: CutSets, limit: int | None, order: int | None) -> Iterator[str]:
    yield _head(result)
    if result.probability is not None:
        yield f"probability of {result.output} = 1: {rounded(result.probability)}"
    if result.counts:
        yield ""
        yield from _table(
            [("order", "sets")]
            + [(str(size), f"{many:,}") for size, many in result.counts.items()],
            ">>",
        )
    if result.counts is not None and not result.is_complete:
        yield f"sets of more than {counted(order or 0, 'input')} are not counted: too many"
    if result.sets:
        yield ""
        yield from _sets(result)
    counts = (result.counts or {}).items()
    possible = sum(many for size, many in counts if order is None or size <= order)
    if possible > len(result.sets):
        yield f"and {possible - len(result.sets):,} more: --max-count 0 lists all"
    if result.importance:
        yield ""
        rows = result.importance[:limit]
        yield from _table(
            [("input", "Birnbaum", "Fussell-Vesely")]
            + [(row.input, rounded(row.birnbaum), rounded(row.fussell_vesely)) for row in rows],
            "<<<",
        )
        is_unknown = result.importance[0].fussell_vesely is None
        if is_unknown and result.probability and result.kind == "cut sets":
            yield "Fussell-Vesely is not known: raise --budget"
        if len(result.importance) > len(rows):
            yield f"and {counted(len(result.importance) - len(rows), 'more input')}: --max-count 0"


def _head(result: CutSets) -> str:
    minimal = "" if result.kind == "prime implicants" else "minimal "
    noun = result.kind if result.total != 1 else _SINGULAR[result.kind]
    many = "too many" if result.total is None else f"{result.total:,}"
    sets = f"{many} {minimal}{noun} of {counted(result.inputs, 'input')}"
    others = "" if result.is_exact else "," + _others(result)
    return f"{result.output} = {show_number(result.value)}: {sets}{others}"


def _others(result: CutSets) -> str:
    return f" while all other inputs are {0 if result.kind == 'cut sets' else 1}"


def _sets(result: CutSets) -> Iterator[str]:
    texts = [_names(cut_set, result) for cut_set in result.sets]
    if result.probability is None:
        yield from texts
        return
    rows = [("probability", _SINGULAR[result.kind])]
    chances = (rounded(cut_set.probability) for cut_set in result.sets)
    rows += zip(chances, texts, strict=True)
    yield from _table(rows, "<<")


def _names(cut_set: CutSet, result: CutSets) -> str:
    """Write a set: its inputs; of prime implicants with `not` before those that are not 1."""
    if not cut_set.literals:
        return "(nothing: it is always so)" if result.is_exact else f"(nothing:{_others(result)})"
    is_mixed = result.kind == "prime implicants"
    return ", ".join(
        f"not {name}" if is_mixed and not is_on else name for name, is_on in cut_set.literals
    )


def _table(rows: Sequence[Sequence[str]], sides: str) -> Iterator[str]:
    """Yield rows in columns, to the left or to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, sides, widths, strict=True)
        yield "  ".join(f"{cell:{side}{width}}" for cell, side, width in cells).rstrip()

"""Cut sets as text for people, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Context, Decimal

from typing_extensions import TypedDict

from nnc.cut_sets.sets import CutSet, CutSets
from nnc.numbers.exact import Number, counted, show_number
from nnc.printable import line
from nnc.terminal.findings.findings import Report
from nnc.terminal.findings.json import ReportRecord, report_record

_DIGITS = 6
"""So many digits of a probability are in the text."""
_SINGULAR = {"cut sets": "cut set", "path sets": "path set", "prime implicants": "prime implicant"}


class SetRecord(TypedDict):
    """One set; the probability is null where none are given."""

    on: list[str]
    off: list[str]
    probability: str | None


class OrderRecord(TypedDict):
    """How many sets have so many inputs."""

    order: int
    sets: int


class ImportanceRecord(TypedDict):
    """How much an input counts."""

    input: str
    birnbaum: str | None
    fussell_vesely: str | None


class CutReport(ReportRecord):
    """What `nnc cuts` found."""

    output: str | None
    value: int | str
    kind: str
    inputs: int
    total: int
    is_complete: bool
    orders: list[OrderRecord]
    probability: str | None
    sets: list[SetRecord]
    importance: list[ImportanceRecord]


def as_json(result: CutSets | None, findings: Report, form: str = "json") -> str:
    """Return cut sets as JSON, in its shape where there are none, too; or in a line each."""
    sets = result.sets if result else ()
    importance = result.importance if result else ()
    whole: CutReport = {
        **report_record(findings),
        "output": result.output if result else None,
        "value": _value(result.value) if result else 1,
        "kind": result.kind if result else "cut sets",
        "inputs": result.inputs if result else 0,
        "total": result.total if result else 0,
        "is_complete": result.is_complete if result else False,
        "orders": [{"order": order, "sets": many} for order, many in result.counts.items()]
        if result
        else [],
        "probability": _exact(result.probability) if result else None,
        "sets": [
            {"on": list(each.on), "off": list(each.off), "probability": _exact(each.probability)}
            for each in sets
        ],
        "importance": [
            {
                "input": each.input,
                "birnbaum": _exact(each.birnbaum),
                "fussell_vesely": _exact(each.fussell_vesely),
            }
            for each in importance
        ],
    }
    if form == "json-lines":
        lines = [*whole["sets"], *whole["importance"], *whole["diagnostics"]]
        return "".join(json.dumps(record) + "\n" for record in lines)
    return json.dumps(whole, indent=2) + "\n"


def _exact(value: Number | None) -> str | None:
    return None if value is None else show_number(value)


def _value(value: Number) -> int | str:
    return value if isinstance(value, int) else show_number(value)


def rounded(value: Number | None) -> str:
    """Return a number to six digits; `-` for none."""
    if value is None:
        return "-"
    context = Context(prec=_DIGITS)
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return format(quotient.normalize(context), "g")


def as_text(result: CutSets, limit: int | None, order: int | None) -> str:
    """Return what was found: how many sets of each order, the sets, and how much inputs count."""
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
    if not result.is_complete:
        yield f"sets of more than {counted(order or 0, 'input')} are not counted: too many"
    if result.sets:
        yield ""
        yield from _sets(result)
    possible = sum(many for size, many in result.counts.items() if order is None or size <= order)
    if possible > len(result.sets):
        yield f"and {possible - len(result.sets):,} more: --limit 0 lists all"
    if result.importance:
        yield ""
        rows = result.importance[:limit]
        yield from _table(
            [("input", "Birnbaum", "Fussell-Vesely")]
            + [(each.input, rounded(each.birnbaum), rounded(each.fussell_vesely)) for each in rows],
            "<<<",
        )
        is_unknown = result.importance[0].fussell_vesely is None
        if is_unknown and result.probability and result.kind == "cut sets":
            yield "Fussell-Vesely is not known: raise --budget"
        if len(result.importance) > len(rows):
            yield f"and {counted(len(result.importance) - len(rows), 'more input')}: --limit 0"


def _head(result: CutSets) -> str:
    minimal = "" if result.kind == "prime implicants" else "minimal "
    noun = result.kind if result.total != 1 else _SINGULAR[result.kind]
    sets = f"{result.total:,} {minimal}{noun} of {counted(result.inputs, 'input')}"
    return f"{result.output} = {show_number(result.value)}: {sets}"


def _sets(result: CutSets) -> Iterator[str]:
    texts = [_names(each, result.kind) for each in result.sets]
    if result.probability is None:
        yield from texts
        return
    rows = [("probability", _SINGULAR[result.kind])]
    chances = (rounded(each.probability) for each in result.sets)
    rows += zip(chances, texts, strict=True)
    yield from _table(rows, "<<")


def _names(each: CutSet, kind: str) -> str:
    """Write a set: its inputs; of prime implicants with `not` before those that are not 1."""
    if not each.literals:
        return "(nothing: it is always so)"
    is_mixed = kind == "prime implicants"
    return ", ".join(
        f"not {name}" if is_mixed and not is_on else name for name, is_on in each.literals
    )


def _table(rows: Sequence[Sequence[str]], sides: str) -> Iterator[str]:
    """Yield rows in columns, to the left or to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, sides, widths, strict=True)
        yield "  ".join(f"{cell:{side}{width}}" for cell, side, width in cells).rstrip()

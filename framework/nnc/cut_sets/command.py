"""`nnc cuts`: the smallest sets of inputs that make an output 1."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from itertools import chain
from pathlib import Path

import click

from nnc.activity import Activity
from nnc.cut_sets import answer, sets
from nnc.cut_sets.probabilities import Entry, read_table
from nnc.cut_sets.search import Progress
from nnc.cut_sets.sets import CutSet, CutSets
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, NncError
from nnc.files.opening import STDIN, read_bytes
from nnc.numbers.exact import Number, counted, show_number
from nnc.opening.checking import check_file
from nnc.printable import line
from nnc.records import json_lines, json_text
from nnc.terminal import options
from nnc.terminal.findings import Report
from nnc.terminal.findings.json import FindingsReport
from nnc.terminal.options import Reporter
from nnc.terminal.row_settings import settings_in

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
    """The report of `nnc cuts`."""

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
    """Return cut sets as one JSON object, also without any set, or as a line each."""
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
    """Return a number rounded to six digits; `-` for None."""
    if value is None:
        return "-"
    context = Context(prec=PROBABILITY_DIGITS)
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return format(quotient.normalize(context), "g")


def as_text(result: CutSets, limit: int | None, order: int | None) -> str:
    """Return the report as text: counts by order, sets, and importance of inputs."""
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
    """Write the inputs of a set; in a prime implicant `not` precedes those that are not 1."""
    if not cut_set.literals:
        return "(nothing: it is always so)" if result.is_exact else f"(nothing:{_others(result)})"
    is_mixed = result.kind == "prime implicants"
    return ", ".join(
        f"not {name}" if is_mixed and not is_on else name for name, is_on in cut_set.literals
    )


def _table(rows: Sequence[Sequence[str]], sides: str) -> Iterator[str]:
    """Yield rows in columns, aligned to the left or right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, sides, widths, strict=True)
        yield "  ".join(f"{cell:{side}{width}}" for cell, side, width in cells).rstrip()


_LISTED = 100
_ENTRIES = 200_000  # of decision diagrams, for a second of the budget


@click.command("cuts")
@click.argument("network", metavar="FILE", type=click.Path())
@click.argument("output", required=False)
@click.option(
    "--order",
    type=click.IntRange(min=0),
    metavar="N",
    help="List only sets of at most N inputs.",
)
@click.option(
    "--paths", is_flag=True, help="Find path sets: the smallest sets that keep it from being 1."
)
@click.option(
    "--probability",
    "stated",
    multiple=True,
    metavar="NAME=P|CSV",
    help="The probability that an input, or each element of a bus, is 1; `a=0.1,b=0.2` gives two. "
    "Or a file with the columns name and probability.",
)
@click.option(
    "--max-count",
    "limit",
    type=click.IntRange(min=0),
    default=_LISTED,
    metavar="N",
    help="List at most N sets (100), the most probable ones, else the smallest; 0 lists all.",
)
@click.option(
    "--hide",
    multiple=True,
    type=click.Choice(["not", "importance"]),
    help="Leave these out: `not`, so that minimal cut sets take the place of prime implicants: the "
    "smallest sets of inputs that make it 1 while all others are 0; `importance` of the inputs, "
    "which may take the longest.",
)
@options.budget_option(is_counted=True)
@options.file_options
@options.report_options
def command(
    reporter: Reporter,
    network: str,
    output: str | None,
    root: Path | None,
    max_bytes: int,
    stated: tuple[str, ...],
    order: int | None,
    paths: bool,
    limit: int,
    hide: tuple[str, ...],
    budget: float,
) -> int:
    """Find the minimal cut sets of OUTPUT: the smallest sets of inputs that make it 1.

    \b
      nnc cuts plant.nn.yaml cooling_lost
      nnc cuts plant.nn.yaml cooling_lost --order 2 --probability parts.csv
      nnc cuts plant.nn.yaml cooling_lost --paths

    OUTPUT is one bit, such as `alarm` or `alarms(3)`; all inputs that it depends on are bits. An
    input counts if its value is 1, even with other `states`. If some inputs turn the output off,
    its prime implicants are listed: `not a` is an input that must not be 1. With probabilities,
    that of the output and the importance of each input are exact. Rows that break `assume` do not
    count.
    """
    table, stated = _table_in(stated)
    if network == table == STDIN:
        raise click.UsageError("standard input is one file: the network or the probabilities")
    options.check_outputs(
        {"--report-file": reporter.file}, {"FILE": [network], "--probability": [table]}
    )
    entries_allowed = max(1, round(budget * _ENTRIES))
    settings = sets.CutSettings(
        order, paths, "not" in hide, limit or None, entries_allowed, "importance" not in hide
    )
    warnings: list[Diagnostic] = []
    progress = Progress(network)
    try:
        checked = check_file(network, root=root, max_bytes=max_bytes)
        reporter.protect([], checked.files)
        entries = _entries(table, stated, max_bytes, warnings)
        with Activity(progress.words):
            result = answer.find_cuts(checked, output, settings, entries, progress)
    except NncError as error:
        reporter.fail_as(as_json, [*warnings, *error.diagnostics])
        code = options.code_of(error)
        return code if code != options.FINDINGS else reporter.code_of(error.diagnostics)
    text = as_text(result, settings.limit, order)
    findings = warnings
    if result.counts is None:
        has_not = result.kind == "prime implicants"
        refusal = answer.too_many_sets(result.output, settings, checked.file, has_not=has_not)
        findings = [*warnings, refusal]
    code = reporter.code_of(findings) if result.counts is None else options.FINE
    if reporter.is_data:
        reporter.write(text, as_json(result, Report(tuple(findings), 1), reporter.form))
        return code
    if not reporter.is_machine or reporter.file is not None:
        options.write(text)
    if findings or reporter.is_machine or reporter.file is not None:
        reporter.report(findings, 1, to=None if reporter.is_machine else sys.stderr)
    return code


def _table_in(words: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the table of probabilities among the arguments, and the rest. Raises UsageError."""
    files = [word for word in words if "=" not in word or os.access(word, os.F_OK)]
    for word in files:
        if word[0].isdecimal() and not os.access(word, os.F_OK):
            raise _unnamed(word)
    if len(files) > 1:
        raise click.UsageError(f"--probability {files[1]}: there is one file, {files[0]}")
    others = tuple(word for word in words if word not in files)
    return (files[0] if files else None), others


def _entries(
    table: str | None, stated: tuple[str, ...], max_bytes: int, warnings: list[Diagnostic]
) -> list[Entry] | None:
    """Return the given probabilities, or None. Raises NncError and UsageError.

    Warnings about a table go to `warnings`.
    """
    if table is None and not stated:
        return None
    entries: list[Entry] = []
    if table is not None:
        entries, mistakes = read_table(read_bytes(table, max_bytes), table, warnings.append)
        if mistakes:
            raise InvalidRowsError(mistakes)
    for text in chain.from_iterable(settings_in(text, "--probability") for text in stated):
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise _unnamed(text)
        entries.append(Entry(name.strip(), value.strip()))
    return entries


def _unnamed(text: str) -> click.UsageError:
    """Return the error of a probability without the name of an input."""
    message = f"--probability {text}: write NAME=P, such as pump_a=0.001, or a CSV file of them"
    return click.UsageError(message)

"""`nnc repair`: the fewest numbers to change so that cases, or labelled rows, hold."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click

from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidNetworkError, NncError
from nnc.files.opening import STDIN
from nnc.files.writing import write_whole
from nnc.filling.blanks import refuse_compiled
from nnc.numbers.exact import counted, shorten, show_number, text_of
from nnc.opening.testing import CaseSuite, no_cases, open_suite
from nnc.printable import line
from nnc.records import json_lines, json_text
from nnc.repairs.answer import NumberChange, Repair, RepairSettings, Target, Way, find_repair
from nnc.repairs.problem.demands import Constant, Example
from nnc.repairs.problem.examples import (
    Everything,
    every_row,
    guarded,
    of_cases,
    of_labelled,
)
from nnc.rows.columns import Batch
from nnc.rows.options import DROPPING_OPTIONS
from nnc.run.streaming import Source, open_rows
from nnc.terminal import options
from nnc.terminal.findings import Report
from nnc.terminal.findings.json import FindingsReport
from nnc.terminal.options import Reporter
from nnc.terminal.result_settings import compared_columns
from nnc.terminal.row_settings import (
    RowSettings,
    check_standard_input,
    check_unread,
    row_options,
    source_of,
)


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """One number, and its new value."""

    name: str
    """The name of the number, as --change takes it."""
    file: str | None
    """The file that the number is in; null for the network itself."""
    old: str
    """The number as it is."""
    new: str
    """The number that it becomes."""


@dataclass(frozen=True, slots=True)
class WayRecord:
    """A number whose change suffices alone."""

    name: str
    """The name of the number, as --change takes it."""
    file: str | None
    """The file that the number is in; null for the network itself."""
    old: str
    """The number as it is."""
    new: str | None
    """The number that changes least; null where none has as few decimals as was asked for."""
    values: str
    """All values that it may have, in words."""


@dataclass(frozen=True, slots=True)
class OverlayRecord:
    """An overlay, and the file that it extends."""

    file: str
    """The file that is extended."""
    overlay: str
    """The text of the overlay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairReport(FindingsReport):
    """The result of `nnc repair`."""

    rows: int = 0
    """The number of rows that have to hold, guarded ones among them."""
    failing: int = 0
    """The number of them that fail."""
    guarded: int = 0
    """The number of rows whose outputs have to stay."""
    constant: Constant | None = None
    """The constant answer that is right in the most rows; null where nothing was read."""
    numbers: int = 0
    """The number of numbers that may change."""
    proof: str = "not decided"
    """`proved`, `searched` or `not decided`."""
    fewest: int = 0
    """A lower bound of the number of changes."""
    repaired: bool = False
    """True where all rows hold in the end."""
    changes: tuple[ChangeRecord, ...] = ()
    """The numbers that change."""
    overlays: tuple[OverlayRecord, ...] = ()
    """An overlay for each file whose numbers change."""
    ways: tuple[WayRecord, ...] = ()
    """Every number that is enough by itself."""


def as_json(repair: Repair | None, findings: Report, form: str = "json") -> str:
    """Return a repair as one JSON object, also if there is none, or as a line each."""
    whole = RepairReport.of(findings) if repair is None else _record(repair, findings)
    if form == "json-lines":
        return json_lines([*whole.changes, *whole.ways, *whole.overlays, *whole.diagnostics])
    return json_text(whole)


def _record(repair: Repair, findings: Report) -> RepairReport:
    return RepairReport.of(
        findings,
        rows=repair.rows,
        failing=repair.failing,
        guarded=repair.guarded,
        constant=repair.constant,
        numbers=repair.numbers,
        proof=repair.proof,
        fewest=repair.fewest,
        repaired=repair.holds or bool(repair.changes),
        changes=tuple(map(_change, repair.changes)),
        overlays=tuple(OverlayRecord(*overlay) for overlay in repair.overlays.items()),
        ways=tuple(map(_way, repair.ways)),
    )


def _change(change: NumberChange) -> ChangeRecord:
    old, new = show_number(change.old), show_number(change.new)
    return ChangeRecord(change.name, change.file, old, new)


def _way(way: Way) -> WayRecord:
    new = None if way.new is None else show_number(way.new)
    return WayRecord(way.name, way.file, show_number(way.old), new, way.values)


def summary(repair: Repair) -> str:
    """Return the summary, a line each: the rows, the numbers, and what is proved."""
    return "".join(f"{line(text)}\n" for text in _summary(repair))


def _summary(repair: Repair) -> Iterator[str]:
    rows = counted(repair.rows, "row")
    guarded = f" ({repair.guarded:,} guarded)" if repair.guarded else ""
    if repair.holds:
        yield f"nothing to repair: {rows}{guarded}, and no failure"
        return
    fails = f"{repair.failing:,} of {rows}{guarded} {'fails' if repair.failing == 1 else 'fail'}"
    tried = counted(repair.numbers, "number")
    if not repair.changes:
        yield fails
        return
    count = len(repair.changes)
    yield f"{fails}; {counted(count, 'number')} changed: {_proved(repair)}"
    for change in repair.changes:
        yield f"  {change}"
    yield f"  {_constant(repair.constant)}"
    used = dict.fromkeys(change.file for change in repair.changes if change.file)
    for file in used:
        yield f"  the overlay extends {file}: let `use` name it in the place of that file"
    if repair.fewest > 1 and repair.proof != "searched":
        yield f"  no change of one number will do: {tried} tried"
    if repair.in_files:
        numbers = counted(repair.in_files, "number")
        verb = "stays" if repair.in_files == 1 else "stay"
        yield f"  {numbers} in weight files {verb} unchanged"


def _constant(constant: Constant) -> str:
    """Return the line on the constant answer, as a baseline."""
    texts = list(map(text_of, constant.values.values()))
    always = texts[0] if len(texts) == 1 else "the most frequent values"
    return f"always {always}: right in {constant.right:,} of {counted(constant.rows, 'row')}"


def _proved(repair: Repair) -> str:
    if repair.proof == "searched":
        if len(repair.changes) == repair.fewest:
            return "proved to be the fewest; a smaller change of as many is not excluded"
        return f"searched, not proved; at least {repair.fewest} are needed"
    return "proved to be the fewest, and the least change"


def ways_text(repair: Repair) -> str:
    """Return every repair by a single number, with all its values."""
    if not repair.ways:
        return f"{line('no change of one number will do')}\n"
    return "".join(f"{line(str(way))}\n" for way in repair.ways)


_EVERY = "all"


@click.command("repair")
@click.argument("network", metavar="FILE", type=click.Path())
@click.argument("rows", required=False, type=click.Path())
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="COLUMN[=OUTPUT]",
    help="The column of ROWS that says what OUTPUT, or the output of the same name, has to be; may "
    "be repeated. Default: every column with the name of an output, or of an element of one.",
)
@row_options()
@click.option(
    "--guard",
    metavar="all|ROWS",
    help="Keep these outputs as they are for every row of the truth table, or of the file ROWS.",
)
@click.option(
    "--change",
    multiple=True,
    metavar="PATTERN",
    help="Change only `weights`, only `thresholds`, or only numbers of this name, such as "
    "`score.weights.AGE` or `score.*`; may be repeated.",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="PATTERN",
    help="Do not change numbers of this name; may be repeated.",
)
@click.option(
    "--decimals",
    type=click.IntRange(min=0, max=40),
    metavar="N",
    help="Give new numbers at most N decimals; by default as many as their neuron has now, and "
    "more where one number needs them.",
)
@click.option(
    "--all",
    "lists_all",
    is_flag=True,
    help="List every repair by one number, with all values that it may have.",
)
@options.output_option("the overlay", ", instead of printing it", file="OUT")
@options.budget_option()
@options.file_options
@options.report_options
@options.gathered(settings=RepairSettings, row_settings=RowSettings)
def command(
    reporter: Reporter,
    network: str,
    rows: str | None,
    root: Path | None,
    max_bytes: int,
    labels: tuple[str, ...],
    guard: str | None,
    output: str | None,
    settings: RepairSettings,
    row_settings: RowSettings,
    *,
    lists_all: bool,
) -> int:
    """Find the fewest numbers of FILE to change so that all its cases, or labelled ROWS, hold.

    \b
      nnc repair score.nn.yaml
      nnc repair score.nn.yaml mails.csv --label spam --guard all -o fix.nn.yaml
      nnc repair score.nn.yaml --change 'score.weights.*' --decimals 1

    Among equally few changes, the smallest is taken. The result is an overlay of a few lines, which
    extends FILE. It satisfies the rows and nothing else: --guard keeps others as they are, and
    `nnc diff` shows what it changes. FILE itself is never written.
    """
    row_settings = row_settings._replace(file=rows)
    _check(network, row_settings, labels, guard)
    outputs = {"-o": output, "--report-file": reporter.file}
    guarded = None if guard == _EVERY else guard
    options.check_outputs(outputs, {"FILE": [network], "ROWS": [rows], "--guard": [guarded]})
    warnings: list[Diagnostic] = []
    try:
        suite = _suite(network, root, max_bytes)
        options.check_made_of(outputs, suite.checked.files)
        example = _example(suite, _source(suite, row_settings, warnings), labels)
        if example is None:
            return _nothing(reporter, network)
        count = 0
        if guard is not None:
            kept = _source(suite, row_settings._replace(file=guarded, source=None), warnings)
            example, count = _guarded(suite, example, kept)
        target = Target() if output is None else Target(Path(output), root)
        repair = _repaired(suite, example, settings, count, target)
    except NncError as error:
        reporter.fail_as(as_json, [*warnings, *error.diagnostics])
        return options.code_of(error)
    warnings += _failures(repair, network)
    return _report(reporter, repair, network, output, warnings, lists_all=lists_all)


def _check(network: str, rows: RowSettings, labels: tuple[str, ...], guard: str | None) -> None:
    """Refuse arguments and options that contradict each other."""
    if STDIN in (network, guard):
        raise click.UsageError("standard input can only be ROWS: name a file, which is extended")
    check_standard_input(network, rows.file)
    if labels and rows.file is None:
        raise click.UsageError("--label is about a column of ROWS: name the file")
    if rows.file is None and guard in (None, _EVERY):
        check_unread(rows)
        if rows.rest is not None:
            raise click.UsageError("--rest is about inputs without a column of ROWS: name the file")


def _suite(network: str, root: Path | None, max_bytes: int) -> CaseSuite:
    """Open a file with its cases. Raises FileError and InvalidNetworkError."""
    refuse_compiled(network, "whose numbers are in its source")
    suite = open_suite(network, root=root, max_bytes=max_bytes)
    if suite.errors:
        raise InvalidNetworkError(suite.errors)
    return suite


def _repaired(
    suite: CaseSuite, example: Example, settings: RepairSettings, guarded: int, target: Target
) -> Repair:
    """Search for a repair. Raises UsageError for patterns without a match."""
    try:
        return find_repair(suite.checked, suite.plan, example, settings, guarded, target)
    except ValueError as error:
        raise click.UsageError(f"--{error}") from None


def _source(suite: CaseSuite, rows: RowSettings, warnings: list[Diagnostic]) -> Source | None:
    """Return the source of the rows, or None without a file. Raises the errors of `source_of`."""
    if rows.file is None:
        return None
    hint = "--label COLUMN=OUTPUT holds an output to {it}"
    return source_of(rows, suite.plan.inputs, warnings.append, f"{hint}; {DROPPING_OPTIONS}")


def _example(suite: CaseSuite, source: Source | None, labels: tuple[str, ...]) -> Example | None:
    """Return the labelled rows, or else the cases; None if there are no cases."""
    if source is not None:
        columns = compared_columns(labels, suite.plan, "--label")
        for output, count in Counter(column.output for column in columns).items():
            if count > 1:
                raise click.UsageError(f"--label: the output `{shorten(output)}` appears twice")
        return of_labelled(suite, source, columns)
    done = suite.run(lambda row: row)
    if done.mistakes:
        is_unreadable = all(mistake.rule == "cannot-open" for mistake in done.mistakes)
        raise (FileError if is_unreadable else InvalidNetworkError)(done.mistakes)
    return of_cases(row for row, _ in done.entries if row is not None)


def _nothing(reporter: Reporter, network: str) -> int:
    """Report that there are neither cases nor rows."""
    hint = "write examples under `cases`, or name a file of labelled rows behind the network"
    warning = replace(no_cases([network]), help=hint)
    reporter.fail_as(as_json, [warning])
    return reporter.code_of([warning]) or options.FINDINGS


def _guarded(suite: CaseSuite, example: Example, source: Source | None) -> tuple[Example, int]:
    """Add guarded rows: those of a file, or the truth table."""
    if source is None:
        return guarded(suite, example, every_row(suite.plan.inputs))
    source = source._replace(also=Everything())

    def batches() -> Iterator[Batch]:
        with open_rows(source, suite.plan.inputs) as rows:
            yield from rows.batches

    return guarded(suite, example, batches())


def _report(
    reporter: Reporter,
    repair: Repair,
    network: str,
    output: str | None,
    findings: list[Diagnostic],
    *,
    lists_all: bool,
) -> int:
    """Write the overlay, and report it."""
    diagnostics = [*findings]
    if len(repair.overlays) > 1 and output is not None:
        files = ", ".join(repair.overlays)
        message = f"the repair changes numbers of several files, and -o names one: {files}"
        hint = "leave out -o to print an overlay of each, or name one with --change"
        diagnostics.append(Diagnostic("no-repair", message, file=network, help=hint))
    elif repair.overlay is not None and output is not None:
        write_whole(output, repair.overlay)
        reporter.wrote(output)
    code = options.INTERRUPTED if repair.is_interrupted else reporter.code_of(diagnostics)
    text = ways_text(repair) if lists_all and not repair.holds else ""
    if output is None and not text:
        text = _overlays(repair)
    if reporter.is_data:
        options.write(summary(repair), sys.stderr)
        report = as_json(repair, Report(tuple(diagnostics), 1), reporter.form)
        reporter.write(text, report)
        return code
    if not reporter.is_machine or reporter.file is not None:
        options.write(text)
    options.write(summary(repair), sys.stderr)
    if diagnostics or reporter.is_machine or reporter.file is not None:
        reporter.report(diagnostics, 1, to=None if reporter.is_machine else sys.stderr)
    return code


def _overlays(repair: Repair) -> str:
    """Return the overlay; if there are several, each below the name of its file."""
    if len(repair.overlays) < 2:
        return "".join(repair.overlays.values())
    return "\n".join(f"# {line(file)}\n{text}" for file, text in repair.overlays.items())


def _failures(repair: Repair, network: str) -> list[Diagnostic]:
    """Return the error that there is no repair, with the reason."""
    if repair.holds or repair.changes:
        return []
    impossible = repair.impossible
    if impossible is not None:
        ways = ["correct the rows"]
        if impossible.is_in_files:
            ways.append("write the weights and thresholds of the layer in the network file")
        if impossible.is_kept:
            ways.append("let other numbers change too, with --change and --keep")
        if impossible.is_decimals:
            ways.append("allow more --decimals")
        hint = ", or ".join(ways)
        return [Diagnostic("no-repair", impossible.why, file=network, help=hint)]
    message = "not decided: the time was over before any answer"
    if repair.fewest > 1:
        message = (
            f"not decided: no change of fewer than {repair.fewest} numbers makes all rows hold"
        )
    hint = "give it longer with --budget, or allow fewer numbers with --change"
    return [Diagnostic("not-decided", message, file=network, help=hint)]

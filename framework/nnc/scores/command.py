"""`nnc fit`: a score of few terms from rows of data, or the open numbers of a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.files.opening import STDIN
from nnc.filling.blanks import check_open, check_target, write_numbers
from nnc.numbers.exact import Number, Refused, read_number
from nnc.terminal import options
from nnc.terminal.options import Reporter
from nnc.terminal.row_settings import (
    RowSettings,
    dialect_of,
    dialect_options,
    from_option,
    rename_option,
    renaming_of,
)

if TYPE_CHECKING:
    from nnc.opening.checking import Checked
    from nnc.rows.dialect import CsvDialect
    from nnc.scores.fitting import Fit, FitOptions
    from nnc.scores.goals import Goal
    from nnc.scores.refits import Refit
    from nnc.scores.skeletons import SkeletonFit
    from nnc.scores.table import Table
    from nnc.scores.terms import TermOptions

Value = TypeVar("Value")
MAX_POINTS = 100
MOST_PROVED = 5
_RANGE = re.compile(r"(-?[0-9]{1,3})\.\.(-?[0-9]{1,3})")
_OUTPUT = re.compile(r"[^\W\d]\w*(\([0-9]{1,9}\))?")


@click.command("fit")
@click.argument("words", metavar="[FILE] ROWS", nargs=-1, required=True, type=click.Path())
@click.option(
    "--label",
    "labels",
    required=True,
    multiple=True,
    metavar="COLUMN[=OUTPUT]",
    help="Column to predict, of two values; OUTPUT is its name in the network. Of FILE there may "
    "be several.",
)
@click.option("--positive", metavar="VALUE", help="The value of the label that counts as 1.")
@options.output_option("the network", "; else to standard output")
@options.in_place_option
@click.option(
    "--terms",
    type=click.IntRange(1, 20),
    default=5,
    metavar="N",
    help="At most so many terms have points (5); more than 5 are searched, and not proved.",
)
@click.option(
    "--points",
    "span",
    default="-5..5",
    metavar="LOW..HIGH",
    help="The points that a term may have (-5..5); where FILE leaves numbers open, the bounds that "
    "it does not write.",
)
@click.option(
    "--cutoffs",
    multiple=True,
    metavar="N | COLUMN=N,N…",
    help="How many cut-offs a number has at most (4), or those of one column.",
)
@click.option(
    "--goal",
    type=click.Choice(["loss", "accuracy", "auc"]),
    default="loss",
    help="What is best: the least logarithmic loss, the least cost of mistakes, or the most pairs "
    "in the right order.",
)
@click.option(
    "--cost",
    "costs",
    multiple=True,
    metavar="miss=N,false_alarm=N",
    help="What mistakes cost (1 each): for the threshold, and for the goal accuracy.",
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="RATE<=N",
    help="A limit to keep: false_alarms<=0.05, misses, alarms or errors; or between the values of "
    "a column gap(sex, false_alarms)<=0.02.",
)
@click.option(
    "--sign",
    "signs",
    multiple=True,
    metavar="COLUMN=+",
    help="Points of a column are not below 0 (+), or not above (-).",
)
@click.option(
    "--keep",
    "kept",
    multiple=True,
    metavar="TERM=POINTS",
    help="A term that has these points: 'age >= 65=2'.",
)
@click.option(
    "--pool",
    type=click.IntRange(1, 1000),
    default=1,
    metavar="N",
    help="Tell the N best scores of different terms.",
)
@click.option("--not", "left_out", multiple=True, metavar="COLUMN", help="Leave a column out.")
@click.option(
    "--test",
    metavar="ROWS | SHARE",
    help="Judge the score on other rows: a file, or a share of these, such as 0.2.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Which rows are the share for the test (0).",
)
@click.option("--no-proof", "no_proof", is_flag=True, help="Search only, without a proof.")
@options.seconds_option
@from_option
@rename_option
@dialect_options
@options.file_options
@options.report_options
def command(reporter: Reporter, words: tuple[str, ...], output: str | None, **values: Any) -> int:
    """Find a score of few terms for ROWS: which columns get how many points.

    \b
      nnc fit patients.csv --label died -o score.nn.yaml
      nnc fit patients.csv --label died --terms 3 --test 0.2 -o score.nn.yaml
      nnc fit score.nn.yaml patients.csv --label died -o fitted.nn.yaml

    Of all scores of so many terms the one with the least logarithmic loss is found, and proved to
    be it: every choice of terms is bounded. The network says how it was made.

    With FILE, the numbers that it leaves open are found: its cases hold, and the rows as far as can
    be. A neuron that is an output is searched by itself, and its loss proved to be the least; of
    hidden layers CP-SAT finds the fewest wrong rows. The answer is an overlay that extends FILE.
    """
    if len(words) > 2:
        raise click.UsageError(f"at most FILE and ROWS are given, and not {len(words)} names")
    rows = words[-1]
    network = words[0] if len(words) == 2 else None
    in_place = values.pop("in_place")
    _check_options(network, output, in_place=in_place)
    file = None if output == STDIN else output
    settings = RowSettings(
        rows, (), source=values.pop("source"), delimiter=values.pop("delimiter"),
        decimal=values.pop("decimal"), na=values.pop("na"), rename=values.pop("rename"),
    )  # fmt: skip
    notes: list[Diagnostic] = []
    outputs = {"-o": file, "--report-file": reporter.file}
    read = [each for each in (rows, _file_of(values["test"]), network) if each is not None]
    options.check_outputs(outputs, {"ROWS": read})
    code = options.FINE
    try:
        form = settings.format
        csv = dialect_of(settings, form)
        asked = _options(values, csv, notes)
        table = _read(rows, form, csv, notes)
        if network is None:
            fit = _fit(reporter, table, asked, file, notes)
            is_interrupted = fit.proof.is_interrupted
            code = options.FINDINGS if any(note.is_error for note in fit.notes) else code
        else:
            checked = check_open(network, root=values["root"], max_bytes=values["max_bytes"])
            options.check_made_of(outputs, checked.files)
            table, asked = _renamed(settings, form, checked, table, asked)
            refit = _refit(checked, table, asked)
            overlay = write_numbers(checked, refit.network, file, in_place=in_place)
            reporter.wrote(network if in_place else file)
            _report_refit(reporter, checked, refit, overlay, file)
            notes += () if reporter.is_data else refit.notes
            is_interrupted = refit.is_interrupted
    except NncError as error:
        reporter.fail(type(error)([*notes, *error.diagnostics]))
        return options.code_of(error)
    _report_notes(reporter, notes, is_free=file is not None or in_place)
    return options.INTERRUPTED if is_interrupted else code


def _report_notes(reporter: Reporter, notes: list[Diagnostic], *, is_free: bool) -> None:
    """Report what is to be told of the rows; `is_free` says that stdout has no network."""
    if reporter.is_data:  # which has its own place for them
        if notes:
            Reporter("full", None, reporter.color).report(notes, 1, to=sys.stderr)
    elif is_free and reporter.is_machine and reporter.file is None:
        reporter.report(notes, 1)
    else:
        reporter.report_warnings(notes)


def _show(page: str, reporter: Reporter, *, is_aside: bool) -> None:
    """Write the page for people, on stderr where stdout has a network, or a report."""
    is_aside = is_aside or (reporter.is_machine and reporter.file is None)
    options.write(page, sys.stderr if is_aside else None)


_BUILDING = {
    "terms": "`unknown: {terms: N}` in FILE says it",
    "cutoffs": "the cut-offs stand in FILE",
    "signs": "write `0..` or `..0` in FILE",
    "kept": "write the number in FILE",
    "left_out": "FILE says which inputs it reads",
    "pool": "it is for scores that are built",
}
"""Options that say how a score is built, and what there is instead for a file."""


def _check_options(network: str | None, output: str | None, *, in_place: bool) -> None:
    """Raise UsageError where options do not go with, or without, a file."""
    context = click.get_current_context()
    stated = {
        parameter.name: parameter.opts[-1]
        for parameter in context.command.params
        if context.get_parameter_source(parameter.name or "") is not ParameterSource.DEFAULT
    }
    test = context.params["test"]
    if "seed" in stated and (test is None or _share(test) is None):
        raise click.UsageError("--seed says which rows are the share for the test: give --test 0.2")
    if network is None:
        if context.params["labels"][1:]:
            raise click.UsageError("a score has one --label; give FILE for a network of several")
        for name in ("in_place", "root", "max_bytes", "rename"):
            if name in stated:
                raise click.UsageError(f"{stated[name]} is about FILE: give FILE and ROWS")
        return
    check_target(network, output, in_place=in_place)
    for name, instead in _BUILDING.items():
        if name in stated:
            raise click.UsageError(f"{stated[name]} does not go with FILE: {instead}")


def _fit(
    reporter: Reporter, table: Table, asked: FitOptions, file: str | None, notes: list[Diagnostic]
) -> Fit:
    """Build a score, and write it."""
    from nnc.scores.answer import fit_progress, terms_bounded
    from nnc.scores.fitting import fit_table

    with fit_progress(terms_bounded) as tick:
        fit = fit_table(table, asked, tick)
    _write(fit, file, reporter)
    if not reporter.is_data:
        notes += fit.notes
    return fit


def _renamed(
    settings: RowSettings, form: str, checked: Checked, table: Table, asked: FitOptions
) -> tuple[Table, FitOptions]:
    """Return the rows, also those for the test, with the names that inputs have in the file.

    Raises UsageError for a name of no input, and InvalidRowsError for a column that is not there.
    """
    from dataclasses import replace

    from nnc.rows.elements import InputColumns
    from nnc.scores.table import Table

    inputs = {} if checked.network is None else checked.network.inputs
    columns = InputColumns(inputs)
    renaming = renaming_of(settings, form, inputs)
    names = {old: columns.column_of(name) for old, name in renaming.items()}
    test = asked.test.renamed(names) if isinstance(asked.test, Table) else asked.test
    return table.renamed(names), replace(asked, test=test)


def _refit(checked: Checked, table: Table, asked: FitOptions) -> Refit | SkeletonFit:
    """Find the open numbers of a file."""
    from nnc.scores.answer import fit_progress, numbers_bounded
    from nnc.scores.skeletons import fit_numbers

    with fit_progress(numbers_bounded) as tick:
        return fit_numbers(checked, table, asked, tick)


def _report_refit(
    reporter: Reporter,
    checked: Checked,
    answer: Refit | SkeletonFit,
    overlay: str | None,
    file: str | None,
) -> None:
    """Write what was found; where the overlay goes to stdout, the page goes to stderr."""
    from nnc.scores.report_refits import as_json, as_text

    page = as_text(answer)
    if reporter.is_data:
        reporter.write(page, as_json(answer, checked.file, overlay))
        return
    is_aside = overlay is not None and file is None
    if is_aside:
        assert overlay is not None
        options.write(overlay)
    _show(page, reporter, is_aside=is_aside)


def _read(file: str, form: str, csv: CsvDialect, notes: list[Diagnostic]) -> Table:
    from nnc.scores.table import read_table

    return read_table(file, form, notes.append, csv)


def _file_of(test: str | None) -> str | None:
    """Return the file that `--test` names; None for a share."""
    return None if test is None or _share(test) is not None else test


def _share(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _options(values: dict[str, Any], csv: CsvDialect, notes: list[Diagnostic]) -> FitOptions:
    """Return what the options ask for. Raises UsageError, and what reading rows raises."""
    from nnc.scores.fitting import FitOptions

    (label, output), *more = map(_label, values["labels"])
    span = _RANGE.fullmatch(values["span"])
    low, high = (int(span[1]), int(span[2])) if span else (0, 0)
    if not low < high or max(-low, high) > MAX_POINTS:
        raise click.UsageError(
            f"--points {values['span']}: write LOW..HIGH, such as -5..5, up to 100"
        )
    return FitOptions(
        label, values["positive"], output or None, values["terms"], low, high,
        _columns(values["cutoffs"], values["left_out"], csv), _goal(values),
        _once("--sign", [(_named(text, "--sign")[0], _sign(text)) for text in values["signs"]]),
        _once("--keep", [(_named(text, "--keep")[0], _points(text)) for text in values["kept"]]),
        _test(values["test"], csv, notes), values["seed"], values["pool"],
        proves=not values["no_proof"], seconds=values["budget"], more=tuple(more),
        has_goal=click.get_current_context().get_parameter_source("goal")
        is not ParameterSource.DEFAULT,
    )  # fmt: skip


def _label(text: str) -> tuple[str, str | None]:
    """Take COLUMN=OUTPUT apart. Raises UsageError."""
    label, equals, output = text.partition("=")
    if not label or (equals and not _OUTPUT.fullmatch(output)):
        message = f"--label {text}: write COLUMN or COLUMN=OUTPUT, and OUTPUT as a name"
        raise click.UsageError(message)
    return label, output or None


def _goal(values: dict[str, Any]) -> Goal:
    """Return what is best. Raises UsageError."""
    from nnc.scores.goals import Goal, read_costs, read_limit

    try:
        costs = read_costs(values["costs"])
    except Refused as error:
        raise click.UsageError(f"--cost: {error.message}; {error.help}".rstrip("; ")) from None
    try:
        limits = tuple(map(read_limit, values["limits"]))
    except Refused as error:
        raise click.UsageError(f"--limit: {error.message}; {error.help}") from None
    return Goal(values["goal"], costs.get("miss", 1), costs.get("false_alarm", 1), limits)


def _named(text: str, option: str) -> tuple[str, str]:
    """Take NAME=VALUE apart. Raises UsageError."""
    name, equals, value = text.rpartition("=")
    if not equals or not name.strip() or not value.strip():
        example = "age=+" if option == "--sign" else "'age >= 65=2'"
        raise click.UsageError(f"{option} {text}: write NAME=VALUE, such as {example}")
    return name.strip(), value.strip()


def _once(option: str, pairs: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """Return values by their names. Raises UsageError where a name has two."""
    values: dict[str, Value] = {}
    for name, value in pairs:
        if name in values:
            raise click.UsageError(f"{option} says two things of `{name}`: give it once")
        values[name] = value
    return values


def _sign(text: str) -> int:
    value = _named(text, "--sign")[1]
    if value not in ("+", "-"):
        raise click.UsageError(f"--sign {text}: the sign is + or -")
    return 1 if value == "+" else -1


def _points(text: str) -> int:
    value = _named(text, "--keep")[1]
    if not re.fullmatch("[-+]?[0-9]{1,3}", value) or not 0 < abs(int(value)) <= MAX_POINTS:
        raise click.UsageError(f"--keep {text}: points are from -100 to 100, and not 0")
    return int(value)


def _test(text: str | None, csv: CsvDialect, notes: list[Diagnostic]) -> Table | float | None:
    if text is None:
        return None
    share = _share(text)
    if share is None:
        return _read(text, RowSettings(text, ()).format, csv, notes)
    if not 0 < share < 1:
        raise click.UsageError(f"--test {text}: a share is above 0 and below 1, such as 0.2")
    return share


def _columns(cutoffs: tuple[str, ...], left_out: tuple[str, ...], csv: CsvDialect) -> TermOptions:
    """Return how columns become terms. Raises UsageError."""
    from nnc.scores.terms import TermOptions

    count, by_column = 4, list[tuple[str, tuple[Number, ...]]]()
    for text in cutoffs:
        column, equals, numbers = text.rpartition("=")
        if equals:
            by_column.append((column, _numbers(text, numbers)))
        elif text.isascii() and text.isdigit() and 0 < int(text) <= 1000:
            count = int(text)
        else:
            message = f"--cutoffs {text}: write a number from 1 to 1000, or COLUMN=65,80"
            raise click.UsageError(message)
    return TermOptions(count, _once("--cutoffs", by_column), left_out, csv)


def _numbers(text: str, numbers: str) -> tuple[Number, ...]:
    try:
        return tuple(sorted({read_number(number) for number in numbers.split(",")}))
    except Refused as error:
        raise click.UsageError(f"--cutoffs {text}: {error.message}") from None


def _write(fit: Fit, file: str | None, reporter: Reporter) -> None:
    """Write the network and the report; where both go to one place the report stands aside."""
    from nnc.files.writing import write_whole
    from nnc.language.formatting.networks import to_yaml
    from nnc.scores.report import as_json, as_text

    text = to_yaml(fit.network, meta=True)
    report, page = as_json(fit), as_text(fit)
    if file is not None:
        write_whole(file, text)
        reporter.wrote(file)
    if reporter.is_data:
        reporter.write(page, report)
        return
    if file is None:
        options.write(text)
    _show(page, reporter, is_aside=file is None)

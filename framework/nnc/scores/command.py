"""The command `nnc fit`: find a score of few terms from rows of data."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.files.opening import STDIN
from nnc.files.writing import write_whole
from nnc.language.formatting.networks import to_yaml
from nnc.numbers.exact import Number, Refused, read_number
from nnc.scores.answer import MAX_TERMS, fit_progress, terms_bounded
from nnc.scores.cells import MOST_TERMS
from nnc.scores.columns.table import read_table
from nnc.scores.columns.terms import TermOptions
from nnc.scores.fitting import FitOptions
from nnc.scores.goals import Goal, read_costs, read_limit
from nnc.scores.report import as_json, as_text
from nnc.scores.selection import automatic, fit_table
from nnc.terminal import options
from nnc.terminal.options import Reporter
from nnc.terminal.row_settings import RowSettings, dialect_of, dialect_options, from_option

if TYPE_CHECKING:
    from nnc.rows.dialect import CsvDialect
    from nnc.scores.columns.table import Table
    from nnc.scores.fitting import Fit
    from nnc.scores.goals import GoalName
Decorated = TypeVar("Decorated", bound=Callable[..., Any])

goal_option = click.option(
    "--goal",
    type=click.Choice(["loss", "accuracy", "auc"]),
    default="loss",
    help="What is best: the least logarithmic loss, the least cost of mistakes, or the most pairs "
    "in the right order.",
)
cost_option = click.option(
    "--cost",
    "costs",
    multiple=True,
    metavar="miss=N,false_alarm=N",
    help="What mistakes cost (1 each): for the threshold, and for the goal accuracy.",
)
LIMIT = "A limit to keep: false_alarms<=0.05, misses, alarms or errors"


def limit_option(text: str) -> Callable[[Decorated], Decorated]:
    """Return the option `--limit` with its help."""
    return click.option("--limit", "limits", multiple=True, metavar="RATE<=N", help=text)


def goal_of(name: GoalName, costs: Sequence[str], limits: Sequence[str]) -> Goal:
    """Return the goal. Raises UsageError."""
    try:
        read = read_costs(costs)
    except Refused as error:
        raise click.UsageError(f"--cost: {error.message}; {error.help}".rstrip("; ")) from None
    try:
        kept = tuple(map(read_limit, limits))
    except Refused as error:
        raise click.UsageError(f"--limit: {error.message}; {error.help}") from None
    return Goal(name, read.get("miss", 1), read.get("false_alarm", 1), kept)


Value = TypeVar("Value")
MAX_POINTS = 100
_RANGE = re.compile(r"(-?[0-9]{1,3})\.\.(-?[0-9]{1,3})")
_OUTPUT = re.compile(r"[^\W\d]\w*(\([0-9]{1,9}\))?")


@click.command("fit")
@click.argument("rows", type=click.Path())
@click.argument("others", nargs=-1, type=click.Path(), metavar="")
@click.option(
    "--label",
    required=True,
    metavar="COLUMN[=OUTPUT]",
    help="Column to predict, of two values; OUTPUT is its name in the network.",
)
@click.option("--positive", metavar="VALUE", help="The value of the label that counts as 1.")
@options.output_option("the network", "; else to standard output")
@click.option(
    "--terms",
    default="5",
    metavar="N|auto",
    help="The most terms with points (5); more than 5 are searched, and not proved. `auto` "
    "chooses their number, and that of cut-offs, by cross-validation.",
)
@click.option(
    "--points",
    multiple=True,
    metavar="LOW..HIGH | NAME=N",
    help="The points that a term may have (-5..5). `age=+` allows a column none below 0, `age=-` "
    "none above; 'age >= 65=2' gives a term its points.",
)
@click.option(
    "--cutoffs",
    multiple=True,
    metavar="N | COLUMN=N,N…",
    help="How many cut-offs a number has at most (4), or those of one column.",
)
@goal_option
@cost_option
@limit_option(f"{LIMIT}; or between the values of a column gap(sex, false_alarms)<=0.02.")
@click.option(
    "--max-count",
    "pool",
    type=click.IntRange(1, 1000),
    default=1,
    metavar="N",
    help="List the N best scores of different terms (1).",
)
@click.option("--not", "left_out", multiple=True, metavar="COLUMN", help="Leave a column out.")
@click.option(
    "--test",
    metavar="ROWS | SHARE",
    help="Judge the score on other rows: a file, or a share of these, such as 0.2; with --terms "
    "auto 0.2 by default.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Which rows are the share for the test, and the folds of --terms auto (0).",
)
@options.budget_option(more="; 0 searches without a proof")
@from_option
@dialect_options
@options.report_options
def command(
    reporter: Reporter,
    rows: str,
    others: tuple[str, ...],
    output: str | None,
    test: str | None,
    **values: Any,
) -> int:
    """Find a score of few terms for ROWS: which columns get how many points.

    \b
      nnc fit patients.csv --label died -o score.nn.yaml
      nnc fit patients.csv --label died --terms 3 --test 0.2 -o score.nn.yaml
      nnc fit patients.csv --label died --terms auto -o score.nn.yaml

    The score has the smallest logarithmic loss of all with that many terms over the cut-offs
    tried, which is proved by a bound for every choice of terms. The network says how it was made.
    """
    if rows.endswith((".yaml", ".yml")):
        raise click.UsageError("fit builds a score from ROWS; for a network file run `nnc train`")
    if others:
        raise click.UsageError(f"fit takes one file of rows; `{others[0]}` is one word too many")
    _check_seed(test, values["terms"])
    file = None if output == STDIN else output
    settings = RowSettings(
        rows,
        (),
        source=values.pop("source"),
        delimiter=values.pop("delimiter"),
        decimal=values.pop("decimal"),
        na=values.pop("na"),
    )
    notes: list[Diagnostic] = []
    read = [rows, None if share_of(test) is not None else test]
    options.check_outputs({"-o": file, "--report-file": reporter.file}, {"ROWS": read})
    try:
        form = settings.format
        csv = dialect_of(settings, form)
        asked = _options(values, csv, _test(test, csv, notes))
        fit = _fit(reporter, _read(rows, form, csv, notes), asked, file, notes)
    except NncError as error:
        reporter.fail(type(error)([*notes, *error.diagnostics]))
        return options.code_of(error)
    _report_notes(reporter, notes, is_free=file is not None)
    if fit.proof.is_interrupted:
        return options.INTERRUPTED
    is_wrong = any(note.is_error for note in fit.notes)
    return options.FINDINGS if is_wrong else options.FINE


def _check_seed(test: str | None, terms: str) -> None:
    """Raise UsageError for a seed without a share to draw."""
    source = click.get_current_context().get_parameter_source("seed")
    is_drawn = terms == "auto" or share_of(test) is not None
    if source is not ParameterSource.DEFAULT and not is_drawn:
        raise click.UsageError("--seed says which rows are the share for the test: give --test 0.2")


def _report_notes(reporter: Reporter, notes: list[Diagnostic], *, is_free: bool) -> None:
    """Report the notes about rows; `is_free` is true if stdout has no network."""
    if reporter.is_data:  # which has its own place for them
        if notes:
            Reporter("full", None, reporter.color).report(notes, 1, to=sys.stderr)
    elif is_free and reporter.is_machine and reporter.file is None:
        reporter.report(notes, 1)
    else:
        reporter.report_warnings(notes)


def _show(page: str, reporter: Reporter, *, is_aside: bool) -> None:
    """Write the page for people, on stderr if stdout has a network or a report."""
    is_aside = is_aside or (reporter.is_machine and reporter.file is None)
    options.write(page, sys.stderr if is_aside else None)


def _fit(
    reporter: Reporter, table: Table, asked: FitOptions, file: str | None, notes: list[Diagnostic]
) -> Fit:
    """Fit a score, and write it."""
    with fit_progress(terms_bounded) as tick:
        fit = fit_table(table, asked, tick)
    _write(fit, file, reporter)
    if not reporter.is_data:
        notes += fit.notes
    return fit


def _read(file: str, form: str, csv: CsvDialect, notes: list[Diagnostic]) -> Table:
    return read_table(file, form, notes.append, csv)


def share_of(text: str | None) -> float | None:
    """Return the share of rows in `--test`, or None if it names a file. Raises UsageError."""
    try:
        share = float(text or "")
    except ValueError:
        return None
    if not 0 < share < 1:
        raise click.UsageError(f"--test {text}: a share is above 0 and below 1, such as 0.2")
    return share


def _options(values: dict[str, Any], csv: CsvDialect, test: Table | float | None) -> FitOptions:
    """Return the settings of the options. Raises UsageError."""
    label, output = _label(values["label"])
    named = [_named(text) for text in values["points"] if "=" in text]
    signs = [(name, 1 if value == "+" else -1) for name, value in named if value in ("+", "-")]
    kept = [(name, _points(name, value)) for name, value in named if value not in ("+", "-")]
    spans = [text for text in values["points"] if "=" not in text] or ["-5..5"]
    span = _RANGE.fullmatch(spans[-1])
    low, high = (int(span[1]), int(span[2])) if span else (0, 0)
    if not low < high or max(-low, high) > MAX_POINTS:
        raise click.UsageError(f"--points {spans[-1]}: write LOW..HIGH, such as -5..5, up to 100")
    terms = _terms(values["terms"])
    asked = FitOptions(
        label=label,
        positive=values["positive"],
        output=output,
        terms=terms or MOST_TERMS,
        low=low,
        high=high,
        columns=_columns(values["cutoffs"], values["left_out"], csv),
        goal=goal_of(values["goal"], values["costs"], values["limits"]),
        signs=_once("--points", signs),
        kept=_once("--points", kept),
        test=test,
        seed=values["seed"],
        pool=values["pool"],
        proves=values["budget"] > 0,
        seconds=values["budget"],
    )
    counts = [text for text in values["cutoffs"] if "=" not in text]
    return asked if terms else automatic(asked, asked.columns.cutoffs if counts else None)


def _terms(text: str) -> int | None:
    """Return a number of terms, None for `auto`. Raises UsageError."""
    if text == "auto":
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_TERMS):
        raise click.UsageError(f"--terms {text}: write a number from 1 to {MAX_TERMS}, or auto")
    return int(text)


def _label(text: str) -> tuple[str, str | None]:
    """Split COLUMN=OUTPUT. Raises UsageError."""
    label, equals, output = text.partition("=")
    if not label or (equals and not _OUTPUT.fullmatch(output)):
        message = f"--label {text}: write COLUMN or COLUMN=OUTPUT, and OUTPUT as a name"
        raise click.UsageError(message)
    return label, output or None


def _named(text: str) -> tuple[str, str]:
    """Split COLUMN=+ or TERM=POINTS. Raises UsageError."""
    name, _, value = text.rpartition("=")
    if not name.strip() or not value.strip():
        raise click.UsageError(f"--points {text}: write age=+, 'age >= 65=2' or -5..5")
    return name.strip(), value.strip()


def _once(option: str, pairs: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """Return values by their names. Raises UsageError if a name has two."""
    values: dict[str, Value] = {}
    for name, value in pairs:
        if name in values:
            raise click.UsageError(f"{option} says two things of `{name}`: give it once")
        values[name] = value
    return values


def _points(term: str, value: str) -> int:
    if not re.fullmatch("[-+]?[0-9]{1,3}", value) or not 0 < abs(int(value)) <= MAX_POINTS:
        problem = "points are from -100 to 100 and not 0, or + or -"
        raise click.UsageError(f"--points {term}={value}: {problem}")
    return int(value)


def _test(text: str | None, csv: CsvDialect, notes: list[Diagnostic]) -> Table | float | None:
    if text is None:
        return None
    share = share_of(text)
    return _read(text, RowSettings(text, ()).format, csv, notes) if share is None else share


def _columns(cutoffs: tuple[str, ...], left_out: tuple[str, ...], csv: CsvDialect) -> TermOptions:
    """Return how columns become terms. Raises UsageError."""
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
    """Write the network and the report; on stdout, a report for programs replaces the network."""
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

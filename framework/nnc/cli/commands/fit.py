"""`nnc fit`: a score of few terms from rows of data, as a network."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import click

from nnc.cli import options
from nnc.cli.activity import Activity
from nnc.cli.options import Reporter
from nnc.cli.row_settings import RowSettings, dialect_of, from_option
from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.exact import Number, Refused, read_number
from nnc.files.opening import STDIN

if TYPE_CHECKING:
    from nnc.rows.dialect import CsvDialect
    from nnc.solving.scorecards.fitting import Fit, FitOptions
    from nnc.solving.scorecards.goals import Goal
    from nnc.solving.scorecards.table import Table
    from nnc.solving.scorecards.terms import TermOptions

MAX_POINTS = 100
_RANGE = re.compile(r"(-?[0-9]{1,3})\.\.(-?[0-9]{1,3})")


@click.command("fit")
@click.argument("rows", type=click.Path())
@click.option(
    "--label",
    required=True,
    metavar="COLUMN[=OUTPUT]",
    help="Column to predict, of two values; OUTPUT is its name in the network.",
)
@click.option("--positive", metavar="VALUE", help="The value of the label that counts as 1.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the network to FILE, completely or not at all; else to standard output.",
)
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
    help="The points that a term may have (-5..5).",
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
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    metavar="SECONDS",
    help="End the proof after so many seconds (60).",
)
@from_option
@click.option("--delimiter", metavar="MARK", help="What stands between the cells of CSV.")
@click.option("--decimal", type=click.Choice([".", ","]), help="The decimal point in CSV.")
@click.option("--na", multiple=True, metavar="WORDS", help="Words for no value, such as NA,N/A.")
@options.report_options
def command(reporter: Reporter, rows: str, output: str | None, **values: Any) -> int:
    """Find a score of few terms for ROWS: which columns get how many points.

    \b
      nnc fit patients.csv --label died -o score.nn.yaml
      nnc fit patients.csv --label died --terms 3 --test 0.2 -o score.nn.yaml

    Of all scores of so many terms the one with the least logarithmic loss is found, and proved to
    be it: every choice of terms is bounded. The network says how it was made.
    """  # noqa: D301 - \b keeps the lines apart
    from nnc.solving.scorecards.fitting import fit_table

    file = None if output == STDIN else output
    settings = RowSettings(
        rows, (), source=values.pop("source"), delimiter=values.pop("delimiter"),
        decimal=values.pop("decimal"), na=values.pop("na"),
    )  # fmt: skip
    notes: list[Diagnostic] = []
    options.check_outputs(
        {"-o": file, "--report-file": reporter.file}, {"ROWS": [rows, _file_of(values["test"])]}
    )
    try:
        form = settings.format
        csv = dialect_of(settings, form)
        asked = _options(values, csv, notes)
        table = _read(rows, form, csv, notes)
        state = [""]

        def tick(done: int, of: int) -> None:
            state[0] = f"{done:,} of {of:,} choices of terms bounded"

        with Activity(lambda: state[0]):
            fit = fit_table(table, asked, tick)
        _write(fit, file, reporter)
    except NncError as error:
        reporter.fail(type(error)([*notes, *error.diagnostics]))
        return options.code_of(error)
    if not reporter.is_data:
        notes += fit.notes
    if notes:
        reporter_of_notes = Reporter("full", None, reporter.color)
        reporter_of_notes.report(notes, 1, to=sys.stderr)
    return options.INTERRUPTED if fit.proof.is_interrupted else options.FINE


def _read(file: str, form: str, csv: CsvDialect, notes: list[Diagnostic]) -> Table:
    from nnc.solving.scorecards.table import read_table

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
    from nnc.solving.scorecards.fitting import FitOptions

    label, equals, output = values["label"].partition("=")
    if not label or (equals and not output.isidentifier()):
        raise click.UsageError(
            f"--label {values['label']}: write COLUMN or COLUMN=OUTPUT, and OUTPUT as a name"
        )
    span = _RANGE.fullmatch(values["span"])
    low, high = (int(span[1]), int(span[2])) if span else (0, 0)
    if not low < high or max(-low, high) > MAX_POINTS:
        raise click.UsageError(
            f"--points {values['span']}: write LOW..HIGH, such as -5..5, up to 100"
        )
    return FitOptions(
        label, values["positive"], output or None, values["terms"], low, high,
        _columns(values["cutoffs"], values["left_out"], csv), _goal(values),
        {_named(text, "--sign")[0]: _sign(text) for text in values["signs"]},
        {_named(text, "--keep")[0]: _points(text) for text in values["kept"]},
        _test(values["test"], csv, notes), values["seed"], values["pool"],
        proves=not values["no_proof"], seconds=values["budget"],
    )  # fmt: skip


def _goal(values: dict[str, Any]) -> Goal:
    """Return what is best. Raises UsageError."""
    from nnc.solving.scorecards.goals import Goal, read_costs, read_limit

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
    from nnc.solving.scorecards.terms import TermOptions

    count, by_column = 4, dict[str, tuple[Number, ...]]()
    for text in cutoffs:
        column, equals, numbers = text.rpartition("=")
        if equals:
            by_column[column] = _numbers(text, numbers)
        elif text.isascii() and text.isdigit() and 0 < int(text) <= 1000:
            count = int(text)
        else:
            message = f"--cutoffs {text}: write a number from 1 to 1000, or COLUMN=65,80"
            raise click.UsageError(message)
    return TermOptions(count, by_column, left_out, csv)


def _numbers(text: str, numbers: str) -> tuple[Number, ...]:
    try:
        return tuple(sorted({read_number(number) for number in numbers.split(",")}))
    except Refused as error:
        raise click.UsageError(f"--cutoffs {text}: {error.message}") from None


def _write(fit: Fit, file: str | None, reporter: Reporter) -> None:
    """Write the network and the report; where both go to one place the report stands aside."""
    from nnc.files.writing import open_atomically
    from nnc.language.formatting.networks import to_yaml
    from nnc.reports.fits import as_json, as_text

    text = to_yaml(fit.network, meta=True)
    report, page = as_json(fit), as_text(fit)
    if file is not None:
        with open_atomically(file) as stream:
            stream.write(text.encode())
    if reporter.is_data:
        reporter.write(page, report)
        return
    if file is None:
        options.write(text)
        options.write(page, sys.stderr)
    else:
        options.write(page)

"""`nnc export`: a network in another language, or as a circuit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.files.opening import MAX_BYTES, read_bytes
from nnc.files.writing import open_atomically
from nnc.interchange.languages import DIALECTS, LANGUAGES
from nnc.terminal import options
from nnc.terminal.options import Reporter

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.interchange.checks import ExportCheck
    from nnc.interchange.exports import Export
    from nnc.opening.checking import Checked
    from nnc.rows.options import Floats

_DIALECTS = DIALECTS[1:]
"""Words of --to for SQL of other databases than the first."""


@click.command("export")
@click.argument("network", type=click.Path())
@options.output_option(more="; its suffix says the language")
@click.option(
    "--to",
    "form",
    type=click.Choice(["sql", *_DIALECTS, *(name for name in LANGUAGES if name != "sql")]),
    help="Language; by default from the name of the file. `sql` is that of DuckDB.",
)
@click.option(
    "--top",
    metavar="NAME",
    help="Name of the function or module, by default the network's; in SQL of the table (rows).",
)
@click.option(
    "--extra",
    "keep",
    metavar="COLUMN",
    multiple=True,
    help="In SQL, also give this column of the table.",
)
@click.option(
    "--floats",
    type=click.Choice(("binary", "decimal")),
    default="binary",
    help="What a float means: the binary number stored (default), or the shortest decimal that "
    "reads back, what was typed.",
)
@click.option(
    "--check",
    "is_check",
    is_flag=True,
    help="Write nothing; exit with 1 if FILE is not what would be written.",
)
@click.option(
    "--verify",
    "is_run",
    is_flag=True,
    help="Run the result with the program that it is for, on rows at cut-offs and on the cases; "
    "if an answer differs, write nothing and exit with 1.",
)
@click.option(
    "--rows",
    metavar="ROWS",
    type=click.Path(),
    help="With --verify, run these rows, too: a file as for `nnc eval`.",
)
@options.file_options
@options.report_options
def command(
    reporter: Reporter, form: str | None, root: Path | None, max_bytes: int, **given: Any
) -> int:
    """Write NETWORK in another language, to run without nnc.

    \b
      nnc export score.nn.yaml -o score.sql --extra patient_id
      nnc export score.nn.yaml -o score.js
      nnc export score.nn.yaml -o score.js --verify
      nnc export adder.nn.yaml -o adder.v
      nnc export score.nn.yaml -o score.js --check

    Languages are SQL (of DuckDB, `sqlite` or `postgres`), Python, JavaScript, C and
    ONNX. Networks of bits, choices and bounded integers can also become circuits in Verilog, BLIF
    and AIGER (aiger is its binary form, aag its text), or constraints in OPB.

    Sums are exact integers, and a cut-off of a real number becomes the double that separates the
    same doubles: the answers are those of nnc. Where real numbers are added up, rows within
    rounding of a threshold may differ, and the first lines of the file say so. A sum that may be
    too large for the language is an error.
    """
    from nnc.interchange.checks import Checking  # --help does not need these
    from nnc.interchange.exports import check_with_rows
    from nnc.terminal.plans import plan_of

    form = _form(given["output"], form)
    dialect = form if form in _DIALECTS else None
    asked = _Asked(form="sql" if dialect else form, dialect=dialect, **given)
    network, output, rows, is_check = asked.network, asked.output, asked.rows, asked.is_check
    _check_asked(reporter, asked)
    reporter.protect([network, rows])
    warnings: list[Diagnostic] = []
    try:
        plan, checked = plan_of(network, root, max_bytes, warnings)
        export = _exported(asked, plan, checked)
        if is_check and output is not None:
            warnings += _difference(network, export.data, output)
        check = None
        if asked.is_run and not warnings:
            checking = Checking(asked.form, dialect, asked.floats)
            check = check_with_rows(export, plan, checking, checked, rows, warnings)
            warnings += check.diagnostics(network if output is None else output)
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        code = options.code_of(error)
        return reporter.code_of(error.diagnostics) if code == options.FINDINGS else code
    if check is not None and not check.agrees and check.missing is None:
        reporter.fail(NncError(warnings))
    else:
        _tell(reporter, export, output, warnings, is_check=is_check, check=check)
    return reporter.code_of(warnings)


class _Asked(NamedTuple):
    """The arguments and options of the command."""

    network: str
    output: str | None
    form: str
    top: str | None
    dialect: str | None
    keep: tuple[str, ...]
    floats: Floats
    rows: str | None
    is_check: bool
    is_run: bool


def _exported(asked: _Asked, plan: Plan, checked: Checked | None) -> Export:
    """Write a plan in the language that is asked for. Raises NncError."""
    from nnc.interchange.exports import export_plan, reported

    if not asked.is_check:
        options.check_made_of({"-o": asked.output}, () if checked is None else checked.files)
    with reported(asked.network):
        return export_plan(
            plan,
            asked.form,
            top=asked.top,
            dialect=asked.dialect,
            keep=asked.keep,
            floats=asked.floats,
        )


def _form(file: str | None, form: str | None) -> str:
    """Return the language of the option, or of the suffix of the file."""
    if form is not None:
        return form
    suffix = "" if file is None else Path(file).suffix.lower()
    for name, language in LANGUAGES.items():
        if suffix in language.suffixes:
            return name
    known = ", ".join(
        f"{each.suffixes[0]} ({name})" for name, each in LANGUAGES.items() if each.suffixes
    )
    if suffix == ".c":
        raise click.UsageError("C is written as one header: name a file that ends in .h")
    raise click.UsageError(f"name the language with --to, or a file that ends in {known}")


def _check_asked(reporter: Reporter, asked: _Asked) -> None:
    """Refuse options of other languages, two results on standard output, and bytes there."""
    form, output = asked.form, asked.output
    language = LANGUAGES[form]
    if asked.keep and form != "sql":
        raise click.UsageError(f"--extra is for SQL, and this is --to {form}")
    if asked.top is not None and not language.has_top:
        raise click.UsageError(f"--top names a function or module, and --to {form} has none")
    if not language.is_text and output is None:
        raise click.UsageError(f"--to {form} is no text: name a file with -o")
    if asked.is_check and output is None:
        raise click.UsageError("--check compares with a file: name it with -o")
    if not asked.is_check:
        options.check_outputs({"-o": output, "--report-file": reporter.file}, {})
    if reporter.is_machine and reporter.file is None and output is None:
        raise click.UsageError(
            f"the text and the report as {reporter.form} both go to standard output: "
            "name a file with -o, or with --report-file"
        )
    if asked.rows is not None and not asked.is_run:
        raise click.UsageError("--rows are rows for --verify: give both")


def _difference(network: str, data: bytes, file: str) -> list[Diagnostic]:
    """Report a file that is out of date. Raises FileError."""
    if read_bytes(file, MAX_BYTES) == data:
        return []
    message = f"it is not what {network} gives now"
    return [Diagnostic("stale-export", message, file=file, help="export it again")]


def _tell(
    reporter: Reporter,
    export: Export,
    output: str | None,
    warnings: list[Diagnostic],
    *,
    is_check: bool,
    check: ExportCheck | None,
) -> None:
    """Write the file, and report how exact it is and the result of the check."""
    notes = [*export.notes, *warnings]
    about = str(check) if check is not None and check.agrees else export.exactness.words
    if output is None:
        options.write(export.text)
        if check is not None and check.agrees:
            options.say(about, sys.stderr)
    elif not is_check:
        with open_atomically(output) as stream:
            stream.write(export.data)
        reporter.wrote(output, about)
    elif not warnings and not reporter.is_machine:
        more = f"; {about}" if check is not None else ""
        options.say(f"{output} is current{more}", sys.stderr)
    if reporter.is_machine:
        reporter.report(notes, 1)
    else:
        reporter.report_warnings(notes)

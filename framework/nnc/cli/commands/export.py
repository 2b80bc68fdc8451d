"""`nnc export`: a network as SQL, Python, JavaScript or C."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnc.cli import options
from nnc.cli.options import Reporter
from nnc.cli.plans import plan_of
from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.exact import counted
from nnc.files.opening import MAX_BYTES, read_bytes
from nnc.files.writing import open_atomically

if TYPE_CHECKING:
    from nnc.interchange.exporting.export import Export
    from nnc.rows.options import Floats

_FORMS = ("sql", "python", "js", "c")
_DIALECTS = ("duckdb", "sqlite", "postgres")
_SUFFIXES = {".sql": "sql", ".py": "python", ".js": "js", ".mjs": "js", ".h": "c"}


@click.command("export")
@click.argument("network", type=click.Path())
@options.output_option(more="; its suffix says the language")
@click.option(
    "--to",
    "form",
    type=click.Choice(_FORMS),
    help="Language; by default from the name of the file.",
)
@click.option(
    "--top",
    metavar="NAME",
    help="Name of the function, by default the network's; in SQL of the table (rows).",
)
@click.option("--dialect", type=click.Choice(_DIALECTS), help="Of SQL; by default duckdb.")
@click.option(
    "--keep", metavar="COLUMN", multiple=True, help="Give this column of the table, too, in SQL."
)
@click.option(
    "--floats",
    type=click.Choice(("binary", "decimal")),
    default="binary",
    help="What a float means: the binary number stored (default), or the shortest decimal that "
    "reads back, what was typed.",
)
@click.option(
    "--check-current",
    "is_check",
    is_flag=True,
    help="Write nothing; exit with 1 if FILE is not what would be written.",
)
@options.file_options
@options.verdict_options
def command(
    reporter: Reporter,
    network: str,
    output: str | None,
    form: str | None,
    top: str | None,
    dialect: str | None,
    keep: tuple[str, ...],
    floats: Floats,
    root: Path | None,
    max_bytes: int,
    *,
    is_check: bool,
) -> int:
    """Write NETWORK in another language, to run where nnc is not.

    \b
      nnc export score.nn.yaml -o score.sql --keep patient_id
      nnc export score.nn.yaml -o score.js
      nnc export score.nn.yaml -o score.js --check-current

    Sums are of integers, and the cut-off of a real number is the double that decides doubles alike:
    the answers are those of nnc. Where real numbers are added up, rows within rounding of a
    threshold may differ, and the first lines of the file say so. A sum that may be too large for
    the language is an error.
    """  # noqa: D301 - \b keeps the lines apart
    from nnc.answers.exports import export_of_plan

    form = _form(output, form)
    _check(reporter, output, form, is_sql_only=bool(dialect or keep), is_check=is_check)
    reporter.protect([network])
    warnings: list[Diagnostic] = []
    try:
        plan, checked = plan_of(network, root, max_bytes, warnings)
        if not is_check:
            options.check_made_of({"-o": output}, () if checked is None else checked.files)
        export = export_of_plan(
            plan, form, top=top, dialect=dialect, keep=keep, floats=floats, file=network
        )
        if is_check and output is not None:
            warnings += _difference(network, export.data, output)
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        code = options.code_of(error)
        return reporter.code_of(error.diagnostics) if code == options.FINDINGS else code
    _tell(reporter, export, output, warnings, is_check=is_check)
    return reporter.code_of(warnings)


def _form(file: str | None, form: str | None) -> str:
    """Return the language that is asked for, or that the name of a file says."""
    if form is not None:
        return form
    suffix = "" if file is None else Path(file).suffix.lower()
    if suffix not in _SUFFIXES:
        known = ", ".join(f"{end} ({name})" for end, name in _SUFFIXES.items() if end != ".mjs")
        raise click.UsageError(f"name the language with --to, or a file that ends in {known}")
    return _SUFFIXES[suffix]


def _check(
    reporter: Reporter, output: str | None, form: str, *, is_sql_only: bool, is_check: bool
) -> None:
    """Refuse options that go with others, and two things on standard output."""
    if is_sql_only and form != "sql":
        raise click.UsageError(f"--dialect and --keep are for SQL, and this is --to {form}")
    if is_check and output is None:
        raise click.UsageError("--check-current compares with a file: name it with -o")
    if not is_check:
        options.check_outputs({"-o": output, "--report-file": reporter.file}, {})
    if reporter.is_machine and reporter.file is None and output is None:
        raise click.UsageError(
            f"the text and the report as {reporter.form} both go to standard output: "
            "name a file with -o, or with --report-file"
        )


def _difference(network: str, data: bytes, file: str) -> list[Diagnostic]:
    """Say that a file is not what would be written; nothing where it is. Raises FileError."""
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
) -> None:
    """Write the text, and say how exact it is."""
    if output is None:
        options.write(export.text)
    elif not is_check:
        with open_atomically(output) as stream:
            stream.write(export.data)
        words = f"wrote {output}: {counted(len(export.data), 'byte')}, {export.exactness.words}"
        if not reporter.is_machine:
            options.say(words, sys.stderr)
    elif not warnings and not reporter.is_machine:
        options.say(f"{output} is current", sys.stderr)
    if reporter.is_machine:
        reporter.report(warnings, 1)
    else:
        reporter.report_warnings(warnings)

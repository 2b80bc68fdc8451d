"""What the options of a command say of the results out: their format, and how they are written."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from nnc.cli.row_settings import RowSettings
from nnc.files.opening import STDIN
from nnc.rows.formats import FORMATS, format_of


@dataclass(frozen=True, slots=True)
class ResultSettings:
    """What is said of the results out, each under the name of its option."""

    target: str | None
    output: str | None
    trace: bool
    numbers: str | None
    bits: bool
    count: bool

    @property
    def file(self) -> str | None:
        """The file that results are written to; None is standard output."""
        return None if self.output == STDIN else self.output


def check_forms(results: ResultSettings, rows: RowSettings, *, engine: bool) -> None:
    """Refuse options that say nothing where rows are traced or counted, `engine` options too."""
    trace, count, keep = results.trace, results.count, rows.extra == "keep"
    wrong = (
        (trace and results.bits, "--trace shows every bit; remove --bits"),
        (trace and count, "--trace shows rows, --count only counts them; remove one"),
        (trace and keep, "--trace shows no other columns; remove --extra keep"),
        (trace and engine, "--trace uses no engine; remove the engine options"),
        (trace and rows.skips, "--trace numbers the rows; none of them can be skipped"),
        (count and results.bits, "--count counts each bit; remove --bits"),
        (count and keep, "--count writes no rows; remove --extra keep"),
    )
    for is_wrong, message in wrong:
        if is_wrong:
            raise click.UsageError(message)


def check_terminal(results: ResultSettings, form: str) -> None:
    """Refuse bytes on a terminal."""
    if results.file is None and not FORMATS[form].is_text and sys.stdout.isatty():
        message = f"{form} is bytes, not text: name a file with -o, or send it into a pipe"
        raise click.UsageError(message)


def form_to_write(results: ResultSettings, *, is_machine: bool) -> str:
    """Return the format of what is written: as asked, else as the file is named, else as suits.

    Raises UsageError where it cannot hold a trace, or the numbers that are asked for.
    """
    form = (
        _form_of_trace(results, is_machine=is_machine)
        if results.trace
        else _form_of_rows(results, is_machine=is_machine)
    )
    has_numbers = form in ("json", "jsonl") and not results.trace and not results.count
    if results.numbers is not None and not has_numbers:
        raise click.UsageError("--numbers goes with rows --to json or jsonl")
    return form


def _form_of_trace(results: ResultSettings, *, is_machine: bool) -> str:
    form = results.target or ("json" if is_machine else "table")
    if results.target is None and results.file is not None and "." in Path(results.file).name:
        form = format_of(results.file, None)
    if form not in ("table", "json", "jsonl"):
        raise click.UsageError(f"a trace cannot be written as {form}; use table, json or jsonl")
    return form


def _form_of_rows(results: ResultSettings, *, is_machine: bool) -> str:
    if results.target is not None:
        return results.target
    if results.file is not None:
        return format_of(results.file, None, option="--to")
    if is_machine:
        return "json"
    return "table" if sys.stdout.isatty() else "csv"

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
    with_inputs: bool | None
    flush: bool

    @property
    def file(self) -> str | None:
        """The file that results are written to; None is standard output."""
        return None if self.output == STDIN else self.output

    def has_inputs(self, form: str, *, every: bool) -> bool:
        """Whether rows show their inputs: as asked, else where they are not known otherwise.

        An array of NPY has no names, and is read by its columns: it has inputs only if asked for.
        """
        if self.with_inputs is not None:
            return self.with_inputs
        return form == "table" or (every and form != "npy")

    def is_flushed(self, rows: RowSettings, form: str) -> bool:
        """Whether a result is written when its row arrives: if asked, or where nothing stops it."""
        is_text = FORMATS[form].is_text and (form != "table" or self.trace)
        if self.flush and not is_text:
            message = f"--flush writes row by row, which {form} cannot; use --to csv or jsonl"
            raise click.UsageError(message)
        is_pipe = rows.file == STDIN and self.file is None
        return self.flush or (is_pipe and rows.skips and is_text and not self.count)


def check_forms(results: ResultSettings, rows: RowSettings, *, engine: bool) -> None:
    """Refuse options that say nothing where rows are traced or counted, `engine` options too."""
    trace, count, keep = results.trace, results.count, rows.extra == "keep"
    inputs = results.with_inputs is not None
    wrong = (
        (trace and results.bits, "--trace shows every bit; remove --bits"),
        (trace and count, "--trace shows rows, --count only counts them; remove one"),
        (trace and keep, "--trace shows no other columns; remove --extra keep"),
        (trace and engine, "--trace uses no engine; remove the engine options"),
        (trace and rows.skips, "--trace numbers the rows; none of them can be skipped"),
        (count and results.bits, "--count counts each bit; remove --bits"),
        (count and keep, "--count writes no rows; remove --extra keep"),
        (trace and inputs, "--trace shows the inputs of each row; remove --with-inputs"),
        (count and inputs, "--count writes no rows; remove --with-inputs"),
    )
    for is_wrong, message in wrong:
        if is_wrong:
            raise click.UsageError(message)


def check_flush(results: ResultSettings, rows: RowSettings) -> None:
    """Refuse --flush where there is nothing to write before the end."""
    wrong = (
        (rows.file is None, "--flush writes results as rows arrive; name ROWS, or give -"),
        (results.count, "--count is known when all rows are read; remove --flush"),
        (results.file is not None, "-o writes a whole file or none; remove it, or --flush"),
    )
    for is_wrong, message in wrong:
        if results.flush and is_wrong:
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
    return "table" if sys.stdout.isatty() and not results.flush else "csv"

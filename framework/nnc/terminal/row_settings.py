"""Options for rows: values, which rows to read, and which to skip.

Invalid or contradictory options raise UsageError.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.files.opening import STDIN, open_to_read
from nnc.numbers.exact import first_names
from nnc.rows.compressions import without_suffix
from nnc.rows.dialect import COMMA, DELIMITERS, TAB, CsvDialect
from nnc.rows.elements import is_column
from nnc.rows.formats import FORMATS, READABLE, format_of, has_format, shown_format
from nnc.rows.options import DROPPING_OPTIONS, EXTRAS, FLOATS, Extra
from nnc.rows.session import Rejects, RowOptions
from nnc.run.streaming import Source, open_output
from nnc.terminal.options import Decorator, refuse, with_options

if TYPE_CHECKING:
    from nnc.diagnostics.diagnostic import Diagnostic
    from nnc.language.network import Input
    from nnc.rows.options import Floats


class RowSettings(NamedTuple):
    """Row settings; each field has the name of its option, and `file` is ROWS."""

    file: str | None = None
    settings: tuple[str, ...] = ()
    every: bool = False
    number: int | None = None
    source: str | None = None
    extra: Extra | None = None
    on_error: str | None = None
    rejects: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    na: tuple[str, ...] = ()
    rename: tuple[str, ...] = ()
    rest: str | None = None
    floats: Floats | None = None

    @property
    def name(self) -> str:
        """The name of the file in messages."""
        return "<stdin>" if self.file == STDIN else self.file or ""

    @property
    def format(self) -> str:
        """The format of the file, or an empty text if there is none.

        It is that of the option, else of the file name, else of the first bytes. A named pipe can
        be opened only once, so its bytes are not inspected. Raises InvalidRowsError
        (unknown-format).
        """
        if self.file is None:
            return ""
        name = "" if self.file == STDIN else self.file
        if self.source is None and not has_format(name) and not Path(name).is_fifo():
            with open_to_read(self.file) as stream:
                peek = getattr(stream, "peek", bytes)
                return format_of(name, shown_format(peek()))
        return format_of(name, self.source)

    @property
    def has_values(self) -> bool:
        """Return True if there are any input values, from a file or from options."""
        return self.file is not None or bool(self.settings) or self.rest is not None

    @property
    def skips(self) -> bool:
        """Return True if rows with mistakes are skipped."""
        return self.on_error not in (None, "stop") or self.rejects is not None

    @property
    def max_rejects(self) -> int | None:
        """The maximum number of rows to skip, or None for no limit."""
        return None if self.on_error in (None, "stop", "skip") else int(self.on_error)


row_arguments = with_options(
    click.argument("network", type=click.Path()),
    click.argument("rows", required=False, type=click.Path()),
)
"""The arguments of every command that reads rows for a network."""

from_option = click.option(
    "--from",
    "source",
    type=click.Choice(READABLE),
    help="Format of ROWS; by default from the file name, else from its first bytes.",
)
"""The option for the format of a file; see `RowSettings.format`."""

rename_option = click.option(
    "--rename",
    multiple=True,
    metavar="COLUMN=NAME",
    help="Read this column, or key, as the input NAME.",
)
"""The option of commands that match columns with inputs; see `renaming_of`."""


def set_option(
    help_: str = "Value of an input; with ROWS, of an input without a column.",
) -> Decorator:
    """Return the option `--set`, which sets an input; see `rows_and_settings`."""
    return click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help=f"{help_} Words NAME=VALUE do so too.",
    )


def row_option(help_: str) -> Decorator:
    """Return the option `--row`, which chooses one row by its `number`."""
    return click.option("--row", "number", type=click.IntRange(min=1), metavar="N", help=help_)


dialect_options = with_options(
    click.option(
        "--delimiter",
        metavar="MARK",
        help="The separator of CSV cells: one character, or `tab`; by default a comma, or "
        "what the header shows.",
    ),
    click.option(
        "--decimal",
        type=click.Choice([".", ","]),
        help="The decimal point in CSV; with `,` the cells are separated by `;`.",
    ),
    click.option(
        "--na",
        multiple=True,
        metavar="WORDS",
        help="Cells of CSV that mean no value, such as NA,N/A.",
    ),
)
"""The options of commands that read other CSV dialects; see `dialect_of`."""


def row_options(*, can_keep: bool = False) -> Decorator:
    """Return the options of every command that reads ROWS for a network; see `source_of`.

    Only commands that write rows have an option for columns that are not inputs.
    """
    extra_option = click.option(
        "--extra",
        type=click.Choice(EXTRAS),
        help="Columns that are not inputs: drop them, keep them before the outputs, or refuse "
        "them. Default: drop them with a warning.",
    )
    return with_options(
        from_option,
        rename_option,
        dialect_options,
        click.option(
            "--rest",
            metavar="VALUE",
            help="Value of every input that has no default and no value: no column, or an empty "
            "cell.",
        ),
        *([extra_option] if can_keep else []),
        click.option(
            "--floats",
            type=click.Choice(FLOATS),
            help="What a float of NPY, Parquet or Arrow means: the binary number stored, or the "
            "shortest decimal that reads back, what was typed. Default: binary, with a warning "
            "where rows depend on it.",
        ),
    )


def _policy(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Check the value of --on-error. Raises UsageError."""
    if value not in (None, "stop", "skip") and not (value.isascii() and value.isdigit()):
        raise click.UsageError(f"--on-error {value}: write stop, skip, or a number of rows")
    return value


skipping_options = with_options(
    click.option(
        "--on-error",
        metavar="stop|skip|N",
        callback=_policy,
        help="For a row with a mistake: stop and write nothing (the default), or skip the row and "
        "count it; or skip at most N rows.",
    ),
    click.option(
        "--rejects",
        type=click.Path(),
        metavar="FILE",
        help="Skip rows with mistakes, and write them to FILE, with columns `_line` and `_error` "
        "in front; once mended, FILE can be ROWS. Of many files, to a folder.",
    ),
)
"""The options of commands that can skip rows with mistakes."""


def settings_of(file: str | None, settings: tuple[str, ...], values: dict[str, Any]) -> RowSettings:
    """Extract the row settings from a command's option values."""
    names = [name for name in RowSettings._fields if name in values]
    return RowSettings(file, settings, **{name: values.pop(name) for name in names})


# ------------------------------------------------------------------------------------- checks


def taken_apart(words: Sequence[str], settings: Sequence[str]) -> tuple[str | None, list[str]]:
    """Separate arguments into the ROWS file and settings such as `a=1`, unless that is a file.

    Raises UsageError if there are several files.
    """
    files = [word for word in words if not _is_setting(word)]
    if files[3:]:  # a shell has expanded a pattern
        message = (
            f"give one ROWS file, not {len(files):,}; `nnc eval` takes many as a folder, or as"
        )
        raise click.UsageError(f'{message} a pattern in quotes: "in/*.csv"')
    if files[1:]:
        raise click.UsageError(f"give one ROWS file: remove {' '.join(files[1:])}")
    more = [word for word in words if word not in files]
    return (files[0] if files else None), [*settings, *more]


def _is_setting(word: str) -> bool:
    """Return True if an argument is a setting such as `a=1`, not a file, pattern or URL."""
    name, equals, _ = word.partition("=")
    return equals != "" and "/" not in name and not os.access(word, os.F_OK)


def rows_and_settings(
    rows: str | None, settings: Sequence[str]
) -> tuple[str | None, tuple[str, ...]]:
    """Return the ROWS file and all settings of a command that also takes arguments like `a=1`.

    `rows` is the first argument after NETWORK; click keeps the rest.
    """
    words = [] if rows is None else [rows, *click.get_current_context().args]
    file, more = taken_apart(words, settings)
    return file, tuple(more)


def check_source(settings: RowSettings) -> None:
    """Raise UsageError for --from or --extra without ROWS."""
    named = {"--from": settings.source, "--extra": settings.extra}
    option = next((name for name, value in named.items() if value is not None), None)
    if settings.file is None and option is not None:
        raise click.UsageError(f"{option} is about ROWS: name the file")


def check_unread(settings: RowSettings) -> None:
    """Raise UsageError for options about ROWS if no such file is read."""
    check_source(settings)
    check_floats(settings)
    dialect_of(settings, "")
    renaming_of(settings, "", {})


def check_standard_input(network: str, rows: str | None) -> None:
    """Raise UsageError if both the network and rows are standard input."""
    if network == STDIN == rows:
        raise click.UsageError("only one of NETWORK and ROWS can be standard input")


def check_rows(network: str, settings: RowSettings) -> None:
    """Raise UsageError for row options that contradict each other."""
    check_source(settings)
    rows = settings.file
    if settings.every and rows is not None:
        raise click.UsageError("--all makes its own rows: remove ROWS")
    if settings.every and settings.rest is not None:
        raise click.UsageError("--all makes every row; hold an input with --set, and remove --rest")
    check_standard_input(network, rows)
    if rows is not None and rows.endswith((".nn.yaml", ".nn.yml", ".nnc")):
        raise click.UsageError(f"the network comes first: nnc eval {rows} {network}")


def check_number(settings: RowSettings, *, count: bool) -> None:
    """Raise UsageError for --row with a single row or an option that needs all rows."""
    if settings.number is None:
        return
    is_alone = settings.file is None and not settings.every
    refuse(
        (is_alone, "--row takes one of many rows: name ROWS, or give --all"),
        (count, "--row evaluates one row, --count counts them; remove one"),
        (settings.skips, "--row counts the rows as they are; none of them can be skipped"),
    )


def check_floats(settings: RowSettings) -> None:
    """Raise UsageError for --floats if the format has no binary floats."""
    if settings.floats is not None and (settings.file is None or FORMATS[settings.format].is_text):
        forms = ", ".join(name for name, form in FORMATS.items() if form.has_floats)
        message = f"--floats is about binary floats, in rows as {forms}; remove it: a text means "
        raise click.UsageError(f"{message}what is written")


def check_skipping(settings: RowSettings, output: str | None) -> None:
    """Raise UsageError if rows cannot be skipped, or their file cannot be written."""
    rejects = settings.rejects
    values = {"--rejects": rejects, "--on-error": settings.on_error}
    option = next((name for name, value in values.items() if value is not None), None)
    if option is None:
        return
    if settings.file is None:
        raise click.UsageError(f"{option} is about the rows of a file; name ROWS")
    if settings.on_error == "stop" and option != "--on-error":
        raise click.UsageError(f"{option} is about rows that are skipped; remove --on-error stop")
    if rejects == STDIN and output is None:
        raise click.UsageError("--rejects - and the results both go to standard output: name -o")


def check_values(inputs: Mapping[str, Input]) -> None:
    """Raise UsageError if there are no rows and an input has no default."""
    needed = [name for name, input_ in inputs.items() if input_.default is None]
    if needed:
        raise click.UsageError(
            "no rows: name a file, or give values with --set "
            f"{_example(needed[0], inputs[needed[0]])}, or every row with --all"
        )


# ------------------------------------------------------------------------------------ dialect


_DELIMITERS = {"tab": TAB, "\\t": TAB, "space": " "}


def dialect_of(settings: RowSettings, form: str) -> CsvDialect:
    """Return the CSV dialect. Raises UsageError for contradictory options."""
    delimiter, decimal = settings.delimiter, settings.decimal
    named = {"--delimiter": delimiter, "--decimal": decimal, "--na": settings.na or None}
    option = next((name for name, value in named.items() if value is not None), None)
    if option is not None and (not form or not FORMATS[form].is_csv):
        what = f"ROWS are {form}" if form else "there are no ROWS"
        raise click.UsageError(f"{option} is about rows of CSV, and {what}; remove it")
    if delimiter is not None:
        delimiter = _DELIMITERS.get(delimiter, delimiter)
        if delimiter not in DELIMITERS:
            marks = "`,`, `;`, `|`, `:` or `tab`"
            raise click.UsageError(f"--delimiter {delimiter}: write one mark, such as {marks}")
    if delimiter == decimal == COMMA:
        message = "--delimiter and --decimal are both `,`; the cells need another mark between"
        raise click.UsageError(message)
    words = [word for words in settings.na for word in words.split(",")]
    if not all(words):
        raise click.UsageError("--na: write words between commas, such as --na NA,N/A")
    return CsvDialect(delimiter, decimal or ".", tuple(words), recognises=True)


def source_of(
    rows: RowSettings,
    inputs: Mapping[str, Input],
    report: Callable[[Diagnostic], None],
    extra_help: str = DROPPING_OPTIONS,
) -> Source:
    """Return the source of a network's rows according to all options.

    `report` is called with warnings. Raises UsageError, or InvalidRowsError for an unknown format.
    """
    read_as = rows.format
    check_floats(rows)
    if not rows.has_values and not rows.every:
        check_values(inputs)
    return Source(
        rows.file,
        read_as,
        values_of(rows.settings, inputs),
        report,
        RowOptions(
            rows.extra,
            extra_help,
            rows.floats,
            dialect_of(rows, read_as),
            renaming_of(rows, read_as, inputs),
            has_options=True,
        ),
        rows.every,
        only=rows.number and rows.number - 1,
        rest=rows.rest,
    )


# ----------------------------------------------------------------------------------- renaming


def renaming_of(settings: RowSettings, form: str, inputs: Mapping[str, Input]) -> dict[str, str]:
    """Map each renamed column to its input or element. Raises UsageError."""
    if settings.rename and (not form or not FORMATS[form].has_names):
        what = f"rows as {form} have none" if form else "there are no ROWS"
        raise click.UsageError(f"--rename is about names of columns, and {what}; remove it")
    rename: dict[str, str] = {}
    for renaming in chain.from_iterable(_renamings_in(text, inputs) for text in settings.rename):
        column, _, name = renaming.rpartition("=")
        if not column or not name:
            message = "write COLUMN=NAME, for example --rename Fever=fever"
            raise click.UsageError(f"--rename {renaming}: {message}")
        if not is_column(name, inputs):
            hint = did_you_mean(name, inputs) or f"the inputs are {first_names(inputs)}"
            raise click.UsageError(f"--rename {renaming}: `{name}` is not an input; {hint}")
        column = unicodedata.normalize("NFC", column)
        if column in rename:
            raise click.UsageError(f"--rename {column} appears twice")
        rename[column] = name
    return rename


def _renamings_in(text: str, inputs: Mapping[str, Input]) -> list[str]:
    """Split `A=a,B=b` after each name; other commas belong to the name of a column.

    A comma after something that is not like an input also does: `p=1,q=a` renames `p=1,q`.
    """
    renamings: list[str] = []
    is_open = False
    for piece in re.findall(r"(.+?=[^,=]*|.+)(?:,(?=.)|\Z)", text, re.DOTALL) or [text]:
        if is_open:
            renamings[-1] += f",{piece}"
        else:
            renamings.append(piece)
        name = piece.rpartition("=")[2]
        is_open = name != "" and not is_column(name, inputs) and not did_you_mean(name, inputs)
    return renamings


# ------------------------------------------------------------------------------------- values


def values_of(settings: tuple[str, ...], inputs: Mapping[str, Input]) -> dict[str, str | list[str]]:
    """Parse `--set` into a text per input, or a list of element texts for a bus."""
    values: dict[str, str | list[str]] = {}
    for setting in chain.from_iterable(map(settings_in, settings)):
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--set {setting}: write NAME=VALUE, for example --set a=1")
        if name in values:
            raise click.UsageError(f"--set {name} appears twice")
        bus = inputs.get(name)
        is_list = bus is not None and bus.size is not None
        if is_list and bus is not None and bus.is_integer_bus:
            is_list = "," in value
        values[name] = value.split(",") if is_list else value
    return values


def settings_in(text: str, option: str = "--set") -> list[str]:
    """Split `a=1,b=0` before each name; other commas belong to lists. Raises UsageError."""
    each = re.split(r",(?=[^,=]+=)", text)
    if text.count("=") > len(each):
        raise click.UsageError(f"{option} {text}: write one {option} for each input")
    return each


def _example(name: str, input_: Input) -> str:
    """Return an example of `--set` for an input."""
    if input_.of is not None:
        return f"{name}={input_.of[0]}"
    if input_.is_integer_bus:
        return f"{name}=1"
    value = str(input_.state_values[1]) if input_.type == "bit" else "1"
    elements = ",".join([value] * min(input_.width, 3))
    return f"{name}={elements}{',…' if input_.width > 3 else ''}"


# --------------------------------------------------------------------------- one row, rejects


def open_rejects(stack: ExitStack, settings: RowSettings, *, is_flushed: bool) -> Rejects:
    """Return the collector of rows with mistakes; its file is written when the stack closes.

    If results are flushed, each such row is written at once, if it is text. Rows are written in
    their original format; a file name for another format raises UsageError.
    """
    file, form = settings.rejects, settings.format
    if file is None:
        return Rejects(None, settings.max_rejects, settings.name)
    if not FORMATS[form].can_write:
        raise click.UsageError(f"--rejects writes rows as they were, and not as {form}: remove it")
    suffix = without_suffix(file)
    for name, format_ in FORMATS.items():
        if suffix.endswith(format_.suffixes) and name != form:
            message = f"rejected rows are written as they were, as {form}: give --rejects the name"
            raise click.UsageError(f"{message} of a file {' or '.join(FORMATS[form].suffixes)}")
    is_flushed = is_flushed and FORMATS[form].is_text
    stream = stack.enter_context(open_output(file, is_flushed=is_flushed))
    return Rejects(stream, settings.max_rejects, settings.name)

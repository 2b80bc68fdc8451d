"""Exit codes and options that commands share."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import click

from nnc.diagnostics.diagnostic import MAX_OF_A_RULE, Diagnostic, FileError, NncError, did_you_mean
from nnc.files.opening import MAX_BYTES, STDIN
from nnc.numbers.exact import shorten
from nnc.opening.settings import Projects
from nnc.selecting import selecting_help, unmatched
from nnc.terminal.reporter import (
    FORMATS,
    OTHER_FORMS,
    Reporter,
    check_made_of,
    check_outputs,
    forget,
    has_colour,
    laid_out,
    progress,
    say,
    terminal_width,
    write,
)

__all__ = [
    "FORMATS", "Reporter", "check_made_of", "check_outputs", "forget", "has_colour", "laid_out",
    "progress", "say", "terminal_width", "write",
]  # fmt: skip
"""Names of other modules that commands import from here."""

_VARIABLE = "NNC_REPORT"
_FILES = "nnc.files"
FINE, FINDINGS, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def code_of(error: NncError) -> int:
    """Return the exit code of an error: 2 for unusable files or a missing library, else 1."""
    about_files = all(
        diagnostic.rule in ("unknown-format", "missing-library") for diagnostic in error.diagnostics
    )
    return USAGE if about_files or isinstance(error, FileError) else FINDINGS


Command = Callable[..., Any]
Decorator = Callable[[Command], Command]


def with_options(*options: Decorator) -> Decorator:
    """Return a decorator that adds options to a command, in the order of its help."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


class GroupedCommand(click.Command):
    """A command whose help lists options in groups; `groups` maps titles to option names."""

    def __init__(
        self, name: str | None, *, groups: Mapping[str, Sequence[str]], **settings: Any
    ) -> None:
        super().__init__(name, **settings)
        self._groups = groups

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of each group, then the others."""
        records: dict[str, list[tuple[str, str]]] = {title: [] for title in (*self._groups, "More")}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            name = max(param.opts, key=len)
            title = next((title for title, names in self._groups.items() if name in names), "More")
            records[title] += [] if record is None else [record]
        for title, listed in records.items():
            with formatter.section(title):
                formatter.write_dl(listed)


class CountOrAll(click.IntRange):
    """An integer, or `all` for the largest one."""

    ALL = sys.maxsize

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number. Raises BadParameter."""
        return self.ALL if value == "all" else int(super().convert(value, param, ctx))


def refuse(*mistakes: tuple[object, str]) -> None:
    """Raise UsageError with the message of the first mistake whose condition is true."""
    for is_made, message in mistakes:
        if is_made:
            raise click.UsageError(message)


def check_selected(option: str, words: Sequence[str], names: Collection[str], what: str) -> None:
    """Raise UsageError if a word of an option matches none of the names."""
    for word in unmatched(words, names):
        hint = selecting_help(word, names, f"{what}s")
        raise click.UsageError(f"{option} {word}: there is no {what} `{shorten(word)}`; {hint}")


def gathered(**settings: Callable[..., object]) -> Decorator:
    """Return a decorator that passes option values to a command as settings objects.

    Each field of a settings type takes the value of the option with its name, which several types
    may share; a field without an option keeps its default. Put the decorator below all options.
    """

    def decorate(command: Command) -> Command:
        @functools.wraps(command)  # keeps the options that click stores on the function
        def with_settings(**values: object) -> object:
            taken, fields = {}, set[str]()
            for name, make in settings.items():
                of_these = values.keys() & signature(make).parameters.keys()
                taken[name] = make(**{field: values[field] for field in of_these})
                fields |= of_these
            others = {name: value for name, value in values.items() if name not in fields}
            return command(**others, **taken)

        return with_settings

    return decorate


def _form_option(forms: Sequence[str]) -> Decorator:
    """Return the option `--report`; a value that belongs to another option is refused by name."""

    def check(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        if value is None or value in forms:
            return value
        takers = [
            other.opts[0]
            for other in ctx.command.params
            if isinstance(other.type, click.Choice) and value in other.type.choices
        ]
        if takers:  # if --from and --to both take it, the last is --to
            message = f"`{value}` is not a form of report: write {takers[-1]} {value}"
            raise click.BadParameter(message, ctx, param)
        raise click.BadParameter(_unknown_form(value, forms), ctx, param)

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
        return [form for form in forms if form.startswith(incomplete)]

    listed = f"{', '.join(forms[:-1])} or {forms[-1]}"
    return click.option(
        "--report",
        metavar="FORM",
        callback=check,
        shell_complete=complete,
        help=f"Form of the report: {listed}; by default {_VARIABLE}, else full.",
    )


def _unknown_form(value: str, forms: Sequence[str]) -> str:
    listed = f"the forms are {', '.join(forms[:-1])} and {forms[-1]}"
    return f"`{value}` is not a form of report: {did_you_mean(value, forms, listed)}"


class CommonSettings(NamedTuple):
    """The settings that all commands accept; each field has the name of its option."""

    color: str = "auto"
    report_file: str | None = None
    max_errors: int = MAX_OF_A_RULE
    strict: bool = False
    exit_zero: bool = False
    root: Path | None = None
    max_bytes: int = MAX_BYTES


COMMON_OPTIONS = (
    click.Option(
        ["--color"],
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        help="When to use colour; `auto` respects NO_COLOR and FORCE_COLOR.",
    ),
    click.Option(
        ["--report-file"],
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Write the report to FILE, and readable text to the terminal.",
    ),
    click.Option(
        ["--max-errors"],
        type=click.IntRange(min=0),
        default=MAX_OF_A_RULE,
        metavar="N",
        help="In texts, list at most N findings of each rule (50); 0 lists all.",
    ),
    click.Option(["--strict"], is_flag=True, help="Exit with 1 for warnings too."),
    click.Option(
        ["--exit-zero"], is_flag=True, help="Exit with 0 also for findings; 2 and 3 stay."
    ),
    click.Option(
        ["--root"],
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Folder that files named in a network must be in; by default the nearest parent with "
        ".git, else the network's folder.",
    ),
    click.Option(
        ["--max-bytes"],
        type=click.IntRange(min=1),
        default=MAX_BYTES,
        metavar="N",
        help="Refuse files larger than this (128 MiB).",
    ),
)
"""The options of all commands, allowed before or after the name of the command."""

COMMON_NAMES = {option.opts[0]: option.is_flag for option in COMMON_OPTIONS}
"""The names of common options, mapped to True if the option is a flag."""


def common_first(words: Sequence[str]) -> list[str]:
    """Move the common options and their values to the front, except after `--`."""
    end = words.index("--") if "--" in words else len(words)
    common, others = [], []
    before = iter(words[:end])
    for word in before:
        name, equals, _ = word.partition("=")
        if name not in COMMON_NAMES:
            others.append(word)
            continue
        common.append(word)
        if not equals and not COMMON_NAMES[name]:
            value = next(before, None)
            if value is None:
                raise click.UsageError(f"{name} needs a value")
            common.append(value)
    return [*common, *others, *words[end:]]


def common_settings() -> CommonSettings:
    """Return the common settings of the running command."""
    settings = click.get_current_context().obj
    return settings if isinstance(settings, CommonSettings) else CommonSettings()


def form_options(forms: Sequence[str]) -> Decorator:
    """Return a decorator that adds `--report` with these forms and passes a `reporter`.

    The exit code respects --strict and --exit-zero.
    """

    def decorate(command: Command) -> Command:
        @functools.wraps(command)  # keeps the options that click stores on the function
        def with_reporter(report: str | None, **values: object) -> int:
            common = common_settings()
            reporter = Reporter(
                report or _form_of_environment(forms),
                common.report_file,
                common.color,
                max_of_a_rule=common.max_errors or None,
                strict=common.strict,
                exit_zero=common.exit_zero,
            )
            return reporter.final_code(command(reporter=reporter, **values) or FINE)

        return _form_option(forms)(with_reporter)

    return decorate


report_options = form_options(FORMATS)
"""The options of every command that reports findings."""


def _form_of_environment(forms: Sequence[str]) -> str:
    """Return the form in NNC_REPORT, or `full` if this command does not have it.

    Raises UsageError if no command has it.
    """
    form = os.environ.get(_VARIABLE) or "full"
    if form in forms:
        return form
    if form not in (*FORMATS, *OTHER_FORMS):
        raise click.UsageError(f"{_VARIABLE}: {_unknown_form(form, FORMATS)}")
    return "full"


def asked_form(words: Sequence[str]) -> str:
    """Return the form in which to report a usage error, judged from the arguments.

    It is `full` if the report goes to a file.
    """
    values: dict[str, str] = {}
    for word, following in zip(words, (*words, "")[1:], strict=True):
        if word == "--":
            break
        option, equals, value = word.partition("=")
        values[option] = value if equals else following
    if "--report-file" in values:
        return "full"
    form = values.get("--report") or os.environ.get(_VARIABLE)
    return form if form in FORMATS else "full"


def file_options(command: Command) -> Command:
    """Pass a command the common settings `root` and `max_bytes`."""

    @functools.wraps(command)  # keeps the options that click stores on the function
    def with_settings(**values: object) -> object:
        common = common_settings()
        return command(root=common.root, max_bytes=common.max_bytes, **values)

    return with_settings


changed_option = click.option(
    "--changed-since",
    metavar="REV",
    help="Only files that changed since this branch left REV (a git branch, tag or commit), "
    "or that use a changed file.",
)
"""The option of commands that read many network files; see `networks`."""


class NetworkPaths(NamedTuple):
    """The network files of a command and the settings for reading them."""

    paths: tuple[str, ...]
    stdin_filename: str | None
    changed_since: str | None
    root: Path | None
    max_bytes: int

    @property
    def reading(self) -> _Reading:
        """The keyword arguments for functions that open one of the files."""
        return {
            "root": self.root,
            "max_bytes": self.max_bytes,
            "stdin_filename": self.stdin_filename,
        }

    def networks(self, reporter: Reporter) -> tuple[list[str], list[Diagnostic]]:
        """Return the files, as `networks` does, and apply their project settings to the report.

        If the settings have mistakes, no file is returned. Raises UsageError as `networks` does,
        and if --stdin-filename is used without `-`.
        """
        if self.stdin_filename is not None and STDIN not in self.paths:
            raise click.UsageError("--stdin-filename goes with `-`")
        reporter.projects = Projects()
        here = reporter.projects.of(STDIN)
        paths = self.paths or (here.paths if here.folder == Path.cwd() else ())
        files, problems = networks(paths, self.changed_since)
        reporter.protect(files)
        names = [self.stdin_filename or file if file == STDIN else file for file in files]
        wrong = reporter.projects.mistakes(names)
        return ([], list(wrong)) if wrong else (files, problems)


class _Reading(TypedDict):
    root: Path | None
    max_bytes: int
    stdin_filename: str | None


def path_options(command: Command) -> Command:
    """Add the arguments and options of a command that reads network files or standard input.

    They are passed as `where`.
    """
    return with_options(
        click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path()),
        click.option(
            "--stdin-filename",
            metavar="FILE",
            help="Name of standard input in messages, and the file that it stands for.",
        ),
        changed_option,
        file_options,
        gathered(where=NetworkPaths),
    )(command)


def output_option(
    what: str = "",
    more: str = "",
    *,
    file: str = "FILE",
    may_be_folder: bool = False,
    name: str = "output",
) -> Decorator:
    """Return the option `-o` for the output file, passed as the parameter `name`."""
    return click.option(
        "-o",
        name,
        type=click.Path(dir_okay=may_be_folder),
        metavar=file,
        help=f"Write {what}{' ' if what else ''}to {file}, completely or not at all{more}.",
    )


in_place_option = click.option(
    "--in-place",
    is_flag=True,
    help="Put the numbers into FILE: only its blanks change, comments and layout stay.",
)
"""The option of commands that find the numbers left open in a file."""


def certificate_option(what: str) -> Decorator:
    """Return the option for the file of a certificate, passed as `claims`."""
    return click.option(
        "--certificate",
        "claims",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        help=f"Write {what} to FILE, as JSON for another program to check.",
    )


def budget_option(what: str = "", more: str = "", *, is_counted: bool = False) -> Decorator:
    """Return the option that limits how long a command may search or prove.

    A counted budget gives the same answer on all machines; a timed one gives the best answer so
    far.
    """
    end = (
        "counted as work of one fixed machine, beyond about a second: the answer is the same on "
        "all machines"
        if is_counted
        else "with the best that is known"
    )
    seconds = 10 if is_counted else 60
    return click.option(
        "--budget",
        type=click.FloatRange(min=0),
        default=float(seconds),
        metavar="SECONDS",
        help=f"Stop{what} after this time ({seconds}), {end}{more}.",
    )


class WithFiles(click.Command):
    """A command with revisions before `--` and files after it; see `files_of`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Store the files after `--`, and parse the rest as revisions."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[_FILES] = args[at + 1 :]
            args = args[:at]
        return super().parse_args(ctx, args)


def files_of(ctx: click.Context) -> list[str] | None:
    """Return the files after `--`, or None if there is no `--`."""
    files: list[str] | None = ctx.meta.get(_FILES)
    return files


def networks(
    paths: tuple[str, ...], changed_since: str | None
) -> tuple[list[str], list[Diagnostic]]:
    """Return the network files that paths select, and errors for paths that do not exist.

    `changed_since` limits them to files that have changed since a revision; with standard input it
    raises UsageError.
    """
    from nnc.opening.using import select_networks  # which reads files: help needs none of it

    if changed_since is not None and STDIN in paths:
        raise click.UsageError("--changed-since goes with files, not with `-`")
    files, problems, notes = select_networks(paths or (".",), changed_since)
    for note in notes:
        say(f"note: {note}", sys.stderr)
    return files, problems


def read_shape(word: str) -> tuple[str, tuple[int, int]]:
    """Parse `pixels=28x28` into a bus and the width and height of its grid. Raises UsageError."""
    match = re.fullmatch(r"(.+)=([1-9][0-9]{0,7})x([1-9][0-9]{0,7})", word)
    if match is None:
        raise click.UsageError(f"--shape {shorten(word)}: write BUS=WIDTHxHEIGHT, as pixels=28x28")
    return match[1], (int(match[2]), int(match[3]))

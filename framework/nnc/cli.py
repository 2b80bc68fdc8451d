"""The command table, the exit codes, and `main()`."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from nnc.version import VERSION

if TYPE_CHECKING:
    from types import FrameType

    import click


class Entry(NamedTuple):
    """A command: its module in `nnc.commands`, named as typed, and its line in the help."""

    module: str
    summary: str


COMMANDS = {
    "new": Entry("new", "Write a first network file."),
    "validate": Entry("validate", "Check network files and report every mistake."),
    "fmt": Entry("fmt", "Write network files in their one form."),
    "eval": Entry("eval", "Evaluate a network for rows of inputs."),
    "test": Entry("test", "Run the cases of network files."),
    "compile": Entry("compile", "Compile a network and print its plan."),
    "diff": Entry("diff", "Show what a change of a network means and does."),
    "log": Entry("log", "Show which commits changed a network, and what each did."),
    "digest": Entry("digest", "Print a digest of what networks say, or of what they do."),
    "git": Entry("git", "Let git show and merge networks by neuron."),
    "explain": Entry("explain", "Explain a diagnostic by its code or name."),
    "schema": Entry("schema", "Print the JSON Schema of network files or of a report."),
    "completion": Entry("completion", "Print the completion script of a shell."),
}

_OTHER_WORDS = {"check": "validate", "lint": "validate", "run": "eval", "evaluate": "eval",
                "format": "fmt", "init": "new", "help": "--help",
                "version": "--version"}  # fmt: skip
_SIGNALS = ("SIGTERM", "SIGHUP")


def main() -> None:
    """Run `nnc` with the arguments of the process, and exit."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:  # answered without importing anything
        try:
            sys.stdout.write(f"nnc {VERSION}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            _forget_output()
        except OSError as error:
            sys.exit(_tell_full(error))
        return
    import gc

    gc.set_threshold(1_000_000, 20, 100)  # a large network is millions of objects, none in a circle
    try:
        _heed_signals()
        code = run(arguments)
        _forget_signals()
    except _Stopped as stop:
        code = _end_by(stop.number)
    sys.exit(code)


class _Stopped(BaseException):
    """A signal asks the process to end; as with KeyboardInterrupt, no `Exception` catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _heed_signals() -> None:
    """Let what ends the process clean up first, as Ctrl-C does; what is ignored stays so."""

    def stop(number: int, _: FrameType | None) -> None:
        raise _Stopped(number)

    for name in _SIGNALS:
        number = getattr(signal, name, None)  # Windows has one of them
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, stop)


def _forget_signals() -> None:
    """Let signals end the process at once: there is nothing left to clean up."""
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _end_by(number: int) -> int:
    """Clean up, whatever else comes meanwhile, and give the exit code that shells expect."""
    from nnc import console

    for one in (number, signal.SIGINT):
        signal.signal(one, signal.SIG_IGN)
    _clean_up()
    with contextlib.suppress(OSError):  # the terminal may be gone
        console.write(f"stopped by {signal.Signals(number).name}\n", sys.stderr)
    return 128 + number


def _clean_up() -> None:
    """Remove unfinished files that no `with` block has removed, if any were written."""
    if "nnc.files" in sys.modules:
        from nnc.files import drop_unfinished

        drop_unfinished()


def run(arguments: Sequence[str]) -> int:
    """Run a command and give its exit code: the one place where errors become codes."""
    import click

    from nnc import console
    from nnc.diagnostics import NncError, closest

    try:
        code = _group().main(list(arguments), prog_name="nnc", standalone_mode=False)
    except SystemExit as leave:  # by click: a completion is done, or the reader of a pipe is gone
        return console.FINE if "_NNC_COMPLETE" not in os.environ else int(leave.code or 0)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.NoSuchOption as error:
        known = [one.removeprefix("--") for one in error.possibilities or ()]
        near = closest(error.option_name.removeprefix("--"), known)
        message = f"there is no option `{error.option_name}`"
        message += f": did you mean `--{near}`?" if near else ""
        click.UsageError(message, error.ctx).show()
        return console.USAGE
    except click.ClickException as error:
        error.show()
        return console.USAGE
    except (KeyboardInterrupt, click.Abort):
        _clean_up()
        console.write("interrupted\n", sys.stderr)
        return console.INTERRUPTED
    except NncError as error:
        console.Reporter("full", None, "auto").fail(error)
        return console.code_of(error)
    except Exception as error:  # noqa: BLE001
        if isinstance(error, OSError) and error.errno is not None:
            return _tell_system(error)
        return _tell_bug()
    return code if isinstance(code, int) else console.FINE


def _group() -> click.Command:
    """Build the group; each command's module is imported when the command is used."""
    import click

    from nnc.diagnostics import closest

    class Commands(click.Group):
        def invoke(self, ctx: click.Context) -> object:
            try:
                return super().invoke(ctx)
            except BrokenPipeError:
                _forget_output()
                return 0

        def list_commands(self, ctx: click.Context) -> list[str]:
            del ctx
            return list(COMMANDS)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            del ctx
            if cmd_name not in COMMANDS:
                return None
            module = import_module(f"nnc.commands.{COMMANDS[cmd_name].module}")
            command: click.Command = module.command
            return command

        def resolve_command(
            self, ctx: click.Context, args: list[str]
        ) -> tuple[str | None, click.Command | None, list[str]]:
            if args[0] not in COMMANDS and not args[0].startswith("-"):
                near = _OTHER_WORDS.get(args[0]) or closest(args[0], COMMANDS)
                near = f"did you mean `{near}`?" if near else "`nnc --help` lists the commands"
                raise click.UsageError(f"there is no command `{args[0]}`: {near}", ctx)
            return super().resolve_command(ctx, args)

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            del ctx
            with formatter.section("Commands"):
                formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    help_text = (
        "Check, compile and evaluate networks of threshold neurons, exactly.\n\n"
        "A network is a YAML file of neurons, weights and thresholds; a neuron is 1 when the "
        "weighted sum of its inputs passes its threshold, else 0.\n\n\b\n"
        "  nnc new xor.nn.yaml\n"
        "  nnc validate xor.nn.yaml\n"
        "  nnc eval xor.nn.yaml --all"
    )
    epilog = (
        "Exit codes: 0 fine, 1 findings, 2 usage or files, 3 a bug of nnc, 130 interrupted, "
        "143 stopped by SIGTERM."
    )
    group = Commands(
        name="nnc",
        help=help_text,
        epilog=epilog,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    return click.version_option(VERSION, prog_name="nnc", message="%(prog)s %(version)s")(group)


def _forget_output() -> None:
    """Leave quietly when the reader of a pipe is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell_system(error: OSError) -> int:
    """Tell what the system did not do, and of which file, where that is known."""
    import errno

    from nnc import console
    from nnc.diagnostics import Diagnostic, FileError

    if isinstance(error.filename, (str, bytes)):
        message = f"cannot open the file: {error.strerror}"
        one = Diagnostic("cannot-open", message, file=os.fsdecode(error.filename))
        console.Reporter("full", None, "auto").fail(FileError([one]))
    elif error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _tell_full(error)
    else:
        console.write(f"Error: the system has failed: {error.strerror}\n", sys.stderr)
    return console.USAGE


def _tell_full(error: OSError) -> int:
    """Say where room is needed. A file of `-o` is told by its name, where it is written."""
    import tempfile

    from nnc import console

    _forget_output()
    console.write(
        "Error: there is no room to write standard output, or to keep it in "
        f"{tempfile.gettempdir()} until it is whole: {error.strerror}\n",
        sys.stderr,
    )
    return console.USAGE


def _tell_bug() -> int:
    """Tell a failure of our own; the details are what a report needs."""
    import traceback

    from nnc import console

    console.write(
        f"nnc {VERSION} has failed; this is a bug of nnc, not of your file. Please "
        f"report it with these lines:\n{traceback.format_exc()}",
        sys.stderr,
    )
    return console.BUG

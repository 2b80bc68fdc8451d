"""The exit codes, and `main()`."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnc.version import VERSION

if TYPE_CHECKING:
    from types import FrameType

    import click

    from nnc.diagnostics.rules import RuleName


_FIRST_NAMES = {"--output-format": "--report", "--output-file": "--report-file"}
_VERSION = (["--version"], ["-V"], ["version"])
_SIGNALS = ("SIGTERM", "SIGHUP")


def main() -> None:
    """Run `nnc` with the arguments of the process, and exit."""
    _replace_closed()
    arguments = sys.argv[1:]
    if arguments in _VERSION:  # answered without importing anything
        try:
            sys.stdout.write(f"nnc {VERSION}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            _forget_output()
        except OSError as error:
            sys.exit(_report_os_error(error))
        return
    import gc

    # A large network is millions of objects, none in a circle: what is read need not be looked at.
    # Other commands go on to make more, some of it in circles.
    gc.set_threshold(5_000_000 if arguments[:1] == ["validate"] else 1_000_000, 20, 100)
    try:
        _heed_signals()
        code = run(arguments)
        _forget_signals()
    except _Stopped as stop:
        code = _end_by(stop)
    gc.freeze()  # the process ends: what is left of large networks is not looked through once more
    sys.exit(code)


class _Stopped(BaseException):
    """A signal asks the process to end; as with KeyboardInterrupt, no `Exception` catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _heed_signals() -> None:
    """Let signals that end the process clean up first, as Ctrl-C does, unless they are ignored."""

    def stop(number: int, _: FrameType | None) -> None:
        raise _Stopped(number)

    for name in _SIGNALS:
        number = getattr(signal, name, None)  # Windows has one of them
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, stop)


def _forget_signals() -> None:
    """Let signals end the process immediately, as nothing is left to clean up."""
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _end_by(stop: _Stopped) -> int:
    """Clean up, ignoring further signals, and return the exit code that shells expect."""
    from nnc.terminal import options

    for ignored in (stop.number, signal.SIGINT):
        signal.signal(ignored, signal.SIG_IGN)
    _clean_up()
    with contextlib.suppress(OSError):  # the terminal may be gone
        name = signal.Signals(stop.number).name
        options.write(_with_notes(f"stopped by {name}", stop), sys.stderr)
    return 128 + stop.number


def _clean_up() -> None:
    """Remove unfinished files that no `with` block has removed, if any were written."""
    if "nnc.files.writing" in sys.modules:
        from nnc.files.writing import drop_unfinished

        drop_unfinished()


def _with_notes(what: str, stop: BaseException) -> str:
    """Return what ended the process, and a command's notes on how to continue."""
    return "".join(f"{line}\n" for line in (what, *getattr(stop, "__notes__", ())))


def _about_option(error: click.NoSuchOption, arguments: Sequence[str]) -> str:
    """Report an unknown option, and the commands that have it or a similar one."""
    import click

    from nnc.diagnostics.diagnostic import closest
    from nnc.terminal import options

    option, ctx = error.option_name, error.ctx
    message = f"there is no option `{option}`"
    if ctx is not None and isinstance(ctx.command, click.Group):
        name = next(filter(ctx.command.list_commands(ctx).__contains__, arguments), "")
        command = ctx.command.get_command(ctx, name)
        if command is not None and any(option in known.opts for known in command.params):
            return f"{message} before `{name}`: write it after that"
    names = [*(error.possibilities or ()), *options.COMMON_NAMES]
    near = closest(option.lstrip("-"), [name.lstrip("-") for name in names])
    return f"{message}: did you mean `--{near}`?" if near else message


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code: the one place where errors become codes."""
    import click

    from nnc.cli.group import group
    from nnc.diagnostics.diagnostic import NncError
    from nnc.terminal import options

    arguments = _with_new_names(arguments)
    try:
        words = _as_options(list(arguments))
        code = group().main(words, prog_name="nnc", standalone_mode=False)
    except SystemExit as leave:  # by click: a completion is done, or the reader of a pipe is gone
        return options.FINE if "_NNC_COMPLETE" not in os.environ else int(leave.code or 0)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.NoSuchOption as error:
        told = click.UsageError(_about_option(error, arguments), error.ctx)
        return _report_usage(told, arguments)
    except click.ClickException as error:
        return _report_usage(error, arguments)
    except (KeyboardInterrupt, click.Abort) as stop:
        _clean_up()
        options.write(_with_notes("interrupted", stop.__cause__ or stop), sys.stderr)
        return options.INTERRUPTED
    except NncError as error:
        options.Reporter(options.asked_form(arguments)).fail(error)
        return options.code_of(error)
    except MemoryError:
        code = None  # reported below, where what has filled the memory is let go
    except OSError as error:
        return _report_os_error(error)
    except Exception as error:  # noqa: BLE001
        if isinstance(error.__cause__, _Stopped):  # Python 3.11 wraps it while a class is made
            raise error.__cause__ from None
        if not _is_without_memory(error):
            return _report_bug(error, arguments)
        code = None
    else:
        native = sys.modules.get("nnc.run.engines.native")
        if native is not None and native.is_missed:
            options.write(_WITHOUT_KERNELS, sys.stderr)
        return code if isinstance(code, int) else options.FINE
    options.write(_NO_MEMORY, sys.stderr)
    _report_to_programs("wrong-usage", "there is not enough memory for this", arguments)
    return options.USAGE


def _with_new_names(arguments: Sequence[str]) -> list[str]:
    """Replace former names of options, which still work, and report their present names."""
    from nnc.terminal import options

    words = list(arguments)
    for place, word in enumerate(words[: words.index("--") if "--" in words else None]):
        name, equals, value = word.partition("=")
        if name in _FIRST_NAMES:
            words[place] = f"{_FIRST_NAMES[name]}{equals}{value}"
            options.say(f"note: {name} is called {_FIRST_NAMES[name]} now", sys.stderr)
    return words


def _as_options(arguments: list[str]) -> list[str]:
    """Replace `help` alone and `version` by the options they stand for."""
    if arguments == ["help"]:
        return ["--help"]
    return ["--version", *arguments[1:]] if arguments[:1] == ["version"] else arguments


def _forget_output() -> None:
    """Exit quietly if the reader of a pipe is gone."""
    from nnc.terminal.options import forget

    forget(sys.stdout)


def _replace_closed() -> None:
    """Replace closed standard streams, or the next file would get their number.

    Without standard error nothing is reported, and the work goes on. The replacement of standard
    output is read-only, so that writing fails and is reported; standard input stays None.
    """
    for name in ("stdin", "stdout", "stderr"):  # the lowest free number is the one of its own
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDONLY if name == "stdout" else os.O_WRONLY)
            if name != "stdin":
                setattr(sys, name, os.fdopen(descriptor, "w", encoding="utf-8", closefd=False))


_WITHOUT_KERNELS = (
    "note: without native kernels, many rows take 2 to 50 times as long; install nnc from a "
    "wheel, or with a C compiler, to get them\n"
)
_NO_MEMORY = "Error: there is not enough memory for this\n"
_LISTED = "\n\t"  # before each choice, where click lists those of an argument that is missing


def _is_without_memory(error: Exception) -> bool:
    """Return whether a thread or library ran out of memory, which only the message tells."""
    return isinstance(error, (RuntimeError, ImportError)) and any(
        words in str(error) for words in ("can't start new thread", "failed to map", "allocate mem")
    )


def _report_to_programs(rule: RuleName, message: str, arguments: Sequence[str]) -> None:
    """Report what stopped a command to programs, whose report would otherwise be empty."""
    from nnc.diagnostics.diagnostic import Diagnostic
    from nnc.terminal import options

    reporter = options.Reporter(options.asked_form(arguments))
    if reporter.is_machine:
        reporter.report([Diagnostic(rule, message)], 0)


def _report_usage(error: click.ClickException, arguments: Sequence[str]) -> int:
    """Report what is wrong with the words on the command line."""
    import click

    from nnc.terminal import options

    message, context = error.format_message(), getattr(error, "ctx", None)
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):  # since click 8.2
        options.write(f"{message}\n", sys.stderr)
        return options.USAGE
    if context is not None:
        hint = f"Try '{context.command_path} --help' for help."
        options.write(f"{context.get_usage()}\n{hint}\n\n", sys.stderr)
    message = message.replace(_LISTED, " ")
    options.say(f"Error: {message}", sys.stderr)
    _report_to_programs("wrong-usage", message, arguments)
    return options.USAGE


def _report_os_error(error: OSError) -> int:
    """Report an error of the operating system; a file of `-o` is reported where it is written."""
    import tempfile

    from nnc.terminal import options

    why = error.strerror or str(error)
    if error.errno == errno.ENOMEM:
        options.write(_NO_MEMORY, sys.stderr)
        return options.USAGE
    _forget_output()
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        kept = tempfile.tempdir  # None where nothing was kept; to ask for it needs room again
        message = "no space left to write standard output"
        message += f", or to buffer it in {kept}" if kept else ""
        message += f": {why}"
    elif error.filename is not None:
        message = f"cannot use `{os.fsdecode(error.filename)}`: {why}"
    elif why == os.strerror(errno.ENOENT):  # what else there is not has a name
        message = "the current folder no longer exists"
    elif error.errno == errno.EBADF:
        message = "standard output is closed"
    else:
        message = f"cannot read or write: {why}"
    options.say(f"Error: {message}", sys.stderr)
    return options.USAGE


def _report_bug(error: Exception, arguments: Sequence[str]) -> int:
    """Report a bug in nnc, with the details that are needed to fix it."""
    import traceback

    from nnc.terminal import options

    options.write(
        f"nnc {VERSION} failed; this is a bug in nnc, not in your file. Please report it with "
        f"these lines:\n{traceback.format_exc()}",
        sys.stderr,
    )
    message = f"nnc {VERSION} failed: {type(error).__name__}: {error}"
    _report_to_programs("internal-error", message, arguments)
    return options.BUG

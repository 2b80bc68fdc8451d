"""Write to the terminal: its colour, its width, and progress bars."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from nnc.printable import line, printable
from nnc.terminal.colour import highlighted

if TYPE_CHECKING:
    from nnc.rows.columns import Batch
    from nnc.terminal.colour import Kind


def progress(batches: Iterator[Batch], share: Callable[[int], float | None]) -> Iterator[Batch]:
    """Yield the batches; on a terminal, show the rate and the time left after one second.

    `share` returns the fraction of the work, 0 to 1, that a number of rows represents, if known.
    """
    if not sys.stderr.isatty():
        yield from batches
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f} per second"),
        BarColumn(),
        TimeRemainingColumn(),
    )
    display = Progress(*columns, console=Console(stderr=True), transient=True)
    task = display.add_task("", total=None, rows=0, rate=0.0)
    start, rows = time.monotonic(), 0
    with contextlib.ExitStack() as stack:
        for batch in batches:
            yield batch
            rows += batch.count
            spent, part = time.monotonic() - start, share(rows)
            total = None if part is None else 1.0
            display.update(task, total=total, completed=part, rows=rows, rate=rows / (spent or 1))
            if spent > 1 and not display.live.is_started:
                stack.enter_context(display)


def has_colour(stream: TextIO, choice: str = "auto") -> bool:
    """Return True if output is coloured, by option, NO_COLOR, FORCE_COLOR or terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


class _Painted:
    """A stream that colours complete texts before passing them on."""

    def __init__(self, stream: BinaryIO, kind: Kind) -> None:
        self._stream, self._kind = stream, kind

    def write(self, data: bytes) -> int:
        """Colour and write a UTF-8 text."""
        text = data.decode("utf-8", "surrogateescape")
        painted = highlighted(text, self._kind)
        return self._stream.write(painted.encode("utf-8", "surrogateescape"))

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()


def painted(stream: BinaryIO, kind: Kind) -> BinaryIO:
    """Return a stream that colours the texts written to it."""
    return cast("BinaryIO", _Painted(stream, kind))


def write(text: str, stream: TextIO | None = None) -> None:
    """Write a text; escape characters that the stream cannot encode."""
    stream = stream or sys.stdout
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except OSError:
        if stream is not sys.stderr:
            raise
        forget(stream)  # nobody is reading; the work goes on


def unified_diff(file: str, before: bytes, after: bytes) -> str:
    """Return the changes to a file as a unified diff, empty if there are none."""
    import difflib

    old, new = (
        data.decode("utf-8", "replace").splitlines(keepends=True) for data in (before, after)
    )
    diff, name = "", printable(file)
    for difference in difflib.unified_diff(old, new, name, name):
        text, end, _ = difference.partition("\n")
        diff += line(text) + (end or "\n\\ No newline at end of file\n")
    return diff


def terminal_width(stream: TextIO | None = None) -> int:
    """Return the width of the terminal, from 20 to 100 columns; 88 if it is not one."""
    if not (stream or sys.stdout).isatty():
        return 88
    return max(20, min(shutil.get_terminal_size((88, 24)).columns, 100))


def laid_out(page: str) -> str:
    """Format a Markdown page for the width of the terminal, without colour."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(width=terminal_width(), color_system=None)
    with console.capture() as capture:
        console.print(Markdown(page))
    return "".join(f"{each.rstrip()}\n" for each in capture.get().splitlines())


def forget(stream: TextIO) -> None:
    """Redirect a closed stream to the null device, so later writes are discarded."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say(text: str, stream: TextIO | None = None) -> None:
    """Write one line, with unprintable characters in names escaped."""
    write(f"{line(text)}\n", stream)

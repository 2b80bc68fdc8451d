"""Show on standard error what is being done, where it takes longer than a second."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TextIO

from nnc.printable import line, printable

_DELAY, _EVERY = 1.0, 0.25  # seconds
_LOG_EVERY = 60.0  # seconds
_CLEAR = "\r\x1b[2K"


class Activity:
    """Shows a line on standard error from the first second on, until it is left.

    `doing` says what is being done; it is asked again and again. Where standard error is neither a
    terminal nor the output of a notebook nothing is shown, or where it `is_logged` one line a
    minute.
    """

    def __init__(self, doing: Callable[[], str], *, is_logged: bool = False) -> None:
        self._doing, self._is_logged = doing, is_logged
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Activity:
        """Begin to count the first second."""
        stream = sys.stderr
        is_shown = stream is not None and (stream.isatty() or _is_notebook(stream))
        if is_shown or self._is_logged:
            target = self._show if is_shown else self._log
            self._thread = threading.Thread(target=target, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take the line away."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()

    def _log(self) -> None:
        while not self._is_over.wait(_LOG_EVERY):
            with suppress(OSError):  # nobody can be told; the work goes on
                sys.stderr.write(f"{line(self._doing())}\n")
                sys.stderr.flush()

    def _show(self) -> None:
        if self._is_over.wait(_DELAY):
            return
        width = shutil.get_terminal_size().columns - 1
        clear = _CLEAR if sys.stderr.isatty() else f"\r{' ' * width}\r"
        while not self._is_over.wait(_EVERY):
            sys.stderr.write(clear + printable(self._doing())[:width])
            sys.stderr.flush()
        sys.stderr.write(clear)
        sys.stderr.flush()


def _is_notebook(stream: TextIO) -> bool:
    """Return whether a stream is the output of a notebook's kernel."""
    return type(stream).__module__.partition(".")[0] == "ipykernel"

"""Show on standard error what is being done, where it takes longer than a second."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any

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
        is_terminal = _is_terminal(stream)
        if is_terminal or _is_notebook(stream):
            show: Callable[[], None] = partial(self._show, _CLEAR if is_terminal else "")
        elif self._is_logged and stream is not None:
            show = self._log
        else:
            return self
        self._thread = threading.Thread(target=show, daemon=True)
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
            with suppress(OSError, ValueError):  # nobody can be told; the work goes on
                sys.stderr.write(f"{line(self._doing())}\n")
                sys.stderr.flush()

    def _show(self, clear: str) -> None:
        if self._is_over.wait(_DELAY):
            return
        width = shutil.get_terminal_size().columns - 1
        clear = clear or f"\r{' ' * width}\r"
        while not self._is_over.wait(_EVERY):
            sys.stderr.write(clear + printable(self._doing())[:width])
            sys.stderr.flush()
        sys.stderr.write(clear)
        sys.stderr.flush()


def _is_terminal(stream: Any) -> bool:
    """Return whether a stream says it is a terminal; not all can say, and some are closed."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def _is_notebook(stream: object) -> bool:
    """Return whether a stream is the output of a notebook's kernel."""
    return type(stream).__module__.partition(".")[0] == "ipykernel"

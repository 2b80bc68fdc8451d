"""Show on standard error what is being done, where it takes longer than a second."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from nnc.cli.streams import say
from nnc.printable import printable

_DELAY, _EVERY = 1.0, 0.25  # seconds
_LOG_EVERY = 60.0  # seconds
_CLEAR = "\r\x1b[2K"


class Activity:
    """Shows a line on standard error from the first second on, until it is left.

    `doing` says what is being done; it is asked again and again. Where standard error is no
    terminal nothing is shown, or where it `is_logged` one line a minute.
    """

    def __init__(self, doing: Callable[[], str], *, is_logged: bool = False) -> None:
        self._doing, self._is_logged = doing, is_logged
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Activity:
        """Begin to count the first second."""
        is_shown = sys.stderr.isatty()
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
            say(self._doing(), sys.stderr)

    def _show(self) -> None:
        if self._is_over.wait(_DELAY):
            return
        width = shutil.get_terminal_size().columns - 1
        while not self._is_over.wait(_EVERY):
            sys.stderr.write(_CLEAR + printable(self._doing())[:width])
            sys.stderr.flush()
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()

"""What is being done, in one line on the terminal, where it takes longer than a second."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from nnc.printable import printable

_DELAY, _EVERY = 1.0, 0.25  # seconds
_CLEAR = "\r\x1b[2K"


class Activity:
    """Shows a line on standard error from the first second on, until it is left.

    `doing` says what is being done; it is asked again and again. Where standard error is no
    terminal nothing is shown.
    """

    def __init__(self, doing: Callable[[], str]) -> None:
        self._doing = doing
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Activity:
        """Begin to count the first second."""
        if sys.stderr.isatty():
            self._thread = threading.Thread(target=self._show, daemon=True)
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

    def _show(self) -> None:
        if self._is_over.wait(_DELAY):
            return
        width = shutil.get_terminal_size().columns - 1
        while not self._is_over.wait(_EVERY):
            sys.stderr.write(_CLEAR + printable(self._doing())[:width])
            sys.stderr.flush()
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()

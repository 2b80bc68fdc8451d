"""The error of a refused certificate, and a limit on the work to check one."""

from __future__ import annotations

from typing import Literal

Reason = Literal["file", "format", "count", "network", "order", "row", "work", "step"]
"""The cause of a refusal: the file, its format, the number of networks, another network, their
order, no allowed row, too much work, or a step.
"""
MAX_WORK = 2 * 10**9  # units to check a certificate; a laptop of 2024 does 10^7 in a second


class RefusedError(Exception):
    """A certificate does not show its claim: at a `line`, or None for the file as a whole."""

    def __init__(self, message: str, line: int | None = None, reason: Reason = "step") -> None:
        super().__init__(message)
        self.message, self.line, self.reason = message, line, reason

    def at(self, line: int) -> RefusedError:
        """Return the same with a line, unless it has one."""
        return RefusedError(self.message, self.line or line, self.reason)


class Work:
    """Counts the work of checking a certificate, so that it is bounded."""

    def __init__(self, most: int = MAX_WORK) -> None:
        self._left = most

    def spend(self, units: int) -> None:
        """Spend units before work is done.

        Raises RefusedError if too few are left.
        """
        self._left -= units
        if self._left < 0:
            raise RefusedError("it takes too much work to check", reason="work")


def need(holds: object, message: str, reason: Reason = "step") -> None:
    """Raise RefusedError unless a condition holds."""
    if not holds:
        raise RefusedError(message, reason=reason)

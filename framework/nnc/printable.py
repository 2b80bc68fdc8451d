"""Untrusted text made safe to print: what could control a terminal or a CI log is escaped."""

from __future__ import annotations

import re
import unicodedata

_OLD_COMMAND = re.compile(r"#(#\w*\[)")  # `##[error]`, which CI obeys anywhere in a line
_COMMAND = re.compile(r"(\s*):(?=:)")  # `::error::`, which it obeys where a line begins


def printable(text: str) -> str:
    r"""Return a text in one line that only shows, with escapes for what does not: `\x1b`, `\u202e`.

    These are controls, line ends, all blanks but the common one, what turns the direction of
    writing or has no width, and the halves of characters that stand for bytes of a file name.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return _OLD_COMMAND.sub(r"\\x23\1", text) if "##" in text else text


def line(text: str) -> str:
    """Return a line of an output as `printable` does; nor can it begin as a command of CI does."""
    text = printable(text)
    return _COMMAND.sub(r"\1\\x3a", text, count=1) if _COMMAND.match(text) else text


def display_width(text: str) -> int:
    """Count the columns of a text: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )

"""How many columns a text takes in a terminal or an editor."""

from __future__ import annotations

import unicodedata


def display_width(text: str) -> int:
    """Count the columns of a text: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )

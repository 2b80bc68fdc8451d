"""Rules stated by the sign `>`, which YAML takes for something else: they never reach a reader."""

from __future__ import annotations

import re
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.language.firing import meant, not_in_words
from nnc.numbers.exact import show_number

_SIGNED = re.compile(r">=?[ ]*[-.0-9][^\s,:{}\[\]\"'#]*(?=[ ]*([,}\]:#\r\n]|$))")
_KEY_BEFORE = re.compile(r"(thresholds?|description|name)[\"']?\s*:\s*$")
_KEY = re.compile(r"\s*:(\s|$)")
_MAX_KEY = 40


class SignMistake(NamedTuple):
    """A finding, and the stretch of characters that it is about."""

    finding: Diagnostic
    start: int
    end: int


def mistake_of_sign(text: str, start: int) -> SignMistake | None:
    """Tell a number with the sign `>` or `>=` before it, and how that rule is written.

    In block style `> 6` starts a folded text, in flow style it is a syntax error.
    """
    match = _SIGNED.match(text, start)
    limit = meant(match[0]) if match is not None else None
    if match is None or limit is None:
        return None
    number = show_number(limit.number)
    hint = f"write `{limit}`"
    key = _KEY_BEFORE.search(text[max(start - _MAX_KEY, 0) : start])
    if key is not None and not key[1].startswith("threshold"):
        return None  # a text, to be put in quotes
    if key is not None:
        hint = f"write `{key[1]}: {number}` and `fires: {limit.rule}`"
    elif limit.rule == "at_least" and _KEY.match(text, match.end()):
        hint = f"write `{number}`: a step begins with its cut-off"
    message = not_in_words(match[0])
    return SignMistake(Diagnostic("rule-in-other-words", message, help=hint), start, match.end())

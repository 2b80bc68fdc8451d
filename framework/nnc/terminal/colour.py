"""Colour the words of finished texts.

Because colours are added last, a text without them is the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

STYLES: Mapping[str, str] = {
    "error": "31;1",
    "warning": "33;1",
    "note": "36;1",
    "place": "34;1",
    "heading": "1",
    "faint": "2",
    "added": "32",
    "removed": "31",
    "equal": "32",
    "differs": "31;1",
    "unknown": "33",
    "fires": "32",
    "silent": "2",
}
"""SGR parameters (ECMA-48) by style."""

Kind = Literal["concise", "diff", "verdicts", "log", "patch", "trace", "table", "explain"]

_SUMMARY = (
    r"^(?P<equal4>no (?:new )?problems|(?P<n>[\d,]+) of (?P=n) cases hold)(?=,| in \d)"
    r"|^(?P<differs4>[\d,]+ of [\d,]+ cases hold)(?=,| in \d)"
)
_VERDICTS = (
    r"| (?P<equal>equal)(?=:|;|,|\)| \(|$)"
    r"| (?P<differs>differs?)(?= for |,|;|\)|$)"
    r"| (?P<unknown>unknown)(?=:|;|,|\)|$)"
    r"| (?P<removed>[^\s:]+) -> (?P<added>[^\s:]+)$"
    r"| (?P<added2>added)(?=:|$)| (?P<removed2>removed)(?=:|$)"
)
_LIMITS = r"^ +\S+ = \S+ +(?:\S+ )?(?:(?P<fires>fires)|(?P<silent>silent))(?=:)"
_PATTERNS: Mapping[Kind, str] = {
    "concise": r"(?:^|: )(?:(?P<error>error\[\w+\] [\w-]+)|(?P<warning>warning\[\w+\] [\w-]+)"
    r"|(?P<note>note\[\w+\] [\w-]+))(?=: )|" + _SUMMARY,
    "diff": r"^(?P<heading>behaviour|\S[^\n]*(?=: (?:no change|\d|added|removed)))" + _VERDICTS,
    "verdicts": _VERDICTS.removeprefix("|"),
    "log": r"^(?P<unknown2>[0-9a-f]{7,40}) (?=\d{4}-)" + _VERDICTS,
    "patch": r"^(?P<heading>(?:---|\+\+\+) [^\n]*)|^(?P<added>\+[^\n]*)|^(?P<removed>-[^\n]*)"
    r"|^(?P<note>@@ [^\n]* @@)",
    "trace": r"^(?P<heading>row [\d,]+)(?=:| \()|" + _LIMITS,
    "table": r"\A(?P<heading>[^\n]+)(?=\n─)|^(?P<faint>─+)$",
    "explain": r"\A(?P<heading>[^\n]+)|^(?P<heading2>For example|Better|Fix)(?=:)"
    r"|^(?P<place>Given (?:the file )?\S+)(?=:|, made by:)",
}
_COMPILED: dict[Kind, re.Pattern[str]] = {}


def paint(text: str, style: str) -> str:
    """Return a text in the colours of a style."""
    return f"\033[{STYLES[style]}m{text}\033[0m" if text else text


def highlighted(text: str, kind: Kind) -> str:
    """Return a text with its important words coloured; pattern groups are named after styles."""
    pattern = _COMPILED.get(kind)
    if pattern is None:
        pattern = _COMPILED[kind] = re.compile(_PATTERNS[kind], re.MULTILINE)
    return pattern.sub(_painted, text)


def _painted(match: re.Match[str]) -> str:
    text, end = "", match.start()
    spans = {match.span(group): group for group, value in match.groupdict().items() if value}
    for (start, stop), group in sorted(spans.items()):
        style = group.rstrip("0123456789")
        if style not in STYLES or start < end:
            continue
        text += match.string[end:start] + paint(match.string[start:stop], style)
        end = stop
    return text + match.string[end : match.end()]

"""Diagnostics whose help says exactly what to write, with that as edits of the text.

The edits are read from the help, so that both always say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, Edit, Span
from nnc.diagnostics.rules import RuleName
from nnc.language.document.text import Document, line_end_of, with_line_ends
from nnc.language.mentions import compositions, merged_names


class _Advice(NamedTuple):
    """A form of help that is an edit: the group of `pattern` replaces the text that is wrong.

    It is safe where it can only be what was meant.
    """

    pattern: str
    is_safe: bool = False


_NUMBER = r"write (-?[0-9][^\s,:;]*)"
_WRITE = r"write `([^`: ]+)`"
_MEANT = r"did you mean `([^`]+)`\?"
_ADVICE: Mapping[RuleName, tuple[_Advice, ...]] = {
    "underscore-in-number": (_Advice(_NUMBER, is_safe=True),),
    "plus-sign": (_Advice(_NUMBER, is_safe=True),),
    "boolean-as-number": (_Advice(_NUMBER, is_safe=True),),
    "non-ascii-digit": (_Advice(_NUMBER, is_safe=True),),
    "number-in-other-base": (_Advice(_NUMBER, is_safe=True),),
    "quoted-number": (_Advice(r"remove the quotes: (\S+)", is_safe=True),),
    "square-bracket-index": (_Advice(_WRITE, is_safe=True),),
    "rule-in-other-words": (_Advice(r"write `(\w+ [^`:]+)`", is_safe=True),),
    "wrong-type": (_Advice(r"write \w+: (\[[^\s\]]+\])", is_safe=True),),
    "leading-zero": (_Advice(_NUMBER),),  # in YAML 1.1 it meant another number
    "not-a-number": (_Advice(_NUMBER),),
    "bad-name": (_Advice(rf"{_WRITE}(?:; .*)?"),),  # what uses the name keeps the old one
    "alias-of-other-name": (_Advice(_WRITE),),  # what uses the alias keeps the old one
    "unknown-key": (_Advice(_MEANT),),
    "unknown-value": (_Advice(_MEANT),),
    "unknown-source": (_Advice(_MEANT), _Advice(_WRITE)),
    "bad-ignore": (_Advice(_MEANT),),
}
_BIAS = re.compile(r"a bias is the negative threshold: write `(thresholds?): ([^`]+)`")
_COMPOSED = re.compile(r"write `(.+?)` with composed letters")
_QUOTED = re.compile(r'put the text in quotes: \S+: ("[^"\\…]+")')
_COMMENT = re.compile(r"[ \t]*#[ \t]*nnc[ \t]*:[ \t]*ignore[ \t]*\[([^\]]*)\].*")


def with_fixes(diagnostics: Iterable[Diagnostic], document: Document) -> list[Diagnostic]:
    """Add edits to the diagnostics of a document where it is clear what to write."""
    return [
        _with_fix(diagnostic, document)
        if diagnostic.file == document.file and diagnostic.span is not None
        else diagnostic
        for diagnostic in diagnostics
    ]


def _with_fix(diagnostic: Diagnostic, document: Document) -> Diagnostic:
    span, hint = diagnostic.span, diagnostic.help or ""
    assert span is not None
    if diagnostic.rule == "unused-ignore":
        return replace(diagnostic, fix=_without_code(span, document))
    if diagnostic.rule == "unquoted-comma" and (quoted := _QUOTED.fullmatch(hint)):
        return replace(diagnostic, fix=_with_quotes(span, quoted[1], document))
    if diagnostic.rule == "name-not-nfc" and (name := _COMPOSED.match(hint)):
        if name[1] in merged_names(document.value):
            message = f"two names here are the same when they are composed (NFC): `{name[1]}`"
            hint = "give one of them another name, wherever it is used"
            return replace(diagnostic, rule="duplicate-name", message=message, help=hint)
        edits = [
            Edit(document.span(start, end), new)
            for start, end, new in compositions(document)
            if new == name[1]
        ]
        return replace(diagnostic, fix=tuple(edits), is_fix_safe=True)
    if diagnostic.rule == "missing-key" and hint.startswith("add `nnc: 1`"):
        return replace(diagnostic, fix=_with_version(document))
    if diagnostic.rule == "unknown-key" and (bias := _BIAS.fullmatch(hint)):
        (value,) = document.locate([(diagnostic.path, False)])
        both = (Edit(span, bias[1]), Edit(value.span, bias[2]))
        is_short = "…" not in bias[2] and value.span.line == value.span.end_line
        return replace(diagnostic, fix=both) if is_short else diagnostic
    for advice in _ADVICE.get(diagnostic.rule, ()):
        match = re.fullmatch(advice.pattern, hint)
        if match is not None and _is_whole(match[1], span, document):
            return replace(diagnostic, fix=(Edit(span, match[1]),), is_fix_safe=advice.is_safe)
    return diagnostic


def _is_whole(text: str, span: Span, document: Document) -> bool:
    """Return whether a text can take the place of a whole span: a number only that of a number."""
    if "…" in text or span.line != span.end_line:
        return False
    replaced = document.line(span.line)[span.column - 1 : span.end_column - 1]
    return "(" not in replaced or "(" in text or not text[-1].isdecimal()


def _with_quotes(span: Span, quoted: str, document: Document) -> tuple[Edit, ...]:
    """Put a text in quotes, of which a span is the end."""
    line, end = document.line(span.line), span.end_column - 1
    start = line.rfind(quoted[1:-1], 0, end)
    if start < 0 or start + len(quoted) - 2 != end:
        return ()
    return (Edit(Span(span.line, start + 1, span.line, end + 1), quoted),)


def _with_version(document: Document) -> tuple[Edit, ...]:
    """Begin a file with the version, after its first comments."""
    number = 1
    while number < len(document.line_starts) and document.line(number).startswith("#"):
        number += 1
    return (Edit(Span(number, 1, number, 1), "nnc: 1\n"),)


def _without_code(span: Span, document: Document) -> tuple[Edit, ...]:
    """Remove a code from a comment, and the comment with its last one."""
    line, column = document.line(span.line), span.column - 1
    comment = next(
        (match for match in _COMMENT.finditer(line) if column in range(*match.span(1))), None
    )
    if comment is None:
        return ()
    start, end = column, span.end_column - 1
    first, last = comment.span(1)
    if not line[first:start].strip() and not line[end:last].strip():
        start, end = comment.span()
        if start == 0 and span.line < len(document.line_starts):
            return (Edit(Span(span.line, 1, span.line + 1, 1), ""),)
    elif line[end:last].strip():  # another follows
        end = last - len(line[end:last].lstrip(", \t"))
    else:
        start = first + len(line[first:start].rstrip(", \t"))
    return (Edit(Span(span.line, start + 1, span.line, end + 1), ""),)


def edited(document: Document, edits: Iterable[Edit]) -> str:
    """Return the text of a document with edits, none of which overlap, in its line ends."""
    text, pieces, done = document.text, [], 0
    line_end = line_end_of(text)
    for start, end, new in sorted((*_stretch(document, edit.span), edit.text) for edit in edits):
        pieces += [text[done:start], with_line_ends(new, line_end)]
        done = end
    return "".join(pieces) + text[done:]


def without_overlaps(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics whose edits can be made together: the first of those that overlap."""
    kept: list[Diagnostic] = []
    taken: list[Span] = []
    for diagnostic in diagnostics:
        spans = [edit.span for edit in diagnostic.fix]
        if not any(_overlap(span, other) for span in spans for other in taken):
            kept.append(diagnostic)
            taken += spans
    return kept


def _overlap(span: Span, other: Span) -> bool:
    starts = (span.line, span.column), (other.line, other.column)
    ends = (span.end_line, span.end_column), (other.end_line, other.end_column)
    return starts[0] < ends[1] and starts[1] < ends[0]


def _stretch(document: Document, span: Span) -> tuple[int, int]:
    starts = document.line_starts
    return (
        starts[span.line - 1] + span.column - 1,
        starts[span.end_line - 1] + span.end_column - 1,
    )

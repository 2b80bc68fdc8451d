"""Text -> values, by the events of libyaml: what can be fixed is fixed on the way."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any

import yaml

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.language.document.builder import Builder
from nnc.language.document.parser import find_comments
from nnc.language.document.signs import mistake_of_sign
from nnc.language.document.syntax import only_follows, report_syntax_error
from nnc.language.document.text import Document

_MAX_REPAIRS = 20
_MAX_TABS = 1000
_MAX_MENDED = 1_000_000
_INDEX = re.compile(r"(?<=[\w)])\[([^\[\]{}\"'\r\n]{1,40})\]")


def parse(document: Document) -> None:
    """Build the values, fixing what can be fixed to see the mistakes behind it."""
    with_tabs = "\t" in document.parsed
    for _ in range(_MAX_REPAIRS):
        builder = Builder(document)
        error = builder.build()
        if error is None or not (_mend_index(document, error) or _mend_sign(document, error)):
            break
    if with_tabs:
        builder, error = _settle_tabs(document, builder, error)
    document.value, document.complete = builder.top, error is None and not builder.stopped
    document.diagnostics += [
        diagnostic
        for diagnostic in builder.diagnostics
        if error is None or not _is_cut_off(document, diagnostic, error)
    ]
    if error is not None:
        if not only_follows(document, builder, error):
            report_syntax_error(document, error)
    elif builder.top in (None, "") and not document.diagnostics:
        document.value = None
        document.report(
            "empty-file",
            "the file holds no network",
            0,
            1,
            "start with `nnc: 1`; `nnc new` writes a first network",
        )


def _is_cut_off(document: Document, diagnostic: Diagnostic, error: yaml.MarkedYAMLError) -> bool:
    """Return whether a key only lacks its value because the text breaks off right behind it."""
    mark: Any = error.problem_mark
    if diagnostic.rule != "empty-value" or diagnostic.span is None or mark is None:
        return False
    end = document.span(mark.index, mark.index + 1)
    return diagnostic.span[2:] == end[:2]


def _mend_index(document: Document, error: yaml.MarkedYAMLError) -> bool:
    """Report an index in square brackets, which YAML takes for a list, and write `(…)`."""
    mark: Any = error.problem_mark
    match = _INDEX.match(document.parsed, mark.index) if mark else None
    if match is None:
        return False
    start = match.start()
    while start and re.match(r"[\w.()]", document.parsed[start - 1]):
        start -= 1
    word, inside = document.parsed[start : match.start()], match[1]
    message = f"`{word}[{inside}]`: an index goes in round brackets"
    document.report(
        "square-bracket-index", message, start, match.end(), f"write `{word}({inside})`"
    )
    parsed = document.parsed
    document.refused.append(match.start())
    fixed = f"({inside})".ljust(match.end() - match.start())  # so that places stay
    document.parsed = f"{parsed[: match.start()]}{fixed}{parsed[match.end() :]}"
    return len(parsed) < _MAX_MENDED


def _mend_sign(document: Document, error: yaml.MarkedYAMLError) -> bool:
    """Report a rule stated by `>`, with which no plain text starts.

    A sign with which one does takes its place: then what is behind it can be read.
    """
    marks: list[Any] = [error.context_mark, error.problem_mark]
    parsed = document.parsed
    for mark in marks:
        mistake = mistake_of_sign(parsed, mark.index) if mark is not None else None
        if mistake is not None:
            document.diagnostics.append(document.placed(*mistake))
            document.refused.append(mistake.start)
            document.parsed = f"{parsed[: mistake.start]}≥{parsed[mistake.start + 1 :]}"
            return len(parsed) < _MAX_MENDED
    return False


def _settle_tabs(
    document: Document, builder: Builder, error: yaml.MarkedYAMLError | None
) -> tuple[Builder, yaml.MarkedYAMLError | None]:
    """Report tabs outside quotes, comments and block scalars; read the file as if blanks."""
    original = document.parsed
    if error is not None:
        document.parsed = original.replace("\t", " ")
        spaced = Builder(document)
        spaced_error = spaced.build()
    else:
        spaced, spaced_error = builder, error
    allowed = sorted(spaced.quoted_stretches)
    starts = [start for start, _ in allowed]
    comments = [comment.start for comment in find_comments(document.parsed)]
    tabs: list[tuple[int, int]] = []
    for match in re.finditer(r"\t+", original):
        place = bisect_right(starts, match.start()) - 1
        if place >= 0 and match.start() < allowed[place][1]:
            continue
        line = document.line_starts[bisect_right(document.line_starts, match.start()) - 1]
        comment = bisect_right(comments, match.start()) - 1
        if comment >= 0 and comments[comment] >= line:
            continue
        tabs.append(match.span())
    if not tabs:
        document.parsed = original
        return builder, error
    for start, end in tabs[:_MAX_TABS]:
        document.report(
            "tab",
            "there is a tab outside quotes, comments and block scalars",
            start,
            end,
            "write spaces",
        )
    spaced.stopped = spaced_error is not None  # which only follows from the tabs
    return spaced, None

"""Text -> values, by the events of libyaml: mistakes are fixed where possible, and reported."""

from __future__ import annotations

import re
from bisect import bisect_right

import yaml

from nnc.diagnostics.diagnostic import Diagnostic, Label
from nnc.language.document.builder import DEEPEST, LONGEST_KEY, Builder, mistake_of_sign
from nnc.language.document.parser import find_comments
from nnc.language.document.text import Document
from nnc.numbers.exact import shorten


def only_follows(document: Document, builder: Builder, error: yaml.MarkedYAMLError) -> bool:
    """Return whether a syntax error only follows from one that is reported already.

    That is a key that is too long, or a refused character on the same line or the line before.
    """
    if any(diagnostic.rule == "key-too-long" for diagnostic in builder.diagnostics):
        return True
    mark = error.problem_mark or error.context_mark
    if mark is None or not document.refused:
        return False
    line = document.span(mark.index, mark.index).line
    starts = document.line_starts
    first, last = starts[max(line - 2, 0)], mark.index
    return any(first <= index <= last for index in document.refused)


_FRIENDLY = (
    (
        "mapping values are not allowed",
        "there is a `:` where no key can be",
        "put a text that holds `: ` in quotes, and check the indentation",
    ),
    ("',' or '}'", "a `,` or `}` is missing", "close the `{`, or put a comma before this"),
    ("',' or ']'", "a `,` or `]` is missing", "close the `[`, or put a comma before this"),
    ("expected node content", "a value is missing", "write one between the punctuation"),
    (
        "block sequence entries are not allowed",
        "a list item `- ` cannot be here",
        "put it on its own line, or write a negative number without a space: -1",
    ),
    ("end of stream", "the text ends inside quotes", "close the quotes"),
    ("unexpected document indicator", "the document ends inside quotes", "close the quotes"),
    ("did not find expected key", "expected a key here", "check the indentation and the quotes"),
    ("expected <block end>", "expected a key here", "check the indentation and the quotes"),
    ("'-' indicator", "a list item without `- `", "check the indentation"),
    ("cannot start any token", "no value starts with this character", "put the text in quotes"),
    (
        "unknown escape character",
        "unknown escape in double quotes",
        r"write a backslash as \\, or use single quotes",
    ),
)


def report_syntax_error(document: Document, error: yaml.MarkedYAMLError) -> None:
    """Report why the parser had to stop, in words for people who write networks."""
    mark = error.problem_mark or error.context_mark
    context = error.context_mark
    start = min(mark.index if mark else 0, max(len(document.text) - 1, 0))
    problem = error.problem or error.context or "the text cannot be read"
    line = document.line(document.span(start, start).line)
    conflict = _conflict_in(document.text)
    if conflict is not None:
        message = "git has left a conflict here: two versions of these lines"
        hint = "edit them to one version, and remove the lines `<<<<<<<`, `=======` and `>>>>>>>`"
        document.report("syntax-error", message, *conflict, hint)
    elif "maximum nesting" in problem:
        message = f"mappings and lists nest at most {DEEPEST} deep"
        document.report("nesting-too-deep", message, start, start + 1, "nest less deeply")
    elif "<document start>" in problem:
        message = "text after the end of the document"
        hint = "remove it, or put it in another file"
        document.report("second-document", message, start, start + 1, hint)
    elif _has_long_key(document, problem, start, context):
        message = f"a key has at most {LONGEST_KEY:,} characters"
        start -= document.span(start, start).column - 1
        document.report("key-too-long", message, start, start + len(line), "write a shorter key")
    elif "expected ':'" in problem and context is not None:
        _report_key_without_colon(document, context.index)
    else:
        message, hint = next(
            (ours for words, *ours in _FRIENDLY if words in problem),
            (problem, "check the punctuation and indentation"),
        )
        labels: tuple[Label, ...] = ()
        if context is not None and context.index not in (start, len(document.text)):
            span = document.span(context.index, context.index + 1)
            excerpt = document.line(span.line)
            labels = (Label("it starts here", file=document.file, span=span, excerpt=excerpt),)
        message = f"the text is not YAML: {message}"
        document.report("syntax-error", message, start, start + 1, hint, labels=labels)


def _conflict_in(text: str) -> tuple[int, int] | None:
    """Return where the first line of a merge conflict starts and ends."""
    first = re.compile(r"^<{7} [^\r\n]*", re.MULTILINE).search(text)
    middle = first and re.compile(r"^={7}\r?$", re.MULTILINE).search(text, first.end())
    last = middle and re.compile(r"^>{7} ", re.MULTILINE).search(text, middle.end())
    return first.span() if first and last else None


def _has_long_key(document: Document, problem: str, start: int, context: yaml.Mark | None) -> bool:
    """Return whether the parser has given up on a key because of its length."""
    if "mapping values" in problem:
        return document.span(start, start).column > LONGEST_KEY
    if "expected ':'" not in problem or context is None:
        return False
    return len(document.line(document.span(context.index, context.index).line)) > LONGEST_KEY


def _report_key_without_colon(document: Document, start: int) -> None:
    word = re.compile(r"[^\r\n#]*").match(document.text, start)
    text = word[0].rstrip() if word else ""
    joined = re.fullmatch(r"([^\s:]+):(\S+)", text)
    hint = (
        f"write a space after the colon: {joined[1]}: {joined[2]}"
        if joined
        else ("write `key: value`")
    )
    message = f"the text is not YAML: a key without `:`: `{shorten(text)}`"
    document.report("syntax-error", message, start, start + max(len(text), 1), hint)


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
    mark = error.problem_mark
    if diagnostic.rule != "empty-value" or diagnostic.span is None or mark is None:
        return False
    end = document.span(mark.index, mark.index + 1)
    return diagnostic.span[2:] == end[:2]


def _mend_index(document: Document, error: yaml.MarkedYAMLError) -> bool:
    """Report an index in square brackets, which YAML takes for a list, and write `(…)`."""
    mark = error.problem_mark
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
    marks = [error.context_mark, error.problem_mark]
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

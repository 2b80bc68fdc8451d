"""YAML's own syntax errors, in words for people who write networks."""

from __future__ import annotations

import re
from typing import Any

import yaml

from nnc.diagnostics.diagnostic import Label
from nnc.language.document.builder import DEEPEST, LONGEST_KEY, Builder
from nnc.language.document.text import Document
from nnc.numbers.exact import shorten


def only_follows(document: Document, builder: Builder, error: yaml.MarkedYAMLError) -> bool:
    """Return whether a syntax error only follows from one that is reported already.

    That is a key that is too long, or a refused character on the same line or the line before.
    """
    if any(diagnostic.rule == "key-too-long" for diagnostic in builder.diagnostics):
        return True
    mark: Any = error.problem_mark or error.context_mark
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
    mark: Any = error.problem_mark or error.context_mark
    context: Any = error.context_mark
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


def _has_long_key(document: Document, problem: str, start: int, context: Any) -> bool:
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

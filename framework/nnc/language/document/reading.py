"""Bytes -> Document: characters, then parsing, with what can be mended mended on the way."""

from __future__ import annotations

import re
from bisect import bisect_right
from math import prod
from typing import Any

import yaml

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.exact import Quoted, kind_of, shown
from nnc.language.document.building import Builder
from nnc.language.document.characters import no_text, replace_directives, replace_refused_characters
from nnc.language.document.comments import find_comments
from nnc.language.document.syntax import only_follows, report_syntax_error
from nnc.language.document.text import Document, Unreadable

FORMAT_VERSION = 1
_MOST_REPAIRS = 20
_MOST_TABS = 1000
_SIZED = ("bit", "integer", "real")
_INDEX = re.compile(r"(?<=[\w)])\[([^\[\]{}\"'\r\n]{1,40})\]")


def read_document(data: bytes, file: str) -> Document:
    """Read the bytes of a YAML file. Never raises for what is in them: see `diagnostics`."""
    text = data.decode("utf-8", "surrogateescape")
    document = Document(file, text.removeprefix("\ufeff"))
    if (why := no_text(data, document.text)) is not None:
        document.text, document.complete = "", False
        document.report("bad-encoding", why, 0, 1, "save the network as a text file in UTF-8")
        return document
    replace_refused_characters(document)
    replace_directives(document)
    _parse(document)
    document.diagnostics = document.located(document.diagnostics)
    return document


def is_newer(document: Document) -> bool:
    """Tell whether a file says that it has a format that came after this nnc."""
    value = document.value
    version = value.get("nnc") if isinstance(value, dict) else None
    if not isinstance(version, str) or isinstance(version, Quoted):
        return False
    return version.isdecimal() and int(version[:9]) > FORMAT_VERSION


def wrong_version(document: Document) -> Diagnostic | None:
    """Tell a version that this nnc cannot read: then nothing else in the file is judged."""
    value = document.value
    if not isinstance(value, dict) or "nnc" not in value:
        return None
    version = value["nnc"]
    if isinstance(version, Unreadable) or (version == "1" and not isinstance(version, Quoted)):
        return None
    if is_newer(document):
        message = f"the file has format version {version[:40]}; this nnc reads version 1"
        fix = "install a newer nnc: pip install --upgrade nnc-networks"
    else:
        found = f'"{shown(version)}"' if isinstance(version, Quoted) else kind_of(version)
        message, fix = f"`nnc` is the format version, 1, not {found}", "write nnc: 1"
    return Diagnostic("unsupported-version", message, ("nnc",), help=fix)


def _parse(document: Document) -> None:
    """Build the values, mending what can be mended to see the mistakes behind it."""
    with_tabs = "\t" in document.parsed
    for _ in range(_MOST_REPAIRS):
        builder = Builder(document)
        error = builder.build()
        if error is None or not _mend_index(document, error):
            break
    if with_tabs:
        builder, error = _settle_tabs(document, builder, error)
    document.value, document.complete = builder.top, error is None and not builder.stopped
    document.diagnostics += builder.diagnostics
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
    message = f"`{word}[{inside}]`: an index stands in round brackets"
    if re.fullmatch(r"[0-9]+(\s*,\s*[0-9]+)+", inside):
        message = f"`{word}[{inside}]`: a bus has one dimension"
        numbers = [int(one) for one in inside.split(",")]
        inside = str(prod(numbers) if word in _SIZED else numbers[0])
    document.report(
        "square-bracket-index", message, start, match.end(), f"write `{word}({inside})`"
    )
    parsed = document.parsed
    document.refused.append(match.start())
    mended = f"({inside})".ljust(match.end() - match.start())  # so that places stay
    document.parsed = f"{parsed[: match.start()]}{mended}{parsed[match.end() :]}"
    return len(parsed) < 1_000_000


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
    comments = [one.start for one in find_comments(document.parsed)]
    found: list[tuple[int, int]] = []
    for match in re.finditer(r"\t+", original):
        place = bisect_right(starts, match.start()) - 1
        if place >= 0 and match.start() < allowed[place][1]:
            continue
        line = document.line_starts[bisect_right(document.line_starts, match.start()) - 1]
        comment = bisect_right(comments, match.start()) - 1
        if comment >= 0 and comments[comment] >= line:
            continue
        found.append(match.span())
    if not found:
        document.parsed = original
        return builder, error
    for start, end in found[:_MOST_TABS]:
        document.report(
            "tab",
            "a tab stands outside quotes, comments and block scalars",
            start,
            end,
            "write spaces",
        )
    spaced.stopped = spaced_error is not None  # which only follows from the tabs
    return spaced, None

"""Scalars as they are written: the same text, in the one spelling that is kept."""

from __future__ import annotations

import re
from typing import Any

from nnc.language.formatting.tree import Text

_NOT_IN_FLOW = re.compile(r"[,\[\]{}]|^[?:]|:$|:\?")
_HEADER = re.compile(r"[|>][-+1-9]*")


def scalar(text: str, event: Any, indent: int, *, flow: bool) -> str | Text:
    """Give a scalar of a text; `indent` is that of the block around it."""
    value: str = event.value
    style = event.style
    if not style:
        raw = text[event.start_mark.index : event.end_mark.index]
        if raw != value:
            return Text(_folded(raw))
        if raw == "-":  # the one text that is plain inside brackets only
            return '"-"'
        return raw if flow or not _NOT_IN_FLOW.search(raw) else Text([raw])
    if style in "|>":
        return _block(text, event, indent)
    raw = text[event.start_mark.index : event.end_mark.index]
    if "\n" in raw:
        return Text(_folded(raw))
    if style == "'" and '"' not in raw and "\\" not in raw:
        return f'"{value}"'
    return raw


def _folded(raw: str) -> list[str]:
    """Give the lines of a plain or quoted scalar without the blanks that mean nothing."""
    first, *rest = raw.split("\n")
    return [_without_end(first), *(_without_end(line.lstrip(" \t")) for line in rest)]


def _without_end(line: str) -> str:
    """Take blanks off the end of a line, but one that is escaped in double quotes."""
    stripped = line.rstrip(" \t")
    escapes = len(stripped) - len(stripped.rstrip("\\"))
    return line[: len(stripped) + 1] if escapes % 2 else stripped


def _block(text: str, event: Any, indent: int) -> str | Text:
    """Give a block scalar, its lines as far in as its indentation says."""
    header = _HEADER.match(text, event.start_mark.index)
    assert header is not None
    start = text.find("\n", header.end()) + 1
    lines = text[start : event.end_mark.index].split("\n") if start else []
    written = [line for line in lines if line.strip(" ")]
    if not written:
        breaks = event.value.count("\n")
        return '"' + "\\n" * breaks + '"' if event.value.strip("\n") == "" else Text(lines)
    told = re.search("[1-9]", header[0])
    first = written[0]
    deep = indent + int(told[0]) if told else len(first) - len(first.lstrip(" "))
    lines = [line[deep:] for line in lines]
    while not lines[-1]:
        lines.pop()
    breaks = len(event.value) - len(event.value.rstrip("\n"))
    spaced = next(line for line in lines if line)[0] == " "
    head = (
        f"{header[0][0]}{'2' if spaced else ''}{'-' if not breaks else '+' if breaks > 1 else ''}"
    )
    return Text([head, *lines, *[""] * (breaks - 1)])

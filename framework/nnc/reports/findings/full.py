"""The form for people: the message, the lines it speaks of with carets, and the fix."""

from __future__ import annotations

from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.printable import display_width, line, printable
from nnc.reports.findings.findings import Findings

_WIDEST = 150
_COLOURS = {"error": "31;1", "warning": "33;1", "note": "36;1"}


def render(findings: Findings) -> str:
    """Give every diagnostic with its lines, then what was left out, then the totals."""
    shown, more = findings.shortened()
    blocks = [_block(one, _Paint(on=findings.colour)) for one in shown]
    return "\n".join([*blocks, *more, findings.summary()]) + "\n"


class _Paint:
    def __init__(self, *, on: bool) -> None:
        self._on = on

    def __call__(self, text: str, codes: str) -> str:
        return f"\033[{codes}m{text}\033[0m" if self._on and text else text


class _Mark(NamedTuple):
    file: str
    span: Span
    excerpt: str
    text: str
    primary: bool


def _block(one: Diagnostic, paint: _Paint) -> str:
    colour = _COLOURS[one.about.severity]
    head = paint(f"{one.about.severity}[{one.about.code}] {one.rule}", colour)
    lines = [f"{head}: {paint(printable(one.message), '1')}"]
    explain = f"nnc explain {one.about.code}"
    if one.file is not None:
        place = f":{one.span.line}:{one.span.column}" if one.span else ""
        lines.append(f"  {paint('-->', '34;1')} {printable(one.file)}{place}")
    marks = _marks(one)
    gutter = max((len(str(mark.span.line)) for mark in marks), default=1)
    bar = paint(f" {' ' * gutter} |", "34;1")
    if marks:
        lines.append(bar)
    file, last = one.file, 0
    for mark in marks:
        if mark.file != file:
            place = f"{mark.file}:{mark.span.line}:{mark.span.column}"
            lines += [f" {' ' * gutter}{paint(':::', '34;1')} {printable(place)}", bar]
            file, last = mark.file, 0
        text, before, width = _crop(mark)
        if mark.span.line != last:
            lines.append(paint(f" {mark.span.line:>{gutter}} |", "34;1") + f" {text}")
            last = mark.span.line
        pointer = ("^" if mark.primary else "-") * width
        note = printable(f"{pointer} {mark.text}").rstrip()
        lines.append(f"{bar} {' ' * before}{paint(note, colour if mark.primary else '34;1')}")
    equals = f" {' ' * gutter} {paint('=', '34;1')}"
    if one.help:
        lines.append(f"{equals} help: {printable(one.help)}   {paint(f'({explain})', '2')}")
    else:
        lines.append(f"{equals} see: {paint(explain, '2')}")
    lines += [line(f"   {detail}").rstrip() for detail in one.details]
    return "\n".join(lines) + "\n"


def _marks(one: Diagnostic) -> list[_Mark]:
    """Give the places of a diagnostic in the order they are shown: its own file first."""
    marks = []
    if one.span is not None and one.excerpt is not None:
        marks.append(_Mark(one.file or "", one.span, one.excerpt, one.caret, primary=True))
    marks += [
        _Mark(
            label.file or one.file or "",
            label.span,
            label.excerpt or "",
            label.message,
            primary=False,
        )
        for label in one.labels
        if label.span is not None
    ]
    return sorted(marks, key=lambda m: (m.file != one.file, m.file, m.span))


def _crop(mark: _Mark) -> tuple[str, int, int]:
    """Cut a long line around its mark; give it, the width before the mark, and the mark's."""
    start = mark.span.column - 1
    end = mark.span.end_column - 1 if mark.span.end_line == mark.span.line else len(mark.excerpt)
    text = mark.excerpt.replace("\t", " ")
    first, prefix = 0, ""
    if len(text) > _WIDEST:
        first = max(0, min(start - 40, len(text) - _WIDEST))
        prefix = "…" if first else ""
        tail = "…" if first + _WIDEST < len(text) else ""
        text = prefix + text[first : first + _WIDEST] + tail
    start, end = start - first + len(prefix), end - first + len(prefix)
    end = min(max(end, start + 1), max(len(text), start + 1))
    before, marked, rest = map(printable, (text[:start], text[start:end], text[end:]))
    return before + marked + rest, display_width(before), max(display_width(marked), 1)

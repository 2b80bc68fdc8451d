"""The forms for people: in full, with the lines and carets, or one line for each finding."""

from __future__ import annotations

from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.printable import display_width, line, printable
from nnc.reports.findings.findings import Report

_WIDEST = 150
_COLOURS = {"error": "31;1", "warning": "33;1", "note": "36;1"}


def render_full(report: Report) -> str:
    """Return every diagnostic with its lines, then what was left out, then the totals."""
    diagnostics, more = report.shortened()
    blocks = [_block(diagnostic, _Paint(on=report.colour)) for diagnostic in diagnostics]
    return "\n".join([*blocks, *more, report.summary()]) + "\n"


def diagnostic_text(diagnostic: Diagnostic) -> str:
    """Return one diagnostic in full, without colour."""
    return _block(diagnostic, _Paint(on=False))


def render_concise(report: Report) -> str:
    """Return one line a diagnostic, with its help in brackets, what is left out, and the totals."""
    diagnostics, more = report.shortened()
    lines = [line(f"{each} ({each.help})" if each.help else str(each)) for each in diagnostics]
    return "\n".join([*lines, *more, report.summary()]) + "\n"


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


def _block(diagnostic: Diagnostic, paint: _Paint) -> str:
    colour = _COLOURS[diagnostic.about.severity]
    head = paint(f"{diagnostic.about.severity}[{diagnostic.about.code}] {diagnostic.rule}", colour)
    lines = [f"{head}: {paint(printable(diagnostic.message), '1')}"]
    explain = f"nnc explain {diagnostic.about.code}"
    if diagnostic.file is not None:
        place = f":{diagnostic.span.line}:{diagnostic.span.column}" if diagnostic.span else ""
        lines.append(f"  {paint('-->', '34;1')} {printable(diagnostic.file)}{place}")
    marks = _marks(diagnostic)
    gutter = max((len(str(mark.span.line)) for mark in marks), default=1)
    bar = paint(f" {' ' * gutter} |", "34;1")
    if marks:
        lines.append(bar)
    file, last = diagnostic.file, 0
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
    if diagnostic.help:
        lines.append(f"{equals} help: {printable(diagnostic.help)}   {paint(f'({explain})', '2')}")
    else:
        lines.append(f"{equals} see: {paint(explain, '2')}")
    lines += [line(f"   {detail}").rstrip() for detail in diagnostic.details]
    return "\n".join(lines) + "\n"


def _marks(diagnostic: Diagnostic) -> list[_Mark]:
    """Return the places of a diagnostic, those in its own file first."""
    marks = []
    if diagnostic.span is not None and diagnostic.excerpt is not None:
        marks.append(
            _Mark(
                diagnostic.file or "",
                diagnostic.span,
                diagnostic.excerpt,
                diagnostic.caret,
                primary=True,
            )
        )
    marks += [
        _Mark(
            label.file or diagnostic.file or "",
            label.span,
            label.excerpt or "",
            label.message,
            primary=False,
        )
        for label in diagnostic.labels
        if label.span is not None
    ]
    return sorted(marks, key=lambda m: (m.file != diagnostic.file, m.file, m.span))


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

"""Diagnostics with their locations, and the errors that carry them.

Stages say *what* and, as a path of keys (`("neurons", "sum", "weights", "a")`), *which part*;
only the stage that read the text knows the lines, and adds them with `dataclasses.replace`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from nnc.diagnostics.rules import RULES, Rule, RuleName, Severity
from nnc.printable import display_width, line, printable

KeyPath = tuple[str | int, ...]
Paint = Callable[[str, str], str]
"""Colours a text by the name of a style."""
MAX_OF_A_RULE = 50  # findings of one rule listed in texts, unless more are asked for

_WIDEST = 150
_MAX_IN_FULL = 20


def plain(text: str, _: str) -> str:
    """Return a text without colour."""
    return text


class Span(NamedTuple):
    """A stretch of text: lines and columns count characters from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Label(NamedTuple):
    """A second place that explains the first: an earlier definition, a hop of a cycle."""

    message: str
    path: KeyPath = ()
    key: bool = False
    file: str | None = None
    span: Span | None = None
    excerpt: str | None = None


class Edit(NamedTuple):
    """A change of a file: the text that takes the place of a stretch."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: its rule, a message that stands alone, its place, and help.

    `path` leads to the part that is wrong; with `key` it is the key itself, not its value.
    `part` is the piece of that text which is wrong, where it is not the whole.
    `caret` is what stands beside the caret, `details` are lines that say more. `file`, `span` and
    `excerpt`, the line that the span starts on, are None until the place is known. `fix` are the
    edits that correct it, where it is clear what to write; they are safe where nothing else can
    have been meant. `set_severity` is what the settings of the project make of a warning.
    """

    rule: RuleName
    message: str
    path: KeyPath = ()
    key: bool = False
    part: str | None = None
    caret: str = ""
    labels: tuple[Label, ...] = ()
    help: str | None = None
    details: tuple[str, ...] = ()
    file: str | None = None
    span: Span | None = None
    excerpt: str | None = None
    fix: tuple[Edit, ...] = ()
    is_fix_safe: bool = True
    set_severity: Severity | None = None

    @property
    def about(self) -> Rule:
        """The rule that is broken, with its code, severity and explanation."""
        rule = RULES[self.rule]
        return rule if self.set_severity is None else rule._replace(severity=self.set_severity)

    @property
    def is_error(self) -> bool:
        """True if the file, or the row, cannot be used."""
        return RULES[self.rule].severity == "error"

    def at(self, file: str, span: Span, excerpt: str) -> Diagnostic:
        """Return it with its place: in a file with 80,000 notes, in a third of `replace`'s time."""
        return Diagnostic(
            self.rule, self.message, self.path, self.key, self.part, self.caret, self.labels,
            self.help, self.details, file, span, excerpt, self.fix, self.is_fix_safe,
            self.set_severity,
        )  # fmt: skip

    def __str__(self) -> str:
        """Return `file:line:column: error[CODE] name: message`, as far as the place is known."""
        place = self.file or ""
        if self.span is not None:
            place += f":{self.span.line}:{self.span.column}"
        elif self.path:
            place = ": ".join(filter(None, (place, format_path(self.path))))
        head = f"{self.about.severity}[{self.about.code}] {self.rule}: {self.message}"
        return line(f"{place}: {head}" if place else head)

    def in_full(self, paint: Paint = plain) -> str:
        """Return it with the lines of text it is about, a caret under what is wrong, and help."""
        colour = self.about.severity
        head = paint(f"{self.about.severity}[{self.about.code}] {self.rule}", colour)
        lines = [f"{head}: {paint(printable(self.message), 'heading')}"]
        explain = f"nnc explain {self.about.code}"
        if self.file is not None:
            place = f":{self.span.line}:{self.span.column}" if self.span else ""
            lines.append(f"  {paint('-->', 'place')} {printable(self.file)}{place}")
        elif self.path:  # of a network built in Python
            lines.append(f"  {paint('-->', 'place')} {printable(format_path(self.path))}")
        marks = _marks_of(self)
        gutter = max((len(str(mark.span.line)) for mark in marks), default=1)
        bar = paint(f" {' ' * gutter} |", "place")
        if marks:
            lines.append(bar)
        file, last = self.file, 0
        for mark in marks:
            if mark.file != file:
                place = f"{mark.file}:{mark.span.line}:{mark.span.column}"
                lines += [f" {' ' * gutter}{paint(':::', 'place')} {printable(place)}", bar]
                file, last = mark.file, 0
            text, before, width = _crop(mark)
            if mark.span.line != last:
                lines.append(paint(f" {mark.span.line:>{gutter}} |", "place") + f" {text}")
                last = mark.span.line
            pointer = ("^" if mark.primary else "-") * width
            note = printable(f"{pointer} {mark.text}").rstrip()
            lines.append(f"{bar} {' ' * before}{paint(note, colour if mark.primary else 'place')}")
        equals = f" {' ' * gutter} {paint('=', 'place')}"
        if self.help:
            lines.append(
                f"{equals} help: {printable(self.help)}   {paint(f'({explain})', 'faint')}"
            )
        else:
            lines.append(f"{equals} see: {paint(explain, 'faint')}")
        lines += [paint(line(f"   {detail}").rstrip(), "trace") for detail in self.details]
        return "\n".join(lines) + "\n"


class _Mark(NamedTuple):
    file: str
    span: Span
    excerpt: str
    text: str
    primary: bool


def _marks_of(diagnostic: Diagnostic) -> list[_Mark]:
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


_ARGUMENTS = {
    **{name: name for name in "budget cost cutoffs device floats goal label method".split()},
    **{name: name for name in "positive range rejects resume terms within".split()},
    "from": "format",
    "numbers": "sums",
    "on-error": "on_error",
    "set": "fixed",
}
"""The options that hints propose and that are arguments in Python, of this name."""
_OPTION = re.compile(r"`?--([a-z-]+)(?: (?!or |and |as )('[^']*'|[^\s;,)`]+))?`?")


def _in_python(hint: str | None) -> str | None:
    """Write the options of a hint as arguments: `--set age=3` as `fixed={"age": 3}`."""
    return None if hint is None else _OPTION.sub(_argument, hint)


def _argument(match: re.Match[str]) -> str:
    option, value = match.groups()
    if option not in _ARGUMENTS:
        return match[0]
    name = _ARGUMENTS[option]
    if value is None:
        return f"`{name}`"
    key, equals, value = value.strip("'").rpartition("=")
    value = value if re.fullmatch("[-0-9.]*[0-9]|…", value) else f'"{value}"'
    return f'{name}={{"{key}": {value}}}' if equals else f"{name}={value}"


class NncError(Exception):
    """The base of all errors nnc raises on purpose.

        NncError
         ├── InvalidNetworkError   a network, or a file of one, has mistakes
         ├── InvalidRowsError      rows have values that mean nothing to the network
         └── FileError             a file cannot be opened, or is too large

    `diagnostics` lists every mistake found, in the order of their places; the text of the error has
    the first 20 of them, as the commands print them, and how many more there are.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)  # a copy in another process is made of it

    def __str__(self) -> str:
        some = self.diagnostics[:_MAX_IN_FULL]
        blocks = [replace(one, help=_in_python(one.help)).in_full() for one in some]
        more = len(self.diagnostics) - len(blocks)
        last = [f"and {more:,} more, in `diagnostics`"] if more else []
        return "\n".join([*blocks, *last]).rstrip()


class InvalidNetworkError(NncError):
    """A network has mistakes; all of them are in `diagnostics`."""


class InvalidRowsError(NncError):
    """Rows have values that mean nothing to the network; see `diagnostics`."""


class FileError(NncError):
    """A file cannot be opened, or is too large."""


for _error in (NncError, InvalidNetworkError, InvalidRowsError, FileError):
    _error.__module__ = "nnc"  # as which everybody imports them, and tracebacks name them


def format_path(path: KeyPath) -> str:
    """Return a path as people write it: `neurons.sum.weights.a`, `cases[2]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")


def in_file_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort by file and place; those without a place come first, in the order they were found."""
    nowhere = Span(0, 0, 0, 0)
    return sorted(diagnostics, key=lambda d: (d.file or "", d.span or nowhere))


def without_doubles(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Keep the first of equal mistakes in a text that several networks use; those of cases stay."""
    kept: dict[object, Diagnostic] = {}
    for i, mistake in enumerate(diagnostics):
        is_of_text = mistake.span is not None and not mistake.about.code.startswith("NNC6")
        key = (mistake.file, mistake.span, mistake.message) if is_of_text else i
        kept.setdefault(key, mistake)
    return list(kept.values())


def in_file(file: str, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Name the file of each diagnostic that has none yet."""
    return [d if d.file else replace(d, file=file) for d in diagnostics]


def closest(name: str, known: Iterable[str]) -> str | None:
    """Find the known name that `name` is most likely a misspelling of, or None.

    Only names of about the same length that share most letters are compared in full, so that a
    typo in a file of 100,000 neurons is answered in milliseconds. The first of equals wins.
    """
    if len(name) > 200:
        return None
    folded = name.casefold()
    letters = set(folded)
    needed = 0.6 if len(name) > 3 else 0.5
    matcher: difflib.SequenceMatcher[str] | None = None
    best, best_ratio, compared = None, 0.0, 0
    for other in known:
        if abs(len(other) - len(name)) > (len(name) > 1) + len(name) // 4:
            continue
        text = other.casefold()
        if text == folded:
            return other
        if len(name) < 2 or len(letters & set(text)) * 2 < len(letters) or compared > 1000:
            continue
        compared += 1
        matcher = matcher or difflib.SequenceMatcher(b=folded, autojunk=False)
        matcher.set_seq1(text)
        if matcher.quick_ratio() <= best_ratio:  # which is never less than the ratio
            continue
        ratio = matcher.ratio()
        if ratio >= needed and ratio > best_ratio:
            best, best_ratio = other, ratio
    return best


def did_you_mean(name: str, known: Sequence[str] | Iterable[str], otherwise: str = "") -> str:
    """Return the help line for a name nobody knows: the closest one, or `otherwise`."""
    near = closest(name, known)
    return f"did you mean `{near}`?" if near else otherwise

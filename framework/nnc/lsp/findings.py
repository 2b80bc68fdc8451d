"""Convert diagnostics and their fixes to the protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from lsprotocol import types

from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.language.fixes import without_overlaps
from nnc.lsp.checker import Findings
from nnc.lsp.project import Place, Project
from nnc.lsp.texts import Text, lines_of

FIX_ALL = "source.fixAll.nnc"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
_UNUSED = frozenset(
    ("unused-neuron", "unused-input", "unused-threshold", "unused-ignore", "irrelevant-input")
)
_START = Span(1, 1, 1, 1)
_NAMING = ("extends", "parts", "cases", "properties")
"""The sections that name files with possible mistakes."""

Texts = Callable[[str], Text]
"""Returns the text of a file by its name in diagnostics."""


def published(diagnostic: Diagnostic, text: Text, texts: Texts) -> types.Diagnostic:
    """Return a diagnostic in the form of the protocol."""
    message = diagnostic.message
    if diagnostic.help:
        message += f"\n{diagnostic.help}"
    return types.Diagnostic(
        range=text.range_of(diagnostic.span or _START),
        message=message,
        severity=_SEVERITIES[diagnostic.about.severity],
        code=diagnostic.about.code,
        source="nnc",
        tags=[types.DiagnosticTag.Unnecessary] if diagnostic.rule in _UNUSED else None,
        related_information=[
            types.DiagnosticRelatedInformation(
                types.Location(other.uri, other.range_of(label.span)), label.message
            )
            for label in diagnostic.labels
            if label.span is not None
            for other in [texts(label.file or diagnostic.file or text.uri)]
        ]
        or None,
    )


def published_of(
    findings: Findings, text: Text, project: Project, *, with_others: bool = True
) -> list[types.Diagnostic]:
    """Return the findings of a network in the form of the protocol."""
    local = [item for item in findings.diagnostics if item.file in (findings.network, None)]
    shown = [published(item, text, project.text_of) for item in local]
    if with_others:
        others = [item for item in findings.diagnostics if item.file not in (text.name, None)]
        shown += _of_other_files(others, text, project)
    if findings.unlisted:
        message = f"and {findings.unlisted:,} more findings, which `nnc check` lists"
        kind = types.DiagnosticSeverity.Information
        shown.append(types.Diagnostic(text.range_of(_START), message, kind, source="nnc"))
    return shown


def _of_other_files(
    diagnostics: Sequence[Diagnostic], text: Text, project: Project
) -> list[types.Diagnostic]:
    """Return the mistakes in other files, shown where the network names these files.

    Mistakes in files that it names indirectly are shown on the first line.
    """
    if not diagnostics:
        return []
    named = {
        file.uri: Place(text, piece, diagnostic).range
        for section in text.outline.sections
        if section.key in _NAMING
        for piece in text.pieces(section)
        for diagnostic in piece.mentions()
        if diagnostic.space == "file"
        and (file := project.beside(text, diagnostic.name)) is not None
    }
    shared: list[types.Diagnostic] = []
    for diagnostic in diagnostics:
        other = project.text_of(diagnostic.file or text.name)
        where = types.Location(other.uri, other.range_of(diagnostic.span or _START))
        converted = published(diagnostic, text, project.text_of)
        converted.range = named.get(other.uri, text.range_of(_START))
        converted.message = f"{Path(diagnostic.file or '').name}: {converted.message}"
        converted.tags = None
        converted.related_information = [
            types.DiagnosticRelatedInformation(where, diagnostic.message)
        ]
        shared.append(converted)
    return shared


# ------------------------------------------------------------------------------ actions


def fixes(
    text: Text, diagnostics: Iterable[Diagnostic], first: int, last: int
) -> Iterator[types.CodeAction]:
    """Yield the fixes of the diagnostics on some lines, and one that applies all safe fixes."""
    fixable = [
        diagnostic for diagnostic in diagnostics if diagnostic.fix and diagnostic.span is not None
    ]
    for diagnostic in fixable:
        assert diagnostic.span is not None
        if diagnostic.span.line - 1 > last or diagnostic.span.end_line - 1 < first:
            continue
        yield types.CodeAction(
            title=_title(diagnostic, text),
            kind=types.CodeActionKind.QuickFix,
            is_preferred=diagnostic.is_fix_safe or len(diagnostic.fix) == 1,
            edit=_edit(text, [diagnostic]),
        )
    safe = without_overlaps(diagnostic for diagnostic in fixable if diagnostic.is_fix_safe)
    if len(safe) > 1:
        title = f"Fix all {len(safe)} mistakes whose correction is certain"
        yield types.CodeAction(
            title=title, kind=types.CodeActionKind.QuickFix, edit=_edit(text, safe)
        )


def fix_all(text: Text, diagnostics: Iterable[Diagnostic]) -> types.CodeAction | None:
    """Return the action that an editor runs on save: all safe fixes."""
    safe = without_overlaps(
        diagnostic for diagnostic in diagnostics if diagnostic.fix and diagnostic.is_fix_safe
    )
    if not safe:
        return None
    return types.CodeAction(title="Fix all", kind=FIX_ALL, edit=_edit(text, safe))


def _title(diagnostic: Diagnostic, text: Text) -> str:
    edit = diagnostic.fix[0]
    line = text.lines[edit.span.line - 1] if edit.span.line <= len(text.lines) else ""
    before = line[edit.span.column - 1 : edit.span.end_column - 1]
    if edit.text.strip() and edit.span.line == edit.span.end_line and before:
        return f"Change `{before[:40]}` to `{edit.text.strip()[:40]}`"
    if edit.text.strip():
        return f"Add `{edit.text.strip()[:60]}`"
    return diagnostic.help or "Remove it"


def _edit(text: Text, diagnostics: Iterable[Diagnostic]) -> types.WorkspaceEdit:
    edits = [
        types.TextEdit(text.range_of(edit.span), edit.text)
        for diagnostic in diagnostics
        for edit in diagnostic.fix
    ]
    return types.WorkspaceEdit(changes={text.uri: edits})


def rewrites(
    text: Text, diagnostics: Sequence[Diagnostic], line: int
) -> Iterator[types.CodeAction]:
    """Yield actions that generate text: numbers for blanks, and missing cases."""

    def action(title: str, command: str) -> types.CodeAction:
        run = types.Command(title, command, arguments=[text.uri])
        return types.CodeAction(title, types.CodeActionKind.RefactorRewrite, command=run)

    if any(diagnostic.rule == "open-numbers" for diagnostic in diagnostics):
        yield action("Fill these blanks so that all cases hold", "nnc.fill")
    section = text.outline.section_at(line)
    if any(diagnostic.is_error for diagnostic in diagnostics):
        return
    if section is not None and section.key in ("cases", "neurons", "outputs"):
        yield action("Add the missing cases", "nnc.cover")


def added_cases(text: Text, cases: Iterable[str]) -> list[types.TextEdit]:
    """Return the edit that appends cases to those of a text."""
    section = text.outline.section("cases")
    if section is not None and section.key == "cases" and text.outline.indent_of(section) is None:
        return []  # a list in brackets
    last = section.stop - 1 if section is not None else len(text.lines) - 1
    while last > 0 and text.lines[last].lstrip()[:1] in ("", "#"):
        last -= 1
    indent = text.outline.indent_of(section) if section is not None else None
    margin = " " * (indent - 1 if indent is not None else 2)
    lines = [f"{margin}- {case}" for case in cases]
    where = text.position(last, len(text.lines[last].rstrip("\r\n")))
    head = [] if section is not None else ["cases:"]
    return [types.TextEdit(types.Range(where, where), "\n" + "\n".join([*head, *lines]))]


def whole_edit(text: Text, new: str) -> list[types.TextEdit]:
    """Return the edit that replaces the content of a text, limited to lines that differ."""
    if new == text.text:
        return []
    lines = lines_of(new)
    lines = lines if lines[-1] else lines[:-1]
    first = 0
    while first < min(len(lines), len(text.lines)) and lines[first] == text.lines[first]:
        first += 1
    same = 0
    old = text.lines if text.lines[-1] else text.lines[:-1]
    while same < min(len(lines), len(old)) - first and lines[-1 - same] == old[len(old) - 1 - same]:
        same += 1
    stop = len(old) - same
    start = types.Position(first, 0)
    end = types.Position(stop, 0) if stop < len(text.lines) else text.end
    return [types.TextEdit(types.Range(start, end), "".join(lines[first : len(lines) - same]))]

"""Diagnostics of nnc -> diagnostics of the protocol."""

from __future__ import annotations

from collections.abc import Callable

from lsprotocol import types

from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.lsp.texts import Text

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
_UNUSED = frozenset(
    ("unused-neuron", "unused-input", "unused-threshold", "unused-ignore", "irrelevant-input")
)
_START = Span(1, 1, 1, 1)

Texts = Callable[[str], Text]
"""Gives the text of a file by the name that diagnostics have for it."""


def published(diagnostic: Diagnostic, text: Text, texts: Texts) -> types.Diagnostic:
    """Return a diagnostic as an editor shows it in a text."""
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

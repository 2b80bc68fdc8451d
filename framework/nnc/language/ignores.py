"""Comments `# nnc: ignore[CODE] reason`: warnings and notes that are meant to be there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from nnc.diagnostics.diagnostic import Diagnostic, did_you_mean
from nnc.diagnostics.rules import KNOWN, Rule
from nnc.language.document.parser import find_comments
from nnc.language.document.text import Document

_IGNORE = re.compile(r"#[ \t]*nnc[ \t]*:[ \t]*ignore(?![\w-])(?:[ \t]*\[([^\]\r\n]*)\])?")
_CODE = re.compile(r"[^,\s](?:[^,]*[^,\s])?")


_BY_PROOF = ("constant-neuron", "equal-neurons", "irrelevant-input", "covered-neuron")
"""Warnings that only `nnc prove` finds: elsewhere nothing is known of what ignores them."""


class _Ignore:
    """One code in a comment, as a stretch of characters, and whether it silenced something."""

    def __init__(self, rule: Rule, start: int, end: int) -> None:
        self.rule, self.start, self.end = rule, start, end
        self.used = False


_Ignores = dict[tuple[str, int], list[_Ignore]]


def without_ignored(
    diagnostics: Iterable[Diagnostic], documents: Sequence[Document]
) -> list[Diagnostic]:
    """Drop the warnings and notes that a comment on their line ignores.

    The first of the documents is the one that is checked: where its own comments are wrong, or
    silence nothing, that is reported too. With errors nobody looked for warnings, so that nothing
    is known of what a comment silences.
    """
    ignores, wrong = _ignores_by_line(documents)
    left = [d for d in diagnostics if not _is_ignored(d, ignores)]
    if not any(d.is_error for d in left):
        checked = documents[0]
        for (file, _), on_line in ignores.items():
            if file == checked.file:
                wrong += [
                    _unused(checked, ignore)
                    for ignore in on_line
                    if not ignore.used and ignore.rule.name not in _BY_PROOF
                ]
    return left + wrong


def without_proved_ignored(
    diagnostics: Iterable[Diagnostic], documents: Sequence[Document]
) -> list[Diagnostic]:
    """Drop the findings of a proof that a comment on their line ignores."""
    ignores, _ = _ignores_by_line(documents)
    return [diagnostic for diagnostic in diagnostics if not _is_ignored(diagnostic, ignores)]


def _ignores_by_line(documents: Sequence[Document]) -> tuple[_Ignores, list[Diagnostic]]:
    """Return what comments ignore, by file and line, and what is wrong in the first document."""
    ignores: _Ignores = {}
    wrong: list[Diagnostic] = []
    for document in documents:
        for ignore in _ignores(document):
            if isinstance(ignore, _Ignore):
                line = document.span(ignore.start, ignore.end).line
                ignores.setdefault((document.file, line), []).append(ignore)
            elif document is documents[0]:
                wrong.append(ignore)
    return ignores, wrong


def _is_ignored(diagnostic: Diagnostic, ignores: _Ignores) -> bool:
    if diagnostic.is_error or diagnostic.file is None or diagnostic.span is None:
        return False
    on_line = ignores.get((diagnostic.file, diagnostic.span.line), ())
    fitting = [ignore for ignore in on_line if ignore.rule.name == diagnostic.rule]
    for ignore in fitting:
        ignore.used = True
    return bool(fitting)


def _ignores(document: Document) -> Iterator[_Ignore | Diagnostic]:
    """Yield the codes that the comments of a file ignore, and mistakes in them."""
    if "ignore" not in document.parsed or _IGNORE.search(document.parsed) is None:
        return  # to find comments takes one more parse
    for comment in find_comments(document.parsed):
        match = _IGNORE.match(document.parsed, comment.start, comment.end)
        if match is None:
            continue
        start, end = match.span(1) if match[1] else (0, 0)
        codes = list(_CODE.finditer(document.parsed, start, end))
        if not codes:
            message = "the comment `# nnc: ignore` does not say which warning to ignore"
            hint = "write its code in brackets: `# nnc: ignore[NNC705] the reason`"
            wrong = Diagnostic("bad-ignore", message, help=hint)
            yield document.placed(wrong, *match.span())
        for code in codes:
            rule = KNOWN.get(code[0])
            if rule is None or rule.severity == "error":
                yield document.placed(_wrong_code(code[0], rule), *code.span())
            else:
                yield _Ignore(rule, *code.span())


def _wrong_code(code: str, rule: Rule | None) -> Diagnostic:
    if rule is not None:
        message = f"`{code}` is an error, and only warnings and notes can be ignored"
        return Diagnostic("bad-ignore", message, help="remove it, and correct what is wrong")
    can_be = [name for name, known in KNOWN.items() if known.severity != "error"]
    hint = did_you_mean(code, can_be, "write a code as NNC705, or a name as zero-weight")
    return Diagnostic("bad-ignore", f"nnc has no warning `{code}`", help=hint)


def _unused(document: Document, ignore: _Ignore) -> Diagnostic:
    rule = ignore.rule
    message = f"nothing to ignore: this line has no {rule.severity} {rule.code}, {rule.name}"
    hint = f"remove it, or put it on the line that the {rule.severity} names"
    unused = Diagnostic("unused-ignore", message, help=hint)
    return document.placed(unused, ignore.start, ignore.end)

"""Comments `# nnc: ignore[CODE] reason`: warnings and notes that are meant to be there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nnc.diagnostics.diagnostic import Diagnostic, did_you_mean
from nnc.diagnostics.rules import RULES, Rule
from nnc.language.document import Document, find_comments

_IGNORE = re.compile(r"#[ \t]*nnc[ \t]*:[ \t]*ignore(?![\w-])(?:[ \t]*\[([^\]\r\n]*)\])?")
_CODE = re.compile(r"[^,\s](?:[^,]*[^,\s])?")
_KNOWN = {name: rule for rule in RULES.values() for name in (rule.code, rule.name)}


@dataclass(slots=True)
class _Ignore:
    """One code in a comment, as a stretch of characters, and whether it silenced something."""

    rule: Rule
    start: int
    end: int
    used: bool = False


def without_ignored(
    diagnostics: Iterable[Diagnostic], documents: Sequence[Document]
) -> list[Diagnostic]:
    """Leave out the warnings and notes that a comment on their line ignores.

    The first of the documents is the one that is checked: where its own comments are wrong, or
    silence nothing, that is told too. With errors nobody looked for warnings, so that nothing is
    known of what a comment silences.
    """
    ignores: dict[tuple[str, int], list[_Ignore]] = {}
    wrong: list[Diagnostic] = []
    for document in documents:
        for one in _ignores(document):
            if isinstance(one, _Ignore):
                line = document.span(one.start, one.end).line
                ignores.setdefault((document.file, line), []).append(one)
            elif document is documents[0]:
                wrong.append(one)
    told = [one for one in diagnostics if not _is_ignored(one, ignores)]
    if not any(one.is_error for one in told):
        checked = documents[0]
        for (file, _), on_line in ignores.items():
            if file == checked.file:
                wrong += [_unused(checked, one) for one in on_line if not one.used]
    return told + wrong


def _is_ignored(found: Diagnostic, ignores: dict[tuple[str, int], list[_Ignore]]) -> bool:
    if found.is_error or found.file is None or found.span is None:
        return False
    fitting = [
        one for one in ignores.get((found.file, found.span.line), ()) if one.rule.name == found.rule
    ]
    for one in fitting:
        one.used = True
    return bool(fitting)


def _ignores(document: Document) -> Iterator[_Ignore | Diagnostic]:
    """Give what the comments of a file ignore, and what is wrong with them."""
    if _IGNORE.search(document.parsed) is None:  # to find comments, a text is parsed once more
        return
    for comment in find_comments(document.parsed):
        found = _IGNORE.match(document.parsed, comment.start, comment.end)
        if found is None:
            continue
        start, end = found.span(1) if found[1] else (0, 0)
        codes = list(_CODE.finditer(document.parsed, start, end))
        if not codes:
            message = "the comment `# nnc: ignore` does not say which warning to ignore"
            fix = "write its code in brackets: `# nnc: ignore[NNC705] the reason`"
            wrong = Diagnostic("bad-ignore", message, help=fix)
            yield document.placed(wrong, *found.span())
        for code in codes:
            rule = _KNOWN.get(code[0])
            if rule is None or rule.severity == "error":
                yield document.placed(_wrong_code(code[0], rule), *code.span())
            else:
                yield _Ignore(rule, *code.span())


def _wrong_code(code: str, rule: Rule | None) -> Diagnostic:
    if rule is not None:
        message = f"`{code}` is an error, and only warnings and notes can be ignored"
        return Diagnostic("bad-ignore", message, help="remove it, and correct what is wrong")
    can_be = [name for name, known in _KNOWN.items() if known.severity != "error"]
    fix = did_you_mean(code, can_be, "write a code as NNC705, or a name as zero-weight")
    return Diagnostic("bad-ignore", f"nnc has no warning `{code}`", help=fix)


def _unused(document: Document, one: _Ignore) -> Diagnostic:
    rule = one.rule
    message = f"nothing to ignore: this line has no {rule.severity} {rule.code}, {rule.name}"
    fix = f"remove it, or put it on the line that the {rule.severity} names"
    return document.placed(Diagnostic("unused-ignore", message, help=fix), one.start, one.end)

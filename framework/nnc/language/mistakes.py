"""Mistakes of one value, raised together; and comments `# nnc: ignore[CODE] reason`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, did_you_mean, format_path
from nnc.diagnostics.rules import KNOWN, Rule, RuleName
from nnc.language.document.parser import find_comments
from nnc.language.document.text import Document
from nnc.language.keys import DECLARED
from nnc.numbers.exact import Refused

_LACKS = re.compile(r"(?:the|an?) (neuron|layer|output|choice|input|part) (?=has no `)")


class Mistake(NamedTuple):
    """One mistake: the rule it breaks, and the path to the value, or to the key if `is_key`.

    `missing` are the keys of which one should stand in the mapping at `path`. A mistake without a
    message only follows from another, and is not reported.
    """

    rule: RuleName
    message: str
    path: KeyPath = ()
    help: str = ""
    is_key: bool = False
    missing: tuple[str, ...] = ()


class Mistaken(ValueError):
    """A value has mistakes."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(mistake.message for mistake in self.mistakes))


class Mistakes:
    """The mistakes found in one value, raised together so that none hides another."""

    def __init__(self) -> None:
        self.collected: list[Mistake] = []

    def add(
        self, rule: RuleName, message: str, *path: str | int, help: str = "", key: bool = False
    ) -> None:
        """Add one at `path` below the value."""
        self.collected.append(Mistake(rule, message, path, help, key))

    def exclude(self, key: str, message: str, hint: str) -> None:
        """Add a key that does not go with the others."""
        self.add("exclusive-keys", message, key, key=True, help=hint)

    def miss(self, keys: tuple[str, ...], message: str, hint: str) -> None:
        """Add that one of some keys should be there."""
        self.collected.append(Mistake("missing-key", message, (), hint, is_key=True, missing=keys))

    def silence(self, mistake: Mistake) -> None:
        """Keep a mistake from being reported."""
        self.collected[self.collected.index(mistake)] = mistake._replace(message="", help="")

    def take(
        self, error: Refused | Mistaken, path: tuple[str | int, ...], *, key: bool = False
    ) -> None:
        """Add what was raised for the part of the value at `path`."""
        if isinstance(error, Mistaken):
            self.collected += [
                mistake._replace(path=(*path, *mistake.path)) for mistake in error.mistakes
            ]
        else:
            self.add(error.rule, error.message, *path, help=error.help, key=key)

    def read(
        self, reader: Callable[[Any], Any], value: object, *path: str | int, key: bool = False
    ) -> Any:
        """Return `reader(value)`; where that fails, add why, at `path`, and return None."""
        try:
            return reader(value)
        except (Refused, Mistaken) as error:
            self.take(error, path, key=key)
        return None

    def stop(self) -> None:
        """Raise Mistaken with all mistakes, if there are any."""
        if self.collected:
            raise Mistaken(self.collected)


def mistakes_in(error: Refused | Mistaken) -> tuple[Mistake, ...]:
    """Return the mistakes that an error carries."""
    if isinstance(error, Mistaken):
        return error.mistakes
    return (Mistake(error.rule, error.message, (), error.help),)


def diagnostics_of(
    mistakes: Iterable[Mistake], value: object, unreadable: Collection[KeyPath] = ()
) -> list[Diagnostic]:
    """Return one diagnostic for each mistake, without those that only follow from another.

    `value` is the value without what was refused while reading, which stood at the paths
    `unreadable`.
    """
    mistakes = tuple(mistakes)
    above_unreadable = {path[:i] for path in unreadable for i in range(len(path))}
    bad_names = {
        str(_name_at(value, mistake.path))
        for mistake in mistakes
        if mistake.rule == "bad-name" and len(mistake.path) == 2 and mistake.path[0] in DECLARED
    }
    diagnostics: dict[tuple[str, KeyPath], Diagnostic] = {}
    for mistake in mistakes:
        path = mistake.path
        if (
            not mistake.message
            or (mistake.rule == "wrong-type" and path in above_unreadable)
            or any((*path, key) in unreadable for key in mistake.missing)
            or (bad_names and _reads(mistake, value, bad_names))
        ):
            continue
        hint = mistake.help
        if mistake.rule == "bad-name" and len(path) == 2 and path[0] == "inputs":
            hint += "; its `column` may be any text"
        diagnostic = Diagnostic(
            mistake.rule,
            _standing_alone(mistake.message, path),
            path,
            key=mistake.is_key,
            caret="unknown" if mistake.rule == "unknown-key" else "",
            help=hint or None,
        )
        diagnostics.setdefault((diagnostic.message, path), diagnostic)
    return list(diagnostics.values())


def _name_at(value: object, path: KeyPath) -> object:
    """Return the name that a mistake is about: a key, or the text in a list."""
    name = at(value, path)
    return name if isinstance(name, str) and isinstance(path[-1], int) else path[-1]


def _reads(mistake: Mistake, value: object, bad_names: set[str]) -> bool:
    """Return whether a mistake only repeats that a declared name is not a name."""
    path = mistake.path
    if mistake.rule != "bad-source" and (mistake.rule != "bad-name" or path[0] != "outputs"):
        return False
    texts = (path[-1], at(value, path))
    names = {re.split(r"[.(]", text, maxsplit=1)[0] for text in texts if isinstance(text, str)}
    return not names.isdisjoint(bad_names)


def _standing_alone(message: str, path: KeyPath) -> str:
    """Return a message that names its subject: the value at a path, or the declaration."""
    if message.startswith("expected "):
        return f"`{format_path(path)}`: {message}" if path else f"the file: {message}"
    match = _LACKS.match(message) if len(path) > 1 else None
    return f"{match[1]} `{path[1]}` {message[match.end() :]}" if match else message


def at(value: Any, path: KeyPath) -> Any:
    """Return the value at a path; None where there is none."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


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

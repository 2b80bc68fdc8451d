"""Mistakes: everything that is wrong with one value, raised together."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, format_path
from nnc.diagnostics.rules import RuleName
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

    def silence(self, mistake: Mistake, message: str = "", hint: str = "") -> None:
        """Keep a mistake from being reported, or report it in other words."""
        index = self.collected.index(mistake)
        self.collected[index] = mistake._replace(message=message, help=hint)

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
        diagnostic = Diagnostic(
            mistake.rule,
            _standing_alone(mistake.message, path),
            path,
            key=mistake.is_key,
            caret="unknown" if mistake.rule == "unknown-key" else "",
            help=mistake.help or None,
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

"""Rules of SpamAssassin (`score NAME n`, `required_score n`) -> one neuron of bits.

An input is a rule that has hit. What the rules look for in a mail is not read. See
`Mail::SpamAssassin::Conf`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.places import Text, refused
from nnc.interchange.importing.settings import Settings
from nnc.language.network import Input, Network, Neuron, Output
from nnc.numbers.exact import Number, Refused, first_names, read_number, shorten, simplest

_SETS = 4  # of scores: without net tests and Bayes, with net tests, with Bayes, with both
_REQUIRED = 5
_RULES = ("header", "body", "rawbody", "uri", "uri_detail", "full", "meta", "mimeheader", "askdns")
_RELEASE = 4  # of SpamAssassin, for which conditions are decided
_VERSION = re.compile(r"version\s*(>=|<=|==|!=|>|<)\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)(?:\.[0-9.]*)?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"\(?([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))\)?")


@dataclass(slots=True)
class _Rules:
    """The contents of a file: scores, descriptions, rules, and the limit."""

    required: Number = _REQUIRED
    scores: dict[str, Number] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    defined: dict[str, None] = field(default_factory=dict)
    nice: set[str] = field(default_factory=set)
    counted: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def read(data: bytes, settings: Settings) -> Imported:
    """Read rules. Of four scores the last counts. Raises InvalidNetworkError."""
    del settings
    text = Text(data, latin=True)
    rules = _Rules()
    reader = _Reader(text, rules)
    for number, line in enumerate(text.lines, 1):
        reader.add(number, line)
    reader.end()
    scores = dict(rules.scores)
    for name in rules.defined:
        if name not in scores and not name.startswith("__"):
            sign = -1 if name in rules.nice else 1
            scores[name] = sign * (Fraction(1, 100) if name.startswith("T_") else 1)
    return _network(rules, scores)


class _Branch(NamedTuple):
    """A branch of an `if`: its line, its condition, and if its lines are read."""

    start: int
    counts: bool
    is_read: bool


class _Reader:
    """Reads lines, except those that conditions exclude."""

    def __init__(self, text: Text, rules: _Rules) -> None:
        self._text, self._rules = text, rules
        self._open: list[_Branch] = []

    def add(self, number: int, line: str) -> None:
        """Read a line. Raises InvalidNetworkError."""
        words = re.sub(r"(?<!\\)#.*", "", line).split()
        if not words:
            return
        key = words[0].lower()
        if key in ("if", "ifplugin"):
            condition = " ".join(words[1:])
            self._enter(number, number, counts=key == "ifplugin" or _holds(condition))
        elif key in ("else", "endif"):
            if not self._open:
                raise self._text.damaged(f"`{key}` without `if`", number)
            start, counts, _ = self._open.pop()
            if key == "else":
                self._enter(start, number, counts=not counts)
        elif self._is_read:
            self._statement(number, line, key, words[1:])

    def _enter(self, start: int, number: int, *, counts: bool) -> None:
        """Enter a branch, whose `if` is at a line."""
        is_read = self._is_read
        if is_read:
            branches = self._rules.counted if counts else self._rules.skipped
            branches.append(f"line {number}")
        self._open.append(_Branch(start, counts, is_read and counts))

    @property
    def _is_read(self) -> bool:
        """True if no condition excludes the current line."""
        return not self._open or self._open[-1].is_read

    def end(self) -> None:
        """Check that every `if` has its end."""
        if self._open:
            raise self._text.damaged("`if` without `endif`", self._open[-1].start)

    def _statement(self, number: int, line: str, key: str, words: list[str]) -> None:
        if key == "score":
            self._score(number, line, words)
        elif key in ("required_score", "required_hits"):
            if len(words) != 1:
                raise self._text.damaged(f"`{key}` needs one number", number, width=len(line))
            self._rules.required = self._number(number, line, words[0])
        elif key == "describe" and len(words) > 1:
            self._rules.descriptions[words[0]] = " ".join(words[1:])
        elif key in _RULES and words:
            self._rules.defined[self._name(number, line, words[0])] = None
        elif key == "tflags" and "nice" in words[1:]:
            self._rules.nice.add(words[0])
        elif key == "include":
            message = "the file includes another"
            raise self._text.refused(message, number, width=len(line), hint="put both into one")

    def _score(self, number: int, line: str, words: list[str]) -> None:
        if len(words) not in (2, 1 + _SETS):
            message = "expected `score NAME n`, or four numbers"
            raise self._text.damaged(message, number, width=len(line))
        name = self._name(number, line, words[0])
        values = [self._number(number, line, word) for word in words[1:]]
        value = values[-1]
        if words[-1].startswith("("):  # is added to what it was
            value = simplest(Fraction(self._rules.scores.get(name, 0)) + value)
        self._rules.scores[name] = value

    def _name(self, number: int, line: str, name: str) -> str:
        if not _NAME.fullmatch(name):
            message = f"`{shorten(name)}` is no name of a rule"
            raise self._text.damaged(message, number, max(line.find(name), 0) + 1, len(name))
        return name

    def _number(self, number: int, line: str, word: str) -> Number:
        column = line.find(word) + 1
        match = _NUMBER.fullmatch(word)
        if match is None or (word[0] == "(") != (word[-1] == ")"):
            message = f"expected a number, found `{shorten(word)}`"
            raise self._text.damaged(message, number, column, len(word))
        try:
            return read_number(match[1].removeprefix("+"), lenient=True)
        except Refused as error:
            raise self._text.damaged(error.message, number, column, len(word)) from None


def _holds(condition: str) -> bool:
    """Evaluate a condition as SpamAssassin 4 with every plugin does.

    Unknown conditions hold.
    """
    bare = condition.strip()
    while bare.startswith("(") and _closes_last(bare):
        bare = bare[1:-1].strip()
    for mark, holds in (("||", any), ("&&", all)):
        parts = _split(bare, mark)
        if len(parts) > 1:
            return holds([_holds(part) for part in parts])
    if bare.startswith("!"):
        return not _holds(bare[1:])
    if bare.casefold() in ("false", "0"):
        return False
    if (match := _VERSION.fullmatch(bare)) is None:
        return True
    number = Fraction(match[2])
    return {
        ">=": number <= _RELEASE, ">": number < _RELEASE, "<=": number >= _RELEASE,
        "<": number > _RELEASE, "==": number == _RELEASE, "!=": number != _RELEASE,
    }[match[1]]  # fmt: skip


def _closes_last(text: str) -> bool:
    """Check if the last character of a text closes its first parenthesis."""
    depth = 0
    for at, mark in enumerate(text):
        depth += (mark == "(") - (mark == ")")
        if depth == 0:
            return at == len(text) - 1
    return False


def _split(text: str, mark: str) -> list[str]:
    """Split a condition at an operator, but not within parentheses."""
    parts, depth = [""], 0
    for part in re.split(r"(\|\||&&|[()])", text):
        depth += (part == "(") - (part == ")")
        if part == mark and not depth:
            parts.append("")
        else:
            parts[-1] += part
    return parts


def _network(rules: _Rules, scores: dict[str, Number]) -> Imported:
    names = Names(["score", "points", "spam"])
    partial = [name for name, score in scores.items() if score and name.startswith("__")]
    scores = {name: score for name, score in scores.items() if not name.startswith("__")}
    called = {name: names.new(name) for name, score in scores.items() if score}
    if not called:
        raise refused("no rule of the file has a score", "give it lines such as `score NAME 1.5`")
    inputs = {}
    for name, own in called.items():
        inputs[own] = Input(type="bit", default=0, description=rules.descriptions.get(name))
    network = Network(
        inputs=inputs,
        fires="at_least",
        neurons={
            "score": Neuron(
                weights={own: scores[name] for name, own in called.items()},
                threshold=rules.required,
            )
        },
        outputs={"points": Output(sum="score"), "spam": "score"},
    )
    notes = []
    if rules.counted or rules.skipped:
        message = "conditions are decided as by SpamAssassin 4 with every plugin: "
        whats = (("counted from ", rules.counted), ("left out from ", rules.skipped))
        message += "; ".join(what + first_names(lines) for what, lines in whats if lines)
        hint = "take a condition out, or what is under it, where yours decides otherwise"
        notes.append(Diagnostic("left-out", message, help=hint))
    if partial:
        message = "left out, as a rule whose name begins with `__` has no score: "
        notes.append(Diagnostic("left-out", message + first_names(partial)))
    return Imported(network, notes=tuple(notes))

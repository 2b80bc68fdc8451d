"""Rules of SpamAssassin (`score NAME n`, `required_score n`) -> one neuron of bits.

An input is a rule that has hit. What the rules look for in a mail is not read. See
`Mail::SpamAssassin::Conf`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.exact import Number, Refused, first_names, read_number, shorten, simplest
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.places import Text, refused
from nnc.interchange.importing.settings import Settings
from nnc.language.network import Input, Network, Neuron, Output

SETS = 4
"""Scores stand for: no tests of the net and no Bayes, net, Bayes, both."""

_REQUIRED = 5
_RULES = ("header", "body", "rawbody", "uri", "uri_detail", "full", "meta", "mimeheader", "askdns")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"\(?([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))\)?")


@dataclass(slots=True)
class _Rules:
    """What the file says: scores, descriptions, which rules there are, and the limit."""

    required: Number = _REQUIRED
    scores: dict[str, Number] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    defined: dict[str, None] = field(default_factory=dict)
    nice: set[str] = field(default_factory=set)
    skipped: list[str] = field(default_factory=list)


def read(data: bytes, settings: Settings) -> Imported:
    """Read rules; `score_set` says which of four scores count. Raises InvalidNetworkError."""
    text = Text(data, latin=True)
    chosen = SETS - 1 if settings.score_set is None else settings.score_set
    if not 0 <= chosen < SETS:
        raise ValueError(f"`score_set` is from 0 to 3, not {chosen}")
    rules = _Rules()
    reader = _Reader(text, rules, chosen)
    for number, line in enumerate(text.lines, 1):
        reader.add(number, line)
    reader.end()
    scores = dict(rules.scores)
    for name in rules.defined:
        if name not in scores and not name.startswith("__"):
            sign = -1 if name in rules.nice else 1
            scores[name] = sign * (Fraction(1, 100) if name.startswith("T_") else 1)
    return _network(rules, scores)


class _Reader:
    """Reads a line after another. What is under an `if` counts, under an `else` not."""

    def __init__(self, text: Text, rules: _Rules, chosen: int) -> None:
        self._text, self._rules, self._chosen = text, rules, chosen
        self._open: list[tuple[int, bool]] = []
        self._skips = 0

    def add(self, number: int, line: str) -> None:
        """Read a line. Raises InvalidNetworkError."""
        words = re.sub(r"(?<!\\)#.*", "", line).split()
        if not words:
            return
        key = words[0].lower()
        if key in ("if", "ifplugin"):
            self._open.append((number, False))
        elif key in ("else", "endif"):
            if not self._open:
                raise self._text.damaged(f"`{key}` without `if`", number)
            start, was_else = self._open.pop()
            self._skips += (key == "else") - was_else
            if key == "else":
                self._open.append((start, True))
                self._rules.skipped.append(f"line {number}")
        elif not self._skips:
            self._statement(number, line, key, words[1:])

    def end(self) -> None:
        """Check that every `if` has its end."""
        if self._open:
            raise self._text.damaged("`if` without `endif`", self._open[-1][0])

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
        if len(words) not in (2, 1 + SETS):
            message = "expected `score NAME n`, or four numbers"
            raise self._text.damaged(message, number, width=len(line))
        name = self._name(number, line, words[0])
        values = [self._number(number, line, word) for word in words[1:]]
        word = words[1 if len(values) == 1 else 1 + self._chosen]
        value = values[0 if len(values) == 1 else self._chosen]
        if word.startswith("("):  # is added to what it was
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


def _network(rules: _Rules, scores: dict[str, Number]) -> Imported:
    names = Names(["score", "points", "spam"])
    called = {name: names.new(name) for name, score in scores.items() if score}
    if not called:
        raise refused("no rule of the file has a score", "give it lines such as `score NAME 1.5`")
    inputs = {}
    for name, own in called.items():
        text = rules.descriptions.get(name)
        about: dict[str, Any] = {} if text is None else {"description": text}
        inputs[own] = Input(type="bit", default=0, **about)
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
    if rules.skipped:
        message = f"left out: what stands under `else`, in {first_names(rules.skipped)}"
        notes.append(Diagnostic("left-out", message))
    return Imported(network, notes=tuple(notes))

"""Firing rules: how a sum is compared with a threshold."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from nnc.diagnostics.diagnostic import closest
from nnc.language.ranges import Open, leaves_open, open_number
from nnc.numbers.exact import Number, Refused, read_number, shorten, show_number

Fires = Literal["above", "at_least", "below", "at_most", "all", "any"]


class Firing(NamedTuple):
    """One rule: its sign, for people and in ASCII, and which sums fire.

    `up` where large sums fire, `strict` where the threshold itself does not; `compare` takes a sum
    and a threshold, or arrays of them. `meant` is how others write the rule.
    """

    sign: str
    ascii: str
    compare: Callable[[Any, Any], Any]
    meant: tuple[str, ...]
    up: bool
    strict: bool

    @property
    def is_past(self) -> bool:
        """True if, `up` left aside, a sum must pass the threshold and not only reach it.

        S > T and not S <= T are one cut; of integers, it is S >= T + 1.
        """
        return self.up == self.strict


FIRING: dict[Fires, Firing] = {
    "above": Firing(">", ">", operator.gt, ("greater", "gt", ">"), up=True, strict=True),
    "at_least": Firing("≥", ">=", operator.ge, ("ge", ">="), up=True, strict=False),
    "below": Firing("<", "<", operator.lt, ("less", "lt", "<"), up=False, strict=True),
    "at_most": Firing("≤", "<=", operator.le, ("le", "<="), up=False, strict=False),
}
"""The rules with a threshold, in the order of their numbers in compiled files and in floats.c."""
COMPARISONS = tuple(FIRING)
GATES: dict[Fires, Callable[[int], tuple[Fires, int]]] = {
    "all": lambda fan_in: ("at_least", fan_in),
    "any": lambda _: ("at_least", 1),
}
"""The rules of neurons without a threshold, all of whose sources are bits.

Each gives the comparison that a neuron of this fan-in makes, with all weights 1.
"""


def is_gate(rule: object) -> bool:
    """Return whether a value, of any type, is the rule of a gate."""
    return isinstance(rule, str) and rule in GATES


DEFAULT_RULE: Fires = "above"
"""The rule of a neuron or layer without its own, in a file without one."""
FIRES_MEANT: dict[str, Fires] = {
    "and": "all",
    "or": "any",
    **{word: rule for rule, firing in FIRING.items() for word in firing.meant},
}


SIDES = (("above", "at_least"), ("below", "at_most"))
"""The rules that may stand together in one neuron: those of large sums, and those of small ones."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold, or the cut-off of a step, that states its own rule: `Threshold(6, "above")`.

    In a file it is `above 6`. The number may be given in any form that a threshold takes; in a
    `Neuron` it is exact. As a cut-off the rule is `above`: other steps begin with their cut-off.
    """

    number: Any
    rule: Fires

    def __str__(self) -> str:
        number = self.number
        return f"{self.rule} {show_number(number) if isinstance(number, Number) else number}"

    @property
    def position(self) -> tuple[Number, bool]:
        """The sort key: `at_least 6` comes before `above 6`, `below 6` before `at_most 6`."""
        return self.number, FIRING[self.rule].is_past


Limit = Number | Threshold
"""A threshold or cut-off: one without a rule of its own has that of its neuron, or of steps."""


def ruled(limit: Limit | Open, rule: Fires) -> Threshold:
    """Return a threshold with the rule that holds for it; `rule` is that of its neuron."""
    return limit if isinstance(limit, Threshold) else Threshold(limit, rule)


def show_limit(limit: Limit | Open) -> str:
    """Write a threshold or cut-off as a file does."""
    return str(limit) if isinstance(limit, (Threshold, Open)) else show_number(limit)


_STATED = re.compile(rf"({'|'.join(FIRING)}) +(\S+)")
_MEANT: dict[str, Fires] = {
    "=>": "at_least",
    "=<": "at_most",
    "more than": "above",
    "greater than": "above",
    "over": "above",
    "exceeds": "above",
    "from": "at_least",
    "less than": "below",
    "fewer than": "below",
    "under": "below",
    "up to": "at_most",
    **{word: rule for rule, firing in FIRING.items() for word in (firing.sign, *firing.meant)},
    **{word: rule for rule in FIRING for word in (rule, *(rule.replace("_", s) for s in " -"))},
    **{rule.replace("_", ""): rule for rule in FIRING},
}
"""Other ways to state the rule of a threshold, in lower case."""
_SIGNS = [word for word in _MEANT if not word[0].isalpha()]
_SIGNED = re.compile(rf"\s*({'|'.join(sorted(_SIGNS, key=len, reverse=True))})\s*(\S+)\s*")
_WORDED = re.compile(r"\s*([a-z]+(?:[ _-][a-z]+)?)\s*([-.0-9]\S*)\s*", re.IGNORECASE)
_AFTER = re.compile(r"\s*(\S+?)\s*(\+|or more|or above|or over|or less|or below)\s*", re.IGNORECASE)


def stated(text: str) -> Threshold | None:
    """Read a threshold that states its rule, `above 6`; None for any other text.

    Raises Refused where the number is none.
    """
    match = _STATED.fullmatch(text)
    return None if match is None else Threshold(read_number(match[2]), _MEANT[match[1]])


def blank_with_rule(text: str) -> tuple[Fires, Open] | None:
    """Read a rule that stands with a number left open, `above _`; None for any other text."""
    match = _STATED.fullmatch(text)
    blank = open_number(match[2]) if match is not None and leaves_open(match[2]) else None
    return None if match is None or blank is None else (_MEANT[match[1]], blank)


def states_rule(text: str) -> bool:
    """Return whether a text is a threshold with its rule: in quotes it means the same."""
    try:
        return stated(text) is not None
    except Refused:
        return False


def meant(text: str) -> Threshold | None:
    """Return the threshold that a text means that states a rule in another way: `> 6`, `over 6`."""
    if after := _AFTER.fullmatch(text):
        word, number = "<=" if after[2].lower() in ("or less", "or below") else ">=", after[1]
    elif match := _SIGNED.fullmatch(text) or _WORDED.fullmatch(text):
        word, number = match[1].lower(), match[2]
    else:
        return None
    near = word if word in _MEANT else closest(word, FIRING)
    try:
        return None if near is None else Threshold(read_number(number), _MEANT[near])
    except Refused:
        return None


def not_in_words(text: str) -> str:
    """Describe the mistake in a threshold that states its rule in other words."""
    return f"`{shorten(text)}` does not state its rule in words: {', '.join(FIRING)}"


class Rules(NamedTuple):
    """The firing rules of all thresholds of one neuron.

    `rules` has the rule of every threshold where they differ, and then `fires` is the one of them
    that fires when the sum equals the threshold; it is empty where `fires` is the rule of all.
    """

    fires: Fires
    rules: tuple[Fires, ...]
    numbers: tuple[Number, ...]


def rules_of(limits: Iterable[Limit | Open], fires: Fires) -> Rules:
    """Bring the thresholds of a neuron, all of one side, into one form; `fires` is its own rule."""
    cuts = [ruled(limit, fires) for limit in limits]
    numbers = tuple(cut.number for cut in cuts)
    rules = tuple(cut.rule for cut in cuts)
    if len(set(rules)) == 1:
        return Rules(rules[0], (), numbers)
    return Rules(rule_with(up=FIRING[fires].up, strict=False), rules, numbers)


def rule_with(*, up: bool, strict: bool) -> Fires:
    """Name the rule that fires for such sums."""
    return next(
        rule for rule, firing in FIRING.items() if (firing.up, firing.strict) == (up, strict)
    )

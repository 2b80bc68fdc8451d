"""Firing rules: how a sum is compared with a threshold. Everything that reads a rule asks FIRING.

A module of its own, below the models: canonical texts and overlays read it without pydantic.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

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
        """Whether, with `up` left aside, a sum has to be past the threshold, and not just on it.

        S > T and not S <= T are one cut; of integers, it is S >= T + 1.
        """
        return self.up == self.strict


FIRING: dict[Fires, Firing] = {
    "above": Firing(">", ">", operator.gt, ("greater", "gt", ">"), up=True, strict=True),
    "at_least": Firing("≥", ">=", operator.ge, ("ge", ">="), up=True, strict=False),
    "below": Firing("<", "<", operator.lt, ("less", "lt", "<"), up=False, strict=True),
    "at_most": Firing("≤", "<=", operator.le, ("le", "<="), up=False, strict=False),
}
"""The rules with a threshold, in the order of their numbers in compiled files and in kernels.c."""
COMPARISONS = tuple(FIRING)
GATES: tuple[Fires, ...] = ("all", "any")
"""The rules of neurons without a threshold, all of whose sources are bits."""
DEFAULT_RULE: Fires = "above"
"""Of a neuron or layer where neither it nor its file says how it fires."""
FIRES_MEANT: dict[str, Fires] = {
    "and": "all",
    "or": "any",
    **{word: rule for rule, firing in FIRING.items() for word in firing.meant},
}


def rule_with(*, up: bool, strict: bool) -> Fires:
    """Name the rule that fires for such sums."""
    return next(
        rule for rule, firing in FIRING.items() if (firing.up, firing.strict) == (up, strict)
    )

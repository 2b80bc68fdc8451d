"""Options of commands that say what is best: a goal, the cost of mistakes, and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nnc.numbers.exact import Refused

if TYPE_CHECKING:
    from nnc.scores.goals import Goal, GoalName

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

goal_option = click.option(
    "--goal",
    type=click.Choice(["loss", "accuracy", "auc"]),
    default="loss",
    help="What is best: the least logarithmic loss, the least cost of mistakes, or the most pairs "
    "in the right order.",
)
cost_option = click.option(
    "--cost",
    "costs",
    multiple=True,
    metavar="miss=N,false_alarm=N",
    help="What mistakes cost (1 each): for the threshold, and for the goal accuracy.",
)
LIMIT = "A limit to keep: false_alarms<=0.05, misses, alarms or errors"


def limit_option(text: str) -> Callable[[Decorated], Decorated]:
    """Return the option `--limit` with its help."""
    return click.option("--limit", "limits", multiple=True, metavar="RATE<=N", help=text)


def goal_of(name: GoalName, costs: Sequence[str], limits: Sequence[str]) -> Goal:
    """Return what is best. Raises UsageError."""
    from nnc.scores.goals import Goal, read_costs, read_limit  # which import NumPy

    try:
        read = read_costs(costs)
    except Refused as error:
        raise click.UsageError(f"--cost: {error.message}; {error.help}".rstrip("; ")) from None
    try:
        kept = tuple(map(read_limit, limits))
    except Refused as error:
        raise click.UsageError(f"--limit: {error.message}; {error.help}") from None
    return Goal(name, read.get("miss", 1), read.get("false_alarm", 1), kept)

"""Networks as the tests of comparison write them."""

from collections.abc import Iterable, Mapping

import nnc
from nnc.compiler.plan import Plan
from nnc.numbers.exact import Number
from nnc.proofs.comparison.behaviour import Behaviour, Verdict, compare_behaviour
from nnc.proofs.plans.domain import Interval


def plan(text: str) -> Plan:
    """Compile the text of a network, whose neurons fire where nothing else is said `at_least`."""
    return nnc.compile(nnc.loads(f"nnc: 1\nfires: at_least\n{text}"))


def compared(
    before: str, after: str, within: Iterable[str] | Mapping[str, object] = (), budget: float = 0
) -> Behaviour:
    """Compare two networks given as texts."""
    return compare_behaviour(plan(before), plan(after), within=within, budget=budget)


def verdict(before: str, after: str, within: Iterable[str] = (), budget: float = 0) -> Verdict:
    """Compare two networks of one output."""
    (found,) = compared(before, after, within, budget).verdicts
    return found


def integers(least: int | None = None, greatest: int | None = None) -> Interval:
    """Give all integers between two ends."""
    return Interval(is_integer=True, least=least, greatest=greatest)


def reals(least: Number | None = None, greatest: Number | None = None) -> Interval:
    """Give all real numbers between two ends."""
    return Interval(is_integer=False, least=least, greatest=greatest)

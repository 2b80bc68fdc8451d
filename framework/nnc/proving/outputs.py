"""Outputs of two plans -> their parts: what is compared one by one, and its normal form."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.exact import Number, simplest
from nnc.language.network import States
from nnc.proving.shared import Linear, Reading, Shared


class Component(NamedTuple):
    """One value of an output: a `bit` with its states, the `number` of an input, a `sum`, a
    `level` or the place of the `largest` sum; the last two may have labels.
    """  # noqa: D205

    kind: str
    signals: tuple[int, ...]
    states: States | None = None
    labels: tuple[str, ...] = ()

    @property
    def is_sum(self) -> bool:
        """Whether its signals stand for the sums of their neurons."""
        return self.kind in ("sum", "largest")


Form = tuple[tuple[Linear, ...], tuple[str, ...]]
"""Sums, of `largest` several and else one, and the labels: equal forms are equal functions."""


def components_of(tap: Tap) -> list[Component]:
    """Give the values that an output is made of."""
    if tap.kind in ("level", "largest"):
        return [Component(tap.kind, tuple(tap.signals), labels=tap.labels)]
    if tap.kind == "sum":
        return [Component("sum", (signal,)) for signal in tap.signals]
    found = []
    for place, signal in enumerate(tap.signals):
        states = tap.states_of(place)
        found.append(Component("number" if states is None else "bit", (signal,), states))
    return found


def type_of(tap: Tap) -> str:
    """Say what kind of value an output has: two outputs are compared where this is the same."""
    if tap.labels:
        return "a label"
    return f"a bus of {tap.width}" if tap.is_bus else "a number"


def form_of(component: Component, plan: Plan, reading: Reading, shared: Shared) -> Form:
    """Give the normal form of a value."""
    kind, signals, states, labels = component
    if kind == "sum":
        return (shared.linear(plan, signals[0], reading),), labels
    if kind == "largest":
        sums = [shared.linear(plan, signal, reading) for signal in signals]
        return tuple(_relative(sums)), labels
    if kind == "level":
        return (shared.level(signals, reading),), labels
    return (shared.value(signals[0], states, reading),), labels


def _relative(sums: list[Linear]) -> Iterator[Linear]:
    """Take the first sum from all and bring them to integers: which is largest stays the same."""
    first = dict(sums[0].terms)
    found: list[tuple[Number, dict[int, Number]]] = []
    for constant, factors in sums:
        own = dict(factors)
        keys = own.keys() | first.keys()
        difference = {node: own.get(node, 0) - first.get(node, 0) for node in keys}
        found.append((constant - sums[0].constant, {n: w for n, w in difference.items() if w}))
    numbers = [Fraction(w) for constant, terms in found for w in (constant, *terms.values())]
    scale = Fraction(lcm(*(one.denominator for one in numbers)))
    common = gcd(*(int(one * scale) for one in numbers)) or 1
    for constant, terms in found:
        whole = sorted((n, simplest(Fraction(w * scale / common))) for n, w in terms.items())
        yield Linear(simplest(Fraction(constant * scale / common)), tuple(whole))


def nodes_of(form: Form) -> set[int]:
    """Give the nodes that a form reads."""
    return {node for one in form[0] for node, _ in one.terms}

"""Graph -> Plan: exact integer weights, levels, bounds, and the type each sum needs.

A plan is inert: numbers and names, nothing that runs. Two plans are equal when they compute the
same in the same way, and `str(plan)` prints all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import lcm

from typing_extensions import TypedDict

from nnc.bounds import Bounds, sum_bounds
from nnc.exact import Number, show_number
from nnc.graph import Graph, Node, Tap
from nnc.network import Fires, Input

SIGNS = {"above": ">", "at_least": ">=", "below": "<", "at_most": "<="}


@dataclass(frozen=True, slots=True)
class Step:
    """One neuron, as it is calculated: sum of weights[i] * sources[i], all in units of 1/scale.

    It gives a signal for each threshold: `first`, `first + 1`, … `least` and `greatest` bound the
    sum, None where it has no limit. `dtype` is the smallest type that holds every partial sum
    and the thresholds: int8 to int64, `object` for Python integers beyond, or `exact` where a
    source is a number and not a bit, so that the type depends on the rows.
    """

    name: str
    ports: tuple[str, ...]
    level: int
    fires: Fires
    sources: tuple[int, ...]
    weights: tuple[int, ...]
    thresholds: tuple[int, ...]
    scale: int
    first: int
    least: int | None
    greatest: int | None
    dtype: str


class PlanRecord(TypedDict):
    """A plan as JSON: its lines."""

    format_version: int
    plan: list[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """A network ready to be evaluated. Signals 0 and 1 are constants, then come the inputs."""

    name: str
    inputs: dict[str, Input]
    steps: tuple[Step, ...]
    outputs: tuple[Tap, ...]
    signals: tuple[str, ...]

    @property
    def levels(self) -> int:
        """The number of levels."""
        return self.steps[-1].level if self.steps else 0

    def __str__(self) -> str:
        return "\n".join(_lines(self)) + "\n"


def build_plan(graph: Graph, name: str = "") -> Plan:
    """Scale every neuron's numbers to integers over their least common denominator."""
    kinds = ["bit", "bit", *(one.type for one in graph.inputs.values())]
    numbers = {i for i, kind in enumerate(kinds) if kind != "bit"}
    steps = tuple(
        _step(node, level, bounds, is_bits=numbers.isdisjoint(node.sources))
        for node, level, bounds in zip(graph.nodes, graph.levels, sum_bounds(graph), strict=True)
    )
    return Plan(name, dict(graph.inputs), steps, graph.outputs, tuple(graph.names()))


def _step(node: Node, level: int, bounds: Bounds, *, is_bits: bool) -> Step:
    numbers = (*node.weights, *node.thresholds)
    scale = 1
    if not all(type(number) is int for number in numbers):
        scale = lcm(*(number.denominator for number in numbers))
        numbers = tuple(int(number * scale) for number in numbers)
    count = len(node.weights)
    weights: tuple[int, ...] = numbers[:count]  # type: ignore[assignment]
    thresholds: tuple[int, ...] = numbers[count:]  # type: ignore[assignment]
    largest = max(sum(map(abs, weights)), *map(abs, thresholds))
    least, greatest = bounds
    return Step(
        node.name,
        node.ports,
        level,
        node.fires,
        node.sources,
        weights,
        thresholds,
        scale,
        node.first,
        _floor(least, scale),
        _ceiling(greatest, scale),
        _dtype(largest) if is_bits else "exact",
    )


def _floor(least: Number | None, scale: int) -> int | None:
    return None if least is None else int(least * scale // 1)


def _ceiling(greatest: Number | None, scale: int) -> int | None:
    return None if greatest is None else -int(-greatest * scale // 1)


def _dtype(largest: int) -> str:
    for bits in (8, 16, 32, 64):
        if largest < 1 << (bits - 1):
            return f"int{bits}"
    return "object"


def _lines(plan: Plan) -> Iterator[str]:
    count = len(plan.steps)
    yield (
        f"plan {plan.name}: {_count(len(plan.inputs), 'input')}, {_count(count, 'neuron')} in "
        f"{_count(plan.levels, 'level')}, {_count(len(plan.outputs), 'output')}"
    )
    for name, one in plan.inputs.items():
        limits = [
            f"{key} {show_number(value)}"
            for key in ("min", "max", "default")
            if (value := getattr(one, key)) is not None
        ]
        yield f"input {name}: {' '.join([one.type, *limits])}"
    level = 0
    for step in plan.steps:
        if step.level != level:
            level = step.level
            yield f"level {level}"
        yield f"  {formula(step, plan.signals)}  {_range(step)} {step.dtype}"
    for tap in plan.outputs:
        yield f"output {tap.alias} = {_tap(tap, plan)}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def formula(step: Step, signals: Sequence[str]) -> str:
    """Write a step as the comparison that it is: `sum = a + b - 2*carry > 0`."""
    terms = []
    for source, weight in zip(step.sources, step.weights, strict=True):
        size = "" if abs(weight) == 1 else f"{abs(weight)}*"
        sign = "-" if weight < 0 else "+"
        terms.append(f"{sign} {size}{_quoted(signals[source])}")
    total = " ".join(terms).removeprefix("+ ") or "0"
    limits = [f"{SIGNS[step.fires]} {threshold}" for threshold in step.thresholds]
    if step.ports:
        limits = [f"{port} {limit}" for port, limit in zip(step.ports, limits, strict=True)]
        total += ":"
    per = f" [1/{step.scale}]" if step.scale != 1 else ""
    return f"{_quoted(step.name)} = {total} {', '.join(limits)}{per}"


def _quoted(name: str) -> str:
    return f"({name})" if ">=" in name else name


def _range(step: Step) -> str:
    least = "-inf" if step.least is None else step.least
    greatest = "inf" if step.greatest is None else step.greatest
    return f"[{least}, {greatest}]"


def _tap(tap: Tap, plan: Plan) -> str:
    if tap.kind not in ("sum", "level"):
        names = [plan.signals[signal] for signal in tap.signals]
        return f"[{', '.join(names)}]" if tap.kind == "bus" else names[0]
    shown = f"{tap.kind} {plan.steps[tap.node].name}"
    return f"{shown} [{', '.join(tap.labels)}]" if tap.labels else shown

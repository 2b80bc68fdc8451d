"""A plan as text: one line for each input, neuron, layer and output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from nnc.compiler.graph import Tap
from nnc.compiler.plan.layers import LayerStep, numbers
from nnc.compiler.plan.neurons import Step, is_cutoff
from nnc.exact import counted, show_number
from nnc.language.network import BITS, FIRING, Input, States
from nnc.printable import line

_MAX_NAMES = 64


class Printable(Protocol):
    """A plan, as far as printing knows it."""

    @property
    def inputs(self) -> dict[str, Input]:
        """The inputs by name."""

    @property
    def outputs(self) -> tuple[Tap, ...]:
        """The outputs in order."""

    def name_of(self, signal: int) -> str:
        """Name a signal."""

    def neuron_of(self, signal: int) -> str:
        """Name the neuron that makes a signal."""

    def states_of(self, signal: int) -> States:
        """Give the values of a bit when it is off and on."""


def lines_of(header: str, plan: Printable, steps: Iterator[Step | LayerStep]) -> Iterator[str]:
    """Give the lines of a plan."""
    return map(line, _lines(header, plan, steps))


def _lines(header: str, plan: Printable, steps: Iterator[Step | LayerStep]) -> Iterator[str]:
    yield header
    for name, input_ in plan.inputs.items():
        yield f"input {name}: {_input(input_)}"
    name_of = plan.name_of
    level = 0
    for step in steps:
        if step.level != level:
            level = step.level
            yield f"level {level}"
        if isinstance(step, LayerStep):
            yield f"  {layer_line(step, name_of)}"
            continue
        states = plan.states_of(step.first)
        suffix = "" if states == BITS else f" states {_states(states)}"
        yield f"  {formula(step, name_of)}  {_range(step)} {step.dtype}{suffix}"
    for tap in plan.outputs:
        yield f"output {tap.alias} = {_tap(tap, plan)}"


def header(name: str, inputs: int, neurons: int, levels: int, outputs: int) -> str:
    """Give the first line of a plan."""
    return (
        f"plan {name}: {counted(inputs, 'input')}, {counted(neurons, 'neuron')} in "
        f"{counted(levels, 'level')}, {counted(outputs, 'output')}"
    )


def _input(input_: Input) -> str:
    limits = [input_.type if input_.size is None else f"{input_.type}({input_.size})"]
    if input_.of is not None:
        limits.append(f"of {', '.join(input_.of)}")
    for key in ("min", "max", "default"):
        value = getattr(input_, key)
        if isinstance(value, tuple):
            limits.append(f"{key} [{', '.join(map(show_number, value))}]")
        elif value is not None:
            limits.append(f"{key} {value if isinstance(value, str) else show_number(value)}")
    if input_.type == "bit" and input_.state_values != BITS:
        limits.append(f"states {_states(input_.state_values)}")
    return " ".join(limits)


def _states(states: States) -> str:
    return f"[{show_number(states[0])}, {show_number(states[1])}]"


def formula(step: Step, name_of: Callable[[int], str]) -> str:
    """Write a step as the comparison that it is: `sum = a + b - 2*carry > 0`."""
    terms = []
    for source, weight in zip(step.sources, step.weights, strict=True):
        size = "" if abs(weight) == 1 else f"{abs(weight)}*"
        sign = "-" if weight < 0 else "+"
        terms.append(f"{sign} {size}{_quoted(name_of(source))}")
    total = " ".join(terms).removeprefix("+ ") or "0"
    limits = [f"{FIRING[step.fires].ascii} {threshold}" for threshold in step.thresholds]
    if step.ports:
        limits = [f"{port} {limit}" for port, limit in zip(step.ports, limits, strict=True)]
        total += ":"
    per = f" [1/{step.scale}]" if step.scale != 1 else ""
    return f"{_quoted(step.name)} = {total} {', '.join(limits)}{per}"


def _quoted(name: str) -> str:
    return f"({name})" if is_cutoff(name) else name


def _range(step: Step) -> str:
    least = "-inf" if step.least is None else step.least
    greatest = "inf" if step.greatest is None else step.greatest
    return f"[{least}, {greatest}]"


def layer_line(layer: LayerStep, name_of: Callable[[int], str]) -> str:
    """Write a layer: its shape, sources, limits, and the bounds of its totals."""
    limits = numbers(layer.limits)
    least, greatest = min(limits), max(limits)
    limit = show_number(least)
    if least != greatest:
        limit += f" to {show_number(greatest)}"
    kind = "dense" if hasattr(layer.weights, "shape") else f"{layer.synapses:,} sparse"
    states = "" if layer.states == BITS else f" states {_states(layer.states)}"
    factor = "" if layer.factor == 1 else f" x {show_number(layer.factor)}"
    return (
        f"{layer.name}: {layer.size} x {len(layer.sources)} {kind} {layer.dtype}{factor} of "
        f"{_names(layer.sources, name_of)} {FIRING[layer.fires].ascii} {limit}  "
        f"[{show_number(layer.least)}, {show_number(layer.greatest)}] {layer.arithmetic}{states}"
    )


def _names(signals: Any, name_of: Callable[[int], str]) -> str:
    """Name signals; the middle of many is left out."""
    if len(signals) <= _MAX_NAMES:
        return "[" + ", ".join(name_of(int(signal)) for signal in signals) + "]"
    ends = [name_of(int(signal)) for signal in (signals[0], signals[1], signals[-1])]
    return f"[{ends[0]}, {ends[1]}, …, {ends[2]}]"


def _tap(tap: Tap, plan: Printable) -> str:
    if tap.kind in ("bit", "number"):
        return plan.name_of(tap.signals[0])
    if tap.kind == "bus":
        return _names(tap.signals, plan.name_of)
    several = tap.kind == "largest" or tap.is_bus
    named = _names(tap.signals, plan.name_of) if several else plan.neuron_of(tap.signals[0])
    if tap.kind == "level" and tap.width == 1:
        named = plan.name_of(tap.signals[0])
    text = f"{tap.kind} {named}"
    return f"{text} [{', '.join(tap.labels)}]" if tap.labels else text

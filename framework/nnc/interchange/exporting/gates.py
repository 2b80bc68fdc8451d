"""Plan -> Gates: integer sums and their cut-offs, which every other tool's form is written from.

Only what the outputs need is kept. A sum of bits and integers is compared with an integer by `>=`
or `<=`; where its bounds decide that, nothing is read. A neuron that reads one number alone is a
cut-off of the number itself, so that nothing is added up; what is left adds up real numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial
from math import ceil, floor, lcm
from typing import NamedTuple

from nnc.compiler.assumed import assumption_plan
from nnc.compiler.graph import Tap
from nnc.compiler.plan import LayerStep, Plan, all_neurons, numbers
from nnc.language.network import BITS, Fires, Input, States
from nnc.numbers.exact import Number, shorten, show_number, simplest
from nnc.printable import printable
from nnc.rows.options import Floats

_ASSUMED = "assumption"
_MOST_WORDS = 160
UP, DOWN = ">=", "<="
_RULES = {"above": ">", "at_least": ">=", "below": "<", "at_most": "<="}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


class Test(NamedTuple):
    """A comparison with a limit: `op` is `>=` or `<=`, of real numbers also `>` or `<`."""

    op: str
    limit: Number

    def decided(self, least: int | None, greatest: int | None) -> bool | None:
        """Return what it gives for every integer between two ends; None where they differ."""
        low, high = (least, greatest) if self.op == UP else (greatest, least)
        sign = 1 if self.op == UP else -1
        if low is not None and sign * low >= sign * self.limit:
            return True
        return False if high is not None and sign * high < sign * self.limit else None


@dataclass(frozen=True)
class Gate:
    """A neuron: total = sum of weights[i] * sources[i], which are integers; a bit counts 0 or 1.

    Signal `first + i` is 1 where the total passes `tests[i]`. The exact sum of the neuron is
    total * factor + offset. A `cutoff` has one source, a number, and compares that, not the total.
    `is_real` where a source may be any real number; `least` and `greatest` bound the total, None
    where it has no bound.
    """

    name: str
    level: int
    sources: tuple[int, ...]
    weights: tuple[int, ...]
    tests: tuple[Test, ...]
    first: int
    factor: Fraction
    offset: Fraction
    is_cutoff: bool
    is_real: bool
    least: int | None
    greatest: int | None

    @property
    def signals(self) -> range:
        """The signals that it gives."""
        return range(self.first, self.first + len(self.tests))

    @property
    def value(self) -> tuple[int, int, int]:
        """The exact sum as integers a, b and d: (a * total + b) / d."""
        unit = lcm(self.factor.denominator, self.offset.denominator)
        return int(self.factor * unit), int(self.offset * unit), unit

    def folded(self) -> Gate:
        """Return a gate that reads nothing where the bounds of the total decide every test."""
        if self.is_cutoff or self.is_real:
            return self
        decided = [test.decided(self.least, self.greatest) for test in self.tests]
        if None in decided:
            return self
        tests = tuple(Test(UP, 0 if fires else 1) for fires in decided)
        return replace(self, sources=(), weights=(), tests=tests, least=0, greatest=0)


def wire_values(states: States) -> States:
    """Return the two values of a bit as a wire carries them: 0 for the lesser, 1 for the greater.

    So a wire carries the value itself where that is 0 or 1, whichever the neuron has when it fires.
    """
    return min(states), max(states)


def wire_text(states: Iterable[States]) -> str:
    """Say what the wires of some bits stand for; nothing where that is 0 and 1."""
    values = {wire_values(own) for own in states}
    if len(values) > 1:
        return "0 is the lesser value, 1 the greater"
    [(lesser, greater)] = values
    is_plain = (lesser, greater) == BITS
    return "" if is_plain else f"0 is {show_number(lesser)}, 1 is {show_number(greater)}"


class Assumed(NamedTuple):
    """An assumption: the signal that is 1 for a row that breaks it, and what it says."""

    broken: int
    words: str


class Element(NamedTuple):
    """An element of an input: which input, the declaration, and its place in a bus or choice."""

    name: str
    input: Input
    place: int


@dataclass(frozen=True)
class Gates:
    """The gates of a plan in the order of evaluation, those that an output or assumption needs.

    The signals of what tells that an assumption is broken lie behind those of the plan.
    """

    plan: Plan
    gates: tuple[Gate, ...]
    floats: Floats = "binary"
    assumed: tuple[Assumed, ...] = ()

    def name_of(self, signal: int) -> str:
        """Name a signal, as it is written in the file; one of an assumption in common."""
        return self.plan.name_of(signal) if signal < self.plan.signals else _ASSUMED

    def is_inverted(self, signal: int) -> bool:
        """Return whether a bit fires for the lesser of its values, so that its wire is 0 then."""
        off, on = self.plan.states_of(signal)
        return off > on

    @cached_property
    def elements(self) -> dict[int, Element]:
        """The element of an input that each signal of an input is."""
        return {
            self.plan.first_of[name] + place: Element(name, input_, place)
            for name, input_ in self.plan.inputs.items()
            for place in range(input_.width)
        }

    @cached_property
    def maker(self) -> dict[int, Gate]:
        """The gate that gives each signal."""
        return {signal: gate for gate in self.gates for signal in gate.signals}

    @cached_property
    def summed(self) -> set[int]:
        """The first signals of the gates whose sum an output gives or compares."""
        return _summed(self.plan)

    def ranks(self, tap: Tap) -> list[tuple[int, int]] | None:
        """Return how sums that are compared follow from the totals, in integers over one unit.

        A factor and an offset for each, None where real numbers are added up.
        """
        made = [self.maker[signal] for signal in tap.signals]
        if any(gate.is_real for gate in made):
            return None
        values = [gate.value for gate in made]
        unit = lcm(*(own for _, _, own in values))
        return [(a * (unit // own), b * (unit // own)) for a, b, own in values]

    def has_total(self, gate: Gate) -> bool:
        """Return whether the total of a gate is needed more than once, or by an output."""
        return gate.first in self.summed or (len(gate.tests) > 1 and not gate.is_cutoff)

    def levels(self) -> Iterator[tuple[int, list[Gate]]]:
        """Yield each level with its gates."""
        levels: dict[int, list[Gate]] = {}
        for gate in self.gates:
            levels.setdefault(gate.level, []).append(gate)
        yield from sorted(levels.items())


def gates_of(plan: Plan, floats: Floats = "binary", *, assumes: bool = False) -> Gates:
    """Return the gates of a plan that its outputs need, and those that tell what it assumes."""
    kinds = _Kinds(plan)
    every = list(_every(plan, kinds))
    assumed: list[Assumed] = []
    watching = assumption_plan(plan) if assumes else None
    if watching is not None:
        shift = plan.signals - plan.first_made
        moved = partial(_moved, first=plan.first_made, shift=shift)
        for gate in _every(watching, kinds):
            sources = tuple(map(moved, gate.sources))
            every.append(replace(gate, name=_ASSUMED, sources=sources, first=moved(gate.first)))
        claims = [claim for claim in plan.claims if claim.kind == "assume"]
        for tap, claim in zip(watching.outputs, claims, strict=True):
            words = shorten(claim.words(), _MOST_WORDS)
            assumed.append(Assumed(moved(tap.signals[0]), printable(words)))
    wanted = {signal for tap in plan.outputs for signal in tap.signals}
    wanted.update(each.broken for each in assumed)
    summed = _summed(plan)
    kept = []
    for gate in reversed(every):
        if not wanted.isdisjoint(gate.signals):
            gate = gate if gate.first in summed else gate.folded()
            kept.append(gate)
            wanted.update(gate.sources)
    return Gates(plan, tuple(reversed(kept)), floats, tuple(assumed))


def _summed(plan: Plan) -> set[int]:
    return {s for tap in plan.outputs if tap.kind in ("sum", "largest") for s in tap.signals}


def _moved(signal: int, *, first: int, shift: int) -> int:
    """Move what is made behind the signals of the plan; inputs are the same in both."""
    return signal if signal < first else signal + shift


class _Kinds:
    """What each signal may be: whether it is a number, a real one, and its bounds."""

    def __init__(self, plan: Plan) -> None:
        self._numbers = {
            plan.first_of[name] + place: input_
            for name, input_ in plan.inputs.items()
            if input_.type in ("integer", "real")
            for place in range(input_.width)
        }

    def is_number(self, signal: int) -> bool:
        return signal in self._numbers

    def is_real(self, signal: int) -> bool:
        return signal in self._numbers and self._numbers[signal].type == "real"

    def bounds(self, signal: int) -> tuple[Number | None, Number | None]:
        input_ = self._numbers.get(signal)
        if input_ is None:
            return (1, 1) if signal == 1 else (0, int(signal != 0))
        least, greatest = input_.min, input_.max
        if input_.type == "integer":
            return (
                None if least is None else ceil(least),
                None if greatest is None else floor(greatest),
            )
        return least, greatest


def _every(plan: Plan, kinds: _Kinds) -> Iterator[Gate]:
    for item in all_neurons(plan):
        if isinstance(item, LayerStep):
            yield from _of_layer(item, kinds)
            continue
        neuron = item[0]
        tests = [(step.fires, limit) for step in item for limit in step.thresholds]
        factor, offset = Fraction(1, neuron.scale), Fraction(neuron.offset, neuron.scale)
        synapses = list(zip(neuron.sources, neuron.weights, strict=True))
        yield _gate(neuron.name, neuron.level, synapses, tests, neuron.first, factor, offset, kinds)


def _of_layer(layer: LayerStep, kinds: _Kinds) -> Iterator[Gate]:
    limits = numbers(layer.limits)
    for i in range(0, layer.outputs, layer.width):
        sources, weights = layer.row(i)
        unit = lcm(*(weight.denominator for weight in weights))
        yield _gate(
            f"{layer.name}({i // layer.width})",
            layer.level,
            [(s, int(w * unit)) for s, w in zip(sources, weights, strict=True)],
            [(layer.fires, limit * unit) for limit in limits[i : i + layer.width]],
            layer.first + i,
            Fraction(layer.factor) / layer.scale(i) / unit,
            Fraction(layer.offset(i)),
            kinds,
        )


def _gate(
    name: str,
    level: int,
    synapses: Sequence[tuple[int, int]],
    tests: Sequence[tuple[Fires, Number]],
    first: int,
    factor: Fraction,
    offset: Fraction,
    kinds: _Kinds,
) -> Gate:
    """Make a gate, without constants and weights of 0; sources that stand twice become one."""
    weights: dict[int, int] = {}
    for source, weight in synapses:
        weights[source] = weights.get(source, 0) + weight
    constant = weights.pop(1, 0)
    weights.pop(0, None)
    weights = {source: weight for source, weight in weights.items() if weight}
    offset += constant * factor
    compared = [(fires, limit - constant) for fires, limit in tests]
    is_real = any(map(kinds.is_real, weights))
    is_cutoff = len(weights) == 1 and all(map(kinds.is_number, weights))
    if is_cutoff:
        ((source, weight),) = weights.items()
        made = [_of_number(_RULES[f], Fraction(t) / weight, weight < 0) for f, t in compared]
        made = made if is_real else [_of_integers(test) for test in made]
    elif is_real:
        made = [Test(_RULES[fires], simplest(Fraction(limit))) for fires, limit in compared]
    else:
        made = [_of_integers(Test(_RULES[fires], limit)) for fires, limit in compared]
    least, greatest = _bounds(weights, kinds)
    return Gate(
        name, level, tuple(weights), tuple(weights.values()), tuple(made), first,
        factor, offset, is_cutoff, is_real, least, greatest,
    )  # fmt: skip


def _of_number(op: str, limit: Fraction, is_turned: bool) -> Test:
    return Test(_TURNED[op] if is_turned else op, simplest(limit))


def _of_integers(test: Test) -> Test:
    """Bring a comparison of integers to `>=` or `<=` with one."""
    op, limit = test
    if op == ">":
        return Test(UP, floor(limit) + 1)
    if op == ">=":
        return Test(UP, ceil(limit))
    return Test(DOWN, ceil(limit) - 1 if op == "<" else floor(limit))


def _bounds(weights: dict[int, int], kinds: _Kinds) -> tuple[int | None, int | None]:
    """Bound the total, rounded outwards."""
    least: Number | None = 0
    greatest: Number | None = 0
    for source, weight in weights.items():
        low, high = kinds.bounds(source)
        if weight < 0:
            low, high = high, low
        least = None if least is None or low is None else least + low * weight
        greatest = None if greatest is None or high is None else greatest + high * weight
    return None if least is None else floor(least), None if greatest is None else ceil(greatest)

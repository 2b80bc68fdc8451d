"""Gates -> OPB: pseudo-Boolean constraints, two for each threshold, of whose variables rows are.

A variable is a bit, a value of a choice, or a binary digit of what an integer is above its `min`;
one more is made for each threshold. What the network refuses breaks a constraint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import lcm

from nnc.compiler.graph import Tap
from nnc.interchange.exporting.circuits.ports import bounds_of
from nnc.interchange.exporting.gates import UP, Gate, Gates, wire_text
from nnc.interchange.exporting.wording import line_comments
from nnc.language.network import Input, States
from nnc.numbers.exact import Refused

_MOST_TERMS = 1 << 22

Linear = tuple[dict[int, int], int]
"""Variables with their weights, and a constant."""


def opb_text(gates: Gates, header: str) -> str:
    """Write the constraints. Raises Refused for what no bits hold, and where they are too many."""
    return "\n".join(_Constraints(gates).lines(header))


class _Constraints:
    def __init__(self, gates: Gates) -> None:
        self._gates = gates
        self._count = self._terms = self._constraints = 0
        self._linear: dict[int, Linear] = {0: ({}, 0), 1: ({}, 1)}
        """Each signal as a sum of variables."""
        self._about: list[str] = []
        self._lines: list[str] = []

    def lines(self, header: str) -> Iterator[str]:
        for name, input_ in self._gates.plan.inputs.items():
            self._input(name, input_)
        for gate in self._gates.gates:
            self._gate(gate)
        for each in self._gates.assumed:
            self._lines.append(f"* assumed: {each.words}")
            weights, constant = self._linear[each.broken]
            if weights:
                self._constrain(weights, -constant, "=")
            elif constant:  # no row at all is allowed
                self._constrain({self._variable(): 1}, 2)
        for tap in self._gates.plan.outputs:
            self._output(tap)
        yield f"* #variable= {self._count} #constraint= {self._constraints}"
        yield from line_comments("\n".join([header.rstrip(), *self._about]), "*")
        yield from self._lines
        yield ""

    def _variable(self) -> int:
        self._count += 1
        return self._count

    def _constrain(self, weights: Mapping[int, int], least: int, relation: str = ">=") -> None:
        """Add the constraint that a weighted sum of variables is at least, or is, a number."""
        self._terms += len(weights)
        if self._terms > _MOST_TERMS:
            message = f"more than {_MOST_TERMS:,} terms are too many to be written as OPB"
            raise Refused("not-exportable", message, "export to Verilog or AIGER")
        self._constraints += 1
        terms = " ".join(f"{weight:+} x{variable}" for variable, weight in weights.items())
        self._lines.append(f"{terms} {relation} {least} ;")

    # -------------------------------------------------------------------------------- inputs

    def _input(self, name: str, input_: Input) -> None:
        first = self._gates.plan.first_of[name]
        signals = range(first, first + input_.width)
        if input_.type in ("bit", "choice"):
            variables = [self._variable() for _ in signals]
            for signal, variable in zip(signals, variables, strict=True):
                is_inverted = self._gates.is_inverted(signal)
                self._linear[signal] = {variable: -1 if is_inverted else 1}, int(is_inverted)
            bits = [f"x{variable}" for variable in variables]
            if input_.of is not None:
                self._about.append(f"input {name}: {_places(bits, input_.of)}")
                self._lines.append(f"* {name} has one value")
                self._constrain(dict.fromkeys(variables, 1), 1, "=")
            else:
                text = " ".join(bits)
                self._about.append(f"input {name}: {_with_states(text, [input_.state_values])}")
            return
        least, greatest = bounds_of(name, input_, "OPB")
        for place, signal in enumerate(signals):
            element = f"{name}({place})" if input_.size is not None else name
            size = (greatest - least).bit_length()
            weights = {self._variable(): 1 << digit for digit in range(size)}
            self._linear[signal] = weights, least
            self._about.append(f"input {element}: {_sum_text(weights, least)}")
            if greatest - least != (1 << size) - 1:
                self._lines.append(f"* {element} is at most {greatest}")
                self._constrain(_times(weights, -1), least - greatest)

    # --------------------------------------------------------------------------------- gates

    def _gate(self, gate: Gate) -> None:
        # a cut-off compares its number, not the total
        weights, constant = self._sum(gate.sources, (1,) if gate.is_cutoff else gate.weights)
        least = sum(weight for weight in weights.values() if weight < 0)
        greatest = sum(weight for weight in weights.values() if weight > 0)
        for signal, (op, limit) in zip(gate.signals, gate.tests, strict=True):
            own = self._variable()
            self._linear[signal] = {own: 1}, 0
            self._lines.append(f"* x{own} is {self._gates.name_of(signal)}")
            threshold = int(limit) - constant + (op != UP)
            if not least < threshold <= greatest:
                is_on = (threshold <= least) == (op == UP)
                self._constrain({own: 1 if is_on else -1}, int(is_on))
                continue
            # on one side of the threshold nothing is asked, as the sum is at least `least`
            below, above = threshold - least, greatest - threshold + 1
            if op == UP:
                self._constrain(weights | {own: -below}, least)
                self._constrain(_times(weights, -1) | {own: above}, 1 - threshold)
            else:
                self._constrain(weights | {own: below}, threshold)
                self._constrain(_times(weights, -1) | {own: -above}, -greatest)

    def _sum(self, signals: Sequence[int], factors: Sequence[int]) -> Linear:
        weights: dict[int, int] = {}
        constant = 0
        for signal, factor in zip(signals, factors, strict=True):
            own, offset = self._linear[signal]
            constant += factor * offset
            for variable, weight in own.items():
                weights[variable] = weights.get(variable, 0) + factor * weight
        return {variable: weight for variable, weight in weights.items() if weight}, constant

    # ------------------------------------------------------------------------------- outputs

    def _output(self, tap: Tap) -> None:
        if tap.kind == "sum":
            for place, signal in enumerate(tap.signals):
                name = f"{tap.alias}({place})" if tap.is_bus else tap.alias
                self._about.append(f"output {name}: {self._sum_of(signal)}")
        elif tap.kind == "level":
            weights, constant = self._sum(tap.signals, [1] * len(tap.signals))
            places = [str(place) for place in range(len(tap.labels))]
            labels = f": {_places(places, tap.labels)}" if tap.labels else ""
            self._about.append(f"output {tap.alias}: {_sum_text(weights, constant)}{labels}")
        elif tap.kind == "largest":
            self._largest(tap)
        elif all(tap.states_of(place) is not None for place in range(len(tap.signals))):
            bits = " ".join(map(self._wire, tap.signals))
            text = _with_states(bits, map(self._gates.plan.states_of, tap.signals))
            self._about.append(f"output {tap.alias}: {text}")
        else:
            for place, signal in enumerate(tap.signals):
                name = f"{tap.alias}({place})" if tap.is_bus else tap.alias
                self._about.append(f"output {name}: {self._value_of(signal)}")

    def _wire(self, signal: int) -> str:
        """Write the wire of a bit: a variable, one that is negated, or a constant."""
        variables, constant = self._linear[signal]
        is_negated = bool(constant) != self._gates.is_inverted(signal)
        if not variables:
            return str(int(is_negated))
        [variable] = variables
        return f"{'~' if is_negated else ''}x{variable}"

    def _value_of(self, signal: int) -> str:
        """Write the value of a number, or of a bit with its states."""
        weights, constant = self._linear[signal]
        off, on = self._gates.plan.states_of(signal)
        unit = lcm(off.denominator, on.denominator)
        least, factor = int(off * unit), int((on - off) * unit)
        text = _sum_text(_times(weights, factor), constant * factor + least)
        return text if unit == 1 else f"({text}) / {unit}"

    def _sum_of(self, signal: int) -> str:
        gate = self._gates.maker[signal]
        factor, offset, unit = gate.value
        weights, constant = self._sum(gate.sources, [factor * w for w in gate.weights])
        text = _sum_text(weights, constant + offset)
        return text if unit == 1 else f"({text}) / {unit}"

    def _largest(self, tap: Tap) -> None:
        """Make a variable for each place, and constrain it to be the first of the largest."""
        ranks = self._gates.ranks(tap)
        assert ranks is not None
        sums = []
        for signal, (factor, offset) in zip(tap.signals, ranks, strict=True):
            gate = self._gates.maker[signal]
            weights, constant = self._sum(gate.sources, [factor * w for w in gate.weights])
            sums.append((weights, constant + offset))
        own = [self._variable() for _ in sums]
        labels = tap.labels or tuple(map(str, range(len(sums))))
        self._about.append(f"output {tap.alias}: {_places([f'x{v}' for v in own], labels)}")
        self._lines.append(f"* {tap.alias} is one of them")
        self._constrain(dict.fromkeys(own, 1), 1, "=")
        for place, variable in enumerate(own):
            for other in range(len(sums)):
                if other == place:
                    continue
                weights = _joined(sums[place][0], sums[other][0])
                asked = sums[other][1] - sums[place][1] + (other < place)
                least = sum(weight for weight in weights.values() if weight < 0)
                if asked > least:
                    self._constrain(weights | {variable: least - asked}, least)


def _times(weights: Mapping[int, int], factor: int) -> dict[int, int]:
    return {variable: factor * weight for variable, weight in weights.items()}


def _joined(first: Mapping[int, int], second: Mapping[int, int]) -> dict[int, int]:
    """Return the weights of a difference."""
    weights = dict(first)
    for variable, weight in second.items():
        weights[variable] = weights.get(variable, 0) - weight
    return {variable: weight for variable, weight in weights.items() if weight}


def _sum_text(weights: Mapping[int, int], constant: int) -> str:
    """Write a sum of variables for people: `2 x1 + x2 - 5`."""
    parts = [
        f"{'-' if weight < 0 else '+'} {'' if abs(weight) == 1 else f'{abs(weight)} '}x{variable}"
        for variable, weight in weights.items()
    ]
    if constant or not parts:
        parts.append(f"{'-' if constant < 0 else '+'} {abs(constant)}")
    text = " ".join(parts)
    return text.removeprefix("+ ") if text.startswith("+") else f"-{text[2:]}"


def _places(texts: Sequence[str], labels: Sequence[str]) -> str:
    return ", ".join(f"{text} is {label!r}" for text, label in zip(texts, labels, strict=True))


def _with_states(bits: str, states: Iterable[States]) -> str:
    about = wire_text(states)
    return f"{bits}: {about}" if about else bits

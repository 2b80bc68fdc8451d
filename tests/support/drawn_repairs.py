"""Small networks drawn at random, with rows that a changed one gives; and brute force on them.

A network is plain data here, evaluated by a few lines that share nothing with `nnc`: every number
is multiplied by 6, so that halves and thirds are integers.
"""

import operator
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

RULES = {
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}
Numbers = dict[str, Fraction]
"""Each number by its name: `n0.weights.a`, `n0.threshold`."""


@dataclass
class Drawn:
    """Neurons by name: the rule, the sources, and what reads them; `numbers` are apart.

    `states` are those of neurons and inputs that have not 0 and 1.
    """

    inputs: list[str]
    rules: dict[str, str] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    sums: list[str] = field(default_factory=list)
    numbers: Numbers = field(default_factory=dict)
    states: dict[str, tuple[int, int]] = field(default_factory=dict)

    def evaluate(self, row: Mapping[str, int], numbers: Numbers) -> dict[str, Any]:
        """Return the value of every output, by fractions and nothing else."""
        values: dict[str, Any] = dict(row)
        sums: dict[str, Fraction] = {}
        for name, rule in self.rules.items():
            total = sum(
                (numbers[f"{name}.weights.{s}"] * values[s] for s in self.sources[name]), Fraction()
            )
            sums[name] = total
            fires = bool(RULES[rule](total, numbers[f"{name}.threshold"]))
            values[name] = self.states.get(name, (0, 1))[fires]
        given = {name: values[name] for name in self.outputs}
        return given | {f"s_{name}": sums[name] for name in self.sums}

    def holds(self, rows: "Rows", numbers: Numbers) -> bool:
        """Whether all rows give what they expect."""
        return all(
            self.evaluate(row, numbers).items() >= expected.items() for row, expected in rows
        )

    def text(self) -> str:
        """Return the network file."""
        inputs = [f"{name}: {{type: bit{self._written(name)}}}" for name in self.inputs]
        lines = ["nnc: 1", "fires: at_least", f"inputs: {{{', '.join(inputs)}}}", "neurons:"]
        for name, rule in self.rules.items():
            weights = ", ".join(f"{s}: {self.numbers[f'{name}.weights.{s}']}"
                                for s in self.sources[name])  # fmt: skip
            threshold = self.numbers[f"{name}.threshold"]
            limit = f"threshold: {threshold}, fires: {rule}{self._written(name)}"
            lines.append(f"  {name}: {{weights: {{{weights}}}, {limit}}}")
        lines.append("outputs:")
        lines += [f"  {name}: {name}" for name in self.outputs]
        lines += [f"  s_{name}: {{sum: {name}}}" for name in self.sums]
        return "\n".join(lines) + "\n"

    def _written(self, name: str) -> str:
        return f", states: {[*self.states[name]]}" if name in self.states else ""


Rows = list[tuple[dict[str, int], dict[str, Any]]]


STATES = ((1, 0), (1, -1), (-1, 1), (2, 5))


def draw(random: Random, *, neurons: int = 4, inputs: int = 3, sums: bool = True) -> Drawn:
    """Draw a network whose last neurons are its outputs; some have other values than 0 and 1."""
    drawn = Drawn([f"i{k}" for k in range(inputs)])
    known = list(drawn.inputs)
    for k in range(random.randint(1, neurons)):
        name = f"n{k}"
        sources = random.sample(known, random.randint(1, min(3, len(known))))
        drawn.rules[name] = random.choice([*RULES])
        drawn.sources[name] = sources
        for source in sources:
            drawn.numbers[f"{name}.weights.{source}"] = Fraction(random.randint(-3, 3))
        drawn.numbers[f"{name}.threshold"] = Fraction(random.randint(-4, 8), random.choice([1, 2]))
        known.append(name)
    names = list(drawn.rules)
    drawn.outputs = names[-random.randint(1, min(2, len(names))) :]
    if sums and random.random() < 0.3:
        drawn.sums = names[-1:]
    for name in (*drawn.inputs, *names):
        if random.random() < 0.35:
            drawn.states[name] = random.choice(STATES)
    return drawn


def rows_of(random: Random, drawn: Drawn, changes: int) -> Rows:
    """Return some rows, with what the network gives once so many numbers are changed."""
    numbers = deepcopy(drawn.numbers)
    for name in random.sample([*numbers], min(changes, len(numbers))):
        numbers[name] += random.choice([-3, -2, -1, 1, 2, 3])
    rows = [
        dict(zip(drawn.inputs, bits, strict=True))
        for bits in product(*(drawn.states.get(name, (0, 1)) for name in drawn.inputs))
    ]
    chosen = random.sample(rows, random.randint(2, len(rows)))
    return [(row, drawn.evaluate(row, numbers)) for row in chosen]


def grid(span: int = 8, parts: int = 2) -> Iterator[Fraction]:
    """Yield values near 0, so many to 1: between two of them no bit of such a network flips."""
    for step in range(-span * parts, span * parts + 1):
        yield Fraction(step, parts)

"""Small networks with a row each, drawn at random; and all rows of their domains, evaluated here.

The evaluation is a few lines over fractions that share nothing with `nnc`.
"""

import operator
from collections.abc import Mapping
from dataclasses import dataclass
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
Row = dict[str, Any]


@dataclass
class DrawnRow:
    """A network as text, all the rows that tell it apart, what each gives, and one row of them.

    Cut-offs lie at halves, so that of a real number the quarters between them are enough.
    """

    text: str
    values: dict[str, list[Any]]
    neurons: dict[str, tuple[dict[str, Fraction], list[Fraction], str]]
    outputs: dict[str, tuple[str, str]]
    assumed: list[str]
    row: Row

    def rows(self) -> list[Row]:
        """Return every row that is allowed."""
        every = (
            dict(zip(self.values, each, strict=True)) for each in product(*self.values.values())
        )
        return [row for row in every if sum(row[name] for name in self.assumed) <= 1]

    def evaluate(self, row: Mapping[str, Any]) -> Row:
        """Return the value of every output."""
        signals: dict[str, Any] = {}
        for name, value in row.items():
            if isinstance(value, str):
                signals |= {f"{name}.{each}": int(each == value) for each in self.values[name]}
            else:
                signals[name] = value
        sums: dict[str, Fraction] = {}
        levels: dict[str, int] = {}
        for name, (weights, thresholds, rule) in self.neurons.items():
            sums[name] = sum((w * signals[s] for s, w in weights.items()), Fraction())
            levels[name] = sum(RULES[rule](sums[name], limit) for limit in thresholds)
            signals[name] = levels[name]
        given: Row = {}
        for alias, (kind, of) in self.outputs.items():
            if kind == "largest":
                names = of.split()
                given[alias] = max(range(len(names)), key=lambda i: (sums[names[i]], -i))
            else:
                given[alias] = sums[of] if kind == "sum" else levels[of]
        return given


def draw_inputs(random: Random) -> tuple[dict[str, list[Any]], list[str]]:
    """Draw inputs: their values, and the lines of the file."""
    values: dict[str, list[Any]] = {}
    lines = ["nnc: 1", "inputs:"]
    for i in range(random.randint(1, 5)):
        kind = random.choice(["bit", "bit", "bit", "integer", "integer", "real", "choice"])
        name = f"x{i}"
        if kind == "real" and any(":\x20real" in line for line in lines):
            kind = "bit"
        if kind == "choice":
            values[name] = ["p", "q", "r"]
            lines.append(f"  {name}: {{type: choice, of: [p, q, r]}}")
            continue
        if kind == "bit":
            values[name] = [0, 1]
            lines.append(f"  {name}: bit")
        elif kind == "integer":
            top = random.randint(2, 5)
            values[name] = list(range(top + 1))
            lines.append(f"  {name}: {{type: integer, min: 0, max: {top}}}")
        else:
            values[name] = [Fraction(n, 4) for n in range(13)]
            lines.append(f"  {name}: {{type: real, min: 0, max: 3}}")
    return values, lines


def draw_row(random: Random) -> DrawnRow:
    """Draw a network of few inputs in two layers, and a row of it."""
    values, lines = draw_inputs(random)
    sources = [f"{n}.{each}" if isinstance(each, str) else n for n, own in values.items()
               for each in (own if isinstance(own[0], str) else own[:1])]  # fmt: skip
    neurons: dict[str, tuple[dict[str, Fraction], list[Fraction], str]] = {}
    lines.append("neurons:")
    inner: list[str] = []
    adds = random.random() < 0.3  # numbers are added up, in integers alone
    for i in range(random.randint(1, 5)):
        name = f"n{i}"
        # numbers are compared alone, or added up
        numbers = [s for s in sources if s in values and len(values[s]) > 2]
        bits = [s for s in sources if s not in numbers] + inner
        own = random.sample(bits, random.randint(1, min(4, len(bits)))) if bits else []
        reals = [s for s in numbers if len(values[s]) == 13]
        if numbers and (not own or random.random() < 0.5):
            own = [random.choice(numbers)]
        elif adds:
            own += random.sample(
                [s for s in numbers if s not in reals], min(2, len(numbers) - len(reals))
            )
        is_cut = len(own) == 1 and own[0] in numbers
        weights = {s: Fraction(1) if is_cut else Fraction(random.choice([-3, -2, -1, 1, 2, 3]))
                   for s in own}  # fmt: skip
        limits = [Fraction(random.randint(-2, 6), 2)]
        if random.random() < 0.2:
            limits += [limits[0] + 1]
        rule = random.choice(list(RULES))
        neurons[name] = weights, limits, rule
        texts = ", ".join(f"{s}: {w}" for s, w in weights.items())
        shown = f"threshold: {float(limits[0])}" if len(limits) == 1 else (
            f"thresholds: {{a: {float(limits[0])}, b: {float(limits[1])}}}"
        )  # fmt: skip
        lines.append(f"  {name}: {{weights: {{{texts}}}, {shown}, fires: {rule}}}")
        if len(limits) == 1:
            inner.append(name)
    last = list(neurons)[-1]
    outputs: dict[str, tuple[str, str]] = {}
    lines.append("outputs:")
    if len(neurons[last][1]) == 1:
        outputs[last] = "bit", last
        lines.append(f"  {last}: {last}")
    else:
        outputs["level"] = "level", last
        lines.append(f"  level: {{level: {last}}}")
    if len(neurons) > 2 and random.random() < 0.5:
        names = list(neurons)[:3]
        outputs["top"] = "largest", " ".join(names)
        lines.append(f"  top: {{largest: [{', '.join(names)}]}}")
    if random.random() < 0.2:
        outputs["total"] = "sum", last
        lines.append(f"  total: {{sum: {last}}}")
    assumed = [name for name, own in values.items() if own == [0, 1]][:2]
    if len(assumed) == 2 and random.random() < 0.4:
        lines.append(f"assume: [{{at_most_one: [{', '.join(assumed)}]}}]")
    else:
        assumed = []
    drawn = DrawnRow("\n".join(lines) + "\n", values, neurons, outputs, assumed, {})
    drawn.row = random.choice(drawn.rows())
    return drawn

"""Networks whose every number is within 2 of a power of two where a type ends, and their rows."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any, NamedTuple

from nnc.numbers.exact import show_number, simplest
from tests.support.oracle import COMPARE
from tests.support.strategies import OTHER_STATES

POWERS = (7, 15, 24, 31, 40, 53, 62, 63, 64)
_BELOW = tuple(2**k + d for k in POWERS if k <= 53 for d in (-2, -1, 0, 1, 2))
"""Denominators: they have at most 18 digits."""
_MOST_ROWS = 32
FIRES = tuple(COMPARE)


class Edges(NamedTuple):
    """The text of a network and its rows, as written."""

    text: str
    rows: list[dict[str, Any]]


def near(rng: Random) -> int:
    """Give an integer within 2 of a power of two, of either sign."""
    return rng.choice((1, -1)) * (2 ** rng.choice(POWERS) + rng.randint(-2, 2))


def number(rng: Random, *, whole: bool = False) -> Fraction:
    """Give a number near an edge, a small one, or a fraction whose denominator is near one."""
    form = rng.random()
    if form < 0.3:
        return Fraction(rng.randint(-3, 3))
    if form < 0.8 or whole:
        return Fraction(near(rng))
    return Fraction(rng.choice((1, -1, near(rng), rng.randint(-9, 9))), rng.choice(_BELOW))


def written(value: Fraction) -> str:
    return show_number(simplest(value))


def _list(values: Sequence[Fraction]) -> str:
    return f"[{', '.join(map(written, values))}]"


class _Drawing:
    """Draws one network: inputs, then neurons and layers that read them, and each other's bits."""

    def __init__(self, rng: Random, *, states: bool, numbers: bool, whole: bool) -> None:
        self.rng, self.states, self.numbers, self.whole = rng, states, numbers, whole
        self.values: dict[str, list[Fraction]] = {}
        """The values that a signal may have: it may be read as a source."""
        self.outputs: list[str] = []

    def number(self) -> Fraction:
        return number(self.rng, whole=self.whole)

    def own_states(self) -> list[Fraction]:
        if not self.states or self.rng.random() < 0.3:
            return [Fraction(0), Fraction(1)]
        if self.rng.random() < 0.4:
            return list(self.rng.choice(OTHER_STATES))
        off, on = self.number(), self.number()
        if self.rng.random() < 0.5:  # near the same edge
            on = off + self.rng.choice((1, -1, 2, 10))
        return [off, on if on != off else on + 1]

    def weights(self, count: int) -> list[Fraction]:
        if self.rng.random() < 0.3:
            return [Fraction(self.rng.randint(-3, 3)) for _ in range(count)]
        return [self.number() for _ in range(count)]

    def network(self) -> Edges:
        rng = self.rng
        inputs = []
        for k in range(rng.randint(1, 4)):
            if self.numbers and rng.random() < 0.5:
                kind = rng.choice(("integer", "real"))
                whole = kind == "integer"
                self.values[f"i{k}"] = [number(rng, whole=whole) for _ in range(rng.randint(1, 3))]
                inputs.append(f"i{k}: {kind}")
            else:
                self.values[f"i{k}"] = self.own_states()
                inputs.append(f"i{k}: {{type: bit, states: {_list(self.values[f'i{k}'])}}}")
        rows = self.rows()
        neurons = [self.neuron(f"n{k}") for k in range(rng.randint(1, 5))]
        layers = [self.layer(f"h{k}") for k in range(rng.randint(0, 2))]
        text = f"nnc: 1\nfires: {rng.choice(FIRES)}\ninputs: {{{', '.join(inputs)}}}\n"
        text += f"neurons:\n{''.join(neurons)}"
        text += f"layers:\n{''.join(layers)}" if layers else ""
        outputs = ", ".join(self.outputs)
        return Edges(f"{text}outputs: {{{outputs}}}\n", rows)

    def rows(self) -> list[dict[str, Any]]:
        """Give all combinations of the inputs' values, or some of very many."""
        every = list(product(*self.values.values()))
        self.rng.shuffle(every)
        names = list(self.values)
        self.drawn = [dict(zip(names, row, strict=True)) for row in every[:_MOST_ROWS]]
        return [{name: written(value) for name, value in row.items()} for row in self.drawn]

    def threshold(self, sources: Sequence[str], weights: Sequence[Fraction]) -> Fraction:
        """Give a threshold at, or beside, a sum that there may be; or near an edge."""
        rng = self.rng
        if rng.random() < 0.4:
            return self.number()
        total = Fraction()
        for source, weight in zip(sources, weights, strict=True):
            total += weight * rng.choice(self.values[source])
        beside = Fraction(rng.choice((0, 0, 1, -1, 2, -2)), rng.choice((1, 1, 1, 2**40)))
        found = total + beside
        fits = found.denominator < 10**18 and abs(found.numerator) < 10**300
        return found if fits else self.number()

    def sources(self, most: int) -> list[str]:
        known = list(self.values)
        return self.rng.sample(known, self.rng.randint(1, min(most, len(known))))

    def neuron(self, name: str) -> str:
        rng = self.rng
        sources = self.sources(6)
        weights = self.weights(len(sources))
        limits = {self.threshold(sources, weights) for _ in range(rng.choice((1, 1, 1, 2, 3)))}
        states = self.own_states()
        more = f", states: {_list(states)}" if self.states else ""
        more += f", fires: {rng.choice(FIRES)}" if more or rng.random() < 0.7 else ""
        pairs = zip(sources, weights, strict=True)
        wired = ", ".join(f"{source}: {written(weight)}" for source, weight in pairs)
        if len(limits) == 1:
            told = f"threshold: {written(limits.pop())}"
            self.values[name] = states
            self.outputs.append(f"{name}: {name}")
        else:
            ports = [f"t{k}: {written(limit)}" for k, limit in enumerate(sorted(limits))]
            told = f"thresholds: {{{', '.join(ports)}}}"
            self.values |= {f"{name}.t{k}": states for k in range(len(ports))}
            self.outputs.append(f"{name}: {name}")
            self.outputs.append(f"{name}_level: {{level: {name}}}")
        self.outputs.append(f"{name}_sum: {{sum: {name}}}")
        return f"  {name}: {{weights: {{{wired}}}, {told}{more}}}\n"

    def layer(self, name: str) -> str:
        rng = self.rng
        sources = self.sources(6)
        rows = [self.weights(len(sources)) for _ in range(rng.randint(1, 3))]
        limits = [self.threshold(sources, row) for row in rows]
        states = self.own_states()
        more = f", states: {_list(states)}" if self.states else ""
        more += f", fires: {rng.choice(FIRES)}" if more or rng.random() < 0.7 else ""
        told = ", ".join(map(_list, rows))
        self.values |= {f"{name}({i})": states for i in range(len(rows))}
        self.outputs += [f"{name}: {name}", f"{name}_sum: {{sum: {name}}}"]
        self.outputs.append(f"{name}_top: {{largest: {name}}}")
        neurons = [one.partition(":")[0] for one in self.outputs if "{sum: n" in one]
        one = neurons[0].removesuffix("_sum")
        self.outputs.append(f"{name}_or: {{largest: [{one}, {name}(0)]}}")
        return (
            f"  {name}: {{wiring: [{', '.join(sources)}], weights: [{told}], "
            f"thresholds: {_list(limits)}{more}}}\n"
        )


def edges(rng: Random, *, states: bool = False, numbers: bool = False) -> Edges:
    """Draw a network, with states other than 0 and 1 and with numbers among its inputs."""
    return _Drawing(rng, states=states, numbers=numbers, whole=rng.random() < 0.6).network()

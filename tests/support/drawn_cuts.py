"""Drawn networks of bits, and their cut sets by trying all rows: no code of `nnc.proofs`."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations, product
from random import Random

from tests.support.oracle import Oracle, loads

Cube = frozenset[tuple[str, int]]
"""Inputs, and what they are."""
Row = dict[str, int]


def drawn_text(rng: Random, inputs: int, *, is_rising: bool, assumes: bool = False) -> str:
    """Draw a network of one output; `is_rising` lets no input turn it off."""
    names = [f"x{i}" for i in range(inputs)]
    sources, neurons = list(names), []
    for i in range(rng.randrange(1, 6)):
        read = rng.sample(sources, rng.randrange(1, min(5, len(sources)) + 1))
        if i and sources[-1] not in read:
            read[0] = sources[-1]
        rule = rng.choice(["all", "any", "above", "at_least", "at_least"])
        if not is_rising and rng.random() < 0.2:
            rule = rng.choice(["below", "at_most"])
        if rule in ("all", "any"):
            neurons.append(f"n{i}: {{wiring: [{', '.join(read)}], fires: {rule}}}")
        else:
            weights = [rng.choice(["1", "2", "3", "0.5", "1/3"]) for _ in read]
            if not is_rising:
                weights = [rng.choice(["", "", "-"]) + weight for weight in weights]
            total = sum(map(Fraction, weights))
            limit = rng.choice([Fraction(1), total / 2, total, Fraction(rng.randrange(-2, 4))])
            pairs = ", ".join(f"{name}: {w}" for name, w in zip(read, weights, strict=True))
            neurons.append(f"n{i}: {{weights: {{{pairs}}}, threshold: {limit}, fires: {rule}}}")
        sources.append(f"n{i}")
    lines = ["nnc: 1", f"inputs: [{', '.join(names)}]", "neurons:"]
    lines += [f"  {neuron}" for neuron in neurons]
    lines.append(f"outputs: {{out: {sources[-1]}}}")
    if assumes:
        lines.append("assume:")
        lines += [f"  - {drawn_claim(rng, names)}" for _ in range(rng.randrange(1, 3))]
    return "\n".join(lines) + "\n"


def drawn_claim(rng: Random, names: list[str]) -> str:
    """Draw an assumption about two or three inputs."""
    named = rng.sample(names, rng.randrange(2, min(3, len(names)) + 1))
    form = rng.choice(["never", "always", "at_most_one", "exactly_one", "at_least_one"])
    stated = f"[{', '.join(named)}]"
    when = ""
    if form in ("never", "always"):
        stated = "{" + ", ".join(f"{name}: {rng.randrange(2)}" for name in named) + "}"
    if rng.random() < 0.3:
        when = f", when: {{{rng.choice(names)}: {rng.randrange(2)}}}"
    return f"{{{form}: {stated}{when}}}"


def is_allowed(claim: dict[str, object], row: Row) -> bool:
    """Whether a row keeps an assumption about bits, as it is written."""

    def holds(condition: object) -> bool:
        assert isinstance(condition, dict)
        return all(str(row[name]) == value for name, value in condition.items())

    if "when" in claim and not holds(claim["when"]):
        return True
    if "never" in claim:
        return not holds(claim["never"])
    if "always" in claim:
        return holds(claim["always"])
    form = next(form for form in claim if form != "when")
    names = claim[form]
    assert isinstance(names, list)
    on = sum(row[name] for name in names)
    return {"at_most_one": on <= 1, "exactly_one": on == 1, "at_least_one": on >= 1}[form]


class Tried:
    """All rows of a network that count, and its output in each."""

    def __init__(self, text: str) -> None:
        network = loads(text)
        oracle = Oracle(network)
        self.names: list[str] = network["inputs"]
        self.rows: list[tuple[Row, int]] = []
        self.left_out: list[Row] = []
        claims = network.get("assume", [])
        for values in product((0, 1), repeat=len(self.names)):
            row = dict(zip(self.names, values, strict=True))
            if all(is_allowed(claim, row) for claim in claims):
                self.rows.append((row, int(oracle.evaluate(row)["out"])))
            else:
                self.left_out.append(row)

    def least_sets(self, value: int) -> set[Cube]:
        """Give the least sets that some row has, and that make the output a value in all of them.

        A set is least where no part of it makes it so, be there rows that have the part or not.
        """
        good: set[Cube] = set()
        for cube in self._cubes():
            if any(cube > other for other in good):
                continue
            if all(out == value for row, out in self.rows if has(row, cube)):
                good.add(cube)
        return {cube for cube in good if any(has(row, cube) for row, _ in self.rows)}

    def minimal_rows(self, value: int) -> set[Cube]:
        """Give the least sets of inputs that are `value`, of rows that give the output it."""
        sets = [
            frozenset((name, bit) for name, bit in row.items() if bit == value)
            for row, out in self.rows
            if out == value
        ]
        return {cube for cube in sets if not any(other < cube for other in sets)}

    def _cubes(self) -> Iterator[Cube]:
        for order in range(len(self.names) + 1):
            for chosen in combinations(self.names, order):
                for values in product((0, 1), repeat=order):
                    yield frozenset(zip(chosen, values, strict=True))

    def chance(
        self, on: dict[str, Fraction], holds: Callable[[Row, int], bool] = lambda _, out: bool(out)
    ) -> Fraction:
        """Add up the probabilities of the rows where something holds, given those that count."""
        hits = sum((weight(row, on) for row, out in self.rows if holds(row, out)), Fraction())
        return hits / sum(weight(row, on) for row, _ in self.rows)


def has(row: Row, cube: Cube) -> bool:
    return all(row[name] == value for name, value in cube)


def weight(row: Row, on: dict[str, Fraction]) -> Fraction:
    """Give the probability of a row."""
    result = Fraction(1)
    for name, value in row.items():
        result *= on[name] if value else 1 - on[name]
    return result

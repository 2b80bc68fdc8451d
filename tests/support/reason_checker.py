"""An independent check of why fewer numbers are not enough, with nothing of `nnc`.

Of networks whose neurons have a weight for each source by its name, and whose outputs are neurons,
their sums, or the largest of them. Each reason is added up anew from the file: whatever the bits
are that it does not speak of, it contradicts itself. Then a small search confirms that no choice of
fewer numbers avoids all reasons, and no smaller change of as many.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

from tests.support import oracle

RULES = {"above": (1, True), "at_least": (1, False), "below": (-1, True), "at_most": (-1, False)}
Interval = tuple[Fraction, Fraction]


class Network:
    """The numbers of a file, and what is known of each source in each row."""

    def __init__(self, file: dict[str, Any], record: dict[str, Any], folder: Path) -> None:
        self.neurons = file["neurons"]
        self.outputs = file["outputs"]
        if isinstance(self.outputs, list):
            self.outputs = {name: name for name in self.outputs}
        self.rule = file.get("fires", "above")
        self.rows = record["rows"]
        self.free = {number["name"] for number in record["numbers"]}
        self.decimals = record["several"]["decimals"]
        watched = {**file, "outputs": {name: name for name in self.neurons}}
        evaluator = oracle.Oracle(watched, folder)
        self.now = [evaluator.evaluate(row["given"]) for row in self.rows]

    def rule_of(self, neuron: str) -> tuple[int, bool]:
        """Return the side on which a neuron fires, and whether its threshold does not."""
        return RULES[self.neurons[neuron].get("fires", self.rule)]

    def weights(self, neuron: str) -> dict[str, Fraction]:
        """Return the weight of each source."""
        weights = self.neurons[neuron]["weights"]
        return {source: Fraction(weight) for source, weight in weights.items()}

    def threshold(self, neuron: str) -> Fraction:
        """Return the threshold as it is written."""
        return Fraction(self.neurons[neuron]["threshold"])

    def moves(self, neuron: str) -> bool:
        """Tell whether a number that may change has a part in what a neuron says."""
        own = any(name.startswith(f"{neuron}.") for name in self.free)
        return own or any(
            self.moves(source) for source in self.weights(neuron) if source in self.neurons
        )

    def expected(self, neuron: str, row: int) -> Fraction | None:
        """Tell what a row expects that a neuron says."""
        for alias, source in self.outputs.items():
            if source == neuron and alias in self.rows[row]["expect"]:
                return Fraction(self.rows[row]["expect"][alias])
        return None

    def value(self, source: str, row: int, bits: dict[tuple[str, int], bool]) -> Interval:
        """Give the least and greatest value that a source may have while some bits are settled."""
        if source not in self.neurons:
            value = Fraction(self.rows[row]["given"][source])
            return value, value
        if (source, row) in bits:
            return (self.states(source)[bits[source, row]],) * 2
        expected = self.expected(source, row)
        if expected is not None:
            return expected, expected
        if not self.moves(source):
            value = Fraction(self.now[row][source])
            return value, value
        return min(self.states(source)), max(self.states(source))

    def states(self, neuron: str) -> Interval:
        """Give the values of a neuron that is silent, and that fires."""
        off, on = self.neurons[neuron].get("states", ("0", "1"))
        return Fraction(off), Fraction(on)

    def step(self, neuron: str) -> Fraction:
        """Give what every sum of a neuron, and its threshold, is a multiple of."""
        numbers = [*self.weights(neuron).values(), self.threshold(neuron)]
        below = lcm(*(number.denominator for number in numbers))
        for name, decimals in self.decimals.items():
            if name.startswith(f"{neuron}."):
                below = lcm(below, 10**decimals)
        given = [Fraction(row["given"][source]) for row in self.rows for source in row["given"]]
        return Fraction(1, below * lcm(*(value.denominator for value in given)))


def is_valid(network: Network, reason: dict[str, Any]) -> bool:
    """Whether what a reason adds up contradicts itself, whatever it does not speak of."""
    bits = {(bit["neuron"], bit["row"]): bit["fires"] for bit in reason["bits"]}
    highest = needed = Fraction()
    totals: dict[str, Interval] = {}
    sums: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    shares: dict[tuple[str, str, int], Fraction] = defaultdict(Fraction)
    for asked in reason["asked"]:
        row, factor, neuron = asked["row"], asked["factor"], asked["neuron"]
        assert factor > 0
        if not is_asked(network, asked, bits):
            return False
        sides = [(neuron, factor * asked["sign"])]
        if asked["other"]:
            sides.append((asked["other"], -factor))
        for side, times in sides:
            for source, weight in network.weights(side).items():
                sums[source, row] += times * weight
                shares[side, source, row] += times
        if asked["threshold"] is not None:
            highest -= factor * asked["sign"] * network.threshold(neuron)
            moved = Fraction(-factor * asked["sign"])
            add(totals, f"{neuron}.threshold", moved, moved)
        elif not asked["other"]:
            highest -= factor * asked["sign"] * wanted_sum(network, neuron, row)
        if asked["strict"]:
            steps = [network.step(side) for side, _ in sides]
            needed += factor * Fraction(1, lcm(*(step.denominator for step in steps)))
    for (source, row), factor in sums.items():
        highest += max(factor * value for value in network.value(source, row, bits))
    for (side, source, row), factor in shares.items():
        low, high = sorted(factor * value for value in network.value(source, row, bits))
        add(totals, f"{side}.weights.{source}", low, high)
    named = {(number["name"], number["rises"]) for number in reason["numbers"]}
    price = Fraction()
    for name, (low, high) in totals.items():
        if name in network.free:
            price = max(price, high if (name, True) not in named else Fraction())
            price = max(price, -low if (name, False) not in named else Fraction())
    if reason["limit"] is None:
        return price == 0 and highest < needed
    return highest + price * Fraction(reason["limit"]) < needed


def add(totals: dict[str, Interval], name: str, low: Fraction, high: Fraction) -> None:
    before = totals.get(name, (Fraction(), Fraction()))
    totals[name] = before[0] + low, before[1] + high


def wanted_sum(network: Network, neuron: str, row: int) -> Fraction:
    for alias, source in network.outputs.items():
        if source == {"sum": neuron} and alias in network.rows[row]["expect"]:
            return Fraction(network.rows[row]["expect"][alias])
    raise AssertionError(f"no row asks for the sum of {neuron}")


def is_asked(network: Network, asked: dict[str, Any], bits: dict[tuple[str, int], bool]) -> bool:
    """Whether an inequality is what the bits, or the row, ask for."""
    neuron, row = asked["neuron"], asked["row"]
    if asked["other"]:
        for alias, source in network.outputs.items():
            if isinstance(source, dict) and "largest" in source:
                rivals = source["largest"]
                winner = rivals[int(network.rows[row]["expect"][alias])]
                is_later = rivals.index(asked["other"]) < rivals.index(neuron)
                return winner == neuron and asked["strict"] == is_later
        return False
    if asked["threshold"] is None:
        return not asked["strict"]
    up, strict = network.rule_of(neuron)
    low, high = network.value(neuron, row, bits)
    fires = asked["sign"] == up
    return low == high == network.states(neuron)[fires] and asked["strict"] == (strict == fires)


def clauses(reasons: list[dict[str, Any]]) -> Iterator[list[tuple[Any, bool]]]:
    """Each reason as literals: a direction that is taken, or a bit that is another one."""
    for reason in reasons:
        clause: list[tuple[Any, bool]] = [
            ((number["name"], number["rises"]), True) for number in reason["numbers"]
        ]
        clause += [((bit["neuron"], bit["row"], 0), not bit["fires"]) for bit in reason["bits"]]
        yield clause


def is_avoidable(left: list[list[tuple[Any, bool]]], count: int, known: dict[Any, bool]) -> bool:
    """Whether at most so many numbers, and some bits, satisfy all clauses."""
    best = None
    for clause in left:
        if any(known.get(name) == value for name, value in clause):
            continue
        open_literals = [each for each in clause if each[0] not in known]
        if best is None or len(open_literals) < len(best):
            best = open_literals
    if best is None:
        return True
    known = dict(known)
    for name, value in best:
        taken = {other[0] for other, on in known.items() if on and len(other) == 2}
        is_new = len(name) == 2 and name[0] not in taken
        if len(taken) + is_new <= count and is_avoidable(left, count, known | {name: value}):
            return True
        known[name] = not value
    return False


def wrong_reasons(certificate: Path, folder: Path) -> list[str]:
    """Every claim of a certificate about several numbers that does not hold."""
    record = json.loads(certificate.read_text("utf-8"))
    several = record["several"]
    file = oracle.load(folder / record["network"])
    network = Network(file, record, folder)
    wrong = [
        f"reason {i} does not hold: {reason}"
        for i, reason in enumerate(several["reasons"])
        if not reason["by_branching"] and not is_valid(network, reason)
    ]
    unlimited = [reason for reason in several["reasons"] if reason["limit"] is None]
    fewest = several["fewest"]
    if fewest is None:
        if is_avoidable(list(clauses(unlimited)), len(network.free), {}):
            wrong.append("some numbers avoid all reasons")
        return wrong
    if fewest > 2 and is_avoidable(list(clauses(unlimited)), fewest - 1, {}):
        wrong.append(f"{fewest - 1} numbers avoid all reasons")
    if several["is_least"]:
        names = {number["name"]: Fraction(number["old"]) for number in record["numbers"]}
        size = sum(abs(Fraction(each["new"]) - names[each["name"]]) for each in several["changes"])
        below = lcm(*(10**decimals for decimals in several["decimals"].values()),
                    *(names[name].denominator for name in several["decimals"]))  # fmt: skip
        limited = [
            reason for reason in several["reasons"]
            if reason["limit"] is None or Fraction(reason["limit"]) >= size - Fraction(1, below)
        ]  # fmt: skip
        if is_avoidable(list(clauses(limited)), fewest, {}):
            wrong.append(f"a smaller change than {size} avoids all reasons")
    return wrong
